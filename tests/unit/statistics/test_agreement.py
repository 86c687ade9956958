"""Agreement of two raters, against statsmodels, a published table, and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from brainswap.core.statistics.agreement import (
    Pair,
    PairSums,
    confusion,
    difference_interval,
    kappa_interval,
    mean_kappa,
    quadratic_kappa,
)

LEVELS = [0.0, 0.25, 0.5, 0.75, 1.0]
TABLES = st.lists(st.lists(st.integers(0, 30), min_size=5, max_size=5), min_size=5, max_size=5)
PAIRS = st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=3, max_size=40)


def pairs_of(table: list[list[int]]) -> list[Pair]:
    """A pair for each count of a table; the first rater's levels are its rows."""
    scale = np.linspace(0, 1, len(table))
    return [
        (float(scale[row]), float(scale[column]))
        for row, counts in enumerate(table)
        for column, n in enumerate(counts)
        for _ in range(n)
    ]


def alone(pairs: list[Pair]) -> list[list[Pair]]:
    """Each pair as a group of its own."""
    return [[pair] for pair in pairs]


def test_kappa_of_yes_and_no_is_cohens() -> None:
    # Two readers of 50 proposals: 20 yes and 15 no of both, 5 and 10 of one alone; observed 0.7, by chance 0.5.
    kappa = quadratic_kappa(PairSums.of(pairs_of([[15, 10], [5, 20]])))

    assert kappa == pytest.approx(0.4, abs=1e-12)


@given(table=TABLES)
def test_kappa_straight_from_scores_is_the_weighted_kappa_of_their_table(table: list[list[int]]) -> None:
    kappa = quadratic_kappa(PairSums.of(pairs_of(table)))

    if kappa is not None:
        oracle = cohens_kappa(np.array(table), wt="quadratic", return_results=False)
        assert kappa == pytest.approx(oracle, abs=1e-9)


@given(pairs=PAIRS, shift=st.floats(-5, 5), stretch=st.floats(0.1, 5))
def test_kappa_does_not_depend_on_the_scale_nor_on_who_is_first(
    pairs: list[Pair], shift: float, stretch: float
) -> None:
    kappa = quadratic_kappa(PairSums.of(pairs))
    moved = quadratic_kappa(PairSums.of((shift + stretch * one, shift + stretch * other) for one, other in pairs))
    exchanged = quadratic_kappa(PairSums.of((other, one) for one, other in pairs))

    if kappa is None:
        assert exchanged is None
    else:
        assert -1 <= kappa <= 1
        assert exchanged == pytest.approx(kappa, abs=1e-9)
        assert moved == pytest.approx(kappa, abs=1e-6)


@pytest.mark.parametrize("pairs", [[], [(1.0, 1.0)] * 9])
def test_without_any_spread_there_is_no_kappa(pairs: list[Pair]) -> None:
    assert quadratic_kappa(PairSums.of(pairs)) is None
    assert kappa_interval(alone(pairs), 0.95) is None


def test_the_interval_of_kappa_is_that_of_the_asymptotic_error_where_pairs_are_many() -> None:
    table = [[150, 50], [60, 240]]

    found = kappa_interval(alone(pairs_of(table)), 0.95)

    oracle = cohens_kappa(np.array(table))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((oracle.kappa_low, oracle.kappa_upp), abs=2e-3)
    assert found.method == "jackknife"


def test_the_interval_of_kappa_holds_the_truth_about_as_often_as_it_says() -> None:
    # Two raters who both see the truth, right three times out of four and nine out of ten.
    rng, held = np.random.default_rng(3), 0
    truth = 2 * (0.5 * 0.5) * (1 - 2 * 0.1) / (2 * 0.5 * 0.5)  # both margins are one half: 1 - 2 P(differ)
    for _ in range(400):
        right = rng.random(100) < 0.5
        other = np.where(rng.random(100) < 0.1, ~right, right)
        found = kappa_interval(alone(list(zip(right.astype(float), other.astype(float), strict=True))), 0.95)
        assert found is not None
        held += found.low <= truth <= found.high

    assert 0.91 <= held / 400 <= 0.985


def test_pairs_of_one_case_are_no_more_than_one_piece_of_evidence() -> None:
    table = pairs_of([[15, 10], [5, 20]])

    once, thrice = kappa_interval(alone(table), 0.95), kappa_interval([[pair] * 3 for pair in table], 0.95)

    assert once is not None
    assert thrice is not None
    assert (thrice.value, thrice.low, thrice.high) == pytest.approx((once.value, once.low, once.high), abs=1e-9)


def test_agreement_on_everything_is_no_proof_of_a_kappa_of_one() -> None:
    found = kappa_interval(alone([(0.0, 0.0), (1.0, 1.0)] * 25), 0.95)

    assert found is not None
    assert (found.value, found.high, found.method) == (1.0, 1.0, "rule-of-three")
    assert found.low == pytest.approx(1 - (1 - 0.05 ** (1 / 49)) / 0.5)


@given(pairs=PAIRS, confidence=st.floats(0.5, 0.99))
def test_intervals_hold_their_middle_and_stay_in_range(pairs: list[Pair], confidence: float) -> None:
    for found in (kappa_interval(alone(pairs), confidence), difference_interval(alone(pairs), confidence)):
        if found is not None:
            assert -1 <= found.low <= found.value + 1e-12
            assert found.value - 1e-12 <= found.high <= 1


def test_a_rater_who_gives_more_is_told_by_how_much() -> None:
    found = difference_interval(alone([(0.0, 0.25), (0.5, 0.75), (0.5, 1.0), (1.0, 1.0)]), 0.95)

    # Differences 0.25, 0.25, 0.5, 0: mean 0.25, standard error sqrt((0.0625 + 0.0625) / 3 / 4), t of 3 is 3.1824.
    assert found is not None
    assert found.value == pytest.approx(0.25)
    assert found.high - found.value == pytest.approx(3.182446 * (0.125 / 12) ** 0.5, abs=1e-6)


def test_a_difference_of_nothing_everywhere_leaves_something_open() -> None:
    found = difference_interval(alone([(1.0, 1.0)] * 50), 0.95)

    assert found is not None
    assert found.high == -found.low == pytest.approx(1 - 0.05 ** (1 / 49))


def test_one_case_alone_has_no_intervals() -> None:
    assert kappa_interval([[(0.0, 1.0), (1.0, 1.0), (0.0, 0.0)]], 0.95) is None
    assert difference_interval([[(0.0, 1.0), (1.0, 1.0)]], 0.95) is None


def test_confusion_counts_by_the_first_rater_and_the_nearest_level() -> None:
    counts = confusion([(0.0, 0.1), (0.0, 0.6), (1.0, 0.9), (0.4, 1.0)], [0.0, 0.5, 1.0])

    assert counts == [[1, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_several_raters_agree_by_the_mean_of_their_pairs() -> None:
    first_two = pairs_of([[15, 10], [5, 20]])
    things: list[list[float | None]] = [[one, other, None] for one, other in first_two]
    things += [[value, None, value] for value in (0.0, 1.0) * 25]

    found = mean_kappa(things)

    assert found is not None
    assert found[0] == pytest.approx((0.4 + 1.0) / 2)
    assert found[1] == 100


@pytest.mark.parametrize("things", [[], [[1.0]], [[1.0, None], [None, 0.0]]])
def test_a_single_rater_agrees_with_nobody(things: list[list[float | None]]) -> None:
    assert mean_kappa(things) is None
