"""Ratios of mean amounts that source and target took on the same cases, whatever clusters and weights these have."""

import math
from operator import itemgetter

from brainswap.core.statistics.distributions import critical_t
from brainswap.core.statistics.draws import KEPT, bucket
from brainswap.core.statistics.moments import PairedMoments, PairedMomentsAccumulator
from brainswap.core.statistics.quantiles import RatioInterval

# What differs by less than this part of itself differs by rounding.
_ROUNDING = 1e-12
_LARGEST_REACH = (
    300.0  # of a logarithm; a bound that is 10^130 times the ratio says nothing, and soon no number holds it
)

_weight, _source, _target = itemgetter(0), itemgetter(1), itemgetter(2)


class PairedAmounts:
    """Gathers pairs of positive amounts, such as dollars; as `Draws` does, in one pass and memory that stays flat."""

    __slots__ = ("_folded", "_groups", "_singles", "cases")

    def __init__(self) -> None:
        self.cases = 0
        self._singles = PairedMomentsAccumulator()
        self._groups: dict[str | int, tuple[float, float, float]] = {}
        self._folded = False

    def add(self, source: float, target: float, *, weight: float = 1.0, unit: str | None = None) -> None:
        """Count one case in; ``weight`` and ``unit`` as for `Draws`.

        Raises:
            ValueError: an amount is infinite or not a number.
        """
        if not (math.isfinite(source) and math.isfinite(target)):
            raise ValueError(f"only finite amounts can be compared, not {source} and {target}")
        self.cases += 1
        if unit is None:
            self._singles.add(source=source, target=target)
            return
        self._add_to_group(bucket(unit) if self._folded else unit, weight, weight * source, weight * target)
        if len(self._groups) > KEPT:
            self._fold()

    @property
    def draws(self) -> int:
        """Independent ones."""
        return self._singles.n + len(self._groups)

    @property
    def means(self) -> tuple[float, float] | None:
        """Of source and target, weighted; None without a case."""
        if not self.cases:
            return None
        single = self._singles.snapshot()
        groups = self._groups.values()
        weight = single.n + math.fsum(map(_weight, groups))
        return (
            (single.n * single.source_mean + math.fsum(map(_source, groups))) / weight,
            (single.n * single.target_mean + math.fsum(map(_target, groups))) / weight,
        )

    def ratio(self, confidence: float) -> RatioInterval | None:
        """The interval of mean(target) / mean(source).

        The delta method on the log scale, Bonett and Price 2020, J. Educ. Behav. Stat. 45:750, for means of the same
        cases: log ratio +- t sqrt(V). V is the linearised variance of a ratio over draws, that is over clusters with
        the sums of their weights (Woodruff 1971, J. Am. Stat. Assoc. 66:411): with T and S the two means, draw j adds

            e_j = sum of weight (target / T - source / S) over its cases, by the sum of all weights,

        and V = (k - 1) / k sum (e_j / (1 - h_j))^2 for k draws, h_j being a draw's part of the weight: the jackknife's
        variance, because a heavy cluster pulls the ratio to itself (Bell and McCaffrey 2002, Survey Methodology
        28:169). The degrees of freedom are Kish's effective number of draws, less one, as for scores. For cases that
        were drawn alone that is (vt / T^2 + vs / S^2 - 2 cov / (T S)) / n with n - 1 degrees of freedom.

        Why not Fieller 1954, J. R. Stat. Soc. B 16:175: for costs, which are positive and far from 0 in units of their
        error, the two agree to the order of 1 / n, but this one is always positive and finite, and exchanging target
        and source gives exactly the reciprocals, so that a verdict does not depend on which of them is the denominator.

        Returns:
            None where the data do not allow an interval: fewer than two draws; a mean that is not positive; not the
            least spread in the ratio (all costs equal or exactly proportional), from which no error can be estimated
            and, costs being unbounded, none be assumed; or so much in so few draws that no number holds the bound. The
            ratio itself is then known and its certainty is not.
        """
        single, means = self._singles.snapshot(), self.means
        draws = self.draws
        if means is None or draws <= 1 or min(means) <= 0:
            return None
        source, target = means
        weights = [weight for weight, _, _ in self._groups.values()]
        weight = single.n + math.fsum(weights)
        size, spread = _of_singles(single, source, target)
        total = 2.0 * single.n  # of the squares themselves, which rounding is measured by
        spread /= (1 - 1 / weight) ** 2 if single.n else 1
        for of_weight, of_source, of_target in self._groups.values():
            one, other = of_target / target, of_source / source
            size += (one - of_weight) ** 2 + (other - of_weight) ** 2
            total += one * one + other * other
            spread += ((one - other) / (1 - of_weight / weight)) ** 2
        if spread <= _ROUNDING * (size + _ROUNDING * total):
            return None
        variance = spread / (weight * weight) * (draws - 1) / draws
        effective = weight * weight / (single.n + math.fsum(each * each for each in weights))
        reach = critical_t(confidence, max(1.0, effective - 1)) * math.sqrt(variance)
        if reach > _LARGEST_REACH:
            return None
        ratio = target / source
        return RatioInterval(
            ratio=ratio,
            low=ratio * math.exp(-reach),
            high=ratio * math.exp(reach),
            confidence=confidence,
            method="delta-log",
        )

    def _add_to_group(self, unit: str | int, weight: float, source: float, target: float) -> None:
        before = self._groups.get(unit, (0.0, 0.0, 0.0))
        self._groups[unit] = (before[0] + weight, before[1] + source, before[2] + target)

    def _fold(self) -> None:
        if self._folded:
            return
        self._folded = True
        apart, self._groups = self._groups, {}
        for unit, sums in apart.items():
            self._add_to_group(bucket(unit), *sums)


def _of_singles(single: PairedMoments, source: float, target: float) -> tuple[float, float]:
    """What the spread of cases that were drawn alone is measured against, and the sum of their squared e_j."""
    apart = single.target_variance / target**2 + single.source_variance / source**2
    together = 2 * single.covariance / (source * target)
    shift = single.target_mean / target - single.source_mean / source
    size, spread = apart * max(single.n - 1, 0), (apart - together) * max(single.n - 1, 0)
    return size, max(0.0, spread) + single.n * shift * shift
