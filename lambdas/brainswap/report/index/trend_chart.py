"""A trend as inline SVG: a dot for each run, a line where figures may be held against each other."""

from collections.abc import Iterator
from typing import Final

from brainswap.report.drawing import drawing
from brainswap.report.index.trend import SIDES, Break, Dot, Side, Trend
from brainswap.report.markup import Child, Element, el
from brainswap.report.rendering import count, dollars, moment, percentage_interval
from brainswap.report.untrusted import one_line
from brainswap.report.wording import short_model

_HEIGHT_PX: Final = 220
_TOP_PX, _AXIS_PX, _DOT_PX = 14, 30, 5
_LEFT, _RIGHT = 0.13, 0.97  # of the width, between which the runs lie
_ASIDE = 0.006  # by which the dots of the two sides part, so that neither hides the other
_NAMES: Final[dict[Side, str]] = {"source": "in use", "target": "target"}
_MOST_DATES = 4


def chart(found: Trend, place: str) -> Element:
    """A figure; ``place`` is its own id in the page, of small letters, digits and hyphens."""
    name = _name(found)
    return el(
        "figure",
        {"class": "trend"},
        el("figcaption", None, el("b", None, name), " from run to run"),
        drawing(
            place,
            title=f"{name} from run to run",
            description=" ".join(_described(found)),
            height=_TOP_PX + _HEIGHT_PX + _AXIS_PX,
            marks=(
                *_axes(found),
                *(_break(found, each) for each in found.breaks),
                *(part for side in SIDES for part in _series(found, side)),
            ),
        ),
        el("p", {"class": "quiet"}, _legend(found)),
        el("ul", {"class": "quiet"}, *(el("li", None, _told(each)) for each in found.breaks)) if found.breaks else None,
    )


def _name(found: Trend) -> str:
    return "Cost of 1,000 requests" if found.scorer is None else one_line(found.scorer)


def _legend(found: Trend) -> str:
    intervals = "" if found.scorer is None else " Upright lines are intervals."
    older = f" {count(found.left_out, 'older run')} not shown." if found.left_out else ""
    broken = (
        " A dashed upright line: figures before and after it may not be held against each other."
        if found.breaks
        else ""
    )
    return (
        f"Grey: the model in use. Green: the recommended target, else the first. A ring that is dashed: simulated "
        f"answers.{intervals}{broken}{older}"
    )


def _told(each: Break) -> str:
    return f"Before {one_line(each.entry.run_id)} ({moment(each.entry.created_at)}): {', '.join(each.reasons)}."


def _described(found: Trend) -> Iterator[str]:
    for side in SIDES:
        for dot in found.dots[side]:
            origin = " (simulated)" if dot.measured.origin == "simulated" else ""
            yield f"{moment(dot.entry.created_at)}, {_NAMES[side]}, {short_model(dot.measured.model)}{origin}:"
            yield f"{_value(found, dot)}."
    yield from map(_told, found.breaks)


def _value(found: Trend, dot: Dot) -> str:
    return dollars(dot.value) if found.scorer is None else percentage_interval(dot.value, dot.low, dot.high)


def _at(found: Trend, run: float) -> float:
    """The middle of a run's place, as a share of the width."""
    return _LEFT + (_RIGHT - _LEFT) * (run + 0.5) / found.runs


def _x(share: float) -> str:
    return f"{100 * share:.2f}%"


def _y(share: float) -> float:
    return round(_TOP_PX + _HEIGHT_PX * (1 - share), 1)


def _axes(found: Trend) -> Iterator[Child]:
    for tick in found.scale.ticks():
        y = _y(found.scale.at(tick))
        yield el("line", {"class": "tick", "x1": _x(_LEFT), "x2": _x(_RIGHT), "y1": y, "y2": y})
        name = dollars(tick) if found.scorer is None else f"{100 * tick:.3g} %"
        yield el("text", {"class": "tick-name", "x": _x(_LEFT - 0.015), "y": y + 4, "text-anchor": "end"}, name)
    dated = {dot.run: dot.entry.created_at for side in SIDES for dot in found.dots[side]}
    step = -(-found.runs // _MOST_DATES)
    below = _TOP_PX + _HEIGHT_PX + 20
    for run in range(0, found.runs, step):
        text = f"{dated[run].day} {dated[run]:%b %Y}"
        yield el("text", {"class": "tick-name", "x": _x(_at(found, run)), "y": below, "text-anchor": "middle"}, text)


def _break(found: Trend, each: Break) -> Element:
    x = _x(_at(found, each.run - 0.5))
    return el("line", {"class": "break", "x1": x, "x2": x, "y1": _TOP_PX, "y2": _TOP_PX + _HEIGHT_PX})


def _series(found: Trend, side: Side) -> Iterator[Child]:
    aside = -_ASIDE if side == "source" else _ASIDE
    kind = "source" if side == "source" else "front"
    before: tuple[str, float] | None = None
    for dot in found.dots[side]:
        x, y = _x(_at(found, dot.run) + aside), _y(found.scale.at(dot.value))
        if before is not None and dot.joined:
            yield el("line", {"class": f"join {kind}", "x1": before[0], "x2": x, "y1": before[1], "y2": y})
        before = x, y
    for dot in found.dots[side]:
        x, y = _x(_at(found, dot.run) + aside), _y(found.scale.at(dot.value))
        origin = " simulated" if dot.measured.origin == "simulated" else ""
        ends = {"y1": _y(found.scale.at(dot.low)), "y2": _y(found.scale.at(dot.high))}
        yield el(
            "g",
            {"class": f"point {kind}{origin}"},
            el("line", {"class": "span", "x1": x, "x2": x, "y1": ends["y1"], "y2": ends["y2"]}),
            el("circle", {"class": "dot", "cx": x, "cy": y, "r": _DOT_PX}),
        )
