"""Comparisons of a target with its source on the same cases."""

import math
from dataclasses import dataclass

from brainswap.core.statistics.distributions import critical_normal
from brainswap.core.statistics.intervals import is_constant, student_reach, unseen_share
from brainswap.core.statistics.moments import Moments, PairedCounts
from brainswap.core.statistics.tango import tango_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """How much better the target is than the source, on the cases that both have a score for.

    Attributes:
        difference: mean of target minus source, in [-1, 1].
        low: lower end of the two-sided interval; a gate "not worse by more than m" asks for ``low > -m``.
        high: upper end of the two-sided interval.
        confidence: such as 0.95; each side errs with half of the rest.
        method: ``tango``, ``bonett-price``, ``paired-t`` or ``rule-of-three``.
        pairs: cases compared; the sum of the following three.
        better: cases in which the target scored higher.
        worse: cases in which the target scored lower.
        tied: cases in which both scored the same.
    """

    difference: float
    low: float
    high: float
    confidence: float
    method: str
    pairs: int
    better: int
    worse: int
    tied: int


def compare_binary(counts: PairedCounts, confidence: float) -> PairedComparison:
    """Compare 0/1 scores by Tango's score interval, ``tango_limits``: for gates, at any number of pairs.

    Raises:
        ValueError: there are no pairs, or ``confidence`` is outside (0, 1).
    """
    low, high = tango_limits(
        only_source=counts.only_source, only_target=counts.only_target, n=_some_pairs(counts), confidence=confidence
    )
    return _binary_comparison(counts, low, high, confidence, "tango")


def bonett_price(counts: PairedCounts, confidence: float) -> PairedComparison:
    """Compare 0/1 scores by the Wald interval with one pair added to each discordant cell: closed, for displays.

    Bonett and Price 2012, J. Educ. Behav. Stat. 37:479; Fagerland, Lydersen and Laake 2014, Statistics in Medicine
    33:2850, equation 16. Its centre is drawn towards 0, but for a confidence of 0.78 or more it holds the difference.
    As a gate it errs more often than ``compare_binary`` where the margin is as large as the discordant share.

    Raises:
        ValueError: there are no pairs, or ``confidence`` is outside (0, 1).
    """
    total = _some_pairs(counts) + 2
    source_share, target_share = (counts.only_source + 1) / total, (counts.only_target + 1) / total
    centre = target_share - source_share
    reach = critical_normal(confidence) * math.sqrt((target_share + source_share - centre * centre) / total)
    return _binary_comparison(counts, max(-1.0, centre - reach), min(1.0, centre + reach), confidence, "bonett-price")


def compare_scores(moments: Moments, *, better: int, worse: int, tied: int, confidence: float) -> PairedComparison:
    """Compare graded scores in [0, 1] by the paired t interval, cut at -1 and 1.

    Student 1908, Biometrika 6:1: mean +- t sqrt(variance / n) with n - 1 degrees of freedom.

    Where all n differences are equal, t would claim certainty. Instead: the largest share of other differences that n
    equal ones leave open, ``unseen_share`` (the rule of three), and these as far away as they can be. A single pair
    leaves everything open: [-1, 1].

    t errs like Wald's interval where few pairs differ, and by much: with a margin of 5 points, 8 % of the pairs
    differing and a confidence of 0.90, a target that is exactly 5 points worse passed as not worse in 10 % of
    simulated samples of 50 pairs and in 7 % of 200, not in 5 %. For scores that are all 0 or 1, ``compare_binary``
    does not.

    Args:
        moments: of the differences, target minus source.
        better: pairs with a positive difference.
        worse: pairs with a negative difference.
        tied: pairs without a difference.
        confidence: of the two-sided interval.

    Raises:
        ValueError: there are no pairs, the counts do not add up to them, the mean is outside [-1, 1], or
            ``confidence`` is outside (0, 1).
    """
    if moments.n < 1:
        raise ValueError("no pairs, no comparison")
    if min(better, worse, tied) < 0 or better + worse + tied != moments.n:
        raise ValueError(f"{better} better, {worse} worse and {tied} tied pairs are not {moments.n} pairs")
    if not -1 <= moments.mean <= 1:
        raise ValueError(f"differences of scores in [0, 1] cannot have the mean {moments.mean}")
    if is_constant(moments):
        unseen = unseen_share(moments.n, confidence)
        seen = (1 - unseen) * moments.mean
        low, high, method = seen - unseen, seen + unseen, "rule-of-three"
    else:
        reach = student_reach(moments, confidence)
        low, high, method = moments.mean - reach, moments.mean + reach, "paired-t"
    return PairedComparison(
        difference=moments.mean,
        low=max(-1.0, low),
        high=min(1.0, high),
        confidence=confidence,
        method=method,
        pairs=moments.n,
        better=better,
        worse=worse,
        tied=tied,
    )


def _some_pairs(counts: PairedCounts) -> int:
    if counts.n < 1:
        raise ValueError("no pairs, no comparison")
    return counts.n


def _binary_comparison(
    counts: PairedCounts, low: float, high: float, confidence: float, method: str
) -> PairedComparison:
    return PairedComparison(
        difference=(counts.only_target - counts.only_source) / counts.n,
        low=low,
        high=high,
        confidence=confidence,
        method=method,
        pairs=counts.n,
        better=counts.only_target,
        worse=counts.only_source,
        tied=counts.both_right + counts.both_wrong,
    )
