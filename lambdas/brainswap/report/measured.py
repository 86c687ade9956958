"""What a report says of each contender: by itself, and beside the source."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal

from brainswap.contracts import Contender, FrozenRun
from brainswap.core.answers import AnswerStatus, Origin
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.evidence import RatioEstimate
from brainswap.core.decision.gates import Outcome
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.tally import ContenderTally, ScoreTally
from brainswap.core.decision.verdict import Verdict
from brainswap.core.money.prices import Price
from brainswap.core.statistics.quantiles import quantile
from brainswap.report.blocking import blocked_beside_the_source
from brainswap.report.model import (
    Adjusted,
    AnswerCounts,
    Comparison,
    ContenderReport,
    Cost,
    ExactTest,
    GateOutcome,
    Latency,
    Ratio,
    RepeatSummary,
    ScoreSummary,
    Tokens,
)

THOUSAND = 1000
MEASURES = ("cost", "latency_p50", "latency_p95")


def contender_report(frozen: FrozenRun, contender: Contender, tally: ContenderTally) -> ContenderReport:
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


def target_report(
    frozen: FrozenRun, contender: Contender, evaluation: Evaluation, outcomes: Sequence[Outcome], verdict: Verdict
) -> ContenderReport:
    """A contender with how it compares to the source."""
    evidence = evaluation.evidence(contender.id, frozen.workload.confidence)
    comparisons = {scorer: evidence.comparison(scorer) for scorer in evidence.pairing.scorers}
    return contender_report(frozen, contender, evidence.target).model_copy(
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
            "blocked": blocked_beside_the_source(frozen, evaluation.blocking[contender.id]),
            "ratios": {measure: _ratio(evidence.ratio(measure)) for measure in MEASURES},
            "gates": [GateOutcome(**asdict(one)) for one in outcomes],
            "verdict": verdict,
        }
    )


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
        unfinished=count[AnswerStatus.UNFINISHED],
    )


def _latency(tally: ContenderTally, confidence: float) -> Latency | None:
    if not tally.latencies_ms:
        return None
    total, first = tally.latencies_ms, sorted(tally.first_tokens_ms)
    server = sorted(tally.server_latencies_ms)
    median, tail = (total.interval(share, confidence) for share in (0.5, 0.95))
    return Latency(
        n=len(total),
        p5=total.quantile(0.05),
        p25=total.quantile(0.25),
        p50=total.quantile(0.5),
        p75=total.quantile(0.75),
        p90=total.quantile(0.9),
        p95=total.quantile(0.95),
        p99=total.quantile(0.99),
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


def _exact(tally: PairedTally) -> ExactTest | None:
    found = tally.exact()
    return None if found is None else ExactTest(method=found.method, p_value=found.p_value)


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
