"""Quantiles, their intervals without a distribution, and ratios of quantiles."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from brainswap.core.statistics.distributions import binomial_cdf
from brainswap.core.statistics.intervals import Interval

# What differs by less than this part of itself differs by rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioInterval:
    """Target over source, with a two-sided confidence interval.

    Attributes:
        ratio: above 1 where the target takes more.
        confidence: such as 0.95; each side errs with half of the rest.
        method: ``mover-log`` or ``delta-log``.
    """

    ratio: float
    low: float
    high: float
    confidence: float
    method: str


def quantile(sorted_values: Sequence[float], q: float) -> float:
    """The q-quantile of an ascending sample: linear between the values at ranks 0 .. n - 1, at q (n - 1).

    Hyndman and Fan 1996, The American Statistician 50:361, definition 7, which is numpy's default too.

    Raises:
        ValueError: there is no value, or ``q`` is outside [0, 1].
    """
    if not sorted_values:
        raise ValueError("no values, no quantile")
    if not 0 <= q <= 1:
        raise ValueError(f"q must lie in [0, 1], not {q}")
    position = q * (len(sorted_values) - 1)
    rank = int(position)
    lower = sorted_values[rank]
    if rank == position:
        return lower
    return lower + (position - rank) * (sorted_values[rank + 1] - lower)


def quantile_interval(sorted_values: Sequence[float], q: float, confidence: float) -> Interval | None:
    """The interval of a q-quantile between two order statistics, whatever the distribution.

    Thompson 1936, Annals of Mathematical Statistics 7:122; David and Nagaraja 2003, Order Statistics, section 7.1: the
    number of values below the quantile is binomial(n, q), so that the r-th smallest value lies above the quantile with
    probability P(B < r). The limits are the innermost values for which that is at most half of the permitted error on
    either side; the true confidence is therefore never below the nominal one.

    Returns:
        None when the sample is too small: a limit would have to lie beyond its extremes (p95 at 0.95 needs 72 values).

    Raises:
        ValueError: ``q`` or ``confidence`` is outside (0, 1).
    """
    if not (0 < q < 1 and 0 < confidence < 1):
        raise ValueError(f"q and confidence must lie inside (0, 1), not {q} and {confidence}")
    n = len(sorted_values)
    error = (1 - confidence) / 2
    from_below, from_above = order_rank(n, q, error), order_rank(n, 1 - q, error)
    if not (from_below and from_above):
        return None
    return Interval(
        low=sorted_values[from_below - 1],
        high=sorted_values[n - from_above],
        confidence=confidence,
        method="order-statistics",
    )


def quantile_ratio_interval(
    sorted_target: Sequence[float], sorted_source: Sequence[float], q: float, confidence: float
) -> RatioInterval | None:
    """The interval of target over source for one quantile of each, such as their 95th percentiles of latency.

    The two distribution-free intervals, put together on the log scale by the method of variance estimates recovery
    (MOVER; Zou and Donner 2008, Statistics in Medicine 27:1693; Newcombe 1998, Statistics in Medicine 17:873, method
    10): with t in (tl, tu) and s in (sl, su), all of them logarithms, the limits of t - s are

        t - s - sqrt((t - tl)^2 + (su - s)^2)    and    t - s + sqrt((tu - t)^2 + (s - sl)^2).

    Why: a quantile's sampling distribution is skewed, which MOVER keeps and a normal approximation does not; it needs
    neither a density estimate nor resampling; and a log turns the ratio into a difference and order statistics into
    order statistics. It is conservative twice: order statistics cover more than they promise, and the term for the
    correlation, which is positive when both answer the same cases, is left out and would only narrow the interval.

    Returns:
        None where it cannot be had: a sample is too small for its own interval, or a value in play is not positive.
    """
    return recovered_ratio(
        (quantile(sorted_target, q), quantile_interval(sorted_target, q, confidence)),
        (quantile(sorted_source, q), quantile_interval(sorted_source, q, confidence)),
        confidence,
    )


def recovered_ratio(
    of_target: tuple[float, Interval | None], of_source: tuple[float, Interval | None], confidence: float
) -> RatioInterval | None:
    """`quantile_ratio_interval` from either quantile with its own interval."""
    target, target_limits = of_target
    source, source_limits = of_source
    if target_limits is None or source_limits is None:
        return None
    if min(target, target_limits.low, source, source_limits.low) <= 0:
        return None
    ratio = target / source
    down = math.hypot(math.log(target / target_limits.low), math.log(source_limits.high / source))
    up = math.hypot(math.log(target_limits.high / target), math.log(source / source_limits.low))
    return RatioInterval(
        ratio=ratio,
        low=ratio * math.exp(-down),
        high=ratio * math.exp(up),
        confidence=confidence,
        method="mover-log",
    )


def order_rank(n: float, q: float, error: float) -> int:
    """The largest r for which P(binomial(n, q) < r) is at most ``error``; 0 where there is none.

    For an n that is not whole, the binomial probability is the incomplete beta function that it is for one that is.
    """
    return bisect_right(range(math.floor(n)), error * (1 + _ROUNDING), key=lambda k: binomial_cdf(k, n, q))
