"""Where answers were cut off, refused or missing: the share of each outcome that is no whole answer, as bars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import percentage, whole
from brainswap.report.tradeoff import Scale
from brainswap.report.untrusted import one_line

OUTCOMES: Final = ("truncated", "empty", "refused", "filtered", "failed", "unfinished", "unasked")

_NAMES: Final = {"truncated": "cut off", "unasked": "not asked"}
_ROW_PX, _TOP_PX, _AXIS_PX = 66, 4, 28
_LABEL_PX, _VALUE_PX, _BAR_PX, _HEIGHT_PX = 16, 33, 42, 12
_LEFT, _WIDTH = 0.01, 0.94  # of the drawing, in which the scale lies
_LABEL_LENGTH: Final = 44  # characters that fit a phone
_ROOM: Final = 1.04


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """A contender with the numbers of its answers that are none, by outcome."""

    label: str
    asked: int
    numbers: Sequence[tuple[str, int]]

    @property
    def share(self) -> float:
        """Of all its questions."""
        return sum(number for _, number in self.numbers) / self.asked


def answers_without_a_whole(report: Report, place: str) -> Element | None:
    """A figure; None where every answer is whole. ``place`` is its own id in the page."""
    bars = list(_bars(report))
    if not any(bar.numbers for bar in bars):
        return None
    scale = Scale(low=0.0, high=min(1.0, _ROOM * max(bar.share for bar in bars)))
    bottom = _TOP_PX + _ROW_PX * len(bars)
    return el(
        "figure",
        {"class": "outcomes"},
        el("figcaption", None, el("b", None, "Without a whole answer"), " as a share of the questions"),
        el(
            "svg",
            {
                "class": "chart",
                "role": "img",
                "width": "100%",
                "height": bottom + _AXIS_PX,
                "aria-labelledby": f"{place}-title {place}-desc",
            },
            el("title", {"id": f"{place}-title"}, "Questions without a whole answer"),
            el("desc", {"id": f"{place}-desc"}, " ".join(f"{one_line(bar.label)}: {_said(bar)}." for bar in bars)),
            *_axis(scale, bottom),
            *(part for number, bar in enumerate(bars) for part in _row(bar, scale, _TOP_PX + _ROW_PX * number)),
        ),
    )


def _bars(report: Report) -> Iterator[_Bar]:
    names = wording.labels(report)
    for each in report.contenders:
        if each.answers.asked:
            numbers = [(outcome, getattr(each.answers, outcome)) for outcome in OUTCOMES]
            yield _Bar(
                label=names[each.id],
                asked=each.answers.asked,
                numbers=[(name, found) for name, found in numbers if found],
            )


def _said(bar: _Bar) -> str:
    if not bar.numbers:
        return "every answer is whole"
    parts = ", ".join(f"{whole(number)} {_NAMES.get(outcome, outcome)}" for outcome, number in bar.numbers)
    return f"{parts}: {percentage(bar.share)} of {whole(bar.asked)}"


def _x(scale: Scale, value: float) -> float:
    return round(100 * (_LEFT + _WIDTH * scale.at(value)), 2)


def _axis(scale: Scale, bottom: int) -> Iterator[Child]:
    for tick in scale.ticks():
        x = f"{_x(scale, tick)}%"
        yield el("line", {"class": "tick", "x1": x, "x2": x, "y1": _TOP_PX, "y2": bottom})
        anchor = "middle" if tick else "start"
        name = f"{100 * tick:.3g} %"
        yield el("text", {"class": "tick-name", "x": x, "y": bottom + 18, "text-anchor": anchor}, name)


def _row(bar: _Bar, scale: Scale, top: int) -> Iterator[Child]:
    yield el("text", {"class": "row-name", "x": "0.5%", "y": top + _LABEL_PX}, one_line(bar.label, _LABEL_LENGTH))
    yield el("text", {"class": "row-value", "x": "0.5%", "y": top + _VALUE_PX}, _said(bar))
    begun = 0
    for outcome, number in bar.numbers:
        low, high = _x(scale, begun / bar.asked), _x(scale, (begun + number) / bar.asked)
        begun += number
        yield el(
            "rect",
            {
                "class": f"outcome {outcome}",
                "x": f"{low}%",
                "y": top + _BAR_PX,
                "width": f"{round(high - low, 2)}%",
                "height": _HEIGHT_PX,
            },
        )
