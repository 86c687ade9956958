"""Models that score answers: what they are asked, how they are read, and what their judgements come to."""
