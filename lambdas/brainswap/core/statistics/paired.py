"""Comparisons of a target with its source on the same cases."""

import math
from dataclasses import dataclass

from brainswap.core.statistics.bounded_mean import limits_of
from brainswap.core.statistics.distributions import critical_normal
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.moments import PairedCounts
from brainswap.core.statistics.tango import tango_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """How much better the target is than the source, on the cases that both have a score for.

    Attributes:
        difference: mean of target minus source, in [-1, 1].
        low: lower end of the two-sided interval; a gate "not worse by more than m" asks for ``low > -m``.
        high: upper end of the two-sided interval.
        confidence: such as 0.95; each side errs with half of the rest.
        method: ``tango``; ``bounded-score`` for graded scores; ``clustered-score`` with clusters or weights;
            ``bonett-price``.
        pairs: cases compared; the sum of the following three.
        better: cases in which the target scored higher.
        worse: cases in which the target scored lower.
        tied: cases in which both scored the same.
        units: independent draws among the pairs: fewer than the pairs where these are clustered.
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
    units: int


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


def compare(draws: Draws, *, better: int, worse: int, confidence: float) -> PairedComparison:
    """Compare scores in [0, 1] by their differences: Tango's interval where it is defined, its like where it is not.

    Simple differences that are all -1, 0 or 1 go to ``compare_binary``; graded scores, weighted cases and clusters to
    ``bounded_mean.mean_limits`` with Student's distribution, which would give the same but for that.

    Args:
        draws: of the differences, target minus source; at least one.
        better: pairs with a positive difference.
        worse: pairs with a negative difference.
        confidence: of the two-sided interval, inside (0, 1).

    Raises:
        ValueError: there are no pairs, or fewer than were better and worse, or ``confidence`` is outside (0, 1).
    """
    tied = draws.cases - better - worse
    if draws.cases < 1:
        raise ValueError("no pairs, no comparison")
    if min(better, worse, tied) < 0:
        raise ValueError(f"{better} better and {worse} worse pairs are not among {draws.cases}")
    if draws.only((-1.0, 0.0, 1.0)):
        return compare_binary(PairedCounts(both_right=tied, only_source=worse, only_target=better), confidence)
    mean, low, high = limits_of(draws.columns(), least=-1.0, most=1.0, confidence=confidence, student=True)
    return PairedComparison(
        difference=min(high, max(low, mean)),
        low=low,
        high=high,
        confidence=confidence,
        method="bounded-score" if draws.simple else "clustered-score",
        pairs=draws.cases,
        better=better,
        worse=worse,
        tied=tied,
        units=draws.units,
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
        units=counts.n,
    )
