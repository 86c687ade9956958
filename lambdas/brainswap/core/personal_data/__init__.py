"""Personal data in texts: what is told by its form, how it is found, and how it is taken out."""
