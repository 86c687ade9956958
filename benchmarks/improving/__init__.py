"""How much of the best reachable prompt a search finds, for how many calls, beside others; in simulated worlds."""
