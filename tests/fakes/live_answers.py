"""A roll-out whose live answers are judged: what a run says of it, what applications hand over, and a judge."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from brainswap.core.answers import Answer, Usage
from brainswap.ports import Question
from tests.fakes.memory import answered

JUDGE_MODEL = "mistral.mistral-large-2407-v1:0"
KIND: Mapping[str, Any] = {
    "name": "kind",
    "type": "closed_qa",
    "criterion": "It is kind.",
    "judge": {"model": JUDGE_MODEL},
}
PRICE: Mapping[str, Any] = {"input": "2", "output": "6", "source": "test", "date": "2026-11-01"}
GUARDS = [{"measure": "judged_bad", "margin": 0.1}]


def with_judge(run: Mapping[str, Any], rollout: Mapping[str, Any], **judge: Any) -> dict[str, Any]:
    """The document of a run, with a roll-out that a judge looks at."""
    workload = run["workload"]
    declared = {"scorer": "kind", "sample": 40, "budget_usd": "1", **judge}
    judged = {"guards": GUARDS, "min_requests": 20, **rollout, "judge": declared}
    return {
        **run,
        "workload": {**workload, "scorers": [*workload["scorers"], KIND], "rollout": judged},
        "judge_prices": {"kind/1": {"price": PRICE}},
    }


def sample(answer: str, **variables: Any) -> bytes:
    """An answer as a client writes it."""
    document = {"schema": "brainswap.sample/1", "variables": variables, "turns": [], "answer": answer}
    return json.dumps(document).encode()


def ranked(answers: Mapping[str, bytes] | list[bytes]) -> dict[str, bytes]:
    """Samples, each with a rank."""
    listed = answers if isinstance(answers, list) else list(answers.values())
    return {hashlib.sha256(str(number).encode() + data).hexdigest(): data for number, data in enumerate(listed)}


def kind_judge(question: Question) -> Answer:
    """A judge who finds answers bad that say ``rude``, and cannot be read where they say ``unclear``."""
    (turn,) = question.prompt.messages
    meets = "no" if "rude" in turn.content else "yes"
    said = "hm" if "unclear" in turn.content else json.dumps({"reason": "so I find", "meets": meets})
    answer = answered(question, said)
    return Answer(
        case_id=answer.case_id,
        text=answer.text,
        status=answer.status,
        origin=answer.origin,
        usage=Usage(input_tokens=500, output_tokens=20),
    )
