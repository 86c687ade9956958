"""The score interval of a mean of bounded values: Wilson's and Tango's for any values, weights and clusters."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from brainswap.core.statistics.distributions import critical_normal, critical_t
from brainswap.core.statistics.score_limits import Columns, Limits, kish, score_limits

_STEPS = 100
# Newton's steps square the error: after one of this part of the result nothing remains to be gained.
_DONE = 1e-6
_NARROW = 1e-12


class Atom(NamedTuple):
    """Independent draws that are alike: a case, or a cluster of cases with the sum of their weights and their mean.

    Attributes:
        number: of such draws; not necessarily whole.
        weight: of each; relative to the others.
        value: of each.
    """

    number: float
    weight: float
    value: float


def mean_of(atoms: Sequence[Atom]) -> float:
    """The weighted mean.

    Raises:
        ValueError: nothing was drawn.
    """
    total = sum(count * weight for count, weight, _ in atoms)
    if total <= 0:
        raise ValueError("no values, no mean")
    return sum(count * weight * value for count, weight, value in atoms) / total


def degrees_of_freedom(atoms: Sequence[Atom]) -> float:
    """Of a variance that is estimated from draws of unequal weight: Kish's effective number of them, less one.

    Kish 1965, Survey Sampling, section 8.2: (sum w)^2 / sum w^2; at least 1.
    """
    return _degrees_of_freedom(columns_of(atoms))


def mean_limits(
    atoms: Sequence[Atom], *, least: float, most: float, confidence: float, student: bool = False
) -> tuple[float, float]:
    """Both ends of the two-sided interval of the mean of values that lie in [least, most].

    The means m that a score test does not reject,

        |mean - m| / sqrt(V(m) / draws) <= z,

    where V(m) is the variance that the values would have if their mean were m: that of the distribution which makes
    the sample most likely among all those on the sample's values, ``least`` and ``most`` (empirical likelihood, Owen
    1988, Biometrika 75:237, with the ends of the range added: Honda and Takemura 2010, COLT, for that family). For 0/1
    values it is Wilson's interval and for differences of paired 0/1 scores Tango's, digit by digit; for others it is
    their like. What nobody has seen is not taken for impossible: below the mean there is always room for values of
    ``least``, so that n equal values v leave (v n + z^2 least) / (n + z^2) open, and few differences are no proof.

    With g = weight (value - m) and weights whose mean is 1, Lagrange's multiplier t of the constraint solves
    sum g / (1 + t g) = 0, as far as 1 + t g stays positive for an unseen draw at ``least``, and V(m) is simply
    mean(g) / t. The limit is therefore the root of that equation with t = z^2 / (draws (mean - m)), or where the room
    below is used up, whichever is further away.

    Weights and clusters of unequal size enter as they do into the linearised variance of a ratio (Miller 2024, arXiv
    2411.00640, section 2.2, for clusters). A draw that was not seen has the weight that a typical unit of the variance
    is part of, sum(w^3) / sum(w^2): what few clusters have not shown yet is the loss of a large one. With the weight
    that a typical case is part of, sum(w^2) / sum(w), clusters of very unequal size were passed too often, whichever
    degrees of freedom z had (decision 21).

    Args:
        atoms: at least one draw; weights above 0, values in [least, most].
        least: smallest possible value.
        most: largest possible value.
        confidence: inside (0, 1); each side errs with half of the rest.
        student: z is that of Student's distribution with `degrees_of_freedom`, because few draws, or a few heavy ones,
            tell little of their own variance (Cameron and Miller 2015, J. Human Resources 50:317, section 6, for
            clusters). For 0/1 values, whose variance follows from their mean, it is not.

    Raises:
        ValueError: nothing was drawn, or ``confidence`` is out of its range.
    """
    return limits_of(columns_of(atoms), least=least, most=most, confidence=confidence, student=student)[1:]


def limits_of(columns: Columns, *, least: float, most: float, confidence: float, student: bool = False) -> Limits:
    """`mean_limits` with the mean, for draws that lie in columns already."""
    z = critical_t(confidence, _degrees_of_freedom(columns)) if student else critical_normal(confidence)
    return score_limits(columns, least=least, most=most, z=z)


def columns_of(atoms: Sequence[Atom]) -> Columns:
    """Attribute by attribute.

    Raises:
        ValueError: nothing was drawn.
    """
    if not atoms:
        raise ValueError("no values, no mean")
    return Columns(*zip(*atoms, strict=True))


def score(atoms: Sequence[Atom], mean: float, *, least: float, most: float) -> float:
    """The statistic that `mean_limits` inverts: how many standard errors the values lie above ``mean``.

    A standard normal variable where the true mean is ``mean``; 0 where the sample's is.

    Args:
        atoms: as for `mean_limits`.
        mean: strictly between ``least`` and ``most``.
        least: smallest possible value.
        most: largest possible value.
    """
    centred = _Centred(atoms)
    distance = centred.mean - mean
    if distance < 0:
        return -math.sqrt(centred.draws * -distance * _multiplier(centred.mirrored(), -distance, most - mean))
    return math.sqrt(centred.draws * distance * _multiplier(centred, distance, mean - least))


def constrained_variance(atoms: Sequence[Atom], mean: float, *, least: float, most: float) -> float:
    """The variance V(mean) of one draw, see `mean_limits`; ``mean`` strictly between ``least`` and ``most``."""
    centred = _Centred(atoms)
    distance = centred.mean - mean
    if distance == 0:
        return sum(count * (weight * value) ** 2 for count, weight, value in centred.points) / centred.draws
    if distance < 0:
        return -distance / _multiplier(centred.mirrored(), -distance, most - mean)
    return distance / _multiplier(centred, distance, mean - least)


class _Centred:
    """Atoms with their mean taken off, and weights whose mean is 1."""

    __slots__ = ("draws", "mean", "points", "unseen_weight")

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self.mean = mean_of(atoms)
        self.draws = sum(atom.number for atom in atoms)
        scale = self.draws / sum(count * weight for count, weight, _ in atoms)
        self.points = [(count, weight * scale, value - self.mean) for count, weight, value in atoms]
        squares = [(count * weight * weight, weight) for count, weight, _ in self.points]
        self.unseen_weight = sum(square * weight for square, weight in squares) / sum(square for square, _ in squares)

    def mirrored(self) -> "_Centred":
        other = object.__new__(_Centred)
        other.mean, other.draws, other.unseen_weight = -self.mean, self.draws, self.unseen_weight
        other.points = [(count, weight, -value) for count, weight, value in self.points]
        return other


def _degrees_of_freedom(columns: Columns) -> float:
    if not columns.numbers:
        raise ValueError("no values, no mean")
    return max(1.0, kish(columns).effective - 1)


def _multiplier(sample: _Centred, distance: float, room: float) -> float:
    """Lagrange's multiplier t of a mean that lies ``distance`` below the sample's and ``room`` above the least value.

    The sum falls as t rises; Newton's method inside a bracket, from what the variance around that mean suggests.
    """
    low, high = 0.0, 1 / (sample.unseen_weight * room)
    if _slack(sample, distance, high)[0] >= 0:
        return high
    spread = sum(count * (weight * (value + distance)) ** 2 for count, weight, value in sample.points)
    multiplier = sample.draws * distance / spread
    for _ in range(_STEPS):
        if not low < multiplier < high:
            multiplier = (low + high) / 2
        total, slope = _slack(sample, distance, multiplier)
        if total > 0:
            low = multiplier
        else:
            high = multiplier
        step = total / slope if slope > 0 else (low + high) / 2 - multiplier
        # Beside the pole every step is short, and none is near the root.
        short = abs(step) <= _DONE * multiplier and abs(total) * multiplier <= sample.draws
        multiplier += step
        if short or high - low <= _NARROW * high:
            break
    return min(high, max(low, multiplier))


def _slack(sample: _Centred, distance: float, multiplier: float) -> tuple[float, float]:
    """Sum g / (1 + t g) and how fast it falls with t; minus infinity where 1 + t g is not positive."""
    total = slope = 0.0
    for count, weight, value in sample.points:
        g = weight * (value + distance)
        denominator = 1 + multiplier * g
        if denominator <= 0:
            return -math.inf, 0.0
        share = g / denominator
        total += count * share
        slope += count * share * share
    return total, slope
