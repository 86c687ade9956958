"""A rehearsal: the whole way of a workload in the cloud on this machine, from a released model to moved traffic."""
