"""Confidence intervals of one score: a share of successes, or the mean of graded scores."""

import math
from dataclasses import dataclass

from brainswap.core.statistics.distributions import critical_normal, critical_t
from brainswap.core.statistics.moments import Moments

# Graded scores differ by less than this only through rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A two-sided confidence interval.

    Attributes:
        confidence: such as 0.95; each side errs with half of the rest.
        method: ``wilson``, ``student-t``, ``rule-of-three`` or ``order-statistics``.
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


def mean_interval(moments: Moments, confidence: float) -> Interval:
    """The interval of the mean of graded scores in [0, 1]; for scores that are all 0 or 1 take ``wilson``.

    Student 1908, Biometrika 6:1: mean +- t sqrt(variance / n) with n - 1 degrees of freedom, cut at 0 and 1.

    Where all n values v are equal, t would claim certainty. Instead: the largest share of other values that n equal
    ones leave open, ``unseen_share``, and these as far away as they can be. With a single value that is [0, 1].

    Raises:
        ValueError: there is no value, the mean is outside [0, 1], or ``confidence`` is outside (0, 1).
    """
    if moments.n < 1:
        raise ValueError("no values, no interval")
    if not -_ROUNDING <= moments.mean <= 1 + _ROUNDING:
        raise ValueError(f"graded scores lie in [0, 1], so their mean cannot be {moments.mean}")
    if is_constant(moments):
        unseen = unseen_share(moments.n, confidence)
        seen = (1 - unseen) * moments.mean
        return Interval(low=seen, high=seen + unseen, confidence=confidence, method="rule-of-three")
    reach = student_reach(moments, confidence)
    return Interval(
        low=max(0.0, moments.mean - reach),
        high=min(1.0, moments.mean + reach),
        confidence=confidence,
        method="student-t",
    )


def student_reach(moments: Moments, confidence: float) -> float:
    """Half the width of Student's interval of a mean; needs two values."""
    return critical_t(confidence, moments.n - 1) * math.sqrt(moments.variance / moments.n)


def is_constant(moments: Moments) -> bool:
    """Whether the sample shows no spread beyond rounding, as a single value never does."""
    return moments.n <= 1 or math.sqrt(moments.variance) <= _ROUNDING


def unseen_share(n: int, confidence: float) -> float:
    """How large the share of values other than v may be when n of n values equal v: 1 - (1 - confidence)^(1/(n-1)).

    The zero-numerator bound of Clopper and Pearson 1934, Biometrika 26:404 (about 3 / n at 0.95: the rule of three,
    Hanley and Lippman-Hand 1983, JAMA 249:1743). One value is spent on saying which v is meant, hence n - 1: if the
    share of other values is larger, the remaining n - 1 all equal v with probability below 1 - confidence.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie inside (0, 1), not {confidence}")
    return 1.0 if n <= 1 else -math.expm1(math.log1p(-confidence) / (n - 1))
