"""The command ``blind``: two answers side by side, whose they are unknown, for people who say which is better."""
