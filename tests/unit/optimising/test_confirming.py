"""A prompt is believed to be better only when the best of several would not look so by chance."""

import random
from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.optimising.confirming import confirmations


def units(number: int) -> list[str]:
    return [f"case-{index}" for index in range(number)]


def p_values(**differences: list[float]) -> dict[str, float]:
    number = len(next(iter(differences.values())))
    found = confirmations(differences, units=units(number), weights=[1.0] * number, seed=1)
    return {name: one.p for name, one in found.items()}


@pytest.mark.parametrize(("better", "worse"), [(6, 0), (8, 2), (5, 5), (3, 6)])
def test_with_one_rival_and_yes_or_no_it_is_mcnemars_exact_test(better: int, worse: int) -> None:
    changed = better + worse
    exact = sum(comb(changed, wins) for wins in range(better, changed + 1)) / 2**changed

    found = p_values(a=[1.0] * better + [-1.0] * worse + [0.0] * 20)

    assert found["a"] == pytest.approx(exact, abs=0.03)


def test_with_several_rivals_it_is_the_share_of_signs_whose_largest_statistic_is_as_large() -> None:
    rivals = {"a": [1.0, 1.0, 1.0, -1.0, 1.0, 0.0], "b": [0.5, 0.0, 1.0, 1.0, 0.5, 1.0]}
    scaled = {
        name: [value / sum(each * each for each in values) ** 0.5 for value in values]
        for name, values in rivals.items()
    }
    signs = list(product((1, -1), repeat=6))
    largest = [
        max(sum(sign * value for sign, value in zip(turned, values, strict=True)) for values in scaled.values())
        for turned in signs
    ]

    found = p_values(**rivals)

    for name, values in scaled.items():
        exact = sum(one >= sum(values) - 1e-9 for one in largest) / len(signs)
        assert found[name] == pytest.approx(exact, abs=0.03)


def test_a_rival_among_many_that_are_no_better_has_to_show_more() -> None:
    drawn = random.Random(3)  # noqa: S311 - a test's draws
    noise = {f"n{number}": [drawn.choice((-1.0, 0.0, 0.0, 1.0)) for _ in range(30)] for number in range(10)}
    rival = [1.0] * 7 + [-1.0] + [0.0] * 22

    alone, among = p_values(a=rival)["a"], p_values(a=rival, **noise)["a"]

    assert alone < 0.05 < among


def test_the_error_over_all_rivals_is_held_when_none_is_better() -> None:
    drawn = random.Random(5)  # noqa: S311 - a test's draws
    wrong = 0
    for seed in range(200):
        rivals = {name: [drawn.choice((-1.0, 0.0, 1.0)) for _ in range(25)] for name in "abc"}
        found = confirmations(rivals, units=units(25), weights=[1.0] * 25, seed=seed, draws=199)
        wrong += min(one.p for one in found.values()) <= 0.05

    assert wrong <= 20  # 10 are expected; 21 or more come once in a thousand


def test_cases_of_one_cluster_are_one_draw() -> None:
    many = [1.0] * 8 + [0.0] * 8

    apart = confirmations({"a": many}, units=units(16), weights=[1.0] * 16, seed=1)["a"]
    together = confirmations({"a": many}, units=["one"] * 8 + units(8), weights=[1.0] * 16, seed=1)["a"]

    assert apart.p < 0.02
    assert (together.units, round(together.p, 1)) == (1, 0.5)


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=1, max_size=20))
def test_p_is_a_probability_and_never_zero(differences: list[float]) -> None:
    found = confirmations(
        {"a": differences}, units=units(len(differences)), weights=[1.0] * len(differences), seed=0, draws=99
    )

    assert 0 < found["a"].p <= 1
    assert found["a"].difference == pytest.approx(sum(differences) / len(differences))
