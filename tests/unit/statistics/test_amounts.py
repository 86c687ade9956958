"""Ratios of mean amounts against published values, and against resampling where cases have clusters and weights."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.statistics.amounts import PairedAmounts
from brainswap.core.statistics.distributions import critical_t
from brainswap.core.statistics.draws import KEPT

COSTS = st.lists(st.tuples(st.floats(0.01, 10), st.floats(0.01, 10)), min_size=2, max_size=30)


def amounts(pairs: list[tuple[float, float]]) -> PairedAmounts:
    found = PairedAmounts()
    for source, target in pairs:
        found.add(source, target)
    return found


@pytest.mark.parametrize(
    ("target", "source", "published"),
    [
        # Bonett and Price 2020 as implemented in their R package statpsych, ci.ratio.mean.ps.
        (
            [3.3, 3.6, 3.0, 3.1, 3.9, 4.2, 3.5, 3.3],
            [3.0, 3.1, 2.7, 2.6, 3.2, 3.8, 3.2, 3.0],
            (1.09417, 1.134146, 1.175583),
        ),
        (
            [76.41, 66.91, 81.06, 74.78, 83.76, 89.31, 78.78, 87.06, 82.61, 76.74, 88.33, 86.18],
            [59.85, 60.64, 84.86, 68.16, 71.53, 86.18, 67.30, 65.46, 83.50, 66.76, 88.37, 65.02],
            (1.040747, 1.120213, 1.205745),
        ),
    ],
)
def test_the_ratio_of_means_is_the_published_one(
    target: list[float], source: list[float], published: tuple[float, float, float]
) -> None:
    interval = amounts(list(zip(source, target, strict=True))).ratio(0.95)

    assert interval is not None
    assert (interval.low, interval.ratio, interval.high) == pytest.approx(published, abs=1e-6)
    assert interval.method == "delta-log"


@given(pairs=COSTS, confidence=st.floats(0.5, 0.999))
def test_the_ratio_of_exchanged_means_is_the_reciprocal(pairs: list[tuple[float, float]], confidence: float) -> None:
    interval = amounts(pairs).ratio(confidence)
    exchanged = amounts([(target, source) for source, target in pairs]).ratio(confidence)

    assert (interval is None) == (exchanged is None)
    if interval is not None and exchanged is not None:
        assert 0 <= interval.low < interval.ratio < interval.high
        assert exchanged.ratio == pytest.approx(1 / interval.ratio)
        assert math.log(exchanged.high / exchanged.ratio) == pytest.approx(math.log(interval.high / interval.ratio))


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(1.0, 2.0)],
        [(0.0, 1.0), (0.0, 2.0)],
        [(1.0, 0.0), (2.0, 0.0)],
        [(1.0, 2.0)] * 50,
        [(0.1 * case, 0.03 * case) for case in range(1, 40)],
        [(2.0, 1.0), (0.5, 4.0)],
    ],
    ids=["no pair", "one pair", "a free source", "a free target", "equal costs", "proportional costs", "no bound"],
)
def test_a_ratio_of_means_without_a_measurable_error_is_none(pairs: list[tuple[float, float]]) -> None:
    assert amounts(pairs).ratio(0.999) is None


@given(pairs=COSTS, confidence=st.floats(0.5, 0.999))
def test_clusters_of_one_case_are_cases(pairs: list[tuple[float, float]], confidence: float) -> None:
    apart = PairedAmounts()
    for number, (source, target) in enumerate(pairs):
        apart.add(source, target, unit=f"call {number}")

    found, expected = apart.ratio(confidence), amounts(pairs).ratio(confidence)

    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.low, found.ratio, found.high) == pytest.approx((expected.low, expected.ratio, expected.high))


def test_the_error_with_clusters_and_weights_is_that_of_leaving_each_draw_out() -> None:
    rng = np.random.default_rng(8)
    clusters, weights = rng.integers(0, 150, 600), rng.choice([0.5, 1.0, 4.0], 600)
    source = rng.lognormal(0, 0.4, 600) * rng.lognormal(0, 0.5, 150)[clusters]
    target = source + rng.lognormal(0, 0.6, 150)[clusters]
    found = PairedAmounts()
    for one in zip(source.tolist(), target.tolist(), weights.tolist(), clusters.tolist(), strict=True):
        found.add(one[0], one[1], weight=one[2], unit=f"cluster {one[3]}")

    interval = found.ratio(0.95)

    without = [
        math.log((weights * target)[clusters != cluster].sum() / (weights * source)[clusters != cluster].sum())
        for cluster in sorted(set(clusters.tolist()))
    ]
    jackknife = math.sqrt(np.var(without) * (len(without) - 1))
    sums = np.bincount(clusters, weights)
    reach = critical_t(0.95, sums.sum() ** 2 / (sums**2).sum() - 1) * jackknife
    assert interval is not None
    assert interval.ratio == pytest.approx((weights * target).sum() / (weights * source).sum())
    assert math.log(interval.high / interval.ratio) == pytest.approx(reach, rel=0.02)


def test_a_cluster_told_five_times_is_no_more_than_once() -> None:
    rng = np.random.default_rng(9)
    pairs = [(float(source), float(target)) for source, target in rng.lognormal(0, 0.5, (40, 2))]
    told = PairedAmounts()
    for number, (source, target) in enumerate(pairs):
        for _ in range(5):
            told.add(source, target, unit=f"call {number}")

    found, once = told.ratio(0.95), amounts(pairs).ratio(0.95)

    assert found is not None
    assert once is not None
    assert (found.low, found.high) == pytest.approx((once.low, once.high))
    assert (told.cases, told.draws) == (200, 40)


def test_more_clusters_than_are_kept_are_put_together() -> None:
    rng = np.random.default_rng(10)
    pairs = [(float(source), float(target)) for source, target in rng.lognormal(0, 0.5, (8 * KEPT, 2))]
    many = PairedAmounts()
    for number, (source, target) in enumerate(pairs):
        many.add(source, target, unit=f"call {number}")

    found, expected = many.ratio(0.95), amounts(pairs).ratio(0.95)

    assert many.draws <= KEPT
    assert found is not None
    assert expected is not None
    assert found.ratio == pytest.approx(expected.ratio)
    assert math.log(found.high / found.low) == pytest.approx(math.log(expected.high / expected.low), rel=0.1)


@pytest.mark.parametrize("amount", [math.inf, math.nan])
def test_an_amount_that_is_no_number_is_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="only finite amounts"):
        PairedAmounts().add(1.0, amount)
