"""How the error of a test is spent over several looks at growing data, so that looking often errs no more than once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

EXPONENT = 2.0
"""Of the share of the cases: after half of them, a quarter of the error is spent."""

_FARTHEST = 8.0  # standard errors, beyond which nothing is expected of a normal variable
_STEPS = 120  # of Simpson's rule, even: ten looks have their limits to five digits behind the point
_HALVINGS = 60
_CLOSE = 1e-4
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """How likely a statistic is to have left its limits, by look and for the first time.

    Attributes:
        above: through the upper limit.
        below: through the lower one.
    """

    above: tuple[float, ...]
    below: tuple[float, ...]


def spent(error: float, share: float) -> float:
    """How much of an error may be spent after a share of the cases: error share^`EXPONENT`.

    Kim and DeMets 1987, Biometrika 74:149, the family of powers, for the flexible looks of Lan and DeMets 1983,
    Biometrika 70:659.
    """
    return error * math.pow(min(1.0, share), EXPONENT)


def confidence_at_look(confidence: float, shares: Sequence[float]) -> float:
    """The confidence of the interval that the last of several looks is held to, for one that holds over all of them.

    Each side of the two-sided interval errs with half of 1 - ``confidence`` over all looks, as if the other were not
    there, which can only err less often.

    Args:
        confidence: over all looks, inside (0, 1).
        shares: of the cases that there will be, at each look up to this one; rising, in (0, 1].

    Raises:
        ValueError: the shares do not rise, or an argument is out of its range.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie inside (0, 1), not {confidence}")
    return 1 - 2 * _NORMAL.cdf(-critical_values((1 - confidence) / 2, tuple(shares))[-1])


@lru_cache(maxsize=256)
def critical_values(error: float, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The one-sided normal limits at the looks, whose first crossing has the probability that is spent at each.

    Armitage, McPherson and Rowe 1969, J. R. Stat. Soc. A 132:235: the statistics of the looks are those of a Brownian
    motion at the shares, and the density of those that have not left their limits is integrated from look to look.

    Args:
        error: in all, one-sided.
        shares: of the cases that there will be; rising, in (0, 1].

    Raises:
        ValueError: the shares do not rise, or are outside (0, 1].
    """
    _require_rising(shares)
    limits: list[float] = []
    density = _Density(drift=0.0)
    before = 0.0
    for share in shares:
        allowed = spent(error, share) - before
        before += allowed
        low, high = 0.0, _FARTHEST
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if density.above(share, middle) > allowed:
                low = middle
            else:
                high = middle
        limits.append(high)
        density.go_on(share, -_FARTHEST, high)
    return tuple(limits)


def crossing(
    shares: Sequence[float], *, drift: float, above: Sequence[float], below: Sequence[float | None] | None = None
) -> Crossing:
    """How likely a statistic is to leave its limits at each look, for the first time.

    Args:
        shares: rising, in (0, 1].
        drift: the expectation of the statistic, which has a standard error of 1, once all cases are there.
        above: the upper limits.
        below: the lower ones; None where there are none.
    """
    _require_rising(shares)
    over, under = [], []
    density = _Density(drift=drift)
    for share, high, low in zip(shares, above, below or [None] * len(shares), strict=True):
        over.append(density.above(share, high))
        under.append(0.0 if low is None else density.below(share, low))
        bottom = drift * math.sqrt(share) - _FARTHEST
        density.go_on(share, bottom if low is None else max(low, bottom), high)
    return Crossing(above=tuple(over), below=tuple(under))


def power_over_looks(power: float, *, error: float, shares: tuple[float, ...]) -> float:
    """The probability of leaving the upper limit at any look, where a single look at the end does with ``power``.

    Args:
        power: of the single look, in [0, 1].
        error: one-sided, over all looks.
        shares: of the cases, at each look.
    """
    if not 0 < power < 1:
        return power
    drift = -_NORMAL.inv_cdf(error) + _NORMAL.inv_cdf(power)
    return sum(crossing(shares, drift=drift, above=critical_values(error, shares)).above)


@lru_cache(maxsize=256)
def inflation(power: float, *, error: float, shares: tuple[float, ...]) -> float:
    """How many times as many cases it takes for a power as with a single look at the end.

    Args:
        power: inside (0, 1).
        error: one-sided, over all looks.
        shares: of the cases, at each look.
    """
    once = -_NORMAL.inv_cdf(error) + _NORMAL.inv_cdf(power)
    limits = critical_values(error, shares)
    low, high = once, 2 * once
    while high - low > _CLOSE * once:
        middle = (low + high) / 2
        if sum(crossing(shares, drift=middle, above=limits).above) < power:
            low = middle
        else:
            high = middle
    return (high / once) ** 2


class _Density:
    """Of the statistic at the last look, as far as it has not left its limits: values at the points of Simpson's rule.

    On the scale of Brownian motion, on which what comes between two looks is independent of what was before.
    """

    __slots__ = ("_drift", "_points", "_share")

    def __init__(self, drift: float) -> None:
        self._drift = drift
        self._share = 0.0
        self._points: list[tuple[float, float]] = [(0.0, 1.0)]  # where, and the probability there

    def above(self, share: float, limit: float) -> float:
        """The probability of lying above a limit, in standard errors, at the next look."""
        spread, ahead = self._step(share)
        edge = limit * math.sqrt(share) - ahead
        return sum(weight * _upper_tail((edge - at) / spread) for at, weight in self._points)

    def below(self, share: float, limit: float) -> float:
        spread, ahead = self._step(share)
        edge = limit * math.sqrt(share) - ahead
        return sum(weight * _upper_tail((at - edge) / spread) for at, weight in self._points)

    def go_on(self, share: float, low: float, high: float) -> None:
        """Go on to the next look with what lies between two limits, in standard errors."""
        spread, ahead = self._step(share)
        first, last = low * math.sqrt(share), high * math.sqrt(share)
        if last <= first:
            self._share, self._points = share, []
            return
        width = (last - first) / _STEPS
        points = []
        for place in range(_STEPS + 1):
            at = first + place * width
            simpson = (1 if place in {0, _STEPS} else 4 if place % 2 else 2) * width / 3
            here = sum(
                weight * math.exp(-(((at - ahead - before) / spread) ** 2) / 2) for before, weight in self._points
            )
            points.append((at, simpson * here / (spread * math.sqrt(2 * math.pi))))
        self._share, self._points = share, points

    def _step(self, share: float) -> tuple[float, float]:
        """The spread of what is added until a look, and its expectation."""
        added = share - self._share
        return math.sqrt(added), self._drift * added


def _upper_tail(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2


def _require_rising(shares: Sequence[float]) -> None:
    if not shares or list(shares) != sorted(set(shares)) or not (shares[0] > 0 and shares[-1] <= 1):
        raise ValueError(f"shares must rise inside (0, 1], not {list(shares)}")
