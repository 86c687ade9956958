"""Percentiles of latencies with their intervals, whatever clusters and weights the cases have."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from brainswap.core.statistics.distributions import critical_normal, critical_t
from brainswap.core.statistics.draws import bucket
from brainswap.core.statistics.intervals import Interval
from brainswap.core.statistics.quantiles import order_rank, quantile, quantile_interval

_ALONE = 0xFFFF  # in the place of a group
_ROUNDING = 1e-9
_MEDIAN = 0.5
_FEWEST_DRAWS = 30  # that tell how alike the cases of a cluster are; of fewer all are taken for the same


class Timings:
    """Gathers values one by one; eight bytes each, and as little again where cases have clusters or weights."""

    __slots__ = ("_ascending", "_groups", "_order", "_upto", "_weights", "values")

    def __init__(self) -> None:
        self.values = array("d")
        self._weights = array("d")
        self._groups = array("H")
        self._ascending: list[float] = []
        self._order = array("L")
        self._upto = array("d")

    def add(self, value: float, *, weight: float = 1.0, unit: str | None = None) -> None:
        """Count one value in; ``weight`` and ``unit`` as for `Draws`, clusters always by the hash of their names."""
        if unit is not None and not self._groups:
            self._groups.extend([_ALONE] * len(self.values))
            self._weights.extend([1.0] * len(self.values))
        self.values.append(value)
        if unit is not None or self._groups:
            self._groups.append(_ALONE if unit is None else bucket(unit))
            self._weights.append(weight)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ascending(self) -> Sequence[float]:
        """Sorted, once for as long as none is added."""
        if len(self._ascending) != len(self.values):
            self._ascending = sorted(self.values)
        return self._ascending

    def quantile(self, q: float) -> float:
        """As `quantiles.quantile`; of weighted cases the smallest value that the share q does not exceed.

        Raises:
            ValueError: there is no value, or ``q`` is outside [0, 1].
        """
        if not self._groups:
            return quantile(self.ascending, q)
        return self._reaching(q)

    def interval(self, q: float, confidence: float) -> Interval | None:
        """As `quantile_interval`; with clusters or weights between the values whose shares the sample does not refuse.

        Woodruff 1952, J. Am. Stat. Assoc. 47:635: the limits are the quantiles at the ends of an interval of the share
        of values below the quantile. That share is taken for a binomial one of as many independent values as would
        have its variance, linearised over draws, and Student's distribution with Kish's effective number of draws,
        less one, as Korn and Graubard 1998, Survey Methodology 24:193, do for small shares; so that for cases that were
        drawn alone the limits are the order statistics of `quantile_interval`. Beyond a 95th percentile lie too few
        clusters to tell how alike their cases are: the variance counts that is relatively larger there or at the
        median, and with fewer than 30 effective clusters the cases of each count as one.

        Returns:
            None when the sample is too small: a limit would have to lie beyond its extremes.

        Raises:
            ValueError: ``q`` or ``confidence`` is outside (0, 1).
        """
        if not self._groups or not (0 < q < 1 and 0 < confidence < 1):
            return quantile_interval(self.ascending, q, confidence)
        effective = self._effective(q, confidence)
        error = (1 - confidence) / 2
        from_below, from_above = order_rank(effective, q, error), order_rank(effective, 1 - q, error)
        if not (from_below and from_above):
            return None
        return Interval(
            low=self._beyond((from_below - 1) / effective),
            high=self._beyond_from_above((from_above - 1) / effective),
            confidence=confidence,
            method="woodruff",
        )

    def _sort(self) -> None:
        """Bring places and the weights up to them into the order of the values, once for as long as none is added."""
        if len(self._order) != len(self.values):
            self._order = array("L", sorted(range(len(self.values)), key=self.values.__getitem__))
            self._upto = array("d", accumulate(self._weights[place] for place in self._order))

    def _reaching(self, share: float) -> float:
        """The first value at which so much of the weight has been passed."""
        self._sort()
        wanted = share * self._upto[-1] * (1 - _ROUNDING)
        return self.values[self._order[min(len(self._order) - 1, bisect_left(self._upto, wanted))]]

    def _beyond(self, share: float) -> float:
        """The first value at which more of the weight has been passed than a share below 1."""
        self._sort()
        passed = share * self._upto[-1] * (1 + _ROUNDING)
        return self.values[self._order[bisect_right(self._upto, passed)]]

    def _beyond_from_above(self, share: float) -> float:
        """The same from the largest value on."""
        self._sort()
        left = self._upto[-1] * (1 - share * (1 + _ROUNDING))
        return self.values[self._order[bisect_left(self._upto, left)]]

    def _effective(self, q: float, confidence: float) -> float:
        """The number of independent values whose share below the quantile would be as uncertain."""
        draws: dict[int, float] = {}
        alone = squares = 0.0
        for weight, group in zip(self._weights, self._groups, strict=True):
            squares += weight * weight
            if group == _ALONE:
                alone += weight * weight
            else:
                draws[group] = draws.get(group, 0.0) + weight
        total = sum(self._weights)
        as_cases = total * total / squares
        as_draws = total * total / (alone + sum(weight * weight for weight in draws.values()))
        effect = as_cases / as_draws  # where the cases of a cluster are all the same
        if as_draws >= _FEWEST_DRAWS:
            found = max(self._design_effect(share, as_cases) for share in (_MEDIAN, q))
            effect = max(1.0, min(effect, found))
        shrunk = (critical_normal(confidence) / critical_t(confidence, max(1.0, as_draws - 1))) ** 2
        return as_cases / effect * shrunk

    def _design_effect(self, share: float, as_cases: float) -> float:
        """How much more uncertain a share is than that of independent cases."""
        at, total = self._reaching(share), self._upto[-1]
        below = self._upto[bisect_right(self._order, at, key=self.values.__getitem__) - 1] / total
        groups: dict[int, float] = {}
        squares, draws = 0.0, 0
        for value, weight, group in zip(self.values, self._weights, self._groups, strict=True):
            excess = weight * ((value <= at) - below)
            if group == _ALONE:
                squares += excess * excess
                draws += 1
            else:
                groups[group] = groups.get(group, 0.0) + excess
        squares += sum(excess * excess for excess in groups.values())
        draws += len(groups)
        chance = share * (1 - share) / as_cases
        return squares / (total * total) * draws / max(1, draws - 1) / chance
