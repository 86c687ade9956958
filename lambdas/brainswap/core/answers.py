"""An answer: what a model said about a case, with what it took."""

from dataclasses import dataclass
from enum import StrEnum


class AnswerStatus(StrEnum):
    """What became of a question; everything but ``answered`` is counted apart and scores the minimum."""

    ANSWERED = "answered"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    REFUSED = "refused"
    FILTERED = "filtered"
    FAILED = "failed"


class Origin(StrEnum):
    """Where an answer comes from; never mixed up in a report."""

    LIVE = "live"
    RECORDED = "recorded"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call; ``estimated`` when nobody counted them and they were derived from the length of the text."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model said about a case.

    Attributes:
        case_id: the case that was asked.
        text: the answer as it came; empty when the call failed.
        status: see `AnswerStatus`.
        reason: why the status is not ``answered``.
        stop_reason: as the model's service gave it; unknown for most recordings.
        usage: None when unknown.
        latency_ms: from sending the request to the last byte, seen from the client.
        first_token_ms: from sending the request to the first piece of text; None where the model does not stream.
        origin: live, recorded or simulated.
        estimated_latency: the two latencies are a simulator's, not a clock's.
        cached: taken from the answer cache; its latency was measured in an earlier run.
        repeat: 0 for the first answer to this case, 1 for the second …
    """

    case_id: str
    text: str
    status: AnswerStatus
    origin: Origin
    reason: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None
    latency_ms: float | None = None
    first_token_ms: float | None = None
    estimated_latency: bool = False
    cached: bool = False
    repeat: int = 0
