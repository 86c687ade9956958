"""Reports of every verdict, one full of unknowns, and a large one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from brainswap.report.model import (
    AnswerCounts,
    Changed,
    CheckReport,
    Comparison,
    ContenderReport,
    Cost,
    GateOutcome,
    Latency,
    Provenance,
    Ratio,
    Recommended,
    Report,
    ScoreSummary,
    Spend,
    Tokens,
    Verdict,
)
from brainswap.report.views import CaseAnswer, CaseView

HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
OLD_HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
MARGIN, HALF = -0.02, 0.019  # the gate on `correct`, and half the width of its interval
LLAMA = "us.meta.llama3-1-70b-instruct-v1:0"
NOVA = "us.amazon.nova-lite-v1:0"


def score(mean: float | None = 0.912, *, n: int = 600, unscored: int = 0) -> ScoreSummary:
    if mean is None:
        return ScoreSummary(mean=None, low=None, high=None, n=0, unscored=unscored, method=None)
    return ScoreSummary(
        mean=mean, low=max(0.0, mean - 0.025), high=min(1.0, mean + 0.021), n=n, unscored=unscored, method="wilson"
    )


def contender(**changes: Any) -> ContenderReport:
    """The model in use, unless the changes say otherwise."""
    fields: dict[str, Any] = {
        "id": "source",
        "role": "source",
        "model": OLD_HAIKU,
        "origin": "live",
        "prompt": "original",
        "prompt_sha256": "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
        "parameters": {"max_tokens": 1024, "temperature": 0.0},
        "notes": [],
        "answers": AnswerCounts(
            asked=600, answered=591, cached=12, truncated=4, empty=0, refused=3, filtered=0, failed=2
        ),
        "scores": {"correct": score(0.9), "json_valid": score(0.985)},
        "segments": {
            "billing": {"correct": score(0.93, n=310), "json_valid": score(0.99, n=310)},
            "returns": {"correct": score(0.867, n=290), "json_valid": score(0.979, n=290)},
        },
        "latency_ms": Latency(
            n=598,
            p50=842.0,
            p90=1420.5,
            p95=1893.0,
            p99=3120.0,
            first_token_p50=310.0,
            first_token_p95=640.0,
            estimated=False,
            cold=2,
            p50_low=815.0,
            p50_high=871.0,
            p95_low=1702.0,
            p95_high=2310.0,
            server_p50=790.0,
            answers_per_s=7.4,
        ),
        "tokens": Tokens(input_mean=812.4, output_mean=148.2, cache_read_mean=0.0, estimated=False),
        "cost": Cost(
            per_1000_requests_usd=0.388, monthly_usd=97.0, price_source="AWS price list", price_date="2026-11-01"
        ),
        "self_agreement": None,
        "comparison": {},
        "ratios": {},
        "gates": [],
        "verdict": None,
        "unknown": {"self_agreement": "every case was asked once"},
    }
    return ContenderReport(**(fields | changes))


def target(
    name: str = "haiku-translated", *, difference: float = 0.012, status: str = "pass", **changes: Any
) -> ContenderReport:
    """A target whose first gate has the status; its verdict follows."""
    verdicts: dict[str, Verdict] = {"pass": "migrate", "fail": "hold", "inconclusive": "inconclusive"}
    fields: dict[str, Any] = {
        "id": name,
        "role": "target",
        "model": HAIKU,
        "prompt": "translated",
        "notes": ["The system prompt moved into the first user turn: the model's guide asks for it."],
        "scores": {"correct": score(0.9 + difference), "json_valid": score(0.997)},
        "cost": Cost(
            per_1000_requests_usd=0.12345, monthly_usd=30.86, price_source="AWS price list", price_date="2026-11-01"
        ),
        "comparison": {
            "correct": compared(difference, HALF),
            "json_valid": compared(0.012, 0.01),
        },
        "ratios": {
            "cost": Ratio(ratio=0.318, low=0.31, high=0.326),
            "latency_p50": Ratio(ratio=0.71, low=0.66, high=0.77),
            "latency_p95": Ratio(ratio=0.84, low=0.74, high=0.97),
        },
        "gates": [
            gate("correct not worse by 0.02", status, difference, MARGIN),
            gate("cost at most 1 times the source's", "pass", 0.318, 1.0),
            gate("latency_p95 at most 1.2 times the source's", "pass", 0.84, 1.2),
            gate("no critical case lost", "pass", 0.0, 0.0),
        ],
        "verdict": verdicts[status],
    }
    return contender(**(fields | changes))


def compared(difference: float, half: float, *, pairs: int = 600) -> Comparison:
    return Comparison(
        difference=difference,
        low=difference - half,
        high=difference + half,
        confidence=0.95,
        method="tango",
        pairs=pairs,
        better=21,
        worse=14,
        tied=pairs - 35,
    )


def gate(
    name: str, status: str, value: float | None, bound: float | None, detail: str | None = None, **changes: Any
) -> GateOutcome:
    return GateOutcome.model_validate(
        {
            "gate": name,
            "status": status,
            "value": value,
            "bound": bound,
            "detail": detail or "95% interval of 600 pairs (tango), 21 better, 14 worse",
            **changes,
        }
    )


def provenance(**changes: Any) -> Provenance:
    fields: dict[str, Any] = {
        "workload_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "cases_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        "gates_sha256": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
        "splits": {"train": 200, "validation": 200, "test": 600},
        "seed": 7,
        "confidence": 0.95,
        "code_version": "0.1.0",
        "prices": {
            OLD_HAIKU: "0.25 in, 1.25 out, USD per million tokens; AWS price list, 2026-11-01",
            HAIKU: "0.80 in, 4.00 out, USD per million tokens; AWS price list, 2026-11-01",
        },
        "judge": None,
        "checks": [
            CheckReport(check="access", status="passed", detail="the account may invoke all 2 models"),
            CheckReport(check="lifecycle", status="warning", detail="the model in use is legacy from 2026-12-01 on"),
            CheckReport(check="residency", status="passed", detail="every region is one of us-*"),
            CheckReport(check="quota", status="not_made", detail="no credentials for the control plane"),
        ],
        "warnings": ["weights of cases are recorded and not yet used: every case counts once"],
    }
    return Provenance(**(fields | changes))


def report(**changes: Any) -> Report:
    """A migration that may go ahead, unless the changes say otherwise."""
    fields: dict[str, Any] = {
        "run_id": "support-triage-20261123-160312-7f3a",
        "workload": "support-triage",
        "description": "Support mails sorted into five queues, answered in JSON.",
        "created_at": datetime(2026, 11, 23, 16, 3, 12, tzinfo=UTC),
        "models": "bedrock",
        "verdict": "migrate",
        "recommended": Recommended(contender="haiku-translated", model=HAIKU, prompt="translated"),
        "reasons": [f"{HAIKU}: migrate. every gate passes"],
        "spend": Spend(usd=1.8421, forecast_usd=2.1, calls=2388, cached=12),
        "contenders": [contender(), target()],
        "changed": [change(), change(case_id="mail-0002", kind="gained", source_score=0.0, target_score=1.0)],
        "changed_total": 35,
        "provenance": provenance(),
    }
    return Report(**(fields | changes))


def change(**changes: Any) -> Changed:
    fields: dict[str, Any] = {
        "case_id": "mail-0001",
        "contender": "haiku-translated",
        "scorer": "correct",
        "kind": "lost",
        "segment": "billing",
        "critical": False,
        "source_score": 1.0,
        "target_score": 0.0,
        "reason": "names the queue returns, expected billing",
    }
    return Changed(**(fields | changes))


def hold() -> Report:
    failing = [
        gate("correct not worse by 0.02", "fail", -0.061, -0.02),
        gate("no critical case lost", "fail", 3.0, 0.0),
    ]
    return report(
        verdict="hold",
        models="recorded",
        recommended=None,
        reasons=[f"{LLAMA}: hold. correct not worse by 0.02: difference -0.0610"],
        contenders=[
            contender(origin="recorded"),
            target("llama", difference=-0.061, status="fail", model=LLAMA, prompt="original", gates=failing),
        ],
        changed=[change(contender="llama")],
    )


def inconclusive() -> Report:
    return report(
        verdict="inconclusive",
        models="mixed",
        recommended=None,
        reasons=[f"{HAIKU}: inconclusive. correct not worse by 0.02: difference -0.0100"],
        contenders=[contender(origin="recorded"), target(difference=-0.01, status="inconclusive")],
    )


def refused() -> Report:
    checks = [
        CheckReport(check="access", status="passed", detail="the account may invoke all 2 models"),
        CheckReport(
            check="personal_data", status="refused", detail="12 cases hold e-mail addresses, the first in line 4"
        ),
        CheckReport(check="residency", status="not_made", detail="no credentials for the control plane"),
    ]
    return report(
        verdict="refused",
        recommended=None,
        reasons=["personal_data: 12 cases hold e-mail addresses, the first in line 4"],
        spend=Spend(usd=0.0, forecast_usd=None, calls=0, cached=0),
        contenders=[],
        changed=[],
        changed_total=0,
        provenance=provenance(checks=checks),
    )


def unknowns() -> Report:
    """Whatever may be null is null, each with its reason where the report has a place for one."""
    reasons = {
        "latency_ms": "no latency was recorded with these answers",
        "tokens": "nobody counted them",
        "cost": "no price of this model is known",
        "self_agreement": "every case was asked once",
        "scores.correct": "no case has a reference",
        "verdict": "nothing was decided",
    }
    nothing: dict[str, Any] = {
        "origin": None,
        "latency_ms": None,
        "tokens": None,
        "cost": None,
        "scores": {"correct": score(None, unscored=600)},
        "segments": {},
        "unknown": reasons,
    }
    empty_ratio = Ratio(ratio=None, low=None, high=None, detail="the source's price is unknown")
    lost = target(
        **nothing,
        comparison={},
        ratios={"cost": empty_ratio},
        gates=[gate("cost at most 1 times the source's", "inconclusive", None, 1.0, "the source's price is unknown")],
    )
    return report(
        verdict="inconclusive",
        models="simulated",
        description=None,
        recommended=None,
        reasons=[],
        spend=Spend(usd=None, forecast_usd=None, calls=0, cached=0),
        contenders=[contender(**nothing), lost.model_copy(update={"verdict": None})],
        changed=[],
        changed_total=0,
        provenance=provenance(prices={OLD_HAIKU: None}, checks=[], warnings=[]),
    )


def lost_cases(number: int, contenders: Sequence[ContenderReport]) -> list[CaseView]:
    """Cases that the source gets right and each target loses."""
    return [_lost_case(f"mail-{index:04}", contenders, critical=index % 7 == 1) for index in range(1, number + 1)]


def large(targets: int = 7) -> Report:
    """As many targets as asked for, each a little worse than the one before."""
    models = (HAIKU, LLAMA, NOVA)
    prompts = ("original", "translated", "optimised")
    found = [
        target(
            f"target-{index}",
            difference=difference,
            status=_status(difference),
            model=models[index // 3 % 3],
            prompt=prompts[index % 3],
        )
        for index in range(targets)
        for difference in (0.02 - 0.011 * index,)
    ]
    chosen = Recommended(contender="target-0", model=HAIKU, prompt="original")
    changed = [change(case_id=f"mail-{index:04}", contender="target-2") for index in range(1, 201)]
    return report(contenders=[contender(), *found], recommended=chosen, changed=changed, changed_total=412)


def _status(difference: float) -> str:
    if difference - HALF > MARGIN:
        return "pass"
    return "fail" if difference + HALF < MARGIN else "inconclusive"


def _lost_case(case_id: str, contenders: Sequence[ContenderReport], *, critical: bool) -> CaseView:
    answers = tuple(
        CaseAnswer(
            contender=each.id,
            text='{"reasoning": "The customer asks for money back on order 4711.", "queue": "%s"}'
            % ("billing" if each.role == "source" else "returns"),
            status="answered",
            scores={"correct": 1.0 if each.role == "source" else 0.0, "json_valid": 1.0},
            reasons={"correct": "equals the reference" if each.role == "source" else "returns, expected billing"},
        )
        for each in contenders
    )
    return CaseView(
        case_id=case_id,
        segment="billing",
        critical=critical,
        input="subject: Where is my refund?\nbody: Hello,\n\nI sent the shoes back on Monday and was charged twice.",
        reference='{"queue": "billing"}',
        answers=answers,
    )
