"""Sampled answers as applications write them, read as cases that a judge can look at; all of it is untrusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case, Recorded
from brainswap.core.personal_data.redaction import redact
from brainswap.core.prompts.template import as_text

SCHEMA = "brainswap.sample/1"
LARGEST = 256 << 10  # bytes; clients write none that are larger
_ID = "sample"  # of every case, so that nothing of a judgement tells which answer it is about
_SHOWN_ROLES = frozenset({"user", "assistant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An answer to a live request.

    Attributes:
        case: the request: the variables of the prompt, as text, and earlier turns.
    """

    case: Case
    text: str

    @property
    def answer(self) -> Answer:
        """As a scorer looks at it; an answer without a text is none."""
        status = AnswerStatus.ANSWERED if self.text.strip() else AnswerStatus.EMPTY
        return Answer(case_id=self.case.id, text=self.text, status=status, origin=Origin.LIVE)


def read_sample(data: bytes) -> Sample | None:
    """Take a sample apart; None where it is none."""
    try:
        told = json.loads(data)
        if len(data) > LARGEST or told["schema"] != SCHEMA or not isinstance(told["answer"], str):
            return None
        turns = [_turn(role, text) for role, text in told["turns"] if role in _SHOWN_ROLES and text]
        given = {name: as_text(value) for name, value in told["variables"].items()}
        case = Case.model_validate({"id": _ID, "input": given, "messages": turns})
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return Sample(case=case, text=told["answer"])


def without_personal_data(sample: Sample) -> Sample:
    """The sample with a token for each value that is personal data; the same value has one token in both its texts."""
    whole = sample.case.model_copy(update={"recorded": {_ID: Recorded(output=sample.text)}})
    redacted = redact(whole, b"", placeholders=sample.case.input).case
    return Sample(case=redacted.model_copy(update={"recorded": {}}), text=redacted.recorded[_ID].output)


def _turn(role: str, text: Any) -> Mapping[str, Any]:
    return {"role": role, "content": text}
