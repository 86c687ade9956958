"""What the command line says of a forecast and of a report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.wording import printable
from brainswap.report.model import ContenderReport, Report
from local.workloads import CheckedWorkload

LONG = 1000  # characters of one reason

_MODELS = {
    "bedrock": "Answers from live models.",
    "recorded": "Recorded answers: no model was asked.",
    "simulated": "SIMULATED answers: they say nothing about the real models.",
    "mixed": "Answers of mixed origin: see each contender.",
}


def forecast_document(checked: CheckedWorkload) -> dict[str, Any]:
    """The result of ``check`` for machines."""
    found = checked.forecast
    return {
        "workload": checked.name,
        "valid": True,
        "cases": checked.summary.count,
        "splits": dict(checked.summary.splits),
        "forecast": {
            "calls": found.calls,
            "input_tokens": found.input_tokens,
            "output_tokens": found.output_tokens,
            "cost_usd": None if found.cost_usd is None else float(found.cost_usd),
            "minutes": found.minutes,
            "smallest_difference": found.smallest_difference,
            "assumptions": list(found.assumptions),
        },
        "warnings": list(checked.summary.warnings),
    }


def forecast_lines(checked: CheckedWorkload) -> Iterator[str]:
    """The result of ``check`` for people."""
    found, summary = checked.forecast, checked.summary
    splits = ", ".join(f"{count} {name}" for name, count in summary.splits.items() if count)
    yield f"{checked.name}: valid. {summary.count} cases ({splits}), {summary.critical} critical."
    if found.calls:
        cost = "unknown, because a price is" if found.cost_usd is None else f"{found.cost_usd:.2f} USD"
        yield f"Calls to live models: {found.calls}. Cost: {cost}. Time: about {max(found.minutes, 0.1):.1f} minutes."
    else:
        yield "Every answer is recorded: no calls, no cost."
    if found.smallest_difference is not None:
        yield f"Smallest difference that these cases can show: {100 * found.smallest_difference:.1f} points."
    yield f"Assumed: {'; '.join(found.assumptions)}."
    for warning in summary.warnings:
        yield f"Warning: {warning}"


def problem_document(error: InvalidWorkloadError) -> dict[str, Any]:
    """An invalid workload for machines."""
    problems = [
        {"place": problem.place, "wrong": problem.wrong, "remedy": problem.remedy} for problem in error.problems
    ]
    return {"valid": False, "problems": problems}


def report_lines(report: Report, out: Path) -> Iterator[str]:
    """The result of ``run`` for people."""
    yield f"Verdict: {report.verdict}"
    if report.recommended:
        yield f"Recommended: {report.recommended.model} with the {report.recommended.prompt} prompt"
    yield _MODELS[report.models]
    if report.contenders:
        yield ""
        yield from _table(report)
        yield ""
    for reason in report.reasons:
        yield f"- {printable(reason, LONG)}"
    yield f"Report: {out / 'report.html'}"


def _table(report: Report) -> Iterator[str]:
    scorers = list(report.contenders[0].scores)
    rows = [["contender", *scorers, "$ per 1,000", "p95 ms", "verdict"]]
    rows += [_row(contender, scorers) for contender in report.contenders]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(contender: ContenderReport, scorers: list[str]) -> list[str]:
    scores = [contender.scores[name] for name in scorers]
    means = ["unknown" if score.mean is None else f"{100 * score.mean:.1f} %" for score in scores]
    cost = "unknown" if contender.cost is None else f"{contender.cost.per_1000_requests_usd:.4g}"
    p95 = contender.latency_ms.p95 if contender.latency_ms else None
    latency = "unknown" if p95 is None else f"{p95:.0f}"
    return [contender.model, *means, cost, latency, contender.verdict or "(source)"]
