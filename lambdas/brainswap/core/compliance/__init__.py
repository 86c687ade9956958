"""Whether models may be asked that could be asked: whose they are, and who keeps what they are sent."""
