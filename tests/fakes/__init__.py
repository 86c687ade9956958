"""Stand-ins for the ports, and builders of what tests need."""
