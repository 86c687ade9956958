"""``bounded_mean.score`` for many samples at once, held to the original on some of them."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from brainswap.core.statistics.bounded_mean import Atom, score

Matrix = NDArray[np.float64]

_STEPS = 60
_DONE = 1e-9
_ROUNDING = 1e-12
_COMPARED = 10
_CLOSE = 1e-6


def scores(values: Matrix, mean: float, weights: Matrix | None = None) -> Matrix:
    """How many standard errors each row of values in [-1, 1] lies above a mean; 0 for rows that lie below it.

    Args:
        values: (samples, draws).
        mean: that is held against.
        weights: of the columns.

    Raises:
        ArithmeticError: the original says otherwise.
    """
    scaled = np.ones(values.shape[1]) if weights is None else weights / weights.mean()
    distance = (values * scaled).mean(axis=1) - mean
    found = np.zeros(len(values))
    above = distance > _ROUNDING
    unseen = float((scaled**3).mean() / (scaled**2).mean())
    if above.any():
        multiplier = _multipliers(scaled * (values[above] - mean), distance[above], unseen * (mean + 1))
        found[above] = np.sqrt(values.shape[1] * distance[above] * multiplier)
    for row in np.flatnonzero(above)[:_COMPARED]:
        original = _original(values[row], mean, scaled)
        if abs(original - found[row]) > _CLOSE * max(1.0, original):
            raise ArithmeticError(f"{found[row]} instead of {original} for a mean of {mean}")
    return found


def _multipliers(g: Matrix, distance: Matrix, room: float) -> Matrix:
    low, high = np.zeros(len(g)), np.full(len(g), 1 / room)
    t: Matrix = np.minimum(distance / (g * g).mean(axis=1), high / 2)
    for _ in range(_STEPS):
        denominator = 1 + t[:, None] * g
        beyond = denominator.min(axis=1) <= 0
        share = g / np.where(denominator > 0, denominator, np.inf)
        total, slope = share.sum(axis=1), (share * share).sum(axis=1)
        total = np.where(beyond, -np.inf, total)
        low, high = np.where(total > 0, t, low), np.where(total > 0, high, t)
        with np.errstate(invalid="ignore", divide="ignore"):
            following = t + total / slope
        following = np.where((following > low) & (following < high), following, (low + high) / 2)
        done = np.abs(following - t) <= _DONE * t
        t = following
        if done.all():
            break
    return t


def _original(row: Matrix, mean: float, weights: Matrix) -> float:
    drawn = Counter(zip(weights.tolist(), row.tolist(), strict=True))
    return score([Atom(number, *atom) for atom, number in drawn.items()], mean, least=-1.0, most=1.0)
