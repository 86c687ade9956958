"""Intervals of one score against published values, against oracles, and where the formulae end."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from brainswap.core.statistics.intervals import mean_interval, unseen_share, wilson
from brainswap.core.statistics.moments import Moments, MomentsAccumulator

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


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_the_mean_of_graded_scores_has_students_interval(confidence: float) -> None:
    scores = [0.5, 0.7, 0.55, 0.9, 0.62, 0.7]
    accumulator = MomentsAccumulator()
    for score in scores:
        accumulator.add(score)

    interval = mean_interval(accumulator.snapshot(), confidence)

    oracle = stats.ttest_1samp(scores, 0).confidence_interval(confidence)
    assert (interval.low, interval.high) == pytest.approx((max(0, oracle.low), min(1, oracle.high)), abs=1e-12)
    assert interval.method == "student-t"


def test_an_interval_of_graded_scores_ends_where_scores_end() -> None:
    interval = mean_interval(Moments(n=2, mean=0.5, variance=0.125), 0.95)

    assert (interval.low, interval.high) == (0.0, 1.0)


def test_a_single_score_leaves_everything_open() -> None:
    interval = mean_interval(Moments(n=1, mean=0.3), 0.95)

    assert (interval.low, interval.high) == (0.0, 1.0)


def test_a_hundred_equal_scores_leave_three_percent_open() -> None:
    interval = mean_interval(Moments(n=100, mean=0.5), 0.95)

    unseen = 1 - 0.05 ** (1 / 99)
    assert unseen == pytest.approx(0.03, abs=3e-4)
    assert (interval.low, interval.high) == pytest.approx((0.5 - unseen / 2, 0.5 + unseen / 2), abs=1e-12)
    assert interval.method == "rule-of-three"


def test_scores_that_differ_by_rounding_alone_claim_no_certainty() -> None:
    interval = mean_interval(Moments(n=50, mean=0.1, variance=1e-34), 0.95)

    assert interval.high - interval.low > 0.05


@given(
    n=st.integers(2, 200),
    confidence=CONFIDENCES,
    seen=st.floats(0, 1),
    other=st.floats(0, 1),
    within=st.floats(0, 1, exclude_max=True),
)
def test_equal_scores_miss_no_mean_from_which_they_were_likely(
    n: int, confidence: float, seen: float, other: float, within: float
) -> None:
    share = within * unseen_share(n, confidence)
    likelihood_of_the_remaining_scores = (1 - share) ** (n - 1)
    mean = (1 - share) * seen + share * other

    interval = mean_interval(Moments(n=n, mean=seen), confidence)

    assert likelihood_of_the_remaining_scores >= 1 - confidence - 1e-12
    assert interval.low - 1e-12 <= mean <= interval.high + 1e-12


@given(
    n=st.integers(1, 1000),
    mean=st.floats(0, 1),
    spread=st.floats(0, 1),
    confidences=st.tuples(CONFIDENCES, CONFIDENCES),
)
def test_more_confidence_needs_a_wider_interval(
    n: int, mean: float, spread: float, confidences: tuple[float, float]
) -> None:
    moments = Moments(n=n, mean=mean, variance=spread * mean * (1 - mean))
    narrow, wide = (mean_interval(moments, confidence) for confidence in sorted(confidences))

    assert 0 <= wide.low <= narrow.low <= mean + 1e-12
    assert mean - 1e-12 <= narrow.high <= wide.high <= 1


def test_no_scores_have_no_interval() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean_interval(Moments(), 0.95)


@pytest.mark.parametrize("mean", [-0.1, 1.1, 820.0, math.nan])
def test_values_that_are_no_scores_are_refused(mean: float) -> None:
    with pytest.raises(ValueError, match="graded scores lie in"):
        mean_interval(Moments(n=10, mean=mean, variance=0.1), 0.95)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_outside_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie inside"):
        wilson(1, 2, confidence)
    with pytest.raises(ValueError, match="confidence must lie inside"):
        mean_interval(Moments(n=5, mean=0.5, variance=0.1), confidence)
    with pytest.raises(ValueError, match="confidence must lie inside"):
        mean_interval(Moments(n=5, mean=0.5), confidence)
