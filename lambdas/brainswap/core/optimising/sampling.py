"""A bounded random sample of cases out of any number, drawn in one pass."""

from heapq import heappush, heappushpop

from brainswap.core.cases import Case
from brainswap.core.fingerprints import fingerprint


class Sample:
    """The ``most`` cases whose ids have the smallest hashes with the seed, in whatever order they come."""

    def __init__(self, most: int, seed: str) -> None:
        self._most, self._seed = most, seed
        self._kept: list[tuple[int, str, Case]] = []

    def add(self, case: Case) -> None:
        drawn = (-int(fingerprint([self._seed, case.id])[:16], 16), case.id, case)
        if len(self._kept) < self._most:
            heappush(self._kept, drawn)
        else:
            heappushpop(self._kept, drawn)

    @property
    def cases(self) -> tuple[Case, ...]:
        """In the order of their hashes, which is as good as drawn."""
        return tuple(case for _, _, case in sorted(self._kept, key=lambda one: (-one[0], one[1])))
