"""Pair the members of two lists so that the credit of the pairs is as large as it can be.

Credits are a matrix, a row for each member of the one list and a column for each of the other; pairs without credit are
none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

Credits = Sequence[Sequence[float]]
Pairs = list[tuple[int, int]]


def best_pairs(credits_of: Credits) -> Pairs:
    """In any order: the assignment problem, by the Hungarian method with potentials (Kuhn 1955, Jonker-Volgenant).

    Takes time proportional to rows² · columns.
    """
    if not credits_of or not credits_of[0]:
        return []
    width = max(len(credits_of), len(credits_of[0]))
    costs = [[-credit for credit in row] + [0.0] * (width - len(row)) for row in credits_of]
    return sorted((row, column) for row, column in _assigned(costs) if costs[row][column] < 0)


def best_pairs_in_order(credits_of: Credits) -> Pairs:
    """So that no two pairs cross, as in the longest common subsequence; takes time proportional to rows · columns."""
    rows, columns = len(credits_of), len(credits_of[0]) if credits_of else 0
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            paired = credits_of[row][column] + best[row + 1][column + 1]
            best[row][column] = max(paired, best[row + 1][column], best[row][column + 1])
    pairs: Pairs = []
    row = column = 0
    while row < rows and column < columns:
        if best[row][column] == best[row + 1][column]:
            row += 1
        elif best[row][column] == best[row][column + 1]:
            column += 1
        else:
            pairs.append((row, column))
            row, column = row + 1, column + 1
    return pairs


def _assigned(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """A column for each row, at the least cost; there are no fewer columns than rows."""
    width = len(costs[0])
    prices = _Prices(of_row=[0.0] * len(costs), of_column=[0.0] * (width + 1))
    owner: list[int | None] = [None] * (width + 1)  # the row that has a column; the last column is where rows come in
    for entering in range(len(costs)):
        owner[width] = entering
        column, before = _way_to_a_free_column(costs, prices, owner)
        while column != width:
            owner[column] = owner[before[column]]
            column = before[column]
    return [(row, column) for column, row in enumerate(owner[:width]) if row is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prices:
    """The potentials, which are changed in place: no cost is less than its row's and its column's together."""

    of_row: list[float]
    of_column: list[float]


def _way_to_a_free_column(
    costs: Sequence[Sequence[float]], prices: _Prices, owner: Sequence[int | None]
) -> tuple[int, list[int]]:
    """The column at the end of the cheapest way from the last one, and before each column the one that leads there."""
    width = len(costs[0])
    slack, before, left = [inf] * width, [width] * width, list(range(width))
    seen: list[tuple[int, int]] = []  # a column with its row
    column = width
    while (row := owner[column]) is not None:
        seen.append((column, row))
        for each in left:
            reduced = costs[row][each] - prices.of_row[row] - prices.of_column[each]
            if reduced < slack[each]:
                slack[each], before[each] = reduced, column
        nearest = min(left, key=slack.__getitem__)
        step = slack[nearest]
        for each, holder in seen:
            prices.of_row[holder] += step
            prices.of_column[each] -= step
        for each in left:
            slack[each] -= step
        left.remove(nearest)
        column = nearest
    return column, before
