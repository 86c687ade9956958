"""What became of requests, added up in bounded memory until it is sent."""

import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_GROUPS = 1024  # workloads with their variants and steps at a time, of some ten kilobytes each at the most
_WIDTH = math.log(1.17)  # of a bin of latencies: percentiles are right to eight per cent, in at most 96 bins
_LEAST_MS, _MOST_MS = 1.0, 3_600_000.0


@dataclass(frozen=True, slots=True)
class Group:
    """The dimensions of a metric."""

    workload: str
    variant: str
    step: str


@dataclass(slots=True)
class Sums:
    """Counters by metric, and how often latencies came, by the middle of their bin in milliseconds."""

    counters: Counter[str] = field(default_factory=Counter)
    latencies: Counter[float] = field(default_factory=Counter)

    def add(self, other: "Sums") -> None:
        # Not `update` of the sum of both, which would drop counters that stand at zero.
        for name, number in other.counters.items():
            self.counters[name] += number
        for middle, number in other.latencies.items():
            self.latencies[middle] += number


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an application says of one request; None for what it does not know."""

    ok: bool
    throttled: bool = False
    latency_ms: float | None = None
    format_ok: bool | None = None
    thumb: bool | None = None
    good: bool | None = None


class Outcomes:
    """Sums by group; from any thread.

    Attributes:
        dropped: outcomes for which there was no room.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[Group, Sums] = {}
        self.dropped = 0

    def record(self, group: Group, outcome: Outcome, slow_ms: int) -> None:
        """Count a request, or what is heard of it later: a thumb alone counts no request."""
        with self._lock:
            sums = self._room(group)
            if sums is None:
                return
            counters = sums.counters
            counters["Requests"] += 1
            counters["Errors"] += not outcome.ok
            counters["Throttles"] += outcome.throttled
            _count(counters, "FormatChecks", "FormatFailures", outcome.format_ok)
            _count(counters, "Thumbs", "ThumbsDown", outcome.thumb)
            _count(counters, "Judged", "JudgedBad", outcome.good)
            if outcome.latency_ms is not None and math.isfinite(outcome.latency_ms):
                sums.latencies[_middle(outcome.latency_ms)] += 1
                if slow_ms:
                    _count(counters, "Timed", "Slow", outcome.latency_ms <= slow_ms)

    def late(self, group: Group, *, thumb: bool | None, good: bool | None) -> None:
        """Count what is heard of a request after it was counted."""
        with self._lock:
            sums = self._room(group)
            if sums is None:
                return
            _count(sums.counters, "Thumbs", "ThumbsDown", thumb)
            _count(sums.counters, "Judged", "JudgedBad", good)

    def take(self) -> dict[Group, Sums]:
        """Everything so far, which is then forgotten here."""
        with self._lock:
            taken, self._groups = self._groups, {}
        return taken

    def give_back(self, taken: Mapping[Group, Sums]) -> None:
        """What could not be sent."""
        with self._lock:
            for group, sums in taken.items():
                if group in self._groups:
                    self._groups[group].add(sums)
                elif len(self._groups) < MOST_GROUPS:
                    self._groups[group] = sums
                else:
                    self.dropped += sums.counters["Requests"]

    def _room(self, group: Group) -> Sums | None:
        """Where to count what is of a group; None, and it is dropped, where too many others are counted."""
        sums = self._groups.get(group)
        if sums is None and len(self._groups) < MOST_GROUPS:
            sums = self._groups[group] = Sums()
        if sums is None:
            self.dropped += 1
        return sums


def _count(counters: Counter[str], of: str, hits: str, good: Any) -> None:
    if good is not None:
        counters[of] += 1
        counters[hits] += not good


def _middle(latency_ms: float) -> float:
    """The middle of the bin of a latency."""
    held = min(max(latency_ms, _LEAST_MS), _MOST_MS)
    return round(math.exp(_WIDTH * round(math.log(held) / _WIDTH)), 3)
