"""How long answers took, drawn as a distribution: half of them as a box, nine tenths as a line, the tail as marks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report.drawing import AXIS_PX, LABEL_LENGTH, Across, drawing
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Latency
from brainswap.report.rendering import duration
from brainswap.report.tradeoff import Scale
from brainswap.report.untrusted import one_line

_ROW_PX, _TOP_PX = 74, 4
_LABEL_PX, _VALUE_PX, _TRACK_PX = 16, 33, 54
_BOX_PX, _TICK_PX, _DOT_PX = 7, 10, 4
_LEFT: Final = 0.01
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
    across = Across(scale=Scale(low=0.0, high=max(_NARROWEST_MS, _ROOM * longest)), left=_LEFT)
    bottom = _TOP_PX + _ROW_PX * len(rows)
    return el(
        "figure",
        {"class": "latencies"},
        el("figcaption", None, el("b", None, "Time to the whole answer"), " of each contender"),
        drawing(
            place,
            title="Time to the whole answer of each contender",
            description=" ".join(f"{one_line(row.label)}: {_said(row)}." for row in rows),
            height=bottom + AXIS_PX,
            marks=(
                *across.ticks(_TOP_PX, bottom, lambda ms: duration(ms) if ms else "0"),
                *(part for number, row in enumerate(rows) for part in _row(row, across, _TOP_PX + _ROW_PX * number)),
            ),
        ),
        el("p", {"class": "quiet"}, "Line: from p5 to p95. Box: the middle half. Bar: the median. Ring: p99."),
    )


def _said(row: Timed) -> str:
    tail = f", p99 {duration(row.latency.p99)}" if row.latency.p99 is not None else ""
    return f"median {duration(row.median)}, p95 {duration(row.tail)}{tail}"


def _row(row: Timed, across: Across, top: int) -> Iterator[Child]:
    y, found = top + _TRACK_PX, row.latency
    yield el("text", {"class": "row-name", "x": "0.5%", "y": top + _LABEL_PX}, one_line(row.label, LABEL_LENGTH))
    yield el("text", {"class": "row-value", "x": "0.5%", "y": top + _VALUE_PX}, _said(row))
    least = row.median if found.p5 is None else found.p5
    marks: list[Child] = [_line(across, least, row.tail, y, "span")]
    if found.p25 is not None and found.p75 is not None:
        low, high = across.x(found.p25), across.x(found.p75)
        width = f"{round(max(0.2, high - low), 2)}%"
        marks.append(
            el("rect", {"class": "box", "x": f"{low}%", "y": y - _BOX_PX, "width": width, "height": 2 * _BOX_PX})
        )
    median = across.at(row.median)
    marks.append(el("line", {"class": "median", "x1": median, "x2": median, "y1": y - _TICK_PX, "y2": y + _TICK_PX}))
    if found.p99 is not None:
        marks.append(el("circle", {"class": "dot", "cx": across.at(found.p99), "cy": y, "r": _DOT_PX}))
    yield el("g", {"class": "spread"}, *marks)


def _line(across: Across, low: float, high: float, y: int, kind: str) -> Element:
    return el("line", {"class": kind, "x1": across.at(low), "x2": across.at(high), "y1": y, "y2": y})
