"""When a case is looked at: the order that chance puts the cases into, and where each look ends in it."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from brainswap.core.cases import Case

PLACES = 4096  # that cases are told apart by, however many there are


def place_of(case: Case, seed: int) -> int:
    """The place in the order, below `PLACES`: by a hash of the seed and the case's cluster, or id."""
    kind, key = ("id", case.id) if case.cluster is None else ("cluster", case.cluster)
    digest = hashlib.sha256(f"look\n{seed}\n{kind}\n{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) % PLACES


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Cases that are asked together and that count from the same look on.

    Attributes:
        asked: the look before which they are asked, from 1 on.
        counts: the look at which the order of chance has come to them. It is later than ``asked`` for critical cases
            alone: all of these are asked before the first look, and a sample of all cases none but those whose turn it
            is may belong to.
        cases: how many.
    """

    asked: int
    counts: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookOrder:
    """Where the looks end, and how many cases each holds.

    Attributes:
        ends: the place at which each look ends, itself outside; fewer than were asked for where a few large clusters
            fill several.
        parts: in the order in which they are asked; empty ones are left out.
    """

    ends: tuple[int, ...]
    parts: tuple[Part, ...]
    seed: int

    def part_of(self, case: Case) -> tuple[int, int]:
        """The look before which the case is asked, and the one from which on it counts."""
        if len(self.ends) == 1:
            return 1, 1
        counts = _look(self.ends, place_of(case, self.seed))
        return (1 if case.critical else counts), counts

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the cases, how many count at each look."""
        return shares_of(self.parts)


def even_shares(looks: int) -> tuple[float, ...]:
    """Of the cases, how many are to count at each look."""
    return tuple((look + 1) / looks for look in range(looks))


def one_look(cases: int) -> LookOrder:
    """All cases in the order in which they come, looked at once."""
    return LookOrder(ends=(PLACES,), parts=(Part(asked=1, counts=1, cases=cases),) if cases else (), seed=0)


def look_order(cases: Iterable[Case], *, looks: int, seed: int) -> LookOrder:
    """Count the cases, in one pass and flat memory, and let the looks end as evenly as the clusters allow.

    Nothing but the sizes of clusters has an influence on where a look ends.
    """
    everyone, critical = [0] * PLACES, [0] * PLACES
    for case in cases:
        place = place_of(case, seed)
        everyone[place] += 1
        critical[place] += case.critical
    ends = _ends(everyone, looks)
    sizes: dict[tuple[int, int], int] = {}
    for place, number in enumerate(everyone):
        counts = _look(ends, place)
        for asked, some in ((counts, number - critical[place]), (1, critical[place])):
            sizes[asked, counts] = sizes.get((asked, counts), 0) + some
    parts = (Part(asked=asked, counts=counts, cases=some) for (asked, counts), some in sorted(sizes.items()) if some)
    return LookOrder(ends=ends, parts=tuple(parts), seed=seed)


def shares_of(parts: Iterable[Part]) -> tuple[float, ...]:
    """Of the cases, how many count at each look: rising, up to 1."""
    by_look: dict[int, int] = {}
    for part in parts:
        by_look[part.counts] = by_look.get(part.counts, 0) + part.cases
    total = sum(by_look.values())
    seen, shares = 0, []
    for look in sorted(by_look):
        seen += by_look[look]
        shares.append(seen / total)
    return tuple(shares)


def _look(ends: tuple[int, ...], place: int) -> int:
    return min(bisect_right(ends, place), len(ends) - 1) + 1


def _ends(numbers: list[int], looks: int) -> tuple[int, ...]:
    total, seen, ends = sum(numbers), 0, []
    wanted = [round(total * look / looks) for look in range(1, looks + 1)]
    for place, number in enumerate(numbers):
        seen += number
        if number and wanted and seen >= wanted[0]:
            ends.append(place + 1)
            wanted = [one for one in wanted if one > seen]
    return (*ends[:-1], PLACES)
