"""A report of a run that ended before every question was asked."""

from typing import Any

from brainswap.report.model import Adjusted, AnswerCounts, Ratio, Report, Spend
from tests.fakes.reports import HAIKU, MARGIN, contender, gate, report, target


def adjusted(**changes: Any) -> Adjusted:
    """A temperature that the model refuses, unless the changes say otherwise."""
    fields: dict[str, Any] = {
        "parameter": "temperature",
        "declared": "0.0",
        "sent": "",
        "reason": "the model refuses temperature while it thinks",
        "source": "the vendor's guide, 2026-11-02",
        "loses": "determinism cannot be requested",
    }
    return Adjusted(**(fields | changes))


def cut_short() -> Report:
    """A run whose money ended: of a target that answers in batch jobs, and thinks, 312 questions were not asked."""
    missing = gate(
        "every question asked",
        "inconclusive",
        0.312,
        0.0,
        "the target was not asked 312 of 1000 questions: the money of the run was used up",
    )
    kept = adjusted(parameter="stop_sequences", declared='["</a>"]', sent='["</a>"], cut here', loses=None)
    stopped = target(
        gates=[missing, gate("correct not worse by 0.02", "pass", 0.012, MARGIN)],
        verdict="inconclusive",
        inference="batch",
        latency_ms=None,
        ratios={"cost": Ratio(ratio=0.5, low=0.5, high=0.5)},
        adjustments=[adjusted(), kept],
        answers=AnswerCounts(
            asked=1000, answered=688, cached=0, truncated=0, empty=0, refused=0, filtered=0, failed=0, unasked=312
        ),
    )
    return report(
        verdict="inconclusive",
        recommended=None,
        reasons=[f"{HAIKU}: inconclusive. every question asked: {missing.detail}"],
        spend=Spend(
            usd=4.98,
            forecast_usd=6.4,
            calls=1276,
            cached=12,
            usd_by_purpose={"source": 3.11, "targets": 1.87},
            budget_usd=5.0,
        ),
        contenders=[contender(), stopped],
    )
