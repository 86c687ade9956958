"""The ends of the score interval of a mean of bounded values: a root for each, found in a few passes of sums."""

import math
from collections.abc import Sequence
from itertools import repeat
from operator import add, mul, sub, truediv
from typing import NamedTuple

_STEPS = 100
# Halley's steps cube the error: after one of this part of the result nothing remains to be gained.
_DONE = 1e-5
_NARROW = 1e-15
_STARTING_STEPS = 4
_STARTING_DONE = 1e-3


class Columns(NamedTuple):
    """Draws as `bounded_mean.Atom` has them, attribute by attribute; no ``weights`` where all weigh the same."""

    numbers: Sequence[float]
    weights: Sequence[float] | None
    values: Sequence[float]


class Limits(NamedTuple):
    """A mean with the ends of its interval."""

    mean: float
    low: float
    high: float


class Kish(NamedTuple):
    """Sums of draws: how many, what they weigh, and the sum of the squares of their weights."""

    draws: float
    weight: float
    squares: float

    @property
    def effective(self) -> float:
        """The number of draws of equal weight that would tell as much; Kish 1965, Survey Sampling, section 8.2."""
        return self.weight * self.weight / self.squares


def kish(columns: Columns) -> Kish:
    numbers, weights, _ = columns
    draws = float(sum(numbers))
    if weights is None:
        return Kish(draws, draws, draws)
    together = list(map(mul, numbers, weights))
    return Kish(draws, sum(together), sum(map(mul, together, weights)))


def score_limits(columns: Columns, *, least: float, most: float, z: float) -> Limits:
    """Both ends; `bounded_mean.mean_limits` says of what.

    With g = weight (value - m), weights whose mean is 1, k = z^2 / draws and u = k / (mean - m), the equation
    sum g / (1 + t g) = 0 at t = z^2 / (draws (mean - m)) comes to

        H(u) = sum number / (1 + k weight + u weight (value - mean)) = draws,

    in which u alone is unknown. H is convex and below its goal at 0, so that it has one root on either side: that
    above 0 is the lower limit's, that below 0 the upper one's. Both go through the same quotients
    number / (1 + k weight) and weight (value - mean) / (1 + k weight); their first moments, the coefficients of H in
    powers of u, say where the roots lie, and one or two of Halley's steps do the rest.

    Raises:
        ValueError: nothing was drawn.
    """
    numbers, weights, values = columns
    sums = kish(columns)
    if sums.weight <= 0:
        raise ValueError("no values, no mean")
    k = z * z / sums.draws
    if weights is None:
        mean = sum(map(mul, numbers, values)) / sums.draws
        unseen = 1.0
        shrunk = 1 / (1 + k)
        shares = [number * shrunk for number in numbers]
        slopes = [(value - mean) * shrunk for value in values]
    else:
        mean = sum(map(mul, map(mul, numbers, weights), values)) / sums.weight
        scale = sums.draws / sums.weight
        scaled = list(map(mul, weights, repeat(scale)))
        squares = list(map(mul, map(mul, numbers, scaled), scaled))
        unseen = sum(map(mul, squares, scaled)) / sum(squares)
        rooms = list(map(add, repeat(1.0), map(mul, scaled, repeat(k))))
        shares = list(map(truediv, numbers, rooms))
        slopes = list(map(truediv, map(mul, scaled, map(sub, values, repeat(mean))), rooms))
    curve = _Curve(shares, slopes, sums.draws)
    return Limits(
        mean=mean,
        low=max(least, mean - _reach(curve, k, unseen, mean - least, 1)),
        high=min(most, mean + _reach(curve, k, unseen, most - mean, -1)),
    )


class _Curve:
    """H(u) less its goal, with the coefficients of its beginning."""

    __slots__ = ("_shares", "_slopes", "coefficients", "goal", "highest", "lowest")

    def __init__(self, shares: Sequence[float], slopes: Sequence[float], goal: float) -> None:
        self._shares, self._slopes, self.goal = shares, slopes, goal
        self.lowest, self.highest = min(slopes), max(slopes)
        first = list(map(mul, shares, slopes))
        second = list(map(mul, first, slopes))
        self.coefficients = (
            sum(shares) - goal,
            -sum(first),
            sum(second),
            -sum(map(mul, second, slopes)),
            sum(map(mul, second, map(mul, slopes, slopes))),
        )

    def at(self, u: float) -> tuple[float, float, float]:
        """H - goal, u H' and u^2 H'' / 2, from the sums of the powers of 1 / (1 + u slope)."""
        denominators = [1 + u * slope for slope in self._slopes]
        first = list(map(truediv, self._shares, denominators))
        second = list(map(truediv, first, denominators))
        one, two = sum(first), sum(second)
        return one - self.goal, two - one, one - 2 * two + sum(map(truediv, second, denominators))


def _reach(curve: _Curve, k: float, unseen: float, room: float, sign: int) -> float:
    """How far from the mean a limit lies; never beyond ``room``, the distance to the end of the values.

    Args:
        curve: of the sample.
        k: z^2 / draws.
        unseen: weight of a draw that was not seen.
        room: below the mean, or above it.
        sign: of u.
    """
    if room <= 0:
        return 0.0
    furthest = (1 + k * unseen) / (room * unseen)  # where an unseen draw at the end of the values has no share left
    steepest = -curve.lowest if sign > 0 else curve.highest
    pole = 1 / steepest if steepest > 0 else math.inf
    low, high = 0.0, min(furthest, pole)
    u, capped = _start(curve.coefficients, sign), furthest < pole
    for _ in range(_STEPS):
        if not low < u < high:
            if capped and curve.at(sign * furthest)[0] <= 0:
                return k / furthest
            u, capped = (low + high) / 2, False
        excess, slope, bend = curve.at(sign * u)
        if excess < 0:
            low = u
        else:
            high, capped = u, False
        turn = slope * slope - excess * bend
        if slope > 0 and turn > 0:
            step = excess * slope / turn
            u -= step * u
            if abs(step) <= _DONE:
                break
        else:
            u = math.inf
        if high - low <= _NARROW * high:
            u = high
            break
    return min(room, max(k / u, k / furthest))


def _start(coefficients: tuple[float, ...], sign: int) -> float:
    """The root of the curve's beginning, roughly; infinite where it does not rise."""
    c0, c1, c2, c3, c4 = coefficients
    c1, c3 = sign * c1, sign * c3
    if c2 <= 0:
        return math.inf
    u = math.sqrt(-c0 / c2)
    for _ in range(_STARTING_STEPS):
        value = c0 + u * (c1 + u * (c2 + u * (c3 + u * c4)))
        slope = c1 + u * (2 * c2 + u * (3 * c3 + u * 4 * c4))
        if slope <= 0:
            break
        step = value / slope
        u -= step
        if abs(step) <= _STARTING_DONE * u:
            break
    return u
