"""The sheets that hold the report itself: its verdict, its contenders, its gates and the changes that it names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from brainswap.report import payback, plain, wording
from brainswap.report.model import ContenderReport, GateOutcome, Report
from brainswap.report.rendering import UNKNOWN, moment, unknown
from brainswap.report.sections.contenders import scorers_of
from brainswap.report.sheets.cells import Column, Kind, Value

Named = tuple[str, Value, Kind]

SUMMARY: Final = (Column(heading="What", width=30), Column(heading="Value", kind="long", width=100))
GATES: Final = (
    Column(heading="Contender", width=34),
    Column(heading="Gate", width=44),
    Column(heading="Tier"),
    Column(heading="Status"),
    Column(heading="Measured", kind="number"),
    Column(heading="Low", kind="number"),
    Column(heading="High", kind="number"),
    Column(heading="Bound", kind="number"),
    Column(heading="Unit"),
    Column(heading="Confidence", kind="share"),
    Column(heading="Detail", kind="long", width=80),
)
CHANGES: Final = (
    Column(heading="Case", width=26),
    Column(heading="Contender", width=34),
    Column(heading="Change"),
    Column(heading="Critical"),
    Column(heading="Segment", width=18),
    Column(heading="Scorer", width=20),
    Column(heading="Source", kind="share"),
    Column(heading="Target", kind="share"),
    Column(heading="Reason", kind="long", width=80),
)

_UNITS: Final[dict[str, Kind]] = {
    "points": "points",
    "percent": "share",
    "ratio": "ratio",
    "count": "count",
    "usd": "usd",
    "ms": "ms",
}
_COUNTS: Final = (
    "asked",
    "answered",
    "cached",
    "truncated",
    "empty",
    "refused",
    "filtered",
    "failed",
    "unfinished",
    "unasked",
)
_LATENCIES: Final = ("p50", "p90", "p95", "p99", "first_token_p50", "first_token_p95")
_MEASURES: Final = {"cost": "cost", "latency_p50": "median latency", "latency_p95": "p95 latency"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderColumn:
    """A column of the contenders, and what each of them has in it."""

    column: Column
    value: Callable[[ContenderReport], Value]


def summary(report: Report) -> Iterator[Named]:
    """Name, value and kind of what the reader has to know first."""
    said, found = wording.banner(report), report.provenance
    yield "Answers", f"{said.title}. {said.detail}", "long"
    yield "Verdict", report.verdict, "text"
    yield "In a sentence", f"{wording.headline(report)}. {wording.for_manager(report)}", "long"
    for sentence in (payback.for_budget(report), wording.for_engineer(report), *plain.shortened(report)):
        if sentence is not None:
            yield "In numbers", sentence, "long"
    for reason in report.reasons:
        yield "Reason", reason, "long"
    if report.recommended is not None:
        yield "Recommended model", report.recommended.model, "text"
        yield "Recommended prompt", report.recommended.prompt, "text"
    yield "Workload", report.workload, "text"
    if report.description is not None:
        yield "Description", report.description, "long"
    yield "Run", report.run_id, "text"
    yield "Began", moment(report.created_at), "text"
    yield "At list prices" if report.spend.notional else "Spent", _amount(report.spend.usd), "usd"
    yield "Forecast", _amount(report.spend.forecast_usd), "usd"
    yield "Calls", report.spend.calls, "count"
    yield "From the cache", report.spend.cached, "count"
    for name, number in found.splits.items():
        yield f"Cases: {name}", number, "count"
    yield "Changes", report.changed_total, "count"
    yield "Confidence", found.confidence, "share"
    yield "Workload, SHA-256", found.workload_sha256, "text"
    yield "Cases, SHA-256", found.cases_sha256, "text"
    yield "Gates, SHA-256", found.gates_sha256, "text"
    yield "Seed", found.seed, "count"
    yield "Code", found.code_version, "text"
    for check in found.checks:
        yield "Check", f"{check.check}: {check.status.replace('_', ' ')}, {check.detail}", "long"
    for warning in found.warnings:
        yield "Warning", warning, "long"
    yield "About this file", _ABOUT, "long"


_ABOUT: Final = (
    "Numbers are exact; their formats round them. Where a text, or a line of it, begins as a formula does, an "
    "apostrophe stands before, so that nothing is computed here or in a CSV made of this file. Characters that "
    "cannot be seen are spelled out. Every answer stands as it came in cases.jsonl."
)


def contender_columns(report: Report) -> list[ContenderColumn]:
    """As many as there are scorers, so that every contender is one row."""
    names = wording.labels(report)
    columns = [
        _column("Contender", "text", lambda each: names[each.id], width=34),
        _column("Role", "text", lambda each: each.role, width=9),
        _column("Verdict", "text", _verdict),
        _column("Model", "text", lambda each: each.model, width=44),
        _column("Prompt", "text", lambda each: each.prompt),
        _column("Answers are", "text", lambda each: each.origin or UNKNOWN),
        *(_column(f"Questions {name}", "count", partial(_counted, name)) for name in _COUNTS),
    ]
    for scorer in scorers_of(report):
        columns += [
            _column(scorer, "share", partial(_score, scorer, "mean")),
            _column(f"{scorer}, low", "share", partial(_score, scorer, "low")),
            _column(f"{scorer}, high", "share", partial(_score, scorer, "high")),
            _column(f"{scorer}, n", "count", partial(_score, scorer, "n")),
            _column(f"{scorer}, unscored", "count", partial(_score, scorer, "unscored")),
            _column(f"{scorer}, minus source", "points", partial(_compared, scorer, "difference")),
            _column(f"{scorer}, minus source, low", "points", partial(_compared, scorer, "low")),
            _column(f"{scorer}, minus source, high", "points", partial(_compared, scorer, "high")),
            *(
                _column(f"{scorer}, {count}", "count", partial(_compared, scorer, count))
                for count in ("pairs", "better", "worse", "tied")
            ),
        ]
    columns += [_column(f"Latency {key}", "ms", partial(_latency, key)) for key in _LATENCIES]
    for measure, name in _MEASURES.items():
        columns += [
            _column(f"{name} by the source's", "ratio", partial(_ratio, measure, "ratio")),
            _column(f"{name} by the source's, low", "ratio", partial(_ratio, measure, "low")),
            _column(f"{name} by the source's, high", "ratio", partial(_ratio, measure, "high")),
        ]
    return [
        *columns,
        _column("Tokens in", "number", partial(_part, "tokens", "input_mean")),
        _column("Tokens out", "number", partial(_part, "tokens", "output_mean")),
        _column("Per 1,000 requests", "usd", partial(_part, "cost", "per_1000_requests_usd")),
        _column("Per month", "usd", partial(_part, "cost", "monthly_usd")),
        _column("Prompt, SHA-256", "text", lambda each: each.prompt_sha256, width=24),
    ]


def gate_rows(report: Report) -> Iterator[tuple[list[Value], list[Kind]]]:
    """Every gate of every target, with the kinds of its numbers, which are those of its unit."""
    names = wording.labels(report)
    for target in wording.targets_of(report):
        for gate in target.gates:
            yield _gate(names[target.id], gate)


def change_rows(report: Report) -> Iterator[list[Value]]:
    """The changes that the report names."""
    names = wording.labels(report)
    for change in report.changed:
        yield [
            change.case_id,
            names.get(change.contender, change.contender),
            change.kind,
            "yes" if change.critical else "no",
            change.segment,
            change.scorer,
            change.source_score,
            change.target_score,
            change.reason,
        ]


def _column(heading: str, kind: Kind, value: Callable[[ContenderReport], Value], *, width: int = 14) -> ContenderColumn:
    return ContenderColumn(column=Column(heading=heading, kind=kind, width=width), value=value)


def _gate(name: str, gate: GateOutcome) -> tuple[list[Value], list[Kind]]:
    kind = _UNITS.get(gate.unit or wording.unit_of(gate), "number")
    values: list[Value] = [
        name,
        gate.gate,
        gate.tier,
        gate.status,
        UNKNOWN if gate.value is None else gate.value,
        gate.low,
        gate.high,
        gate.bound,
        gate.unit or wording.unit_of(gate),
        gate.confidence,
        gate.detail,
    ]
    kinds = [column.kind for column in GATES]
    return values, [*kinds[:4], kind, kind, kind, kind, *kinds[8:]]


def _amount(usd: float | None) -> Value:
    return unknown("a price is not known") if usd is None else usd


def _verdict(contender: ContenderReport) -> Value:
    if contender.role == "source":
        return "source"
    return contender.verdict or unknown(wording.reason_unknown(contender, "verdict"))


def _counted(name: str, contender: ContenderReport) -> Value:
    number: int = getattr(contender.answers, name)
    return number


def _score(scorer: str, key: str, contender: ContenderReport) -> Value:
    found = contender.scores.get(scorer)
    value: float | None = None if found is None else getattr(found, key)
    return unknown(wording.reason_unknown(contender, f"scores.{scorer}.{key}")) if value is None else value


def _compared(scorer: str, key: str, contender: ContenderReport) -> Value:
    """Nothing of the source, which is not compared with itself."""
    if contender.role == "source":
        return None
    found = contender.comparison.get(scorer)
    value: float | None = None if found is None else getattr(found, key)
    return unknown(wording.reason_unknown(contender, f"comparison.{scorer}")) if value is None else value


def _ratio(measure: str, key: str, contender: ContenderReport) -> Value:
    if contender.role == "source":
        return None
    found = contender.ratios.get(measure)
    value: float | None = None if found is None else getattr(found, key)
    if value is not None:
        return value
    return unknown((found and found.detail) or wording.reason_unknown(contender, f"ratios.{measure}"))


def _latency(key: str, contender: ContenderReport) -> Value:
    if contender.latency_ms is None and contender.inference == "batch":
        return "none: batch jobs"
    return _part("latency_ms", key, contender)


def _part(part: str, key: str, contender: ContenderReport) -> Value:
    found = getattr(contender, part)
    value: float | None = None if found is None else getattr(found, key)
    return unknown(wording.reason_unknown(contender, f"{part}.{key}")) if value is None else value
