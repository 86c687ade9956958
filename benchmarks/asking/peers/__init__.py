"""The other clients: each module is a process of its own that asks and says how many answers it got."""
