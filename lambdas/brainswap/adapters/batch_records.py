"""The lines of Bedrock's batch inference: a question as a record, and what a job wrote about it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from brainswap.adapters import converse
from brainswap.adapters.replies import ESTIMATED, ORIGIN, Reply, answer_of
from brainswap.adapters.service_errors import making_sense, printable
from brainswap.core.errors import ModelBrokeOffError
from brainswap.ports import BatchOutcome, Question


def record(record_id: str, question: Question) -> bytes:
    """A line of a job's input.

    Without what has no meaning in a job: labels for an invocation log, a service tier, optimised latency.
    """
    settings = replace(question.settings, service_tier=None, optimised_latency=False)
    body = converse.request_body(replace(question, settings=settings, labels={}))
    return b'{"recordId":%s,"modelInput":%s}\n' % (json.dumps(record_id).encode(), body)


def outcome(line: bytes, question_of: Callable[[str], Question | None]) -> BatchOutcome | None:
    """What a line of a job's output says; None where it makes no sense, or is of no record that was asked.

    Args:
        line: untrusted, as are the ids in it.
        question_of: the question of a record; None for an unknown id.
    """
    try:
        written = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(written, dict) or not isinstance(record_id := written.get("recordId"), str):
        return None
    question = question_of(record_id)
    if question is None:
        return None
    output = written.get("modelOutput")
    if output is None:
        return BatchOutcome(record=record_id, answer=None, reason=_reason(written.get("error")))
    try:
        with making_sense(question.model):
            reply = Reply(said=converse.read(output), headers=_marks(written), latency_ms=0.0, sent_at=None, cold=False)
            answer = answer_of(question, reply)
    except ModelBrokeOffError as error:
        return BatchOutcome(record=record_id, answer=None, reason=str(error))
    untimed = replace(answer, latency_ms=None, first_token_ms=None, server_latency_ms=None, estimated_latency=False)
    return BatchOutcome(record=record_id, answer=untimed)


def _reason(error: Any) -> str:
    if not isinstance(error, dict):
        return "neither an answer nor an error"
    said = " ".join(str(error[name]) for name in ("errorCode", "errorMessage") if name in error)
    return printable(said) or "an error without a message"


def _marks(written: Mapping[str, Any]) -> dict[str, str]:
    """What the embedded Bedrock says beside an answer of where it comes from; Amazon's says nothing."""
    marks = written.get("brainswap")
    if not isinstance(marks, dict):
        return {}
    estimated = marks.get("estimated")
    figures = ",".join(map(str, estimated)) if isinstance(estimated, list) else ""
    return {ORIGIN: str(marks.get("origin", "")), ESTIMATED: figures}
