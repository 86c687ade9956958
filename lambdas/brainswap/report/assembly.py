"""From what was decided to the report model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from brainswap.contracts import Contender, FrozenRun
from brainswap.core.answers import AnswerStatus, Origin
from brainswap.core.decision.criteria import gates_of
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.evidence import RatioEstimate
from brainswap.core.decision.family import Judged, judge_all
from brainswap.core.decision.gates import Outcome, completeness, lasting
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.pairing import ChangedCase
from brainswap.core.decision.tally import ContenderTally, ScoreTally
from brainswap.core.decision.verdict import Standing, Verdict, overall, pareto_front, recommend, verdict_of
from brainswap.core.money.prices import Price
from brainswap.core.statistics.paired import PairedComparison
from brainswap.core.statistics.quantiles import quantile, quantile_interval
from brainswap.report.judges import Judging, judge_words, judging_warnings
from brainswap.report.model import (
    Adjusted,
    AnswerCounts,
    Changed,
    CheckReport,
    Comparison,
    ContenderReport,
    Cost,
    ExactTest,
    GateOutcome,
    Latency,
    PersonalData,
    Provenance,
    Ratio,
    Recommended,
    RepeatSummary,
    Report,
    ScoreSummary,
    Spend,
    Tokens,
)

THOUSAND = 1000
NAMED_CHANGES = 400
MEASURES = ("cost", "latency_p50", "latency_p95")


def refused_report(frozen: FrozenRun) -> Report:
    """The report of a run that asked nothing."""
    reasons = [f"{check.check}: {check.detail}" for check in frozen.checks if check.status == "refused"]
    return _report(
        frozen,
        verdict="refused",
        reasons=reasons,
        models=_expected_models(frozen),
        spend=Spend(
            usd=0.0,
            forecast_usd=_dollars(frozen.forecast.cost_usd),
            calls=0,
            cached=0,
            budget_usd=_dollars(frozen.workload.limits.budget_usd),
        ),
    )


def decided_report(
    frozen: FrozenRun, contenders: Mapping[str, Contender], evaluation: Evaluation, judging: Judging
) -> Report:
    """The report of a run whose contenders all have scores."""
    judged = judge_all(gates_of(frozen.workload), evaluation, frozen.workload.confidence)
    outcomes: dict[str, list[Outcome]] = {}
    verdicts: dict[str, Verdict] = {}
    for name in evaluation.targets:
        missing = completeness(evaluation.evidence(name, frozen.workload.confidence))
        stays = lasting(frozen.leaving.get(contenders[name].model))
        outcomes[name] = [*(one for one in (missing, stays) if one), *judged.outcomes[name]]
        verdicts[name] = verdict_of(outcomes[name], complete=missing is None)
    verdict = overall(list(verdicts.values()))
    quality = _quality(frozen, evaluation)
    chosen = recommend(verdicts, quality, _costs(evaluation))
    (source_id,) = set(contenders) - set(evaluation.targets)
    reports = [_contender(frozen, contenders[source_id], evaluation.source)]
    reports += [
        _target(frozen, contenders[name], evaluation, outcomes[name], verdicts[name]) for name in evaluation.targets
    ]
    lost = [(name, change) for name, pairing in evaluation.pairings.items() for change in pairing.lost]
    gained = [(name, change) for name, pairing in evaluation.pairings.items() for change in pairing.gained]
    tallies = [evaluation.source, *evaluation.targets.values()]
    return _report(
        frozen,
        verdict=verdict,
        reasons=_reasons(contenders, verdicts, outcomes, chosen),
        models=_models(tallies, judging) if any(tally.origins for tally in tallies) else _expected_models(frozen),
        spend=_spend(frozen, contenders, source_id, evaluation, judging),
        recommended=_recommended(contenders, chosen),
        front=pareto_front({name: _standing(quality[name], tally) for name, tally in evaluation.targets.items()}),
        contenders=reports,
        changed=[_changed(name, change) for name, change in (lost + gained)[:NAMED_CHANGES]],
        changed_total=sum(pairing.changed for pairing in evaluation.pairings.values()),
        warnings=[
            *_warnings(gates_declared=bool(frozen.workload.gates), tallies=tallies),
            *judging_warnings(frozen, judging),
        ],
        judged=judged,
        first_answer_at=_first_answer(tallies),
    )


def _report(
    frozen: FrozenRun,
    *,
    verdict: Literal["migrate", "hold", "inconclusive", "refused"],
    reasons: list[str],
    models: Literal["bedrock", "recorded", "simulated", "mixed"],
    spend: Spend,
    recommended: Recommended | None = None,
    front: Sequence[str] = (),
    contenders: Sequence[ContenderReport] = (),
    changed: Sequence[Changed] = (),
    changed_total: int = 0,
    warnings: Sequence[str] = (),
    judged: Judged | None = None,
    first_answer_at: datetime | None = None,
) -> Report:
    return Report(
        run_id=frozen.run_id,
        workload=frozen.workload.name,
        description=frozen.workload.description,
        created_at=frozen.created_at,
        models=models,
        verdict=verdict,
        recommended=recommended,
        pareto_front=list(front),
        reasons=reasons,
        spend=spend,
        contenders=list(contenders),
        changed=list(changed),
        changed_total=changed_total,
        provenance=Provenance(
            workload_sha256=frozen.workload_sha256,
            cases_sha256=frozen.cases_sha256,
            gates_sha256=frozen.gates_sha256,
            gates_frozen_at=frozen.created_at,
            first_answer_at=first_answer_at,
            gate_family=judged and judged.family,
            gate_confidence=judged and judged.confidence,
            splits=frozen.splits,
            personal_data=[
                PersonalData(kind=kind.words, cases=count.cases, found=count.found, redacted=count.redacted)
                for kind, count in frozen.personal_data.items()
            ],
            seed=frozen.seed,
            confidence=frozen.workload.confidence,
            code_version=code_version(),
            prices=_prices(frozen),
            judge=judge_words(frozen),
            checks=[
                CheckReport(check=check.check, status=check.status, detail=check.detail) for check in frozen.checks
            ],
            warnings=[*frozen.warnings, *warnings],
        ),
    )


def _contender(frozen: FrozenRun, contender: Contender, tally: ContenderTally) -> ContenderReport:
    """What is said of a contender without looking at another."""
    confidence = frozen.workload.confidence
    unknown: dict[str, str] = {}
    latency = _latency(tally, confidence)
    if latency is None:
        unknown["latency_ms"] = _no_latency(contender, tally)
    tokens = tally.tokens
    if tokens is None:
        unknown["tokens"] = "nobody counted them"
    price = contender.price
    cost = _cost(frozen, tally, price)
    if cost is None:
        unpriced = contender.price_unknown_because or f"no price of {contender.model} is known"
        unknown["cost"] = "tokens are unknown" if price else unpriced
    elif cost.monthly_usd is None:
        unknown["cost.monthly_usd"] = "the workload does not state its traffic"
    agreement = tally.self_agreement
    if agreement is None:
        unknown["self_agreement"] = "every case was asked once"
    return ContenderReport(
        id=contender.id,
        role=contender.role,
        model=contender.model,
        origin=_origin(tally),
        prompt=contender.variant,
        prompt_sha256=contender.prompt_sha256,
        parameters=contender.parameters.model_dump(mode="json", exclude_none=True),
        adjustments=[Adjusted(**asdict(adjustment)) for adjustment in contender.adjustments],
        inference=contender.inference,
        notes=contender.notes,
        answers=_counts(tally),
        scores=_summaries(tally.scores, confidence),
        segments={name: _summaries(scores, confidence) for name, scores in sorted(tally.segments.items())},
        latency_ms=latency,
        tokens=tokens
        and Tokens(
            input_mean=tokens.input,
            output_mean=tokens.output,
            cache_read_mean=tokens.cache_read,
            estimated=tokens.estimated,
        ),
        cost=cost,
        self_agreement=None if agreement is None else dict(agreement),
        repeats={name: RepeatSummary(**asdict(found)) for name, found in tally.repeats.items()},
        comparison={},
        ratios={},
        gates=[],
        verdict=None,
        unknown=unknown,
    )


def _no_latency(contender: Contender, tally: ContenderTally) -> str:
    if contender.inference == "batch":
        return "a batch job tells no latency"
    if tally.cached:
        return "an earlier run got these answers; --fresh asks again and measures"
    if tally.cold:
        return "only first calls of a process were made, which measure the start and not the model"
    return "no latency was recorded with these answers"


def _target(
    frozen: FrozenRun, contender: Contender, evaluation: Evaluation, outcomes: Sequence[Outcome], verdict: Verdict
) -> ContenderReport:
    """A contender with how it compares to the source."""
    evidence = evaluation.evidence(contender.id, frozen.workload.confidence)
    comparisons = {scorer: evidence.comparison(scorer) for scorer in evidence.pairing.scorers}
    return _contender(frozen, contender, evidence.target).model_copy(
        update={
            "comparison": {
                scorer: Comparison(
                    difference=found.difference,
                    low=found.low,
                    high=found.high,
                    confidence=found.confidence,
                    method=found.method,
                    pairs=found.pairs,
                    better=found.better,
                    worse=found.worse,
                    tied=found.tied,
                    units=found.units,
                    exact=_exact(evidence.pairing.scorers[scorer]),
                )
                for scorer, found in comparisons.items()
                if found is not None
            },
            "ratios": {measure: _ratio(evidence.ratio(measure)) for measure in MEASURES},
            "gates": [GateOutcome(**asdict(one)) for one in outcomes],
            "verdict": verdict,
        }
    )


def _reasons(
    contenders: Mapping[str, Contender],
    verdicts: Mapping[str, Verdict],
    outcomes: Mapping[str, Sequence[Outcome]],
    chosen: str | None,
) -> list[str]:
    """Why this target is recommended; then, for each, what it failed or left open, or that it met every condition."""
    reasons = []
    if chosen is not None and list(verdicts.values()).count("migrate") > 1:
        why = "the cheapest of those that cannot be told from the best by the first scorer"
        reasons.append(f"{contenders[chosen].model} is recommended: {why}")
    for name, verdict in verdicts.items():
        status = {"hold": "fail"}.get(verdict, "inconclusive")
        decisive = [one for one in outcomes[name] if one.status == status and one.decides]
        detail = "; ".join(f"{one.gate}: {one.detail}" for one in decisive) or "every gate passes"
        reasons.append(f"{contenders[name].model}: {verdict}. {detail}")
    return reasons


def _quality(frozen: FrozenRun, evaluation: Evaluation) -> dict[str, PairedComparison | None]:
    """Each target against the source by the first scorer."""
    first = frozen.workload.scorers[0].name
    confidence = frozen.workload.confidence
    return {name: evaluation.evidence(name, confidence).comparison(first) for name in evaluation.targets}


def _standing(quality: PairedComparison | None, tally: ContenderTally) -> Standing:
    return Standing(
        quality=None if quality is None else quality.difference,
        cost_usd=tally.cost_per_answer_usd,
        latency_ms=quantile(tally.ascending_latencies_ms, 0.95) if tally.latencies_ms else None,
    )


def _costs(evaluation: Evaluation) -> dict[str, Decimal | None]:
    return {name: tally.cost_per_answer_usd for name, tally in evaluation.targets.items()}


def _recommended(contenders: Mapping[str, Contender], chosen: str | None) -> Recommended | None:
    if chosen is None:
        return None
    contender = contenders[chosen]
    return Recommended(contender=chosen, model=contender.model, prompt=contender.variant)


def _summaries(scores: Mapping[str, ScoreTally], confidence: float) -> dict[str, ScoreSummary]:
    found = {name: tally.summary(confidence) for name, tally in scores.items()}
    return {
        name: ScoreSummary(
            mean=one.mean,
            low=one.low,
            high=one.high,
            n=one.n,
            unscored=one.unscored,
            inapplicable=one.inapplicable,
            method=one.method,
        )
        for name, one in found.items()
    }


def _counts(tally: ContenderTally) -> AnswerCounts:
    count = tally.statuses
    return AnswerCounts(
        asked=tally.asked,
        answered=count[AnswerStatus.ANSWERED],
        cached=tally.cached,
        truncated=count[AnswerStatus.TRUNCATED],
        empty=count[AnswerStatus.EMPTY],
        refused=count[AnswerStatus.REFUSED],
        filtered=count[AnswerStatus.FILTERED],
        failed=count[AnswerStatus.FAILED],
        unasked=tally.unasked,
    )


def _latency(tally: ContenderTally, confidence: float) -> Latency | None:
    if not tally.latencies_ms:
        return None
    total, first = sorted(tally.latencies_ms), sorted(tally.first_tokens_ms)
    server = sorted(tally.server_latencies_ms)
    median, tail = (quantile_interval(total, share, confidence) for share in (0.5, 0.95))
    return Latency(
        n=len(total),
        p50=quantile(total, 0.5),
        p90=quantile(total, 0.9),
        p95=quantile(total, 0.95),
        p99=quantile(total, 0.99),
        first_token_p50=quantile(first, 0.5) if first else None,
        first_token_p95=quantile(first, 0.95) if first else None,
        estimated=tally.estimated_latency,
        cold=tally.cold,
        p50_low=median and median.low,
        p50_high=median and median.high,
        p95_low=tail and tail.low,
        p95_high=tail and tail.high,
        server_p50=quantile(server, 0.5) if server else None,
        answers_per_s=tally.answers_per_s,
    )


def _cost(frozen: FrozenRun, tally: ContenderTally, price: Price | None) -> Cost | None:
    each = tally.cost_per_answer_usd
    if each is None or price is None:
        return None
    traffic = frozen.workload.traffic
    return Cost(
        per_1000_requests_usd=float(each * THOUSAND),
        monthly_usd=None if traffic is None else float(each * traffic.requests_per_month),
        price_source=price.source,
        price_date=price.date,
    )


def _ratio(found: RatioEstimate) -> Ratio:
    return Ratio(ratio=found.ratio, low=found.low, high=found.high, detail=found.reason)


def _changed(contender: str, change: ChangedCase) -> Changed:
    return Changed(
        case_id=change.case_id,
        contender=contender,
        scorer=change.scorer,
        kind="lost" if change.lost else "gained",
        segment=change.segment,
        critical=change.critical,
        source_score=change.source_score,
        target_score=change.target_score,
        reason=change.reason,
    )


def _spend(
    frozen: FrozenRun, contenders: Mapping[str, Contender], source_id: str, evaluation: Evaluation, judging: Judging
) -> Spend:
    """What this run asked and what that cost; replayed and cached answers cost nothing."""
    tallies = {source_id: evaluation.source, **evaluation.targets}
    live = {name: tally for name, tally in tallies.items() if contenders[name].answers == "live"}
    purposes: dict[str, list[Decimal | None]] = {}
    for name, tally in live.items():
        purposes.setdefault("source" if name == source_id else "targets", []).append(tally.paid_usd)
    if frozen.workload.judges:
        purposes["judge"] = [judging.usd]
    every = [cost for costs in purposes.values() for cost in costs]
    return Spend(
        usd=_dollars(_sum(every)),
        forecast_usd=_dollars(frozen.forecast.cost_usd),
        calls=judging.calls + sum(tally.asked - tally.reused - tally.unasked for tally in live.values()),
        cached=judging.cached + sum(tally.reused for tally in live.values()),
        usd_by_purpose={purpose: _dollars(_sum(costs)) for purpose, costs in purposes.items()},
        notional=Origin.SIMULATED in judging.origins or any(tally.origins[Origin.SIMULATED] for tally in live.values()),
        budget_usd=_dollars(frozen.workload.limits.budget_usd),
    )


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """None as soon as one of them is unknown."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _origin(tally: ContenderTally) -> Literal["live", "recorded", "simulated", "mixed"] | None:
    if not tally.origins:
        return None
    names: Mapping[Origin, Literal["live", "recorded", "simulated"]] = {
        Origin.LIVE: "live",
        Origin.RECORDED: "recorded",
        Origin.SIMULATED: "simulated",
    }
    found = [names[origin] for origin in tally.origins]
    return found[0] if len(found) == 1 else "mixed"


