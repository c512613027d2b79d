"""What the city knows: its places, agencies, answers and wording, as validated data."""
