"""Text to understanding. Knows no database and no channel."""
