"""A token bucket whose clock is an argument."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Bucket:
    """Lets ``burst`` requests through at once and then ``rate_per_s``.

    Attributes:
        rate_per_s: None lets everything through.
    """

    rate_per_s: float | None
    burst: float
    _tokens: float = field(init=False)
    _seen_s: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def takes(self, now_s: float) -> bool:
        """Whether a request at this time, which never runs backwards, is let through."""
        if self.rate_per_s is None:
            return True
        if self._seen_s is not None:
            self._tokens = min(self.burst, self._tokens + (now_s - self._seen_s) * self.rate_per_s)
        self._seen_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
