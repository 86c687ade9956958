"""Who does what in one process: claims and workers, forgotten when the process ends; callers hold a lock."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Until:
    """A worker's hold on something."""

    worker: str
    until: float


class Claims:
    """Which worker asks for which key, and for how long."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._held: dict[str, _Until] = {}

    def take(self, keys: Iterable[str], worker: str, seconds: float) -> list[str]:
        """Claim what no other worker holds, and return it."""
        now = self._clock()
        taken = [key for key in keys if (hold := self._held.get(key)) is None or _is_free(hold, worker, now)]
        self._held.update(dict.fromkeys(taken, _Until(worker=worker, until=now + seconds)))
        return taken

    def drop(self, keys: Iterable[str]) -> None:
        """Forget the claims of these keys, whoever holds them."""
        for key in keys:
            self._held.pop(key, None)

    def release(self, keys: Iterable[str], worker: str) -> None:
        """Forget the worker's own claims of these keys."""
        self.drop([key for key in keys if (hold := self._held.get(key)) is not None and hold.worker == worker])


class Rosters:
    """Which workers ask a model at the moment, and with how many calls in flight."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._workers: dict[str, dict[_Until, int]] = {}

    def enter(self, model: str, worker: str, in_flight: int, seconds: float) -> None:
        """Count the worker for so long."""
        self.leave(model, worker)
        hold = _Until(worker=worker, until=self._clock() + seconds)
        self._workers.setdefault(model, {})[hold] = in_flight

    def leave(self, model: str, worker: str) -> None:
        """Count the worker no more."""
        workers = self._workers.get(model, {})
        self._workers[model] = {hold: calls for hold, calls in workers.items() if hold.worker != worker}

    def in_flight(self, model: str) -> int:
        """Of all workers that are counted now."""
        now = self._clock()
        return sum(calls for hold, calls in self._workers.get(model, {}).items() if hold.until > now)


def _is_free(hold: _Until, worker: str, now: float) -> bool:
    return hold.worker == worker or hold.until <= now
