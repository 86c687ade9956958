"""How often verdicts are wrong, how often they are reached, and how fast: ``python -m benchmarks.decision``."""
