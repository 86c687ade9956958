"""What stakeholders read."""
