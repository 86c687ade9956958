"""Blind comparison: people who see two answers and not whose they are say which is better."""
