"""What is published of all runs of a workload together."""
