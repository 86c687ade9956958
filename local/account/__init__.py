"""A stack in the caller's account, from the command line: deployed, looked at, used, taken away."""
