"""Quality against cost: where each contender stands, in fractions of a drawing that the page and the PDF both make."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.model import ContenderReport, Report

_NOTHING = 1e-12  # dollars per 1,000 requests, which no scale could tell from none
_ROOM: Final = 0.08  # of the scale, left free beyond the outermost mark
_NARROWEST: Final = 0.01  # of quality, so that equal contenders do not fill the scale with noise
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS: Final = 5
_FAR_APART: Final = 10.0  # times the cheapest
_FEW_TIMES: Final = 40.0  # the low end, up to which ticks between powers of ten fit a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From ``low`` to ``high``, which differ."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value stands, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def ticks(self) -> list[float]:
        """Round values, as many as can be read."""
        step = self.step()
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]

    def step(self) -> float:
        """From one tick to the next."""
        rough = (self.high - self.low) / _MOST_TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decades:
    """A logarithmic scale from ``low`` to ``high``, both above 0 and different."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value above 0 stands, from 0 to 1."""
        return min(1.0, max(0.0, math.log(value / self.low) / math.log(self.high / self.low)))

    def ticks(self) -> list[float]:
        """The powers of ten, and twice and five times each where there are few."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1.0, 2.0, 5.0) if self.high <= _FEW_TIMES * self.low else (1.0,)
        marks = [step * 10.0**power for power in powers for step in steps]
        return [mark for mark in marks if self.low <= mark <= self.high]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A contender.

    Attributes:
        number: by which the drawing refers to it.
        cost_usd: of 1,000 requests.
        quality: the mean of the first scorer with its interval.
        on_front: nothing beats it in quality, cost and p95 latency at once.
    """

    number: int
    contender: ContenderReport
    label: str
    cost_usd: float
    quality: float
    low: float
    high: float
    on_front: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """All contenders whose cost and quality are known, the source first."""

    scorer: str
    points: Sequence[Point]
    missing: int
    cost: Scale | Decades
    quality: Scale


def tradeoff(report: Report) -> Tradeoff | None:
    """None where there are no two contenders to set against each other."""
    scorers = [scorer for each in report.contenders for scorer in each.scores]
    if not scorers:
        return None
    points = list(_points(report, scorers[0]))
    if len(points) < 2:  # noqa: PLR2004 - a comparison takes two
        return None
    ends = [end for point in points for end in (point.low, point.high)]
    low, high = min(ends), max(ends)
    room = max(_ROOM * (high - low), _NARROWEST)
    return Tradeoff(
        scorer=scorers[0],
        points=points,
        missing=len(report.contenders) - len(points),
        cost=_costs([point.cost_usd for point in points]),
        quality=Scale(low=low - room, high=high + room),
    )


def scale_words(found: Tradeoff) -> str:
    """What a caption adds where costs are drawn in decades."""
    return ", on a logarithmic scale" if isinstance(found.cost, Decades) else ""


def _costs(costs: Sequence[float]) -> Scale | Decades:
    """From nothing on; in decades where costs are so far apart that the small ones would be one on another."""
    cheapest, dearest = min(costs), max(costs)
    if cheapest > _NOTHING and dearest > _FAR_APART * cheapest:
        room = (dearest / cheapest) ** _ROOM
        return Decades(low=cheapest / room, high=dearest * room)
    return Scale(low=0.0, high=(1 + 2 * _ROOM) * dearest if dearest > _NOTHING else 1.0)


def _points(report: Report, scorer: str) -> Iterator[Point]:
    names = wording.labels(report)
    number = 0
    for each in report.contenders:
        found = each.scores.get(scorer)
        if each.cost is None or found is None or found.mean is None:
            continue
        number += 1
        known = found.low is not None and found.high is not None
        yield Point(
            number=number,
            contender=each,
            label=names[each.id],
            cost_usd=each.cost.per_1000_requests_usd,
            quality=found.mean,
            low=found.low if known and found.low is not None else found.mean,
            high=found.high if known and found.high is not None else found.mean,
            on_front=each.id in report.pareto_front,
        )
