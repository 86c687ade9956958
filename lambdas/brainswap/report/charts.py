"""Charts as inline SVG: widths in per cent and text in pixels, so that they fit a phone without shrinking."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from brainswap.report.drawing import AXIS_PX, LABEL_LENGTH, drawing
from brainswap.report.markup import Attributes, Child, Element, el
from brainswap.report.rendering import MINUS, count, points, points_interval
from brainswap.report.untrusted import one_line

ROW_PX: Final = 74
_TOP_PX: Final = 18
_LABEL_PX, _VALUE_PX, _TRACK_PX = 16, 33, 56
_DOT_PX, _CAP_PX, _RULER_PX = 5, 5, 14
_SIDE = 0.04  # of the width, left free on either side
_STEPS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_MOST_TICKS = 6
_EDGE = 10  # per cent of the width within which a centred text might stick out
_NARROWEST = 0.005  # of the scale, so that equal models do not fill it with noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Target minus source as shares, with the interval; ``low`` to ``high`` holds ``middle``."""

    label: str
    middle: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: float
    high: float

    def at(self, value: float) -> str:
        """Where a value is drawn, in per cent of the width."""
        inside = (value - self.low) / (self.high - self.low)
        return f"{100 * (_SIDE + (1 - 2 * _SIDE) * min(1.0, max(0.0, inside))):.2f}%"

    def ticks(self) -> list[float]:
        width = self.high - self.low
        step = next((step for step in _STEPS if width / step <= _MOST_TICKS), _STEPS[-1])
        return [number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def standing(difference: Difference, margin: float | None) -> Literal["above", "across", "below", "free"]:
    """Where an interval lies with respect to the margin, a negative share; ``free`` without one."""
    if margin is None:
        return "free"
    if difference.low > margin:
        return "above"
    return "below" if difference.high < margin else "across"


def paired_differences(rows: Sequence[Difference], *, scorer: str, margin: float | None, place: str) -> Element:
    """Each target's difference to the source with its interval, against zero and the margin.

    Args:
        rows: at least one.
        scorer: what is compared.
        margin: the negative share below which a target is too much worse; None draws no line.
        place: the chart's own id in the page, of small letters, digits and hyphens.
    """
    scale = _scale(rows, margin)
    tops = [_TOP_PX + ROW_PX * index for index in range(len(rows))]
    bottom = _TOP_PX + ROW_PX * len(rows)
    return drawing(
        place,
        title=f"{one_line(scorer)}: each target minus the source, in percentage points",
        description=_described(rows, margin),
        height=bottom + AXIS_PX,
        marks=(
            *(part for top in tops for part in _ruler(scale, margin, top + _TRACK_PX)),
            *_names(scale, margin, bottom),
            *(part for row, top in zip(rows, tops, strict=True) for part in _row(row, scale, margin, top)),
        ),
    )


def _scale(rows: Sequence[Difference], margin: float | None) -> _Scale:
    marks = [0.0, *([] if margin is None else [margin]), *(end for row in rows for end in (row.low, row.high))]
    low, high = min(marks), max(marks)
    room = max(0.06 * (high - low), _NARROWEST)
    return _Scale(low=low - room, high=high + room)


def _described(rows: Sequence[Difference], margin: float | None) -> str:
    limit = "No margin was set." if margin is None else f"The margin is {points(margin)}."
    said = (f"{one_line(row.label)}: {points_interval(row.middle, row.low, row.high, bound=margin)}." for row in rows)
    return f"{count(len(rows), 'target')}. {limit} {' '.join(said)}"


def _ruler(scale: _Scale, margin: float | None, y: int) -> Iterable[Child]:
    """What an interval is read against: the ticks, zero, the margin and what lies beyond it."""
    top, bottom = y - _RULER_PX, y + _RULER_PX
    limit = None if margin is None else scale.at(margin)
    if limit is not None:
        yield el("rect", {"class": "too-much-worse", "x": "0", "y": top, "width": limit, "height": bottom - top})
    for tick in scale.ticks():
        at = scale.at(tick)
        yield _line(at, at, top, bottom, "tick" if tick else "zero")
    if limit is not None:
        yield _line(limit, limit, top, bottom, "margin")


def _names(scale: _Scale, margin: float | None, bottom: int) -> Iterable[Child]:
    if margin is not None:
        yield _name(scale.at(margin), 12, f"margin {points(margin).removesuffix(' points')}", "margin-name")
    for tick in scale.ticks():
        yield _name(
            scale.at(tick), bottom + 18, f"{100 * tick:+g}".replace("-", MINUS) if tick else "source", "tick-name"
        )


def _name(at: str, y: int, text: str, kind: str) -> Element:
    """Text at a place on the scale that stays inside the drawing."""
    place = float(at.removesuffix("%"))
    anchor = "start" if place < _EDGE else "end" if place > 100 - _EDGE else "middle"
    return el("text", {"class": kind, "x": at, "y": y, "text-anchor": anchor}, text)


def _row(row: Difference, scale: _Scale, margin: float | None, top: int) -> Iterable[Child]:
    y = top + _TRACK_PX
    low, middle, high = scale.at(row.low), scale.at(row.middle), scale.at(row.high)
    edge: Attributes = {"class": "row-name", "x": "0.5%", "y": top + _LABEL_PX}
    yield el("text", edge, one_line(row.label, LABEL_LENGTH))
    value = points_interval(row.middle, row.low, row.high, bound=margin)
    yield el("text", {"class": "row-value", "x": "0.5%", "y": top + _VALUE_PX}, value)
    yield el(
        "g",
        {"class": f"interval interval-{standing(row, margin)}"},
        _line(low, high, y, y, "span"),
        _line(low, low, y - _CAP_PX, y + _CAP_PX, "cap"),
        _line(high, high, y - _CAP_PX, y + _CAP_PX, "cap"),
        el("circle", {"class": "dot", "cx": middle, "cy": y, "r": _DOT_PX}),
    )


def _line(x1: str, x2: str, y1: int, y2: int, kind: str) -> Element:
    return el("line", {"class": kind, "x1": x1, "x2": x2, "y1": y1, "y2": y2})
