"""One module per state of the machine, named as the state."""
