"""Clocks that a test sets."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass
class SteppedClock:
    """Seconds since 1970, as a test says."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class StandingClock:
    """A clock that stands still until a test sets it."""

    moment: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic_ms(self) -> float:
        return 0.0
