"""Tango's score interval of a difference between paired proportions."""

import math

from brainswap.core.statistics.distributions import critical_normal

_STEPS = 100
# Newton's steps square the error: after one of this part of the interval's half width nothing remains to be gained.
_DONE = 1e-9


def tango_limits(*, only_source: int, only_target: int, n: int, confidence: float) -> tuple[float, float]:
    """Lower and upper limit of p(only target) - p(only source).

    Tango 1998, Statistics in Medicine 17:891: the differences D that his score test,

        T(D) = (only_target - only_source - n D) / sqrt(n (s(D) - D^2)),

    does not reject, |T(D)| <= z, where s(D) is ``constrained_discordance`` at D. (Tango writes 2 q + D (1 - D) for
    s - D^2, q being p(only source).) T falls as D rises, so that each limit is one root; the lower limit is the
    mirrored upper limit of the exchanged counts.

    Args:
        only_source: pairs that only the source got right.
        only_target: pairs that only the target got right.
        n: all pairs, at least 1.
        confidence: of the two-sided interval.
    """
    z = critical_normal(confidence)
    return -_upper_limit(only_target, only_source, n, z), _upper_limit(only_source, only_target, n, z)


def constrained_discordance(*, source_share: float, target_share: float, difference: float) -> float:
    """The most likely share of discordant pairs if the true difference were the given one.

    Maximises the likelihood over s = p(only target) + p(only source) with their difference D held fixed. With b and c
    the observed shares, the score equation b / (s + D) + c / (s - D) = (1 - b - c) / (1 - s) comes to

        s^2 - (b + c + (b - c) D) s + (b - c) D - (1 - b - c) D^2 = 0

    and s is its larger root. Tango 1998 solves the same for q = (s - D) / 2; written in s, the discriminant is a sum of
    squares, ((2 - b - c) D - (b - c))^2 + 4 b c (1 - D^2), and nothing cancels.

    Args:
        source_share: c, the observed share of pairs that only the source got right.
        target_share: b, the observed share of pairs that only the target got right.
        difference: D in [-1, 1], target minus source.
    """
    return _constrained(source_share, target_share, difference)[0]


def _constrained(source_share: float, target_share: float, difference: float) -> tuple[float, float]:
    """s(D) and its derivative."""
    total, observed = target_share + source_share, target_share - source_share
    product = 4 * target_share * source_share
    offset = (2 - total) * difference - observed
    root = math.sqrt(offset * offset + product * (1 - difference) * (1 + difference))
    root_slope = ((2 - total) * offset - product * difference) / root if root else 0.0
    return (total + observed * difference + root) / 2, (observed + root_slope) / 2


def _upper_limit(only_source: int, only_target: int, n: int, z: float) -> float:
    """The root above the observed difference d of (D - d)^2 - (z^2 / n) (s(D) - D^2), which is T(D) = -z.

    Newton's method inside a bracket, bisection where it would leave it. The start is the root that has the observed
    discordance in the place of s(D), and is exact where every pair was lost.
    """
    source_share, target_share, weight = only_source / n, only_target / n, z * z / n
    observed = target_share - source_share
    low, high = observed, 1.0
    spread = weight * ((target_share + source_share) * (1 + weight) - observed * observed)
    difference = (observed + math.sqrt(spread)) / (1 + weight)
    for _ in range(_STEPS):
        if not low < difference < high:
            difference = (low + high) / 2
        s, s_slope = _constrained(source_share, target_share, difference)
        excess = (difference - observed) ** 2 - weight * (s - difference * difference)
        if excess < 0:
            low = difference
        else:
            high = difference
        slope = 2 * (difference - observed) - weight * (s_slope - 2 * difference)
        step = excess / slope if slope > 0 else difference - (low + high) / 2
        difference -= step
        if abs(step) <= _DONE * (difference - observed):
            break
    return min(high, max(low, difference))
