"""Answers to be scored by scorers that call, and what those whom they call may say."""

import json
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.calling.embedding_models import packed
from brainswap.core.cases import Case
from brainswap.core.scoring.specs import FunctionSpec, GuardrailSpec, MeaningSpec, ToxicitySpec
from brainswap.core.scoring.specs.called import Guardrail
from tests.fakes.functions import FUNCTION

MEANING = MeaningSpec(name="alike", type="similarity", model="amazon.titan-embed-text-v2:0")
OURS = FunctionSpec(name="ours", type="lambda", function=FUNCTION, batch=3)
SAFE = GuardrailSpec(name="safe", type="guardrail", guardrail=Guardrail(id="gr4a1l", version="3"))
HARMLESS = ToxicitySpec(name="harmless", type="toxicity")


def answer(text: str, case_id: str = "a", **changes: Any) -> Answer:
    fields = {"case_id": case_id, "text": text, "status": AnswerStatus.ANSWERED, "origin": Origin.LIVE, **changes}
    return Answer(**fields)


def asked(text: str, reference: Any = "yes", case_id: str = "a", **changes: Any) -> tuple[Case, Answer]:
    """An answer to a case, whose answer's fields may be changed."""
    return Case(id=case_id, input={"question": "?"}, reference=reference), answer(text, case_id, **changes)


def embedded(*vector: float) -> Answer:
    return answer(packed(vector))


def scored(*scores: dict[str, Any]) -> Answer:
    """A function's answer."""
    return answer(json.dumps({"schema": "brainswap.score-answer/1", "scores": list(scores)}))


def failed(reason: str) -> Answer:
    return answer("", status=AnswerStatus.FAILED, reason=reason)
