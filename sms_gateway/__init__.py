"""SMS as its own trade. Knows no bot."""
