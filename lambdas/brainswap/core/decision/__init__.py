"""What follows from the scores: gates and verdicts."""
