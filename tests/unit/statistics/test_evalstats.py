"""The closed formulae against evalstats, a library for evaluations of language models with formulae of its own."""

import numpy as np
import pytest
from evalstats.core import resampling

from brainswap.core.statistics.intervals import wilson
from brainswap.core.statistics.moments import PairedCounts
from brainswap.core.statistics.paired import bonett_price, compare_binary

TABLES = [
    (only_source, only_target, n)
    for n in (1, 2, 5, 13, 30, 150, 800)
    for only_source in {0, 1, n // 20, n // 7, n // 2, n}
    for only_target in {0, 1, n // 20, n // 7, n // 2, n}
    if only_source + only_target <= n
]


def answers(only_source: int, only_target: int, n: int) -> tuple[list[float], list[float]]:
    """0/1 scores of the target and of the source that make the table."""
    target, source = np.zeros((2, n))
    target[:only_target] = 1
    source[only_target : only_target + only_source] = 1
    return target.tolist(), source.tolist()


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_tangos_interval_is_the_root_of_a_quartic(confidence: float) -> None:
    # Chang and others 2024, J. Appl. Stat. 51:139: the limits in closed form, here without their correction.
    for only_source, only_target, n in TABLES:
        comparison = compare_binary(
            PairedCounts(only_source=only_source, only_target=only_target, both_right=n - only_source - only_target),
            confidence,
        )

        target, source = answers(only_source, only_target, n)
        quartic = resampling.tango_scc_paired_ci(target, source, 1 - confidence, c=0.0)
        assert (comparison.low, comparison.high) == pytest.approx(quartic, abs=2e-6)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_bonett_and_prices_interval_is_theirs(confidence: float) -> None:
    for only_source, only_target, n in TABLES:
        comparison = bonett_price(
            PairedCounts(only_source=only_source, only_target=only_target, both_wrong=n - only_source - only_target),
            confidence,
        )

        target, source = answers(only_source, only_target, n)
        theirs = resampling.bonett_price_paired_ci(target, source, 1 - confidence)
        assert (comparison.low, comparison.high) == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilsons_interval_is_theirs(confidence: float) -> None:
    for successes, _, n in TABLES:
        interval = wilson(successes, n, confidence)

        assert (interval.low, interval.high) == pytest.approx(
            resampling.wilson_ci(successes, n, 1 - confidence), abs=1e-12
        )
