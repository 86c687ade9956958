"""Evaluations from a few numbers, as the decision sees them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from brainswap.core.answers import Usage
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.samples import Sample
from tests.fakes import samples

Scores = Sequence[float | None]


def sample(case: int, score: float | None, **changes: Any) -> Sample:
    fields: dict[str, Any] = {
        "case_id": f"case-{case}",
        "latency_ms": 100.0,
        "usage": Usage(input_tokens=1000, output_tokens=100 + case % 7),
        "scores": {"right": score},
        "reasons": {"right": "because"},
    }
    return samples.sample(**{**fields, **changes})


def dollars(usage: Usage) -> Decimal:
    return Decimal(usage.input_tokens + 5 * usage.output_tokens) / 1_000_000


def evaluation(source: Scores, *targets: Scores, **changes: Any) -> Evaluation:
    """One sample a case; ``changes`` of all of them may be functions of the case's number."""
    names = [f"target-{number}" for number in range(1, len(targets) + 1)]
    found = Evaluation(scorers=["right"], source=dollars, targets=dict.fromkeys(names, dollars))
    for case, scores in enumerate(zip(source, *targets, strict=True)):
        own = {key: value(case) if callable(value) else value for key, value in changes.items()}
        before, *after = [sample(case, score, **own) for score in scores]
        found.add_case([before], {name: [one] for name, one in zip(names, after, strict=True)})
    return found