def _models(
    tallies: Sequence[ContenderTally], judging: Judging
) -> Literal["bedrock", "recorded", "simulated", "mixed"]:
    """Who is behind the scores: those who answered, and those who judged."""
    names = {Origin.LIVE: "bedrock", Origin.RECORDED: "recorded", Origin.SIMULATED: "simulated"}
    found = {
        names[origin] for origins in (judging.origins, *(tally.origins for tally in tallies)) for origin in origins
    }
    for name in ("bedrock", "recorded", "simulated"):
        if found == {name}:
            return name
    return "mixed"


def _expected_models(frozen: FrozenRun) -> Literal["bedrock", "recorded", "simulated", "mixed"]:
    declared = {model.answers for model in (frozen.workload.source, *frozen.workload.targets)}
    if declared == {"recorded"}:
        return "recorded"
    return "bedrock" if declared == {"live"} else "mixed"


def _exact(tally: PairedTally) -> ExactTest | None:
    found = tally.exact()
    return None if found is None else ExactTest(method=found.method, p_value=found.p_value)


def _first_answer(tallies: Sequence[ContenderTally]) -> datetime | None:
    sent = [tally.first_sent_at for tally in tallies if tally.first_sent_at is not None]
    return datetime.fromtimestamp(min(sent), UTC) if sent else None


def _warnings(*, gates_declared: bool, tallies: Sequence[ContenderTally]) -> list[str]:
    warnings = []
    if not gates_declared:
        warnings.append("the workload declares no gates; the default ones were applied")
    if any(tally.weighted for tally in tallies):
        warnings.append("weights of cases count in scores and their gates; cost, tokens and latency are of all answers")
    return warnings


def _prices(frozen: FrozenRun) -> dict[str, str | None]:
    """By model, of those who answer and of those who judge."""
    answering = {declared.model: frozen.prices[slot].price for slot, declared in frozen.workload.slots.items()}
    judging = {judge.model: frozen.judge_prices[slot].price for slot, judge in frozen.workload.judges.items()}
    return {model: _price_words(price) for model, price in {**judging, **answering}.items()}


def _price_words(price: Price | None) -> str | None:
    if price is None:
        return None
    return f"{price.input} in, {price.output} out, USD per million tokens; {price.source}, {price.date}"


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def code_version() -> str:
    """The installed version; inside Lambda the code is not installed, and says so."""
    try:
        return version("brainswap")
    except PackageNotFoundError:
        return "unpackaged"
