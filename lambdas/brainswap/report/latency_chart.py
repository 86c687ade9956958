"""How long answers took, drawn as a distribution: half of them as a box, nine tenths as a line, the tail as marks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Latency
from brainswap.report.rendering import duration
from brainswap.report.tradeoff import Scale
from brainswap.report.untrusted import one_line

_ROW_PX, _TOP_PX, _AXIS_PX = 74, 4, 28
_LABEL_PX, _VALUE_PX, _TRACK_PX = 16, 33, 54
_BOX_PX, _TICK_PX, _DOT_PX = 7, 10, 4
_LEFT, _WIDTH = 0.01, 0.94  # of the drawing, in which the scale lies
_LABEL_LENGTH: Final = 44  # characters that fit a phone
_ROOM: Final = 1.04
_NARROWEST_MS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A contender of which the median and the 95th percentile are known."""

    label: str
    latency: Latency
    median: float
    tail: float


def timed(label: str, latency: Latency | None) -> Timed | None:
    """None where there is nothing to draw."""
    if latency is None or latency.p50 is None or latency.p95 is None:
        return None
    return Timed(label=label, latency=latency, median=latency.p50, tail=latency.p95)


def latency_distribution(rows: Sequence[Timed], place: str) -> Element:
    """A figure of at least one row; ``place`` is its own id in the page, of small letters, digits and hyphens."""
    longest = max(max(row.tail, row.latency.p99 or 0.0) for row in rows)
    scale = Scale(low=0.0, high=max(_NARROWEST_MS, _ROOM * longest))
    bottom = _TOP_PX + _ROW_PX * len(rows)
    return el(
        "figure",
        {"class": "latencies"},
        el("figcaption", None, el("b", None, "Time to the whole answer"), " of each contender"),
        el(
            "svg",
            {
                "class": "chart",
                "role": "img",
                "width": "100%",
                "height": bottom + _AXIS_PX,
                "aria-labelledby": f"{place}-title {place}-desc",
            },
            el("title", {"id": f"{place}-title"}, "Time to the whole answer of each contender"),
            el("desc", {"id": f"{place}-desc"}, " ".join(f"{one_line(row.label)}: {_said(row)}." for row in rows)),
            *_axis(scale, bottom),
            *(part for number, row in enumerate(rows) for part in _row(row, scale, _TOP_PX + _ROW_PX * number)),
        ),
        el("p", {"class": "quiet"}, "Line: from p5 to p95. Box: the middle half. Bar: the median. Ring: p99."),
    )


def _said(row: Timed) -> str:
    tail = f", p99 {duration(row.latency.p99)}" if row.latency.p99 is not None else ""
    return f"median {duration(row.median)}, p95 {duration(row.tail)}{tail}"


def _x(scale: Scale, value: float) -> float:
    return round(100 * (_LEFT + _WIDTH * scale.at(value)), 2)


def _axis(scale: Scale, bottom: int) -> Iterator[Child]:
    for tick in scale.ticks():
        x = f"{_x(scale, tick)}%"
        yield el("line", {"class": "tick", "x1": x, "x2": x, "y1": _TOP_PX, "y2": bottom})
        anchor = "middle" if tick else "start"
        name = duration(tick) if tick else "0"
        yield el("text", {"class": "tick-name", "x": x, "y": bottom + 18, "text-anchor": anchor}, name)


def _row(row: Timed, scale: Scale, top: int) -> Iterator[Child]:
    y, found = top + _TRACK_PX, row.latency
    yield el("text", {"class": "row-name", "x": "0.5%", "y": top + _LABEL_PX}, one_line(row.label, _LABEL_LENGTH))
    yield el("text", {"class": "row-value", "x": "0.5%", "y": top + _VALUE_PX}, _said(row))
    least = row.median if found.p5 is None else found.p5
    marks: list[Child] = [_line(scale, least, row.tail, y, "span")]
    if found.p25 is not None and found.p75 is not None:
        low, high = _x(scale, found.p25), _x(scale, found.p75)
        width = f"{round(max(0.2, high - low), 2)}%"
        marks.append(
            el("rect", {"class": "box", "x": f"{low}%", "y": y - _BOX_PX, "width": width, "height": 2 * _BOX_PX})
        )
    median = f"{_x(scale, row.median)}%"
    marks.append(el("line", {"class": "median", "x1": median, "x2": median, "y1": y - _TICK_PX, "y2": y + _TICK_PX}))
    if found.p99 is not None:
        marks.append(el("circle", {"class": "dot", "cx": f"{_x(scale, found.p99)}%", "cy": y, "r": _DOT_PX}))
    yield el("g", {"class": "spread"}, *marks)


def _line(scale: Scale, low: float, high: float, y: int, kind: str) -> Element:
    return el("line", {"class": kind, "x1": f"{_x(scale, low)}%", "x2": f"{_x(scale, high)}%", "y1": y, "y2": y})
