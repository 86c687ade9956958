"""Token buckets, as quotas of requests or of tokens."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Bucket:
    """Holds up to ``capacity`` and refills evenly; full at first.

    Attributes:
        level: may be negative, once a correction has taken more than there was.
        at_s: when the level was right.
    """

    capacity: float
    per_second: float
    level: float
    at_s: float

    def holds(self, amount: float, now_s: float) -> bool:
        """Whether the amount could be taken now."""
        self.level = min(self.capacity, self.level + max(0.0, now_s - self.at_s) * self.per_second)
        self.at_s = max(self.at_s, now_s)
        # An amount that was refilled exactly must not fail for the last bit of a sum.
        return self.level >= amount * (1 - 1e-9)

    def take(self, amount: float) -> None:
        """Take an amount; a negative one goes back, up to the brim."""
        self.level = min(self.capacity, self.level - amount)
