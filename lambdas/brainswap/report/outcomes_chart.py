"""Where answers were cut off, refused or missing: the share of each outcome that is no whole answer, as bars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.drawing import AXIS_PX, LABEL_LENGTH, Across, drawing
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import percentage, whole
from brainswap.report.tradeoff import Scale
from brainswap.report.untrusted import one_line

OUTCOMES: Final = ("truncated", "empty", "refused", "filtered", "failed", "unfinished", "unasked")

_NAMES: Final = {"truncated": "cut off", "unasked": "not asked"}
_ROW_PX, _TOP_PX = 66, 4
_LABEL_PX, _VALUE_PX, _BAR_PX, _HEIGHT_PX = 16, 33, 42, 12
_LEFT: Final = 0.01
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
    across = Across(scale=scale, left=_LEFT)
    bottom = _TOP_PX + _ROW_PX * len(bars)
    return el(
        "figure",
        {"class": "outcomes"},
        el("figcaption", None, el("b", None, "Without a whole answer"), " as a share of the questions"),
        drawing(
            place,
            title="Questions without a whole answer",
            description=" ".join(f"{one_line(bar.label)}: {_said(bar)}." for bar in bars),
            height=bottom + AXIS_PX,
            marks=(
                *across.ticks(_TOP_PX, bottom, lambda share: f"{100 * share:.3g} %"),
                *(part for number, bar in enumerate(bars) for part in _row(bar, across, _TOP_PX + _ROW_PX * number)),
            ),
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


def _row(bar: _Bar, across: Across, top: int) -> Iterator[Child]:
    yield el("text", {"class": "row-name", "x": "0.5%", "y": top + _LABEL_PX}, one_line(bar.label, LABEL_LENGTH))
    yield el("text", {"class": "row-value", "x": "0.5%", "y": top + _VALUE_PX}, _said(bar))
    begun = 0
    for outcome, number in bar.numbers:
        low, high = across.x(begun / bar.asked), across.x((begun + number) / bar.asked)
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
