"""The drawings of the PDF as data: every place is a fraction of the drawing's width or height."""

from collections.abc import Sequence
from typing import Any, Final

from brainswap.report import wording
from brainswap.report.charts import Difference, standing
from brainswap.report.model import ContenderReport, Report
from brainswap.report.paper.legible import line
from brainswap.report.rendering import dollars, percentage_interval, points, points_interval, whole
from brainswap.report.tradeoff import Scale, scale_words, tradeoff

LABEL: Final = 80  # characters


def differences(report: Report, shown: Sequence[ContenderReport]) -> dict[str, Any] | None:
    """The paired differences of the first scorer, as places between 0 and 1."""
    names = wording.labels(report)
    scorer = next((scorer for each in shown for scorer in each.comparison), None)
    compared = [each for each in shown if scorer is not None and scorer in each.comparison]
    if scorer is None or not compared:
        return None
    margin = next((found for each in compared if (found := wording.margin_of(each, scorer)) is not None), None)
    rows = [
        Difference(label=names[each.id], middle=found.difference, low=found.low, high=found.high)
        for each in compared
        for found in (each.comparison[scorer],)
    ]
    marks = [0.0, *([] if margin is None else [margin]), *(end for row in rows for end in (row.low, row.high))]
    room = max(0.06 * (max(marks) - min(marks)), 0.005)
    scale = Scale(low=min(marks) - room, high=max(marks) + room)
    said = [points_interval(row.middle, row.low, row.high, bound=margin) for row in rows]
    return {
        "caption": f"{line(scorer, LABEL)}: each target minus the source, case by case",
        "alternative": ". ".join(f"{line(row.label, LABEL)}: {value}" for row, value in zip(rows, said, strict=True)),
        "zero": scale.at(0.0),
        "margin": None if margin is None else scale.at(margin),
        "margin_name": None if margin is None else f"margin {points(margin)}",
        "ticks": [{"at": scale.at(tick), "name": points(tick).removesuffix(" points")} for tick in scale.ticks()],
        "rows": [
            {
                "label": line(row.label, LABEL),
                "value": value,
                "low": scale.at(row.low),
                "middle": scale.at(row.middle),
                "high": scale.at(row.high),
                "standing": standing(row, margin),
            }
            for row, value in zip(rows, said, strict=True)
        ],
    }


def quality_against_cost(report: Report, most: int) -> dict[str, Any] | None:
    """Where every contender stands; None where there are no two to set against each other."""
    found = tradeoff(report)
    if found is None:
        return None
    shown = found.points[:most]
    lines = [
        f"{point.number}: {line(point.label, LABEL)}, {dollars(point.cost_usd)}, "
        f"{percentage_interval(point.quality, point.low, point.high)}"
        for point in shown
    ]
    return {
        "caption": f"{line(found.scorer, LABEL)} against the cost of 1,000 requests{scale_words(found)}",
        "alternative": ". ".join(lines),
        "legend": lines,
        "x": [{"at": found.cost.at(tick), "name": dollars(tick)} for tick in found.cost.ticks()],
        "y": [{"at": found.quality.at(tick), "name": f"{100 * tick:.3g} %"} for tick in found.quality.ticks()],
        "points": [
            {
                "number": whole(point.number),
                "x": found.cost.at(point.cost_usd),
                "y": found.quality.at(point.quality),
                "low": found.quality.at(point.low),
                "high": found.quality.at(point.high),
                "front": point.on_front,
                "source": point.contender.role == "source",
            }
            for point in shown
        ],
    }
