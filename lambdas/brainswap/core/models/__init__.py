"""What models accept, and how a call is made to fit."""
