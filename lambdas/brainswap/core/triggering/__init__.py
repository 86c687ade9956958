"""Which migrations start without a person, and in which order."""
