"""Values as they are drawn: what is kept apart, what is put together, and that nothing grows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.statistics.bounded_mean import mean_limits, mean_of
from brainswap.core.statistics.draws import KEPT, Draws


def limits(draws: Draws) -> tuple[float, float]:
    return mean_limits(draws.atoms(), least=-1.0, most=1.0, confidence=0.95)


def test_equal_values_are_counted_together_and_clusters_by_themselves() -> None:
    draws = Draws.of([0.5, 0.5, 0.0])
    draws.add(1.0, unit="cluster a")
    draws.add(0.0, unit="cluster a")
    draws.add(-1.0, weight=3.0, unit="case 7")

    assert sorted(draws.atoms()) == [(1.0, 1.0, 0.0), (1.0, 2.0, 0.5), (1.0, 3.0, -1.0), (2.0, 1.0, 0.5)]
    assert (draws.cases, draws.units, draws.simple) == (6, 5, False)


@given(seed=st.integers(0, 2**32), size=st.integers(KEPT + 1, KEPT + 500), scale=st.floats(1e-6, 1))
def test_more_values_than_are_kept_keep_their_mean(seed: int, size: int, scale: float) -> None:
    values = np.random.default_rng(seed).uniform(-scale, scale, size).tolist()

    draws = Draws.of(values)

    assert len(draws.atoms()) <= KEPT + 1
    assert mean_of(draws.atoms()) == pytest.approx(math.fsum(values) / len(values), abs=1e-12)
    assert draws.units == len(values)
    assert not draws.exact


def test_the_grid_changes_an_interval_by_less_than_a_ten_thousandth() -> None:
    values = np.random.default_rng(1).normal(-0.03, 0.2, 2000).clip(-1, 1).tolist()
    atoms = [atom for value in values for atom in Draws.of([value]).atoms()]

    exact = mean_limits(atoms, least=-1.0, most=1.0, confidence=0.95)

    assert limits(Draws.of(values)) == pytest.approx(exact, abs=1e-4)


def test_more_clusters_than_are_kept_are_put_together_at_random() -> None:
    rng = np.random.default_rng(2)
    apart, together = [], Draws()
    for cluster in range(20 * KEPT):
        value = float(rng.choice([-1, 0, 0, 0, 1]))
        apart.append(value)
        for _ in range(3):
            together.add(value, unit=f"cluster {cluster}")

    exact = limits(Draws.of(apart))

    assert len(together.atoms()) == KEPT
    assert together.cases == 60 * KEPT
    assert mean_of(together.atoms()) == pytest.approx(sum(apart) / len(apart), abs=1e-12)
    width = exact[1] - exact[0]
    assert limits(together)[1] - limits(together)[0] == pytest.approx(width, rel=0.08)


def test_what_is_drawn_in_two_places_is_as_drawn_in_one() -> None:
    whole, here, there = Draws(), Draws(), Draws()
    for case in range(3 * KEPT):
        unit = None if case % 3 else f"cluster {case % 7}"
        for draws in (whole, here if case % 2 else there):
            draws.add(case % 5 / 5, unit=unit)

    here.merge(there)

    assert sorted(here.atoms()) == [pytest.approx(atom) for atom in sorted(whole.atoms())]
    assert here.cases == whole.cases


def test_merging_with_folded_clusters_folds() -> None:
    few, many = Draws(), Draws()
    few.add(1.0, unit="cluster 0")
    for cluster in range(KEPT + 1):
        many.add(0.0, unit=f"cluster {cluster}")

    few.merge(many)

    assert few.cases == KEPT + 2
    assert few.units == many.units


@pytest.mark.parametrize("value", [-1.1, 12.0, math.nan])
def test_values_that_are_no_scores_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="only values in"):
        Draws().add(value)


def test_differing_values_are_listed_one_by_one_unless_they_are_many() -> None:
    draws = Draws.of([0.0, 0.5, 0.5, -1.0])

    assert sorted(draws.differing(3) or []) == [-1.0, 0.5, 0.5]
    assert draws.differing(2) is None
