"""What a scorer looks at: an answer beside the case that it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus, ToolCall, Usage
from brainswap.core.cases import Case
from brainswap.core.prompts.telling import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An answer with its case.

    Attributes:
        text: the answer as it came.
        reference: the case's, whole.
        input: the values of the placeholders.
        given: what else the model was told of the case: earlier turns, passages, results of tools, names of files.
        status: see `AnswerStatus`; ``because`` says why it is not ``answered``.
        latency_ms: None where nothing was measured, or where the answer was not fresh.
        cost_usd: None where the price or the tokens are unknown.
    """

    text: str
    reference: Any = None
    input: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    status: AnswerStatus = AnswerStatus.ANSWERED
    because: str | None = None
    stop_reason: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    latency_ms: float | None = None
    first_token_ms: float | None = None
    cost_usd: Decimal | None = None


def subject_of(case: Case, answer: Answer, cost_usd: Decimal | None) -> Subject:
    """An answer, or that of a step of a chain, with its case."""
    return Subject(
        text=answer.text,
        reference=case.reference,
        input=case.input,
        given=told(case),
        status=answer.status,
        because=answer.reason,
        stop_reason=answer.stop_reason,
        tool_calls=answer.tool_calls,
        usage=answer.usage,
        latency_ms=None if answer.cached else answer.latency_ms,
        first_token_ms=None if answer.cached else answer.first_token_ms,
        cost_usd=cost_usd,
    )
