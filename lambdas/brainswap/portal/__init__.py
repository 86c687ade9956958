"""A page for people without a terminal: workloads, runs, reports, and their word on a verdict."""
