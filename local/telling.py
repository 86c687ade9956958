"""What the command line says of a forecast and of a report."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from brainswap.core.calling.forecasts import CallingForecast
from brainswap.core.cases import Split
from brainswap.core.decision.prospect import Prospect
from brainswap.core.decision.wording import level
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.validation import CaseSummary
from brainswap.core.money.forecasts import EngineForecast, Forecast
from brainswap.core.money.ranges import MoneyRange
from brainswap.core.rollout.feasibility import most_judged
from brainswap.core.wording import listed, printable
from brainswap.report.model import ContenderReport, Report, Spend
from brainswap.report.rendering import count, dollars, interval
from brainswap.report.shortfall import unasked_lines
from brainswap.report.wording import NOTIONAL
from local.workloads import CheckedWorkload

LONG = 1000  # characters of one reason
_HALF = Decimal("0.5")

_MODELS = {
    "bedrock": "Answers from live models.",
    "recorded": "Recorded answers: no model was asked.",
    "simulated": "SIMULATED answers: they say nothing about the real models.",
    "mixed": "Answers of mixed origin: see each contender.",
}


def forecast_document(checked: CheckedWorkload) -> dict[str, Any]:
    """The result of ``check`` for machines; dollars are numbers."""
    found = checked.forecast
    document = TypeAdapter(Forecast).dump_python(found)
    engine = None if found.engine is None else {**document["engine"], "total_usd": found.engine.total_usd}
    return {
        "workload": checked.name,
        "valid": True,
        "cases": checked.summary.count,
        "splits": dict(checked.summary.splits),
        "near_duplicates": asdict(placement.near_duplicates) if (placement := checked.summary.placement) else None,
        "forecast": _numbers(
            {
                **document,
                "cost_usd": found.cost_usd,
                "engine": engine,
                "smallest_difference": found.smallest_difference,
            }
        ),
        "calling": _numbers(TypeAdapter(tuple[CallingForecast, ...]).dump_python(checked.calling)),
        "most_judged_live": None if (most := most_judged(checked.loaded.workload)) is None else most.answers,
        "inapplicable": dict(checked.summary.inapplicable),
        "labels": len(checked.labels),
        "warnings": list(checked.warnings),
    }


def forecast_lines(checked: CheckedWorkload) -> Iterator[str]:
    """The result of ``check`` for people."""
    found, summary = checked.forecast, checked.summary
    splits = ", ".join(f"{count} {name}" for name, count in summary.splits.items() if count)
    yield f"{checked.name}: valid. {summary.count} cases ({splits}), {summary.critical} critical."
    yield from _alike_words(summary)
    if found.calls:
        yield f"Calls to live models: {found.calls:,}. Cost: {_cost_words(found)}. Time: {_time_words(found)}."
        yield from _by_purpose(found)
        yield from _batch_words(found)
        yield from _stopping_words(found)
    else:
        yield "Every answer is recorded: no calls, no cost."
    yield from _calling_words(checked.calling)
    yield from _online_judge_words(checked)
    if found.engine is not None:
        yield _engine_words(found, found.engine)
        yield from (f"Warning: {limit}." for limit in found.engine.beyond)
    yield from _prospect_words(found, summary.splits[Split.TEST])
    if found.assumptions:
        yield f"Assumed: {'; '.join(found.assumptions)}."
    yield from _applies_words(summary)
    if checked.labels:
        yield f"Labels of people: {len(checked.labels):,}."
    for warning in checked.warnings:
        yield f"Warning: {warning}"


def _calling_words(calling: Sequence[CallingForecast]) -> Iterator[str]:
    for each in calling:
        if each.cost is not None:
            cost = f"{each.cost.expected:,.4f} USD ({each.cost.low:,.4f} to {each.cost.high:,.4f})"
        elif each.unpriced_because is not None:
            cost = f"an unknown price ({printable(each.unpriced_because, LONG)})"
        else:
            cost = "paid in the account, and not forecast"
        yield f"The scorer {each.scorer} ({each.type}): at most {count(each.calls, 'call')}, {cost}."


def _online_judge_words(checked: CheckedWorkload) -> Iterator[str]:
    """What a roll-out takes besides the run, where its answers are judged."""
    workload = checked.loaded.workload
    most, judge = most_judged(workload), workload.rollout.judge if workload.rollout is not None else None
    if most is None or judge is None:
        return
    cost = checked.forecast.judging_live
    priced = f", {_range_words(cost)}" if cost is not None else ""
    yield (
        f"A roll-out has {judge.scorer} judge at most {count(most.answers, 'live answer')} in "
        f"{count(most.calls, 'call')}{priced}, and spends {judge.budget_usd:,} USD on it at the most."
    )
    if cost is not None and cost.expected > judge.budget_usd:
        yield (
            f"Warning: rollout.judge: budget_usd is {judge.budget_usd:,}, and judging all of them is expected to cost "
            f"{cost.expected:,.2f}: a step whose answers are not judged is held and then goes back; have fewer judged, "
            "or raise it"
        )


def _range_words(cost: MoneyRange) -> str:
    return f"{cost.expected:,.2f} USD ({cost.low:,.2f} to {cost.high:,.2f})"


def _prospect_words(found: Forecast, cases: int) -> Iterator[str]:
    """What the gates can show, and what it takes where that is not enough."""
    if found.smallest_difference is not None:
        yield f"Smallest difference that these cases can show: {100 * found.smallest_difference:.1f} points."
    for one in found.prospects:
        yield f"{one.gate}: {_chance_words(one, cases)}, if {one.because}."


def _chance_words(one: Prospect, cases: int) -> str:
    with_these = f"{cases:,} cases show it at {level(one.confidence)} with a probability of {one.power:.0%}"
    if one.cases is None:
        return f"{with_these}, and no number would do"
    cost = "" if one.cost_usd is None else f" ({one.cost_usd:,.2f} USD of calls)"
    enough = "would be enough for" if one.cases <= cases else "are needed for"
    return f"{with_these}; {one.cases:,}{cost} {enough} 80%"


def _alike_words(summary: CaseSummary) -> Iterator[str]:
    """How many cases ask nearly the same, where cases are in several splits."""
    if summary.placement is not None and summary.placement.near_duplicates.cases:
        found = summary.placement.near_duplicates
        apart = f"{found.apart:,} of them in different splits" if found.apart else "each group in one split"
        yield f"{count(found.cases, 'case')} in {count(found.groups, 'group')} ask nearly the same, {apart}."


def _applies_words(summary: CaseSummary) -> Iterator[str]:
    for scorer, skipped in summary.inapplicable.items():
        if skipped:
            yield f"The scorer {scorer} applies to {summary.count - skipped:,} of {summary.count:,} cases."


def _time_words(found: Forecast) -> str:
    minutes = found.minutes
    ends = f"{minutes.low:,.1f} to {minutes.high:,.1f}"
    return f"about {max(minutes.expected, 0.1):,.1f} minutes ({ends}) at {found.limited_by}"


def _cost_words(found: Forecast) -> str:
    cost = found.known_cost
    words = _range_words(cost)
    if not found.unpriced:
        return words
    reasons = "; ".join(printable(reason, LONG) for reason in found.unpriced.values())
    return f"unknown ({reasons})" if not found.cost else f"{words} and what is unknown ({reasons})"


def _by_purpose(found: Forecast) -> Iterator[str]:
    if len(found.cost) > 1:
        parts = ", ".join(f"{purpose} {cost.expected:,.2f} USD" for purpose, cost in found.cost.items())
        yield f"Of that: {parts}."


def _batch_words(found: Forecast) -> Iterator[str]:
    batch = found.batch
    if batch.cost is not None and batch.share is not None:
        share = "half" if batch.share == _HALF else f"{batch.share:.0%}"
        yield f"With batch inference: {batch.cost.expected:,.2f} USD, {share} of the price on demand."


def _stopping_words(found: Forecast) -> Iterator[str]:
    expected = found.stopping
    if expected is not None:
        share = expected.expected / max(1, expected.most)
        yield (
            f"With {expected.looks} looks on the way: at most {expected.most:,} calls, {expected.expected:,} expected "
            f"({share:.0%}), if {expected.because}."
        )


def _engine_words(found: Forecast, engine: EngineForecast) -> str:
    where = f" at {found.limited_by}" if found.calls else ""
    return (
        f"In the account: {engine.shards:,} shards, about {math.ceil(engine.minutes):,} minutes{where}, "
        f"{engine.total_usd:,.2f} USD of AWS besides tokens."
    )


def _numbers(value: Any) -> Any:
    """JSON's own numbers for decimals."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _numbers(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(each) for each in value]
    return value


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
        chosen = report.recommended
        yield f"Recommended: {printable(chosen.model)} with the {printable(chosen.prompt)} prompt"
    yield _MODELS[report.models]
    if report.contenders:
        yield ""
        yield from _table(report)
        yield ""
    for reason in report.reasons:
        yield f"- {printable(reason, LONG)}"
    for line in unasked_lines(report):
        yield f"Cut short: {printable(line, LONG)}"
    yield from _people_words(report)
    yield _spend_words(report.spend)
    yield f"Report: {out / 'report.html'}"


