"""Values as they were drawn: case by case, or several at once in a cluster; one pass, and memory that stays flat."""

import math
import zlib
from collections.abc import Iterable
from typing import Self

from brainswap.core.statistics.bounded_mean import Atom
from brainswap.core.statistics.score_limits import Columns

KEPT = 1024  # different values, and as many clusters or weighted cases, that are kept apart
GRID = 512  # steps per unit of what becomes of more values


class Draws:
    """Gathers values in [-1, 1] with their weights and clusters.

    Cases of weight 1 outside any cluster are counted by their value. Of more than `KEPT` different values each is
    shared out among its two neighbours on a grid, such that the mean stays exact and the variance can only grow, by at
    most a millionth. The others are draws of their own, a whole cluster being one; when there are more than `KEPT`,
    they are put together at random, by a hash of their name, in as many groups, which are as independent as they were
    (random groups: Wolter 2007, Introduction to Variance Estimation, chapter 2).
    """

    __slots__ = ("_folded", "_gridded", "_groups", "_singles", "cases")

    def __init__(self) -> None:
        self.cases = 0
        self._singles: dict[float, float] = {}
        self._groups: dict[str | int, list[float]] = {}
        self._gridded = False
        self._folded = False

    def add(self, value: float, *, weight: float = 1.0, unit: str | None = None) -> None:
        """Count one case in.

        Args:
            value: in [-1, 1].
            weight: above 0.
            unit: what the case was drawn with, such as its cluster; itself, by its name, where it is weighted; None for
                a case of weight 1 that was drawn alone.

        Raises:
            ValueError: the value is outside [-1, 1], or not a number.
        """
        if not -1 <= value <= 1:
            raise ValueError(f"only values in [-1, 1] can be counted, not {value}")
        self.cases += 1
        if unit is not None:
            self._add_to_group(bucket(unit) if self._folded else unit, weight, value)
        elif value in self._singles and not self._gridded:
            self._singles[value] += 1.0
        elif len(self._singles) < KEPT and not self._gridded:
            self._singles[value] = 1.0
        else:
            self._add_single(value, 1.0)

    def merge(self, other: Self) -> None:
        """Count in what was drawn elsewhere; of units that both have seen, each is still one."""
        self.cases += other.cases
        for value, count in other._singles.items():
            self._add_single(value, count)
        if other._folded:
            self._fold()
        for unit, (weight, total) in other._groups.items():
            self._add_to_group(bucket(unit) if self._folded else unit, weight, total / weight)

    def atoms(self) -> list[Atom]:
        """All draws, alike ones together."""
        singles = [Atom(count, 1.0, value) for value, count in self._singles.items()]
        return singles + [Atom(1.0, weight, total / weight) for weight, total in self._groups.values()]

    def columns(self) -> Columns:
        """`atoms`, attribute by attribute."""
        singles = self._singles
        if not self._groups:
            return Columns(list(singles.values()), None, list(singles))
        weights = [weight for weight, _ in self._groups.values()]
        return Columns(
            [*singles.values(), *([1.0] * len(weights))],
            [*([1.0] * len(singles)), *weights],
            [*singles, *(total / weight for weight, total in self._groups.values())],
        )

    @property
    def units(self) -> int:
        """Independent draws."""
        return round(math.fsum(self._singles.values())) + len(self._groups)

    @property
    def simple(self) -> bool:
        """Whether every case was drawn alone and weighs the same."""
        return not self._groups

    def count_of(self, value: float) -> int:
        """How many simple draws have exactly this value."""
        return round(self._singles.get(value, 0.0))

    @property
    def exact(self) -> bool:
        """Whether no value was moved onto the grid."""
        return not self._gridded

    def differing(self, most: int) -> list[float] | None:
        """The simple draws that are not 0, each by itself; None where they are more than ``most``."""
        apart = {value: round(count) for value, count in self._singles.items() if value}
        if sum(apart.values()) > most:
            return None
        return [value for value, count in apart.items() for _ in range(count)]

    def only(self, values: Iterable[float]) -> bool:
        """Whether all draws are simple and have one of these values."""
        return self.simple and self._singles.keys() <= set(values)

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Simple draws."""
        draws = cls()
        for value in values:
            draws.add(value)
        return draws

    def _add_single(self, value: float, count: float) -> None:
        if self._gridded:
            self._share_out(value, count)
            return
        self._singles[value] = self._singles.get(value, 0.0) + count
        if len(self._singles) > KEPT:
            self._gridded = True
            exact, self._singles = self._singles, {}
            for each, number in exact.items():
                self._share_out(each, number)

    def _share_out(self, value: float, count: float) -> None:
        position = value * GRID
        below = math.floor(position)
        above_share = position - below
        for place, share in ((below, 1 - above_share), (below + 1, above_share)):
            if share:
                at = place / GRID
                self._singles[at] = self._singles.get(at, 0.0) + count * share

    def _add_to_group(self, unit: str | int, weight: float, value: float) -> None:
        group = self._groups.get(unit)
        if group is not None:
            group[0] += weight
            group[1] += weight * value
            return
        self._groups[unit] = [weight, weight * value]
        if len(self._groups) > KEPT:
            self._fold()

    def _fold(self) -> None:
        if self._folded:
            return
        self._folded = True
        apart, self._groups = self._groups, {}
        for unit, (weight, total) in apart.items():
            group = self._groups.setdefault(bucket(unit), [0.0, 0.0])
            group[0] += weight
            group[1] += total


def bucket(unit: str | int) -> int:
    return unit if isinstance(unit, int) else zlib.crc32(unit.encode("utf-8", "surrogatepass")) % KEPT
