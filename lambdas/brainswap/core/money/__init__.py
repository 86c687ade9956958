"""What answers cost: prices, usage, projection."""
