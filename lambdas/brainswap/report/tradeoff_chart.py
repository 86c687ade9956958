"""Quality against cost as inline SVG, with the contenders by number and what the numbers stand for below."""

from collections.abc import Iterator
from typing import Final

from brainswap.report.drawing import AXIS_PX, drawing
from brainswap.report.markup import Child, Element, el
from brainswap.report.rendering import dollars, percentage_interval, whole
from brainswap.report.tradeoff import Point, Tradeoff, scale_words
from brainswap.report.untrusted import one_line

_HEIGHT_PX: Final = 280
_TOP_PX, _DOT_PX = 12, 10
_LEFT, _RIGHT = 0.12, 0.95  # of the width, between which the scale lies


def quality_against_cost(found: Tradeoff, place: str) -> Element:
    """A figure; ``place`` is its own id in the page, of small letters, digits and hyphens."""
    lines = [(point, _said(point)) for point in found.points]
    return el(
        "figure",
        {"class": "tradeoff"},
        el(
            "figcaption",
            None,
            el("b", None, one_line(found.scorer)),
            f" against the cost of 1,000 requests{scale_words(found)}",
        ),
        drawing(
            place,
            title=f"{one_line(found.scorer)} against the cost of 1,000 requests",
            description=" ".join(f"{point.number}: {said}." for point, said in lines),
            height=_TOP_PX + _HEIGHT_PX + AXIS_PX,
            marks=(
                *_axes(found),
                *(part for point in found.points for part in _mark(found, point)),
            ),
        ),
        el(
            "ol",
            {"class": "key"},
            *(
                el("li", {"class": _kind(point)}, el("b", None, one_line(point.label)), f" {_figures(point)}")
                for point in found.points
            ),
        ),
        el("p", {"class": "quiet"}, _legend(found)),
    )


def _legend(found: Tradeoff) -> str:
    missing = f" Of {whole(found.missing)} more, a cost or a score is not known." if found.missing else ""
    return (
        "A thick ring: nothing beats it in quality, cost and p95 latency at once. Grey: the model in use. "
        f"Lines are the intervals of quality.{missing}"
    )


def _said(point: Point) -> str:
    front = ", beaten by no other target at everything" if point.on_front else ""
    return f"{one_line(point.label)}, {_figures(point)}{front}"


def _figures(point: Point) -> str:
    return f"{dollars(point.cost_usd)}, {percentage_interval(point.quality, point.low, point.high)}"


def _kind(point: Point) -> str:
    if point.contender.role == "source":
        return "source"
    return "front" if point.on_front else "beaten"


def _x(share: float) -> str:
    return f"{100 * (_LEFT + (_RIGHT - _LEFT) * share):.2f}%"


def _y(share: float) -> float:
    return round(_TOP_PX + _HEIGHT_PX * (1 - share), 1)


def _axes(found: Tradeoff) -> Iterator[Child]:
    for tick in found.quality.ticks():
        y = _y(found.quality.at(tick))
        yield el("line", {"class": "tick", "x1": _x(0), "x2": _x(1), "y1": y, "y2": y})
        name = f"{100 * tick:.3g} %"
        yield el("text", {"class": "tick-name", "x": _x(-0.015), "y": y + 4, "text-anchor": "end"}, name)
    for tick in found.cost.ticks():
        x = _x(found.cost.at(tick))
        yield el("line", {"class": "tick", "x1": x, "x2": x, "y1": _TOP_PX, "y2": _TOP_PX + _HEIGHT_PX})
        below = _TOP_PX + _HEIGHT_PX + 18
        yield el("text", {"class": "tick-name", "x": x, "y": below, "text-anchor": "middle"}, dollars(tick))


def _mark(found: Tradeoff, point: Point) -> Iterator[Child]:
    x, scale = _x(found.cost.at(point.cost_usd)), found.quality
    y = _y(scale.at(point.quality))
    yield el(
        "g",
        {"class": f"point {_kind(point)}"},
        el("line", {"class": "span", "x1": x, "x2": x, "y1": _y(scale.at(point.low)), "y2": _y(scale.at(point.high))}),
        el("circle", {"class": "dot", "cx": x, "cy": y, "r": _DOT_PX}),
        el("text", {"x": x, "y": y + 4, "text-anchor": "middle"}, whole(point.number)),
    )
