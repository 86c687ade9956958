"""How far two raters agree who scored the same things, such as a judge and people."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from brainswap.core.statistics.distributions import critical_t

Pair = tuple[float, float]
"""What the first and the second rater gave to the same thing, both on one scale."""

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number with its two-sided interval.

    Attributes:
        confidence: such as 0.95.
        method: ``jackknife`` or ``rule-of-three``.
    """

    value: float
    low: float
    high: float
    confidence: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSums:
    """Sums over pairs, from which every measure of this module follows; they can be added and subtracted."""

    n: int = 0
    first: float = 0.0
    second: float = 0.0
    first_squares: float = 0.0
    second_squares: float = 0.0
    products: float = 0.0

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        found = list(pairs)
        return cls(
            n=len(found),
            first=math.fsum(one for one, _ in found),
            second=math.fsum(other for _, other in found),
            first_squares=math.fsum(one * one for one, _ in found),
            second_squares=math.fsum(other * other for _, other in found),
            products=math.fsum(one * other for one, other in found),
        )

    def without(self, part: "PairSums") -> "PairSums":
        """The sums over the pairs that are not in ``part``, which is contained in this."""
        return PairSums(
            n=self.n - part.n,
            first=self.first - part.first,
            second=self.second - part.second,
            first_squares=self.first_squares - part.first_squares,
            second_squares=self.second_squares - part.second_squares,
            products=self.products - part.products,
        )

    @property
    def disagreement(self) -> float:
        """The mean squared difference of the two raters."""
        return max((self.first_squares + self.second_squares - 2 * self.products) / self.n, 0.0)

    @property
    def disagreement_by_chance(self) -> float:
        """The same for raters who give the scores that they gave, each to things of no account."""
        means = 2 * (self.first / self.n) * (self.second / self.n)
        return max((self.first_squares + self.second_squares) / self.n - means, 0.0)

    @property
    def difference(self) -> float:
        """The mean of the second less that of the first."""
        return (self.second - self.first) / self.n


def quadratic_kappa(sums: PairSums) -> float | None:
    """Cohen's kappa with quadratic weights, straight from the scores; of yes and no, Cohen's own kappa.

    Cohen 1968, Psychol. Bulletin 70:213: 1 less the ratio of the weighted disagreement to that by chance; for scores
    that are 0 or 1 every disagreement weighs the same, and it is Cohen 1960, Educ. Psychol. Meas. 20:37. Scores need
    not be levels: with quadratic weights kappa is the coefficient of concordance (King and Chinchilli 2001, Statistics
    in Medicine 20:2131).

    Returns:
        1 for the same scores everywhere, 0 for agreement by chance; None where there is no pair, or where both raters
        gave one and the same score to everything, which shows no agreement.
    """
    if not sums.n or sums.disagreement_by_chance <= _ROUNDING:
        return None
    return 1 - sums.disagreement / sums.disagreement_by_chance


def kappa_interval(groups: Sequence[Sequence[Pair]], confidence: float) -> Measured | None:
    """`quadratic_kappa` with its interval, from groups of pairs that are not independent of each other.

    The jackknife over groups (Fleiss and Davies 1982, Biometrics 38:531) with Student's t, cut at -1 and 1. Raters who
    agree on everything would leave it no width: then the largest share of groups is taken that as many equal ones leave
    open, ``unseen_share``, and in these the raters are as far apart as can be.

    Returns:
        None where there is no kappa, or fewer than three groups.

    Raises:
        ValueError: ``confidence`` is outside (0, 1).
    """
    parts, total = _sums(groups)
    kappa = quadratic_kappa(total)
    if kappa is None or len(parts) < 3:  # noqa: PLR2004 - one left out leaves two, the fewest with a spread
        return None
    if total.disagreement <= _ROUNDING:
        unseen = unseen_share(len(parts), confidence)
        low = max(-1.0, 1 - unseen / total.disagreement_by_chance)
        return Measured(value=1.0, low=low, high=1.0, confidence=confidence, method="rule-of-three")
    reach = _jackknife_reach(parts, total, lambda sums: quadratic_kappa(sums) or 0.0, confidence)
    return Measured(
        value=kappa,
        low=max(-1.0, kappa - reach),
        high=min(1.0, kappa + reach),
        confidence=confidence,
        method="jackknife",
    )


