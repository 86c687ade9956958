"""Exact probabilities over all tables of pairs: no simulation, no noise."""

from functools import lru_cache

import numpy as np
from scipy import stats

from benchmarks.decision.rivals import Rule

_NEGLIGIBLE = 1e-10


def passing_rate(rule: Rule, *, n: int, gain: float, loss: float, margin: float, confidence: float) -> float:
    """The probability that a rule passes a target with these shares of gains and losses.

    Args:
        rule: for a fixed number of differing pairs, it passes from some number of gains on.
        n: pairs.
        gain: probability that only the target is right.
        loss: probability that only the source is right.
        margin: that the rule allows; negative where the target has to be better.
        confidence: two-sided.
    """
    differing = gain + loss
    numbers = np.arange(n + 1)
    chances = stats.binom.pmf(numbers, n, differing)
    rate = 0.0
    for k in numbers[chances > _NEGLIGIBLE].tolist():
        least = least_gains(rule, k, n, margin, confidence)
        rate += chances[k] * stats.binom.sf(least - 1, k, gain / differing)
    return float(rate)


@lru_cache(maxsize=200_000)
def least_gains(rule: Rule, differing: int, n: int, margin: float, confidence: float) -> int:
    """The fewest gains with which a rule passes; one more than there can be where it never does."""
    low, high = 0, differing + 1
    while low < high:
        gains = (low + high) // 2
        if rule(gains, differing - gains, n, margin=margin, confidence=confidence):
            high = gains
        else:
            low = gains + 1
    return low
