"""Exact tests of no difference, for samples so small that no approximation is needed."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from brainswap.core.statistics.distributions import binomial_cdf

MOST_FLIPPED = 24  # differing pairs of which all 2^24 changes of sign are counted, in halves of 2^12

_ROUNDING = 1e-9


def mcnemar_exact(*, only_source: int, only_target: int) -> float:
    """The two-sided p value of "both are equally often right": that of a sign test on the pairs that differ.

    McNemar 1947, Psychometrika 12:153, with the binomial distribution instead of its approximation: twice the smaller
    tail, at most 1; 1 where no pair differs.
    """
    differing = only_source + only_target
    if not differing:
        return 1.0
    return min(1.0, 2 * binomial_cdf(min(only_source, only_target), differing, 0.5))


def sign_flip_exact(differences: Sequence[float]) -> float:
    """The two-sided p value of "source and target are exchangeable": how many changes of sign are as extreme.

    Fisher 1935, The Design of Experiments, section 21: under exchange every difference has either sign, each of the
    2^n with equal probability; p is the share of those whose sum is as far from 0 as the observed one. Counted without
    listing them: the sums of one half of the differences are sorted and searched for each sum of the other.

    Args:
        differences: those that are not 0, for ties change nothing; at most `MOST_FLIPPED`.

    Raises:
        ValueError: there are more, for which an interval is exact enough.
    """
    if len(differences) > MOST_FLIPPED:
        raise ValueError(f"at most {MOST_FLIPPED} differences can be flipped, not {len(differences)}")
    sizes = [abs(difference) for difference in differences]
    bound = abs(sum(differences)) * (1 - _ROUNDING)
    half = len(sizes) // 2
    first, second = _signed_sums(sizes[:half]), _signed_sums(sizes[half:])
    first.sort()
    within = sum(bisect_left(first, bound - other) - bisect_right(first, -bound - other) for other in second)
    total = len(first) * len(second)
    return (total - max(0, within)) / total


def _signed_sums(sizes: Sequence[float]) -> list[float]:
    sums = [0.0]
    for size in sizes:
        sums = [each + sign for each in sums for sign in (size, -size)]
    return sums
