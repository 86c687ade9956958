"""Scores that somebody outside gives: what is asked about answers, and what is made of what comes back."""
