"""One pass over the values, in any number of parts, gives what a second pass would give."""

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.statistics.moments import (
    Moments,
    MomentsAccumulator,
    PairedCounts,
    PairedMoments,
    PairedMomentsAccumulator,
)

VALUES = st.lists(st.floats(-1, 1), min_size=2, max_size=40)
PAIRS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=40)
COUNTS = st.builds(
    PairedCounts,
    both_right=st.integers(0, 1000),
    only_source=st.integers(0, 1000),
    only_target=st.integers(0, 1000),
    both_wrong=st.integers(0, 1000),
)


def moments_of(values: list[float]) -> Moments:
    accumulator = MomentsAccumulator()
    for value in values:
        accumulator.add(value)
    return accumulator.snapshot()


def paired_moments_of(pairs: list[tuple[float, float]]) -> PairedMoments:
    accumulator = PairedMomentsAccumulator()
    for source, target in pairs:
        accumulator.add(source=source, target=target)
    return accumulator.snapshot()


def as_numbers(moments: Moments | PairedMoments) -> list[float]:
    if isinstance(moments, Moments):
        return [moments.n, moments.mean, moments.variance]
    return [
        moments.n,
        moments.source_mean,
        moments.target_mean,
        moments.source_variance,
        moments.target_variance,
        moments.covariance,
    ]


def test_the_moments_of_four_values_are_the_hand_worked_ones() -> None:
    moments = moments_of([0.0, 0.5, 0.5, 1.0])

    assert (moments.n, moments.mean) == (4, 0.5)
    assert moments.variance == pytest.approx(1 / 6)


@given(values=VALUES)
def test_one_pass_gives_the_moments_of_two_passes(values: list[float]) -> None:
    moments = moments_of(values)

    assert moments.n == len(values)
    assert moments.mean == pytest.approx(statistics.fmean(values), abs=1e-12)
    assert moments.variance == pytest.approx(statistics.variance(values), abs=1e-12)


@given(values=VALUES, cut=st.integers(0, 40))
def test_merged_parts_have_the_moments_of_the_whole(values: list[float], cut: int) -> None:
    left, right = moments_of(values[:cut]), moments_of(values[cut:])

    assert as_numbers(left.merge(right)) == pytest.approx(as_numbers(moments_of(values)), abs=1e-12)


@given(values=VALUES, cut=st.integers(0, 40))
def test_an_accumulator_goes_on_from_a_snapshot(values: list[float], cut: int) -> None:
    accumulator = MomentsAccumulator(moments_of(values[:cut]))
    accumulator.merge(moments_of([0.25, 0.75]))
    for value in values[cut:]:
        accumulator.add(value)

    assert as_numbers(accumulator.snapshot()) == pytest.approx(as_numbers(moments_of([*values, 0.25, 0.75])), abs=1e-12)


def test_equal_values_have_no_variance_at_all() -> None:
    assert moments_of([0.1] * 1000).variance == 0.0
    assert moments_of([0.1] * 10).merge(moments_of([0.1] * 7)).variance == 0.0


def test_a_small_spread_around_a_large_mean_survives() -> None:
    moments = moments_of([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])

    assert moments.variance == pytest.approx(30)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="only finite numbers"):
        MomentsAccumulator().add(value)
    with pytest.raises(ValueError, match="only finite numbers"):
        PairedMomentsAccumulator().add(source=value, target=1)
    with pytest.raises(ValueError, match="only finite numbers"):
        PairedMomentsAccumulator().add(source=1, target=value)


@given(pairs=PAIRS)
def test_one_pass_over_pairs_gives_numpys_covariance(pairs: list[tuple[float, float]]) -> None:
    moments = paired_moments_of(pairs)

    covariance = np.cov(np.array(pairs).T)
    assert moments.source_variance == pytest.approx(covariance[0, 0], abs=1e-9)
    assert moments.target_variance == pytest.approx(covariance[1, 1], abs=1e-9)
    assert moments.covariance == pytest.approx(covariance[0, 1], abs=1e-9)


@given(pairs=PAIRS, cut=st.integers(0, 40))
def test_merged_parts_of_pairs_have_the_moments_of_the_whole(pairs: list[tuple[float, float]], cut: int) -> None:
    accumulator = PairedMomentsAccumulator(paired_moments_of(pairs[:cut]))
    accumulator.merge(paired_moments_of(pairs[cut:]))

    assert as_numbers(accumulator.snapshot()) == pytest.approx(as_numbers(paired_moments_of(pairs)), abs=1e-9)


def test_pairs_are_counted_by_who_was_right() -> None:
    counts = PairedCounts.of([(1, 1), (1, 0), (0, 1), (0, 1), (0, 0), (True, True), (1.0, 0.0)])

    assert counts == PairedCounts(both_right=2, only_source=2, only_target=2, both_wrong=1)
    assert counts.n == 7
    assert counts.discordant == 4


def test_a_million_pairs_are_counted_without_being_kept() -> None:
    pairs = itertools.chain(itertools.repeat((1, 1), 900_000), itertools.repeat((0, 1), 100_000))

    assert PairedCounts.of(pairs) == PairedCounts(both_right=900_000, only_target=100_000)


def test_a_graded_score_is_not_counted_as_right_or_wrong() -> None:
    with pytest.raises(ValueError, match="only 0 and 1 can be counted"):
        PairedCounts.of([(1, 1), (0.5, 1)])


@pytest.mark.parametrize("cell", ["both_right", "only_source", "only_target", "both_wrong"])
def test_a_negative_count_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        PairedCounts(**{cell: -1})


@given(left=COUNTS, right=COUNTS)
def test_merged_counts_add_up(left: PairedCounts, right: PairedCounts) -> None:
    merged = left.merge(right)

    assert merged.n == left.n + right.n
    assert merged.only_source == left.only_source + right.only_source
    assert merged.only_target == left.only_target + right.only_target
    assert merged.both_right == left.both_right + right.both_right
