"""Confidence intervals of one score: a share of successes, or the mean of graded scores."""

import math
from dataclasses import dataclass

from brainswap.core.statistics.bounded_mean import limits_of
from brainswap.core.statistics.distributions import beta_quantile, critical_normal
from brainswap.core.statistics.draws import Draws


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A two-sided confidence interval.

    Attributes:
        confidence: such as 0.95; each side errs with half of the rest.
        method: ``clopper-pearson`` for shares, or ``wilson``; ``bounded-score`` for graded scores; ``clustered-score``
            with clusters or weights; ``order-statistics``; ``log-t`` for amounts.
    """

    low: float
    high: float
    confidence: float
    method: str


def wilson(successes: float, n: int, confidence: float) -> Interval:
    """The score interval of a proportion.

    Wilson 1927, J. Am. Stat. Assoc. 22:209; Brown, Cai and DasGupta 2001, Statistical Science 16:101, equation 4:
    the p with |successes / n - p| <= z sqrt(p (1 - p) / n). Never of zero width, never outside [0, 1].

    Args:
        successes: in [0, n]; not necessarily whole, as weighted or graded successes are not.
        n: at least 1.
        confidence: inside (0, 1).

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"successes must lie in [0, n] with n >= 1, not {successes} of {n}")
    z = critical_normal(confidence)
    centre = successes + z * z / 2
    reach = z * math.sqrt(successes * (1 - successes / n) + z * z / 4)
    return Interval(
        low=max(0.0, (centre - reach) / (n + z * z)),
        high=min(1.0, (centre + reach) / (n + z * z)) if successes < n else 1.0,
        confidence=confidence,
        method="wilson",
    )


def clopper_pearson(successes: int, n: int, confidence: float) -> Interval:
    """The exact interval of a proportion: each end errs in no case more often than it says.

    Clopper and Pearson 1934, Biometrika 26:404: the p at which neither so many nor so few successes are less likely
    than half of the permitted error. Wilson's interval is a little narrower and has the right coverage on average, but
    a gate stands on one end of it and at one truth: of a rate of 97 % in 30 cases its upper end lies too low in 14 % of
    the samples, at a nominal 2.5 %.

    Args:
        successes: in [0, n].
        n: at least 1.
        confidence: inside (0, 1).

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"successes must lie in [0, n] with n >= 1, not {successes} of {n}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie inside (0, 1), not {confidence}")
    error = (1 - confidence) / 2
    failures = n - successes
    return Interval(
        low=beta_quantile(error, successes, failures + 1) if successes else 0.0,
        high=1 - beta_quantile(error, failures, successes + 1) if failures else 1.0,
        confidence=confidence,
        method="clopper-pearson",
    )


def mean_interval(draws: Draws, confidence: float) -> Interval:
    """The interval of the mean of scores in [0, 1]: exact where they are simple and 0 or 1, else `mean_limits`.

    Raises:
        ValueError: nothing was drawn, or ``confidence`` is outside (0, 1).
    """
    if draws.cases and draws.only((0.0, 1.0)):
        return clopper_pearson(draws.count_of(1.0), draws.cases, confidence)
    _, low, high = limits_of(draws.columns(), least=0.0, most=1.0, confidence=confidence, student=True)
    method = "bounded-score" if draws.simple else "clustered-score"
    return Interval(low=low, high=high, confidence=confidence, method=method)
