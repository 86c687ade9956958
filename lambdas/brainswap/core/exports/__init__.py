"""A prompt in the forms of others, from plain text to a program of DSPy's."""
