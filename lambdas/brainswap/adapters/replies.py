"""What came back over the wire, before it is an answer."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from brainswap.core.answers import Answer, Origin, ToolCall, Usage
from brainswap.core.calling.findings import Finding
from brainswap.core.prompts.template import Output
from brainswap.core.scoring.hygiene import classify
from brainswap.ports import Question

# The embedded Bedrock says with these headers what its answers are; Amazon's never sends them.
ORIGIN = "x-brainswap-origin"
ESTIMATED = "x-brainswap-estimated"
CLOCK = "x-brainswap-clock"
LATENCY = "x-brainswap-latency-ms"
FIRST_TOKEN = "x-brainswap-first-token-ms"  # noqa: S105 - a header's name

_ORIGINS = MappingProxyType({origin.value: origin for origin in Origin})
_CALLED = "calls a tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model said, whatever the wire.

    Attributes:
        first_token_ms: None where nothing was streamed.
        found: what a guardrail did something about.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    stop_reason: str | None = None
    usage: Usage | None = None
    server_latency_ms: float | None = None
    first_token_ms: float | None = None
    found: tuple[Finding, ...] = ()

    @property
    def masked(self) -> bool:
        """Whether a guardrail let the answer through, with something in it put out of sight."""
        intervened = self.stop_reason == "guardrail_intervened"
        return intervened and bool(self.found) and all(finding.masked for finding in self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply; milliseconds by the client's clock, ``sent_at`` in seconds since 1970."""

    said: Said
    headers: Mapping[str, str]
    latency_ms: float
    sent_at: float | None
    cold: bool


class Warmth:
    """What this process has had answers from: models, and models with a schema for their output."""

    def __init__(self) -> None:
        self._warm: set[Hashable] = set()

    def is_cold(self, question: Question) -> bool:
        """Whether no call with the same model and schema has ended well yet."""
        return not self._warm.issuperset(_heated(question))

    def ended_well(self, question: Question) -> None:
        self._warm.update(_heated(question))


def output_as_tool(question: Question) -> Output | None:
    """The output that the model has to give as the arguments of a tool."""
    return question.prompt.output if question.settings.output == "tool" else None


def answer_of(question: Question, reply: Reply) -> Answer:
    """Turn a reply into an answer, with what its headers say of its origin.

    A call of the tool that stands for the output is the text. Everything else is cut where one of the stop sequences
    begins that the model did not take. A model that calls a tool need not say anything besides.
    """
    said, headers = _as_declared(question, reply.said), reply.headers
    found = "; ".join(finding.words for finding in said.found)
    stop_reason = None if said.masked else said.stop_reason
    status, reason = classify(_CALLED if said.tool_calls else said.text, stop_reason, found)
    estimated = headers.get(ESTIMATED, "")
    compressed = CLOCK in headers
    latency_ms = _header_ms(headers, LATENCY) if compressed else reply.latency_ms
    first_token_ms = said.first_token_ms
    if compressed and first_token_ms is not None:
        first_token_ms = _header_ms(headers, FIRST_TOKEN)
    return Answer(
        case_id=question.case.id,
        text=said.text,
        status=status,
        reason=reason,
        origin=told_origin(headers),
        stop_reason=said.stop_reason,
        usage=said.usage and replace(said.usage, estimated="tokens" in estimated),
        latency_ms=latency_ms,
        first_token_ms=first_token_ms,
        server_latency_ms=said.server_latency_ms,
        estimated_latency="latency" in estimated,
        cold=reply.cold,
        repeat=question.repeat,
        tool_calls=said.tool_calls,
        sent_at=reply.sent_at,
    )


def told_origin(headers: Mapping[str, str]) -> Origin:
    """Live, unless the headers say otherwise."""
    return _ORIGINS.get(headers.get(ORIGIN, ""), Origin.LIVE)


def _as_declared(question: Question, said: Said) -> Said:
    output = output_as_tool(question)
    called = next((call for call in said.tool_calls if output is not None and call.name == output.name), None)
    if called is not None:
        others = tuple(call for call in said.tool_calls if call is not called)
        return replace(said, text=called.arguments, tool_calls=others)
    found = [place for stop in question.settings.cut_at if (place := said.text.find(stop)) >= 0]
    return replace(said, text=said.text[: min(found)], stop_reason="stop_sequence") if found else said


def _heated(question: Question) -> tuple[Hashable, ...]:
    output = question.prompt.output
    if output is None or question.settings.output == "text":
        return (question.model,)
    schema = json.dumps(output.json_schema, sort_keys=True)
    return question.model, (question.model, question.settings.output, schema)


def _header_ms(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return float(headers[name])
    except (KeyError, ValueError):
        return None
