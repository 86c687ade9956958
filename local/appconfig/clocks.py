"""A clock for an embedded AppConfig that nobody waits for."""

import itertools


class JumpingClock:
    """Half a minute later whenever somebody looks, so that no client has to wait before it polls."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1_800_000_000, 30)

    def __call__(self) -> float:
        return float(next(self._seconds))
