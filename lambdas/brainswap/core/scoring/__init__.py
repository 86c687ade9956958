"""How good an answer is: one module per family of scorers."""
