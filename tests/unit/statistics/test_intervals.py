"""Intervals of one score against published values, against oracles, and where the formulae end."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.intervals import clopper_pearson, mean_interval, wilson

CONFIDENCES = st.floats(0.5, 0.999)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_limits_of_newcombes_table(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    interval = wilson(successes, n, 0.95)

    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert interval.method == "wilson"


@pytest.mark.parametrize("n", [1, 2, 7, 30, 500, 1_000_000])
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_wilson_agrees_with_statsmodels(n: int, confidence: float) -> None:
    for successes in {0, 1, n // 3, n // 2, n - 1, n}:
        interval = wilson(successes, n, confidence)

        low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)


@given(share=st.floats(0, 1), n=st.integers(1, 10_000), confidence=CONFIDENCES)
def test_wilson_holds_the_share_and_mirrors_with_it(share: float, n: int, confidence: float) -> None:
    interval, mirrored = wilson(share * n, n, confidence), wilson(n - share * n, n, confidence)

    assert 0 <= interval.low <= share + 1e-12
    assert share - 1e-12 <= interval.high <= 1
    assert interval.low < interval.high
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - interval.high, 1 - interval.low), abs=1e-12)


@given(n=st.integers(1, 1_000_000), confidence=CONFIDENCES)
def test_wilson_at_an_end_of_the_scale_reaches_it_exactly(n: int, confidence: float) -> None:
    assert wilson(n, n, confidence).high == 1.0
    assert wilson(0, n, confidence).low == 0.0


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0), (math.nan, 5)])
def test_wilson_refuses_impossible_counts(successes: float, n: int) -> None:
    with pytest.raises(ValueError, match="successes must lie"):
        wilson(successes, n, 0.95)


def test_scores_of_right_and_wrong_have_the_exact_interval() -> None:
    interval = mean_interval(Draws.of([1.0] * 15 + [0.0] * 133), 0.95)

    assert interval == clopper_pearson(15, 148, 0.95)
    assert interval.method == "clopper-pearson"


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.9983])
@pytest.mark.parametrize("n", [1, 2, 30, 1000])
def test_the_exact_interval_agrees_with_statsmodels(n: int, confidence: float) -> None:
    for successes in {0, 1, n // 3, n - 1, n}:
        interval = clopper_pearson(successes, n, confidence)

        expected = proportion_confint(successes, n, alpha=1 - confidence, method="beta")
        assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("n", [20, 30, 100])
def test_neither_end_of_the_exact_interval_errs_more_often_than_it_says(n: int) -> None:
    intervals = [clopper_pearson(successes, n, 0.95) for successes in range(n + 1)]

    for rate in np.linspace(0.01, 0.99, 99):
        chances = stats.binom.pmf(np.arange(n + 1), n, rate)
        assert chances @ [interval.low > rate for interval in intervals] <= 0.025
        assert chances @ [interval.high < rate for interval in intervals] <= 0.025


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_the_exact_interval_refuses_impossible_counts(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes must lie in"):
        clopper_pearson(successes, n, 0.95)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_interval_of_many_graded_scores_is_about_students(confidence: float) -> None:
    scores = np.random.default_rng(3).beta(4, 3, 2000).tolist()

    interval = mean_interval(Draws.of(scores), confidence)

    oracle = stats.ttest_1samp(scores, 0).confidence_interval(confidence)
    assert (interval.low, interval.high) == pytest.approx((oracle.low, oracle.high), abs=1e-4)
    assert interval.method == "bounded-score"


def test_a_single_score_leaves_most_open() -> None:
    interval = mean_interval(Draws.of([0.3]), 0.95)

    assert interval.low < 0.1
    assert interval.high > 0.8


def test_a_hundred_equal_scores_leave_open_what_a_share_of_none_in_a_hundred_does() -> None:
    interval = mean_interval(Draws.of([0.5] * 100), 0.95)

    unseen = wilson(0, 100, 2 * stats.norm.cdf(stats.t.ppf(0.975, 99)) - 1).high
    assert (interval.low, interval.high) == pytest.approx((0.5 - unseen / 2, 0.5 + unseen / 2), abs=1e-12)


def test_clustered_scores_are_as_uncertain_as_their_clusters() -> None:
    draws = Draws()
    for case in range(200):
        draws.add(float(case % 40 < 30), unit=f"document {case % 40}")

    interval = mean_interval(draws, 0.95)

    student = 2 * stats.norm.cdf(stats.t.ppf(0.975, 39)) - 1
    apart = wilson(30, 40, student)
    assert (interval.low, interval.high) == pytest.approx((apart.low, apart.high), abs=1e-9)
    assert interval.method == "clustered-score"


def test_no_scores_have_no_interval() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean_interval(Draws(), 0.95)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_outside_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie inside"):
        wilson(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence must lie inside"):
        clopper_pearson(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence must lie inside"):
        mean_interval(Draws.of([0.5, 0.7]), confidence)
