"""Moving the traffic of a workload: what the states of its machine do, and the way back that works without them."""
