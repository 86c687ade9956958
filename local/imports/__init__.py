"""What teams have already, as a workload: one module for each format."""