def _people_words(report: Report) -> Iterator[str]:
    """How far judges agree with people, and what to do where nobody knows."""
    unlabelled = [each.scorer for each in report.calibration if not each.answers]
    for each in report.calibration:
        if each.kappa is not None:
            around = interval(each.kappa.value, each.kappa.low, each.kappa.high, "plain")
            cases = count(each.cases, "case")
            yield f"{printable(each.scorer)}: a kappa of {around} with people, who labelled {cases}."
    if unlabelled:
        yield f"How far people agree with the judges of {listed(unlabelled)} is unknown: see brainswap label --help."


def _spend_words(spend: Spend) -> str:
    calls = f"{count(spend.calls, 'call')}, {count(spend.cached, 'answer')} from the cache"
    usd = "an unknown price" if spend.usd is None else dollars(spend.usd)
    cap = "" if spend.budget_usd is None else f" of a cap of {dollars(spend.budget_usd)}"
    return f"Spend: {calls}, {usd}{cap}.{f' {NOTIONAL}' if spend.notional else ''}"


def _table(report: Report) -> Iterator[str]:
    scorers = list(report.contenders[0].scores)
    rows = [["contender", *map(printable, scorers), "$ per 1,000", "p95 ms", "verdict"]]
    prompts = Counter(contender.model for contender in report.contenders)
    rows += [_row(contender, scorers, prompts[contender.model]) for contender in report.contenders]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(contender: ContenderReport, scorers: list[str], prompts: int) -> list[str]:
    name = printable(contender.model)
    scores = [contender.scores[scorer] for scorer in scorers]
    means = ["unknown" if score.mean is None else f"{100 * score.mean:.1f} %" for score in scores]
    cost = "unknown" if contender.cost is None else f"{contender.cost.per_1000_requests_usd:.4g}"
    p95 = contender.latency_ms.p95 if contender.latency_ms else None
    untimed = "batch" if contender.inference == "batch" else "unknown"
    latency = untimed if p95 is None else f"{p95:.0f}"
    return [
        f"{name} · {contender.prompt}" if prompts > 1 else name,
        *means,
        cost,
        latency,
        contender.verdict or "(source)",
    ]
