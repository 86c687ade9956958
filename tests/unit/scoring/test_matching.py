from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.scoring.matching import best_pairs, best_pairs_in_order

# Multiples of 1/8 add up without rounding.
CREDITS = st.integers(0, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 8).map(lambda n: n / 8), min_size=width, max_size=width), max_size=4)
)
Matrix = list[list[float]]


def earned(matrix: Matrix, pairs: list[tuple[int, int]]) -> float:
    return sum(matrix[row][column] for row, column in pairs)


def every_pairing(matrix: Matrix) -> list[list[tuple[int, int]]]:
    """Every way to pair rows with columns, in order of rows."""
    rows, columns = range(len(matrix)), range(len(matrix[0]) if matrix else 0)
    return [
        list(zip(chosen, order, strict=True))
        for size in range(min(len(rows), len(columns)) + 1)
        for chosen in combinations(rows, size)
        for order in permutations(columns, size)
    ]


@given(CREDITS)
def test_no_other_pairing_earns_more(matrix: Matrix) -> None:
    pairs = best_pairs(matrix)

    assert pairs in every_pairing(matrix)
    assert earned(matrix, pairs) == max(earned(matrix, other) for other in every_pairing(matrix))


@given(CREDITS)
def test_no_other_pairing_without_crossings_earns_more(matrix: Matrix) -> None:
    uncrossed = [
        pairs for pairs in every_pairing(matrix) if [column for _, column in pairs] == sorted(c for _, c in pairs)
    ]

    pairs = best_pairs_in_order(matrix)

    assert pairs in uncrossed
    assert earned(matrix, pairs) == max(earned(matrix, other) for other in uncrossed)


def test_pairs_without_credit_are_none() -> None:
    assert best_pairs([[0.0, 1.0], [0.0, 0.0]]) == [(0, 1)]
    assert best_pairs_in_order([[0.0, 0.0]]) == []


def test_the_greedy_choice_is_not_taken_where_another_earns_more() -> None:
    assert best_pairs([[1.0, 0.9], [0.9, 0.0]]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("pair", [best_pairs, best_pairs_in_order])
def test_the_most_calls_that_are_paired_take_no_time(pair: object) -> None:
    matrix = [[((row * 31 + column * 17) % 23) / 23 for column in range(128)] for row in range(32)]

    assert callable(pair)
    assert len(pair(matrix)) == 32
