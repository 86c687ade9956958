"""From what a user wrote to a workload that holds together, or to everything that is wrong with it."""
