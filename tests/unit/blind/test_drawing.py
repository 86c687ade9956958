from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.blind.drawing import Candidate, draw, says_the_same


def candidates(differing: int, same: int = 0, clusters: int = 0) -> list[Candidate[str]]:
    return [
        Candidate(
            case=f"c{number}",
            cluster=f"k{number % clusters}" if clusters else None,
            differs=number < differing,
            row=f"c{number}",
        )
        for number in range(differing + same)
    ]


def test_most_rows_are_of_cases_that_differ_and_a_few_are_controls() -> None:
    drawn = draw(candidates(200, same=200), count=50, seed=1)

    assert Counter(control for _, control in drawn.rows) == {False: 45, True: 5}
    assert (drawn.cases, drawn.differing) == (400, 200)
    assert all((int(row[1:]) >= 200) == control for row, control in drawn.rows)


def test_controls_are_not_told_by_their_place() -> None:
    places = [
        [
            place
            for place, (_, control) in enumerate(draw(candidates(200, same=200), count=50, seed=seed).rows)
            if control
        ]
        for seed in range(20)
    ]

    assert len({tuple(each) for each in places}) == 20
    assert {place < 25 for each in places for place in each} == {True, False}


@given(st.integers(1, 60), st.integers(0, 40), st.integers(0, 5), st.sampled_from([0, 7]))
def test_a_draw_is_that_of_its_seed_whatever_the_order_of_the_cases(
    differing: int, same: int, seed: int, clusters: int
) -> None:
    known = candidates(differing, same, clusters)

    assert draw(known, count=20, seed=seed) == draw(list(reversed(known)), count=20, seed=seed)


def test_of_cases_that_belong_together_one_is_drawn() -> None:
    drawn = draw(candidates(300, clusters=30), count=100, seed=3)

    clusters = [int(row[1:]) % 30 for row, _ in drawn.rows]
    assert sorted(clusters) == list(range(30))


def test_every_case_has_the_same_chance() -> None:
    hits = Counter(row for seed in range(400) for row, _ in draw(candidates(40), count=11, seed=seed).rows)

    expected, spread = 400 * 10 / 40, (400 * 0.25 * 0.75) ** 0.5
    assert max(abs(hits[f"c{number}"] - expected) for number in range(40)) < 4 * spread


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Yes.", " yes.\n", True), ("a  b", "a b", True), ("Yes.", "Yes", False), ("a b", "ab", False), ("", " ", True)],
)
def test_white_space_and_case_make_no_difference(one: str, other: str, *, same: bool) -> None:
    assert says_the_same(one, other) is same
