"""Targets against the source: gates with value and bound, differences with intervals, ratios of money and time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from brainswap.report import wording
from brainswap.report.charts import Difference, paired_differences
from brainswap.report.markup import Element, el
from brainswap.report.model import ContenderReport, GateOutcome, Report
from brainswap.report.rendering import level, points_interval, ratio_interval, whole
from brainswap.report.sections.contenders import scorers_of
from brainswap.report.sections.marks import missing, status_mark
from brainswap.report.sections.tables import Cell, section, table
from brainswap.report.tradeoff import tradeoff
from brainswap.report.tradeoff_chart import quality_against_cost
from brainswap.report.untrusted import one_line

_MEASURES: Final = {"cost": "Cost", "latency_p50": "Median latency", "latency_p95": "p95 latency"}


def gates(report: Report) -> Element:
    """Each target's gates: what was measured, what was allowed, and which it is."""
    names = wording.labels(report)
    return section(
        "gates",
        "Gates",
        "A gate passes or fails only where the whole interval lies on one side of its bound.",
        *(
            table(
                f"Gates of {one_line(names[target.id])}",
                ["Gate", "Status", "Measured", "Bound", "Detail"],
                (_gate(target, gate) for gate in target.gates),
                kind="gates",
            )
            if target.gates
            else el("p", None, f"No gate was applied to {one_line(names[target.id])}.")
            for target in wording.targets_of(report)
        ),
    )


def comparison(report: Report) -> Element:
    """The paired differences of every scorer, drawn and in figures, and the ratios."""
    names = wording.labels(report)
    compared = [(scorer, found) for scorer in scorers_of(report) if (found := _compared(report, scorer))]
    traded = tradeoff(report)
    drawn = [_chart(place, *each, names) for place, each in enumerate(compared)]
    if traded is not None:
        drawn.insert(1, quality_against_cost(traded, "quality-against-cost"))
    return section(
        "comparison",
        "Against the source",
        "Each target answered the same cases as the source; a difference counts case by case.",
        el("div", {"class": "charts"}, *drawn)
        if drawn
        else el("p", None, "No case was scored for a target and the source alike."),
        *(_differences(scorer, targets, names) for scorer, targets in compared),
        table(
            "Cost and time as multiples of the source's",
            ["Target", *_MEASURES.values()],
            ([one_line(names[target.id]), *_ratios(target)] for target in wording.targets_of(report)),
        ),
    )


def _compared(report: Report, scorer: str) -> list[ContenderReport]:
    return [target for target in wording.targets_of(report) if scorer in target.comparison]


def _gate(target: ContenderReport, gate: GateOutcome) -> list[Cell]:
    value, bound = wording.gate_numbers(gate)
    around = wording.gate_interval(target, gate)
    if around and gate.confidence is not None:
        around = f"{around} at {level(gate.confidence)}"
    measured: Cell = (el("span", {"class": "figure"}, value), el("small", None, around) if around else None)
    name: Cell = one_line(gate.gate)
    if gate.tier != "critical":
        name = (one_line(gate.gate), " ", el("small", None, gate.tier))
    return [
        name,
        status_mark(gate.status),
        missing(None) if gate.value is None else measured,
        el("span", {"class": "figure"}, bound),
        el("span", {"class": "detail"}, gate.detail),
    ]


def _chart(place: int, scorer: str, targets: Sequence[ContenderReport], names: Mapping[str, str]) -> Element:
    margins = [margin for target in targets if (margin := wording.margin_of(target, scorer)) is not None]
    rows = [
        Difference(label=names[target.id], middle=found.difference, low=found.low, high=found.high)
        for target in targets
        for found in (target.comparison[scorer],)
    ]
    return el(
        "figure",
        None,
        el("figcaption", None, el("b", None, one_line(scorer)), " target minus source, in percentage points"),
        paired_differences(rows, scorer=scorer, margin=margins[0] if margins else None, place=f"difference-{place}"),
    )


def _differences(scorer: str, targets: Sequence[ContenderReport], names: Mapping[str, str]) -> Element:
    return table(
        f"{one_line(scorer)}: differences case by case",
        ["Target", "Difference", "Better", "Worse", "Tied", "Pairs", "Interval"],
        (_difference(target, scorer, names[target.id]) for target in targets),
    )


def _difference(target: ContenderReport, scorer: str, name: str) -> list[Cell]:
    found = target.comparison[scorer]
    return [
        one_line(name),
        points_interval(found.difference, found.low, found.high, bound=wording.margin_of(target, scorer)),
        whole(found.better),
        whole(found.worse),
        whole(found.tied),
        whole(found.pairs),
        f"{level(found.confidence)}, {one_line(found.method)}",
    ]


def _ratios(target: ContenderReport) -> Iterator[Cell]:
    for measure in _MEASURES:
        found = target.ratios.get(measure)
        if found is None or found.ratio is None:
            reason = found.detail if found else None
            yield missing(reason or wording.reason_unknown(target, f"ratios.{measure}"))
        else:
            note = el("small", None, found.detail) if found.detail else None
            yield (
                ratio_interval(found.ratio, found.low, found.high, bound=wording.largest_ratio(target, measure)),
                note,
            )
