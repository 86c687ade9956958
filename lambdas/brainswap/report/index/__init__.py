"""What is told of all runs of a workload together."""