def difference_interval(groups: Sequence[Sequence[Pair]], confidence: float) -> Measured | None:
    """How much more the second rater gives than the first, with the interval of `kappa_interval`.

    Returns:
        A mean in [-1, 1] for scores in [0, 1]; None where there are fewer than two groups.
    """
    parts, total = _sums(groups)
    if len(parts) < 2:  # noqa: PLR2004 - one has no spread
        return None
    if total.disagreement <= _ROUNDING:
        unseen = unseen_share(len(parts), confidence)
        return Measured(value=0.0, low=-unseen, high=unseen, confidence=confidence, method="rule-of-three")
    reach = _jackknife_reach(parts, total, lambda sums: sums.difference, confidence)
    return Measured(
        value=total.difference,
        low=max(-1.0, total.difference - reach),
        high=min(1.0, total.difference + reach),
        confidence=confidence,
        method="jackknife",
    )


def confusion(pairs: Iterable[Pair], levels: Sequence[float]) -> list[list[int]]:
    """How often the second rater gave each level where the first gave each; scores count for the nearest level.

    Args:
        pairs: of scores.
        levels: of the scale, in rising order.

    Returns:
        A row for each level of the first rater, with a count for each level of the second.
    """
    counts = [[0] * len(levels) for _ in levels]
    for one, other in pairs:
        counts[_nearest(one, levels)][_nearest(other, levels)] += 1
    return counts


def mean_kappa(things: Iterable[Sequence[float | None]]) -> tuple[float, int] | None:
    """The mean `quadratic_kappa` of all pairs of several raters, weighted by how much both of them scored.

    Light 1971, Psychol. Bulletin 76:365, with weights because not everybody scores everything.

    Args:
        things: what each rater gave, None where nothing; always in the same order of raters.

    Returns:
        The mean, and how many things two raters or more have scored; None where no two raters have a kappa.
    """
    every = [list(thing) for thing in things]
    raters = max(map(len, every), default=0)
    weighted = weights = 0.0
    for one, other in combinations(range(raters), 2):
        both = [(thing[one], thing[other]) for thing in every]
        sums = PairSums.of((first, second) for first, second in both if first is not None and second is not None)
        kappa = quadratic_kappa(sums)
        if kappa is not None:
            weighted += kappa * sums.n
            weights += sums.n
    if not weights:
        return None
    return weighted / weights, sum(sum(score is not None for score in thing) > 1 for thing in every)


def _sums(groups: Sequence[Sequence[Pair]]) -> tuple[list[PairSums], PairSums]:
    parts = [PairSums.of(group) for group in groups if group]
    return parts, PairSums.of(pair for group in groups for pair in group)


def _jackknife_reach(
    parts: Sequence[PairSums], total: PairSums, statistic: Callable[[PairSums], float], confidence: float
) -> float:
    """Half the width of the interval: Student's t times the jackknife's standard error; Efron and Stein 1981."""
    n = len(parts)
    without = [statistic(total.without(part)) for part in parts]
    middle = math.fsum(without) / n
    squares = math.fsum((value - middle) ** 2 for value in without)
    return critical_t(confidence, n - 1) * math.sqrt(squares * (n - 1) / n)


def _nearest(score: float, levels: Sequence[float]) -> int:
    return min(range(len(levels)), key=lambda place: abs(levels[place] - score))


def unseen_share(n: int, confidence: float) -> float:
    """How large the share of values other than v may be when n of n values equal v: 1 - (1 - confidence)^(1/(n-1)).

    The zero-numerator bound of Clopper and Pearson 1934, Biometrika 26:404 (about 3 / n at 0.95: the rule of three,
    Hanley and Lippman-Hand 1983, JAMA 249:1743). One value is spent on saying which v is meant, hence n - 1: if the
    share of other values is larger, the remaining n - 1 all equal v with probability below 1 - confidence.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie inside (0, 1), not {confidence}")
    return 1.0 if n <= 1 else -math.expm1(math.log1p(-confidence) / (n - 1))
