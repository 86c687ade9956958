"""What the command line asks of a stack in the caller's account."""
