"""What a comparison of target and source says, and how often it is wrong."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.moments import PairedCounts
from brainswap.core.statistics.paired import PairedComparison, bonett_price, compare, compare_binary

CONFIDENCES = st.floats(0.5, 0.999)
COUNTS = st.builds(
    PairedCounts,
    both_right=st.integers(0, 500),
    only_source=st.integers(0, 500),
    only_target=st.integers(0, 500),
    both_wrong=st.integers(1, 500),
)
DIFFERENCES = st.lists(st.floats(-1, 1), min_size=1, max_size=30)


def compare_differences(differences: list[float], confidence: float) -> PairedComparison:
    better, worse = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return compare(Draws.of(differences), better=better, worse=worse, confidence=confidence)


def exchanged(counts: PairedCounts) -> PairedCounts:
    return dataclasses.replace(counts, only_source=counts.only_target, only_target=counts.only_source)


def times(counts: PairedCounts, factor: int) -> PairedCounts:
    return PairedCounts(
        both_right=counts.both_right * factor,
        only_source=counts.only_source * factor,
        only_target=counts.only_target * factor,
        both_wrong=counts.both_wrong * factor,
    )


def not_worse_rate(*, n: int, discordant: float, truth: float, margin: float, draws: int, seed: int) -> float:
    """How often a target that truly differs by ``truth`` passes at a one-sided 5 %."""
    cells = [(discordant - truth) / 2, (discordant + truth) / 2, 1 - discordant]
    samples = np.random.default_rng(seed).multinomial(n, cells, size=draws)
    tables, repetitions = np.unique(samples, axis=0, return_counts=True)
    passed = 0
    for (only_source, only_target, tied), repeated in zip(tables.tolist(), repetitions.tolist(), strict=True):
        counts = PairedCounts(both_right=tied, only_source=only_source, only_target=only_target)
        if compare_binary(counts, 0.90).low > -margin:
            passed += repeated
    return passed / draws


def test_a_comparison_of_right_and_wrong_says_who_won_how_often() -> None:
    comparison = compare_binary(PairedCounts(both_right=4, only_source=3, only_target=9, both_wrong=16), 0.95)

    assert (round(comparison.low, 3), comparison.difference, round(comparison.high, 3)) == (-0.027, 0.1875, 0.390)
    assert (comparison.pairs, comparison.better, comparison.worse, comparison.tied) == (32, 9, 3, 20)
    assert (comparison.method, comparison.confidence) == ("tango", 0.95)


@given(counts=COUNTS, confidence=CONFIDENCES)
def test_exchanging_source_and_target_mirrors_the_interval(counts: PairedCounts, confidence: float) -> None:
    for compare_counts in (compare_binary, bonett_price):
        comparison, mirrored = compare_counts(counts, confidence), compare_counts(exchanged(counts), confidence)

        assert mirrored.difference == -comparison.difference
        assert (mirrored.low, mirrored.high) == pytest.approx((-comparison.high, -comparison.low), abs=1e-12)
        assert (mirrored.better, mirrored.worse) == (comparison.worse, comparison.better)


@given(counts=COUNTS, confidence=CONFIDENCES)
def test_the_interval_holds_the_difference_and_is_never_empty(counts: PairedCounts, confidence: float) -> None:
    comparison = compare_binary(counts, confidence)

    assert -1 <= comparison.low <= comparison.difference <= comparison.high <= 1
    assert comparison.high > comparison.low


@given(counts=COUNTS, confidence=st.floats(0.8, 0.999))
def test_the_interval_for_displays_holds_the_difference(counts: PairedCounts, confidence: float) -> None:
    comparison = bonett_price(counts, confidence)

    assert -1 <= comparison.low <= comparison.difference <= comparison.high <= 1


@given(counts=COUNTS, confidences=st.tuples(CONFIDENCES, CONFIDENCES))
def test_more_confidence_needs_a_wider_interval(counts: PairedCounts, confidences: tuple[float, float]) -> None:
    narrow, wide = (compare_binary(counts, confidence) for confidence in sorted(confidences))

    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12


@given(counts=COUNTS, factor=st.integers(2, 100), confidence=CONFIDENCES)
def test_more_cases_of_the_same_kind_narrow_the_interval(counts: PairedCounts, factor: int, confidence: float) -> None:
    comparison, larger = compare_binary(counts, confidence), compare_binary(times(counts, factor), confidence)

    assert comparison.low < larger.low
    assert larger.high < comparison.high


def test_agreement_on_every_case_is_no_proof_of_equality() -> None:
    comparison = compare_binary(PairedCounts(both_right=30), 0.90)

    assert comparison.difference == 0
    assert comparison.low == pytest.approx(-0.0827, abs=1e-4)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Bonett and Price 2012 as implemented in their R package statpsych, ci.prop.ps(.05, 12, 4, 26, 6).
        (PairedCounts(both_right=6, only_source=4, only_target=26, both_wrong=12), 0.2548067, 0.6251933),
        # Fagerland, Lydersen and Laake 2017, Statistical Analysis of Contingency Tables, chapter 8.
        (PairedCounts(both_right=59, only_source=16, only_target=6, both_wrong=80), -0.1195, -0.0032),
    ],
)
def test_the_interval_for_displays_is_the_published_one(counts: PairedCounts, low: float, high: float) -> None:
    comparison = bonett_price(counts, 0.95)

    assert (comparison.low, comparison.high) == pytest.approx((low, high), abs=5e-5)
    assert comparison.method == "bonett-price"


def test_the_interval_for_displays_ends_where_differences_end() -> None:
    assert bonett_price(PairedCounts(only_target=3), 0.95).high == 1.0
    assert bonett_price(PairedCounts(only_source=3), 0.95).low == -1.0


@pytest.mark.parametrize(
    ("margin", "discordant", "n", "expected"),
    [
        (0.05, 0.08, 30, 0.012),
        (0.05, 0.08, 50, 0.026),
        (0.05, 0.08, 100, 0.040),
        (0.05, 0.08, 200, 0.048),
        (0.05, 0.20, 200, 0.050),
        (0.10, 0.14, 30, 0.033),
        (0.10, 0.14, 100, 0.049),
        (0.10, 0.30, 50, 0.048),
    ],
)
def test_a_target_that_is_worse_by_the_margin_rarely_passes(
    margin: float, discordant: float, n: int, expected: float
) -> None:
    rate = not_worse_rate(n=n, discordant=discordant, truth=-margin, margin=margin, draws=20_000, seed=3)

    assert rate == pytest.approx(expected, abs=0.005)
    assert rate < 0.055


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    n, draws, truth = 80, 20_000, 0.03
    samples = np.random.default_rng(5).multinomial(n, [0.06, 0.09, 0.85], size=draws)
    tables, repetitions = np.unique(samples, axis=0, return_counts=True)

    covered = 0
    for (only_source, only_target, tied), repeated in zip(tables.tolist(), repetitions.tolist(), strict=True):
        comparison = compare_binary(
            PairedCounts(both_wrong=tied, only_source=only_source, only_target=only_target), 0.95
        )
        covered += repeated * (comparison.low <= truth <= comparison.high)

    assert covered / draws == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_many_graded_scores_are_compared_about_as_by_a_paired_t_interval(confidence: float) -> None:
    source, target = np.random.default_rng(2).beta([[5], [6]], 3, (2, 3000)).tolist()
    differences = [there - here for here, there in zip(source, target, strict=True)]

    comparison = compare_differences(differences, confidence)

    oracle = stats.ttest_rel(target, source).confidence_interval(confidence)
    assert (comparison.low, comparison.high) == pytest.approx((oracle.low, oracle.high), abs=3e-5)
    assert (comparison.pairs, comparison.units, comparison.method) == (3000, 3000, "bounded-score")


def test_graded_scores_that_are_all_or_nothing_are_compared_by_tangos_interval() -> None:
    comparison = compare_differences([1.0, 1.0, -1.0, *([0.0] * 29)], 0.95)

    assert comparison == compare_binary(PairedCounts(both_right=29, only_source=1, only_target=2), 0.95)


def test_pairs_of_a_cluster_count_as_one_draw() -> None:
    draws = Draws()
    for case in range(300):
        draws.add(-1.0 if case % 60 < 5 else 0.0, unit=f"conversation {case % 60}")

    comparison = compare(draws, better=0, worse=25, confidence=0.95)

    student = 2 * stats.norm.cdf(stats.t.ppf(0.975, 59)) - 1
    apart = compare_binary(PairedCounts(both_right=55, only_source=5), student)
    assert (comparison.low, comparison.high) == pytest.approx((apart.low, apart.high), abs=1e-9)
    assert (comparison.pairs, comparison.units, comparison.method) == (300, 60, "clustered-score")


def test_a_weighted_difference_is_that_of_the_traffic() -> None:
    draws = Draws()
    draws.add(-1.0, weight=3.0, unit="case 1")
    draws.add(1.0)

    assert compare(draws, better=1, worse=1, confidence=0.95).difference == pytest.approx(-0.5)


@given(differences=DIFFERENCES, confidence=CONFIDENCES)
def test_the_interval_of_graded_scores_holds_the_difference_and_is_never_empty(
    differences: list[float], confidence: float
) -> None:
    comparison = compare_differences(differences, confidence)

    assert -1 <= comparison.low <= comparison.difference <= comparison.high <= 1
    assert comparison.high > comparison.low


@given(differences=DIFFERENCES, confidence=CONFIDENCES)
def test_exchanging_source_and_target_mirrors_the_interval_of_graded_scores(
    differences: list[float], confidence: float
) -> None:
    comparison = compare_differences(differences, confidence)
    mirrored = compare_differences([-difference for difference in differences], confidence)

    assert (mirrored.low, mirrored.high) == pytest.approx((-comparison.high, -comparison.low), abs=1e-12)
    assert (mirrored.better, mirrored.worse) == (comparison.worse, comparison.better)


def test_a_single_pair_of_graded_scores_leaves_most_open() -> None:
    comparison = compare_differences([0.2], 0.95)

    assert comparison.low < -0.7
    assert comparison.high > 0.8


def test_five_hundred_ties_of_graded_scores_leave_as_much_open_as_those_of_right_and_wrong() -> None:
    comparison = compare_differences([0.25, -0.25, *([0.0] * 498)], 0.95)

    assert comparison.low < compare_differences([0.0] * 500, 0.95).low + 1e-9
    assert comparison.low == pytest.approx(-0.0076, abs=1e-4)


@pytest.mark.parametrize("compare_counts", [compare_binary, bonett_price])
def test_no_pairs_have_no_comparison(compare_counts: Callable[[PairedCounts, float], PairedComparison]) -> None:
    with pytest.raises(ValueError, match="no pairs"):
        compare_counts(PairedCounts(), 0.95)


def test_no_pairs_of_graded_scores_have_no_comparison() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        compare_differences([], 0.95)


@pytest.mark.parametrize(("better", "worse"), [(2, 2), (4, -1)])
def test_counts_that_are_not_those_of_the_differences_are_refused(better: int, worse: int) -> None:
    with pytest.raises(ValueError, match="are not among 3"):
        compare(Draws.of([0.1, -0.2, 0.0]), better=better, worse=worse, confidence=0.95)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_outside_its_range_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie inside"):
        compare_binary(PairedCounts(only_source=1, only_target=1), confidence)
    with pytest.raises(ValueError, match="confidence must lie inside"):
        bonett_price(PairedCounts(only_source=1), confidence)
    with pytest.raises(ValueError, match="confidence must lie inside"):
        compare_differences([0.1, 0.2], confidence)
