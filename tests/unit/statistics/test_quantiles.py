"""Quantiles and their ratios against oracles and published values, and where there is no interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from brainswap.core.statistics.quantiles import (
    quantile,
    quantile_interval,
    quantile_ratio_interval,
)

SAMPLES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(sorted)


@given(values=SAMPLES, q=st.floats(0, 1))
def test_quantiles_are_numpys(values: list[float], q: float) -> None:
    assert quantile(values, q) == pytest.approx(float(np.quantile(values, q)), rel=1e-9, abs=1e-6)


def test_the_quantiles_of_five_values_lie_on_them_and_between_them() -> None:
    values = [10.0, 20.0, 30.0, 40.0, 100.0]

    assert [quantile(values, q) for q in (0, 0.25, 0.5, 0.9, 1)] == pytest.approx([10, 20, 30, 76, 100])


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


@pytest.mark.parametrize("q", [-0.1, 1.1, 95, math.nan])
def test_a_quantile_outside_the_unit_interval_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="q must lie in"):
        quantile([1.0, 2.0], q)
    with pytest.raises(ValueError, match="q and confidence"):
        quantile_interval([1.0, 2.0], q, 0.95)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_outside_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="q and confidence"):
        quantile_interval([1.0, 2.0], 0.5, confidence)


@pytest.mark.parametrize("n", [6, 20, 72, 73, 500, 10_000])
@pytest.mark.parametrize("q", [0.05, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_intervals_of_quantiles_are_scipys(n: int, q: float, confidence: float) -> None:
    ranks = list(range(1, n + 1))

    interval = quantile_interval(ranks, q, confidence)

    low, high = np.asarray(stats.quantile_test(ranks, q=0, p=q).confidence_interval(confidence)).tolist()
    if interval is None:
        assert math.isnan(low) or math.isnan(high)
    else:
        assert (interval.low, interval.high) == (low, high)
        assert interval.method == "order-statistics"


def test_the_median_of_ten_values_lies_between_the_second_and_the_ninth() -> None:
    # Tables of the sign test: P(B < 2) = 0.011 and P(B < 3) = 0.055 for B ~ binomial(10, 1/2).
    interval = quantile_interval(list(range(1, 11)), 0.5, 0.95)

    assert interval is not None
    assert (interval.low, interval.high) == (2, 9)


def test_a_level_that_is_met_exactly_is_met() -> None:
    # P(B < 1) = 1/32 for B ~ binomial(5, 1/2): the extremes of five values cover their median with 15/16.
    interval = quantile_interval([1.0, 2.0, 3.0, 4.0, 5.0], 0.5, 15 / 16)

    assert interval is not None
    assert (interval.low, interval.high) == (1.0, 5.0)


def test_the_95th_percentile_needs_72_values() -> None:
    assert quantile_interval(list(range(71)), 0.95, 0.95) is None
    assert quantile_interval(list(range(72)), 0.95, 0.95) is not None
    assert 0.95**71 > 0.025 >= 0.95**72


@given(values=SAMPLES, q=st.floats(0.01, 0.99), confidence=st.floats(0.8, 0.999))
def test_the_interval_of_a_quantile_holds_it(values: list[float], q: float, confidence: float) -> None:
    interval = quantile_interval(values, q, confidence)

    if interval is not None:
        assert interval.low <= quantile(values, q) <= interval.high


def test_the_ratio_of_quantiles_is_put_together_from_their_own_intervals() -> None:
    target = [200.0 + rank for rank in range(100)]
    source = [100.0 + 2 * rank for rank in range(100)]

    interval = quantile_ratio_interval(target, source, 0.5, 0.95)

    # Both medians lie between the 40th and the 61st value; 249.5 in (239, 260) and 199 in (178, 220).
    assert interval is not None
    assert interval.ratio == pytest.approx(249.5 / 199)
    assert interval.low == pytest.approx(
        interval.ratio * math.exp(-math.sqrt(math.log(249.5 / 239) ** 2 + math.log(220 / 199) ** 2))
    )
    assert interval.high == pytest.approx(
        interval.ratio * math.exp(math.sqrt(math.log(260 / 249.5) ** 2 + math.log(199 / 178) ** 2))
    )
    assert interval.method == "mover-log"


def test_the_ratio_of_exchanged_quantiles_is_the_reciprocal() -> None:
    first, second = sorted(np.random.default_rng(2).lognormal(6, 0.4, size=(2, 150)).tolist())
    first, second = sorted(first), sorted(second)

    interval, exchanged = (
        quantile_ratio_interval(first, second, 0.9, 0.95),
        quantile_ratio_interval(second, first, 0.9, 0.95),
    )

    assert interval is not None
    assert exchanged is not None
    assert (exchanged.low, exchanged.ratio, exchanged.high) == pytest.approx(
        (1 / interval.high, 1 / interval.ratio, 1 / interval.low)
    )


def test_the_ratio_of_latencies_on_the_same_cases_is_covered_at_least_as_often_as_promised() -> None:
    generator = np.random.default_rng(11)
    case, source, target = generator.normal(size=(3, 400, 120))
    sources, targets = np.exp(0.3 * case + 0.4 * source), 1.2 * np.exp(0.3 * case + 0.4 * target)

    covered = 0
    for target_row, source_row in zip(np.sort(targets).tolist(), np.sort(sources).tolist(), strict=True):
        interval = quantile_ratio_interval(target_row, source_row, 0.9, 0.95)
        assert interval is not None
        covered += interval.low <= 1.2 <= interval.high

    assert covered / 400 >= 0.95


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ([100.0] * 71, [100.0] * 500),
        ([100.0] * 500, [100.0] * 71),
        ([0.0] * 500, [100.0] * 500),
        ([100.0] * 500, [0.0] * 470 + [100.0] * 30),
    ],
    ids=["few target values", "few source values", "no target latency", "a source limit of zero"],
)
def test_a_ratio_of_quantiles_that_cannot_be_had_is_none(target: list[float], source: list[float]) -> None:
    assert quantile_ratio_interval(target, source, 0.95, 0.95) is None
