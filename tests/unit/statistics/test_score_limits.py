"""The fast root of the score interval against the equation that it stands for, solved slowly and surely."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import optimize

from brainswap.core.statistics.bounded_mean import Atom, columns_of, mean_limits, mean_of
from brainswap.core.statistics.distributions import critical_normal
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.score_limits import Columns, score_limits

VALUES = st.one_of(st.floats(-1, 1), st.sampled_from([-1.0, 0.0, 1e-3, 0.5, 1.0]), st.floats(-1e-4, 1e-4))
ATOMS = st.lists(st.builds(Atom, st.integers(1, 5000), st.floats(0.1, 10), VALUES), min_size=1, max_size=40)
CONFIDENCES = st.floats(0.5, 0.9999)
# The slope of H falls below 0 on the way to a root that an unseen draw sets.
LIGHT_AND_HEAVY = [Atom(1, 1.0, -0.7103994368492792), Atom(1, 0.1, 0.7380989891920153)]


def slow_lower_limit(atoms: list[Atom], least: float, z: float) -> float:
    """Sum g / (1 + t g) = 0 in the distance to the mean, by bracketing alone."""
    mean, draws = mean_of(atoms), sum(atom.number for atom in atoms)
    scale = draws / sum(atom.number * atom.weight for atom in atoms)
    squares, cubes = (sum(atom.number * atom.weight**power for atom in atoms) for power in (2, 3))
    unseen = z * z * scale * cubes / squares
    room = mean - least

    def excess(distance: float) -> float:
        t = z * z / (draws * distance)
        total = 0.0
        for number, weight, value in atoms:
            g = weight * scale * (value - mean + distance)
            if 1 + t * g <= 0:
                return -1.0
            total += number * g / (1 + t * g)
        return total

    if room <= 0:
        return least
    nearest = room * unseen / (draws + unseen)
    if excess(nearest) >= 0:
        return mean - nearest
    return float(mean - optimize.bisect(excess, nearest, room, xtol=1e-13, rtol=1e-14, maxiter=200))


@given(atoms=ATOMS, confidence=CONFIDENCES)
@example(atoms=LIGHT_AND_HEAVY, confidence=0.999)
def test_both_ends_are_those_of_the_slow_way(atoms: list[Atom], confidence: float) -> None:
    z = critical_normal(confidence)
    turned = [atom._replace(value=-atom.value) for atom in atoms]

    found = score_limits(columns_of(atoms), least=-1.0, most=1.0, z=z)

    assert found.low == pytest.approx(max(-1.0, slow_lower_limit(atoms, -1.0, z)), abs=1e-9)
    assert found.high == pytest.approx(min(1.0, -slow_lower_limit(turned, -1.0, z)), abs=1e-9)


@given(values=st.lists(VALUES, min_size=1, max_size=60), confidence=CONFIDENCES)
def test_weights_that_are_left_out_are_one(values: list[float], confidence: float) -> None:
    z, ones = critical_normal(confidence), [1.0] * len(values)

    without = score_limits(Columns(ones, None, values), least=-1.0, most=1.0, z=z)

    assert without == pytest.approx(score_limits(Columns(ones, ones, values), least=-1.0, most=1.0, z=z), abs=1e-12)


@given(
    cases=st.lists(
        st.tuples(VALUES, st.floats(0.1, 10), st.sampled_from([None, "one", "two", "three"])), min_size=1, max_size=30
    )
)
def test_draws_give_in_columns_what_they_give_as_atoms(cases: list[tuple[float, float, str | None]]) -> None:
    draws = Draws()
    for value, weight, unit in cases:
        draws.add(value, weight=weight if unit else 1.0, unit=unit)

    numbers, weights, values = draws.columns()

    assert [*zip(numbers, weights or [1.0] * len(numbers), values, strict=True)] == draws.atoms()


def test_a_million_equal_halves_leave_nothing_but_what_nobody_saw() -> None:
    low, high = mean_limits([Atom(10**6, 1.0, 0.5)], least=-1.0, most=1.0, confidence=0.95)

    z_squared = critical_normal(0.95) ** 2
    assert low == pytest.approx((0.5 * 10**6 - z_squared) / (10**6 + z_squared), abs=1e-12)
    assert high == pytest.approx((0.5 * 10**6 + z_squared) / (10**6 + z_squared), abs=1e-12)


def test_no_draws_have_no_limits() -> None:
    with pytest.raises(ValueError, match="no values"):
        score_limits(Columns([], None, []), least=-1.0, most=1.0, z=1.96)


def test_the_ends_stay_inside_what_is_possible() -> None:
    found = score_limits(Columns([3.0], None, [1.0]), least=-1.0, most=1.0, z=1.96)

    assert found.high == 1.0
    assert math.isclose(found.low, (3 - 1.96**2) / (3 + 1.96**2))
