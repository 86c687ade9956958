"""Quality by segment as inline SVG: the contenders by number, each with its interval, one segment below the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.drawing import AXIS_PX, LABEL_LENGTH, Across, drawing
from brainswap.report.markup import Child, Element, el
from brainswap.report.model import Report
from brainswap.report.rendering import count, percentage_interval, whole
from brainswap.report.tradeoff import Scale
from brainswap.report.untrusted import one_line

MOST_SEGMENTS: Final = 12  # drawn, the largest of them; all are in the table
MOST_CONTENDERS: Final = 5

_HEAD_PX, _LINE_PX, _GAP_PX, _TOP_PX, _DOT_PX = 24, 22, 10, 4, 9
_LEFT: Final = 0.03
_ROOM: Final = 0.06
_NARROWEST: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A contender in a segment, by the number that the key has for it."""

    number: int
    source: bool
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """A segment with the cases of the contender that has most of them."""

    name: str
    cases: int
    marks: Sequence[_Mark]


def quality_by_segment(report: Report, scorer: str, place: str) -> Element | None:
    """A figure; None where no segment has a score. ``place`` is its own id in the page."""
    names = wording.labels(report)
    first = [each for each in (wording.source_of(report), wording.recommended_of(report)) if each is not None]
    others = [each for each in report.contenders if each not in first]
    picked = [*first, *others][:MOST_CONTENDERS]
    shown = [each for each in report.contenders if each in picked]
    bands = list(_bands(report, [each.id for each in shown], scorer))
    if not bands:
        return None
    ends = [end for band in bands for mark in band.marks for end in (mark.low, mark.high)]
    room = max(_ROOM * (max(ends) - min(ends)), _NARROWEST)
    across = Across(scale=Scale(low=min(ends) - room, high=max(ends) + room), left=_LEFT)
    tops = list(_tops(bands))
    bottom = tops.pop()
    said = [f"{one_line(band.name)}: {'; '.join(map(_said, band.marks))}." for band in bands]
    return el(
        "figure",
        {"class": "by-segment"},
        el("figcaption", None, el("b", None, one_line(scorer)), " by segment, in per cent"),
        drawing(
            place,
            title=f"{one_line(scorer)} by segment",
            description=" ".join(said),
            height=bottom + AXIS_PX,
            marks=(
                *across.ticks(_TOP_PX, bottom, lambda share: f"{100 * share:.3g}"),
                *(part for band, top in zip(bands, tops, strict=True) for part in _band(band, across, top)),
            ),
        ),
        el("ol", {"class": "key"}, *(el("li", None, one_line(names[each.id])) for each in shown)),
        _left_out(report, len(shown), len(bands)),
    )


def _left_out(report: Report, contenders: int, segments: int) -> Element | None:
    parts = {part for each in report.contenders for part in each.segments}
    more = [
        count(number, noun)
        for number, noun in ((len(parts) - segments, "segment"), (len(report.contenders) - contenders, "contender"))
        if number > 0
    ]
    return el("p", {"class": "quiet"}, f"Not drawn: {' and '.join(more)}. The table has them.") if more else None


def _bands(report: Report, shown: Sequence[str], scorer: str) -> Iterator[_Band]:
    contenders = {each.id: each for each in report.contenders}
    parts = dict.fromkeys(part for each in report.contenders for part in each.segments)
    bands = []
    for part in parts:
        found = [
            (number, contenders[name], summary)
            for number, name in enumerate(shown, 1)
            if (summary := contenders[name].segments.get(part, {}).get(scorer)) is not None
        ]
        marks = [
            _Mark(number=number, source=each.role == "source", mean=one.mean, low=one.low, high=one.high)
            for number, each, one in found
            if one.mean is not None and one.low is not None and one.high is not None
        ]
        if marks:
            bands.append(_Band(name=part, cases=max(one.n for _, _, one in found), marks=marks))
    largest = sorted(bands, key=lambda band: -band.cases)[:MOST_SEGMENTS]
    yield from (band for band in bands if band in largest)


def _tops(bands: Sequence[_Band]) -> Iterator[int]:
    top = _TOP_PX
    for band in bands:
        yield top
        top += _HEAD_PX + _LINE_PX * len(band.marks) + _GAP_PX
    yield top


def _said(mark: _Mark) -> str:
    return f"{mark.number}, {percentage_interval(mark.mean, mark.low, mark.high)}"


def _band(band: _Band, across: Across, top: int) -> Iterator[Child]:
    yield el("text", {"class": "row-name", "x": "0.5%", "y": top + 16}, one_line(band.name, LABEL_LENGTH))
    cases = f"{count(band.cases, 'case')}"
    yield el("text", {"class": "row-value", "x": "99.5%", "y": top + 16, "text-anchor": "end"}, cases)
    for line, mark in enumerate(band.marks):
        y = top + _HEAD_PX + _LINE_PX * line + _LINE_PX // 2
        x = across.at(mark.mean)
        yield el(
            "g",
            {"class": f"point {'source' if mark.source else 'beaten'}"},
            el("line", {"class": "span", "x1": across.at(mark.low), "x2": across.at(mark.high), "y1": y, "y2": y}),
            el("circle", {"class": "dot", "cx": x, "cy": y, "r": _DOT_PX}),
            el("text", {"x": x, "y": y + 4, "text-anchor": "middle"}, whole(mark.number)),
        )
