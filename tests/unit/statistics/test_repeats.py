"""Variance between and within cases, by hand, by simulation, and where there is nothing to say."""

import numpy as np
import pytest

from brainswap.core.statistics.repeats import Repeats, RepeatsAccumulator


def gathered(rows: list[list[float]]) -> Repeats | None:
    accumulator = RepeatsAccumulator()
    for row in rows:
        accumulator.add(row)
    return accumulator.snapshot()


def test_the_variances_are_the_hand_worked_ones() -> None:
    # Means 1, 0.5, 0; within: 0.5 / 3; spread of the means times 2: 2 * 0.5 / 2 = 0.5; (0.5 - 1/6) / 2 = 1/6.
    found = gathered([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])

    assert found is not None
    assert (found.cases, found.most) == (3, 2)
    assert (found.within, found.between) == pytest.approx((1 / 6, 1 / 6))
    assert found.always_right == pytest.approx(1 / 3)
    assert found.own_share == pytest.approx(1 / 3)


def test_known_variances_are_found_again() -> None:
    rng = np.random.default_rng(5)
    means = rng.normal(0.5, 0.1, 4000)
    sizes = rng.choice([3, 5, 8], 4000)
    rows = [rng.normal(mean, 0.2, size).tolist() for mean, size in zip(means, sizes, strict=True)]

    found = gathered(rows)

    assert found is not None
    assert (found.within, found.between) == pytest.approx((0.04, 0.01), rel=0.1)


def test_chance_within_cases_may_explain_everything() -> None:
    found = gathered([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])

    assert found is not None
    assert (found.between, found.own_share) == (0.0, 1.0)


def test_equal_answers_have_no_spread() -> None:
    found = gathered([[1.0, 1.0], [1.0, 1.0]])

    assert found is not None
    assert (found.within, found.between, found.always_right, found.own_share) == (0.0, 0.0, 1.0, 0.0)


def test_cases_that_were_asked_once_say_nothing() -> None:
    assert gathered([[1.0], [], [0.0]]) is None
