"""What came back over the wire, before it is an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from brainswap.core.answers import Answer, Origin, Usage
from brainswap.core.scoring.hygiene import classify
from brainswap.ports import Question

# The embedded Bedrock says with these headers what its answers are; Amazon's never sends them.
ORIGIN = "x-brainswap-origin"
ESTIMATED = "x-brainswap-estimated"
CLOCK = "x-brainswap-clock"
LATENCY = "x-brainswap-latency-ms"
FIRST_TOKEN = "x-brainswap-first-token-ms"  # noqa: S105 - a header's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply; milliseconds by the client's clock, ``first_token_ms`` None where nothing was streamed."""

    text: str
    stop_reason: str | None
    usage: Usage | None
    headers: Mapping[str, str]
    latency_ms: float
    first_token_ms: float | None


def answer_of(question: Question, reply: Reply) -> Answer:
    """Turn a reply into an answer, with what its headers say of its origin."""
    headers = reply.headers
    status, reason = classify(reply.text, reply.stop_reason)
    estimated = headers.get(ESTIMATED, "")
    compressed = CLOCK in headers
    return Answer(
        case_id=question.case.id,
        text=reply.text,
        status=status,
        reason=reason,
        origin=Origin(headers.get(ORIGIN, Origin.LIVE)),
        stop_reason=reply.stop_reason,
        usage=reply.usage and replace(reply.usage, estimated="tokens" in estimated),
        latency_ms=_header_ms(headers, LATENCY) if compressed else reply.latency_ms,
        first_token_ms=_header_ms(headers, FIRST_TOKEN)
        if compressed and reply.first_token_ms is not None
        else reply.first_token_ms,
        estimated_latency="latency" in estimated,
        repeat=question.repeat,
    )


def _header_ms(headers: Mapping[str, str], name: str) -> float | None:
    return float(headers[name]) if name in headers else None
