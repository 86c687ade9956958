"""How each model family likes to be addressed, as data."""
