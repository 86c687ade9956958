"""The tables of the report in plain text, for forms that know no markup; the page's own tables say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from brainswap.report import wording
from brainswap.report.model import ContenderReport, GateOutcome, Report, ScoreSummary
from brainswap.report.rendering import (
    dollars,
    duration,
    ends,
    level,
    percentage_interval,
    points,
    points_interval,
    ratio,
    unknown,
    whole,
)
from brainswap.report.sections.contenders import scorers_of
from brainswap.report.shortfall import unasked_lines
from brainswap.report.stopping import stopping_reasons

MEASURES: Final = {"cost": "Cost", "latency_p50": "Median latency", "latency_p95": "p95 latency"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTable:
    """A table of texts.

    Attributes:
        rows: as many cells in each as columns; the first names the row.
        statuses: which column holds statuses of gates, checks or verdicts, if any.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    statuses: int | None = None


def contenders(report: Report, shown: Sequence[ContenderReport]) -> PlainTable:
    """Quality, time and cost, a contender in a row."""
    names = wording.labels(report)
    scorers = scorers_of(report)
    return PlainTable(
        caption="Quality, time and cost",
        columns=["Contender", "Verdict", *scorers, "p95 latency", "Per 1,000 requests", "Per month"],
        rows=[
            [
                names[each.id],
                verdict_of(each),
                *(score(each, f"scores.{scorer}", each.scores.get(scorer)) for scorer in scorers),
                latency(each, "p95"),
                *(_money(each, key) for key in ("per_1000_requests_usd", "monthly_usd")),
            ]
            for each in shown
        ],
        statuses=1,
    )


def gates(report: Report, target: ContenderReport) -> PlainTable:
    """What was measured, what was allowed, and which it is."""
    return PlainTable(
        caption=f"Gates of {wording.labels(report)[target.id]}",
        columns=["Gate", "Status", "Measured", "Interval", "Bound", "Detail"],
        rows=[_gate(target, gate) for gate in target.gates],
        statuses=1,
    )


def differences(report: Report, scorer: str) -> PlainTable:
    """Each target minus the source, case by case."""
    names = wording.labels(report)
    return PlainTable(
        caption=f"{scorer}: target minus source, case by case",
        columns=["Target", "Difference", "Better", "Worse", "Tied", "Pairs", "Interval"],
        rows=[
            [
                names[target.id],
                points_interval(found.difference, found.low, found.high, bound=wording.margin_of(target, scorer)),
                *map(whole, (found.better, found.worse, found.tied, found.pairs)),
                f"{level(found.confidence)}, {found.method}",
            ]
            for target in wording.targets_of(report)
            if (found := target.comparison.get(scorer)) is not None
        ],
    )


def lost(report: Report, most: int) -> PlainTable | None:
    """The first of the lost cases, critical ones before the others; None where the report names none."""
    names = wording.labels(report)
    found = sorted((change for change in report.changed if change.kind == "lost"), key=lambda one: not one.critical)
    if not found:
        return None
    return PlainTable(
        caption=f"Lost cases, {whole(min(most, len(found)))} of those that the report names",
        columns=["Case", "Critical", "Lost by", "Scorer", "Why"],
        rows=[
            [
                change.case_id,
                "yes" if change.critical else "no",
                names.get(change.contender, change.contender),
                change.scorer,
                change.reason,
            ]
            for change in found[:most]
        ],
    )


def checks(report: Report) -> PlainTable:
    """What was looked at before any money was spent."""
    return PlainTable(
        caption="Checks made before spending",
        columns=["Check", "Status", "Detail"],
        rows=[[each.check, each.status.replace("_", " "), each.detail] for each in report.provenance.checks],
        statuses=1,
    )


def shortened(report: Report) -> list[str]:
    """That not every question was asked, in sentences: because something ended the run, or because it was settled."""
    stopped = report.stopping is not None and report.stopping.early
    early = stopping_reasons(report.stopping) if stopped else ()
    return [*unasked_lines(report), *(f"{line[0].upper()}{line[1:]}." for line in early)]


def key_figures(contender: ContenderReport) -> list[tuple[str, str, str]]:
    """The first scorer's difference, cost and time as multiples, and the month: name, value, and what goes with it."""
    figures = [
        (
            scorer,
            points(found.difference),
            ends(found.low, found.high, "points", bound=wording.margin_of(contender, scorer)),
        )
        for scorer, found in list(contender.comparison.items())[:1]
    ]
    for measure in ("cost", "latency_p95"):
        multiple = contender.ratios.get(measure)
        if multiple is not None and multiple.ratio is not None:
            around = ends(multiple.low, multiple.high, "ratio", bound=wording.largest_ratio(contender, measure))
            figures.append(
                (MEASURES[measure], ratio(multiple.ratio), f"of the source's{f'; {around}' if around else ''}")
            )
    if contender.cost is not None and contender.cost.monthly_usd is not None:
        figures.append(("A month", dollars(contender.cost.monthly_usd), "at the workload's traffic"))
    return [(name, value, note or "") for name, value, note in figures]


def verdict_of(contender: ContenderReport) -> str:
    """The verdict on a target; of the source, that it is one."""
    if contender.role == "source":
        return "source"
    return contender.verdict or unknown(wording.reason_unknown(contender, "verdict"))


def latency(contender: ContenderReport, key: str) -> str:
    """A time as the client saw it, or why there is none."""
    found = contender.latency_ms
    if found is None and contender.inference == "batch":
        return "none: batch jobs"
    value: float | None = None if found is None else getattr(found, key)
    if found is None or value is None:
        return unknown(wording.reason_unknown(contender, f"latency_ms.{key}"))
    return f"{duration(value)}{', simulated' if found.estimated else ''}"


def decided_on(report: Report, most: int) -> list[ContenderReport]:
    """The contenders that the decision is about: the source, the recommended one, and others as they stand."""
    source, chosen = wording.source_of(report), wording.recommended_of(report)
    others = [each for each in wording.targets_of(report) if chosen is None or each.id != chosen.id]
    return [each for each in (source, chosen, *others) if each is not None][:most]


def _gate(target: ContenderReport, gate: GateOutcome) -> list[str]:
    value, bound = wording.gate_numbers(gate)
    around = wording.gate_interval(target, gate)
    at = f" at {level(gate.confidence)}" if around and gate.confidence is not None else ""
    name = gate.gate if gate.tier == "critical" else f"{gate.gate} ({gate.tier})"
    return [name, gate.status, value, f"{around}{at}" if around else "none", bound, gate.detail]


def score(contender: ContenderReport, key: str, found: ScoreSummary | None) -> str:
    """A mean with its interval, or why there is none; ``key`` is where the report has it."""
    if found is None or found.mean is None:
        return unknown(wording.reason_unknown(contender, f"{key}.mean"))
    return percentage_interval(found.mean, found.low, found.high)


def _money(contender: ContenderReport, key: str) -> str:
    value: float | None = None if contender.cost is None else getattr(contender.cost, key)
    return unknown(wording.reason_unknown(contender, f"cost.{key}")) if value is None else dollars(value)
