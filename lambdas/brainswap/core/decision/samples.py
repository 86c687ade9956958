"""A sample: one scored answer, as the decision sees it."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainswap.core.answers import AnswerStatus, Origin, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One scored answer.

    Attributes:
        scores: by scorer, in [0, 1]; None where the answer could not be scored.
        reasons: why, by scorer.
        note: why the answer is no answer; None for one that is.
        inapplicable: the scorers that do not apply to the case; their scores are None.
    """

    case_id: str
    repeat: int
    segment: str | None
    cluster: str | None
    critical: bool
    weight: float
    status: AnswerStatus
    origin: Origin
    cached: bool
    latency_ms: float | None
    first_token_ms: float | None
    server_latency_ms: float | None = None
    cold: bool = False
    sent_at: float | None = None
    note: str | None = None
    reused: bool = False
    estimated_latency: bool
    usage: Usage | None
    scores: Mapping[str, float | None]
    reasons: Mapping[str, str]
    inapplicable: tuple[str, ...] = ()
