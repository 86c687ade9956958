"""Which cases people compare: a random sample of those whose answers differ, and a few whose answers do not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from brainswap.core.labelling.drawing import place, rank

T = TypeVar("T")

CONTROLS = 0.1  # of the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn(Generic[T]):
    """What was drawn.

    Attributes:
        rows: in the order in which people see them, each with whether it is a control.
        cases: that there were; ``differing`` of them have answers that differ.
    """

    rows: tuple[tuple[T, bool], ...]
    cases: int
    differing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[T]):
    """A case that may be drawn.

    Attributes:
        cluster: of cases that are not independent of each other, at most one of which is drawn.
        differs: the answers do not say the same.
    """

    case: str
    cluster: str | None
    differs: bool
    row: T


def says_the_same(one: str, other: str) -> bool:
    """Whether two texts are the same but for white space and case."""
    return one.split() == other.split() or one.casefold().split() == other.casefold().split()


def draw(candidates: Iterable[Candidate[T]], *, count: int, seed: int) -> Drawn[T]:
    """Draw so many rows; memory grows with these and not with the cases."""
    controls = max(1, round(CONTROLS * count)) if count > 1 else 0
    kept = {True: _Lowest[T](count - controls, seed), False: _Lowest[T](controls, seed)}
    seen = {True: 0, False: 0}
    for candidate in candidates:
        seen[candidate.differs] += 1
        kept[candidate.differs].offer(candidate)
    rows = [(one, not differs) for differs, lowest in kept.items() for one in lowest.candidates()]
    rows.sort(key=lambda each: place(seed, each[0].case))
    return Drawn(
        rows=tuple((each.row, control) for each, control in rows),
        cases=seen[True] + seen[False],
        differing=seen[True],
    )


class _Lowest(Generic[T]):
    """The candidates of the lowest ranks, one of each cluster."""

    def __init__(self, most: int, seed: int) -> None:
        self._most = most
        self._seed = seed
        self._kept: dict[str, tuple[int, int, Candidate[T]]] = {}

    def offer(self, candidate: Candidate[T]) -> None:
        if self._most < 1:
            return
        own = rank(self._seed, candidate.case)
        group = candidate.case if candidate.cluster is None else f"cluster {candidate.cluster}"
        of_group = rank(self._seed, group)
        known = self._kept.get(group)
        if known is not None:
            if own < known[1]:
                self._kept[group] = (of_group, own, candidate)
            return
        if len(self._kept) < self._most:
            self._kept[group] = (of_group, own, candidate)
            return
        worst = max(self._kept, key=lambda each: self._kept[each][0])
        if of_group < self._kept[worst][0]:
            del self._kept[worst]
            self._kept[group] = (of_group, own, candidate)

    def candidates(self) -> list[Candidate[T]]:
        return [candidate for _, _, candidate in self._kept.values()]
