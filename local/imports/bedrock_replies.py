"""What a model on Amazon Bedrock answered: bodies of Converse, of InvokeModel by family of models, and streams."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.imports.drafts import CannotUseError
from local.imports.json_values import below

_METRICS = "amazon-bedrock-invocationMetrics"
_TEXTS = (
    ("completion",),
    ("generation",),
    ("outputText",),
    ("text",),
    ("response",),
)
_STOPS = (
    ("stopReason",),
    ("stop_reason",),
    ("finish_reason",),
    ("completionReason",),
    ("finishReason", "reason"),
    ("finishReason",),
    ("messageStop", "stopReason"),
    ("delta", "stop_reason"),
)
_INPUT_TOKENS = (
    ("usage", "inputTokens"),
    ("usage", "input_tokens"),
    ("usage", "prompt_tokens"),
    ("metadata", "usage", "inputTokens"),
    ("message", "usage", "input_tokens"),
    ("prompt_token_count",),
    ("inputTextTokenCount",),
    (_METRICS, "inputTokenCount"),
)
_OUTPUT_TOKENS = (
    ("usage", "outputTokens"),
    ("usage", "output_tokens"),
    ("usage", "completion_tokens"),
    ("metadata", "usage", "outputTokens"),
    ("generation_token_count",),
    ("totalOutputTextTokenCount",),
    ("tokenCount",),
    (_METRICS, "outputTokenCount"),
)
_LATENCIES = (("metrics", "latencyMs"), ("metadata", "metrics", "latencyMs"), (_METRICS, "invocationLatency"))
_FIRST = ((_METRICS, "firstByteLatency"),)
_LISTS = ("results", "outputs", "choices", "completions", "generations")
_OF_TOOLS = frozenset({"toolUse", "tool_use", "server_tool_use"})
_FAILURES = ("Exception", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A body in the words of a recorded answer; what it does not say is None, and unchecked otherwise."""

    text: str
    stop_reason: Any = None
    input_tokens: Any = None
    output_tokens: Any = None
    latency_ms: Any = None
    first_token_ms: Any = None


def reply_of(body: Any) -> Reply:
    """What a body, or the list of a stream's chunks, answers.

    Raises:
        CannotUseError: it is no text.
    """
    if isinstance(body, list):
        return _streamed([chunk for chunk in body if isinstance(chunk, dict)])
    if not isinstance(body, dict):
        raise CannotUseError("an answer whose body is no object")
    text = _text(body)
    if text is None:
        raise CannotUseError("an answer of an unknown form")
    return _measured(text, [body, *_inner(body)])


def _streamed(chunks: list[dict[str, Any]]) -> Reply:
    if not chunks:
        raise CannotUseError("an answer without a chunk")
    if any(key.endswith(_FAILURES) for chunk in chunks for key in chunk):
        raise CannotUseError("a stream that broke off with an error")
    if any(_starts_tool(chunk) for chunk in chunks):
        raise CannotUseError("an answer with a call of a tool")
    pieces = [piece for chunk in chunks if (piece := _piece(chunk)) is not None]
    if not pieces and not any(_value([chunk], _STOPS) for chunk in chunks):
        raise CannotUseError("an answer of an unknown form")
    return _measured("".join(pieces), [part for chunk in chunks for part in (chunk, *_inner(chunk))])


def _piece(chunk: Mapping[str, Any]) -> str | None:
    """The text of one chunk; the last one of Cohere's repeats all of it."""
    event = chunk.get("event_type")
    if event is not None:
        return chunk.get("text") if event == "text-generation" and isinstance(chunk.get("text"), str) else None
    for delta in (below(chunk, "contentBlockDelta", "delta"), chunk.get("delta")):
        if isinstance(delta, dict):
            return delta["text"] if isinstance(delta.get("text"), str) else None
    if "type" in chunk:
        return None  # an event of Anthropic's that holds no text
    return _text(chunk)


def _starts_tool(chunk: Mapping[str, Any]) -> bool:
    start = below(chunk, "contentBlockStart", "start")
    block = chunk.get("content_block")
    return (isinstance(start, dict) and not _OF_TOOLS.isdisjoint(start)) or below(block, "type") in _OF_TOOLS


def _text(body: Mapping[str, Any]) -> str | None:
    """The text of an answer, or of a chunk in the form of an answer; None where there is none."""
    for content in (below(body, "output", "message", "content"), body.get("content")):
        if isinstance(content, list):
            return _of_blocks(content)
    for path in _TEXTS:
        text = below(body, *path)
        if isinstance(text, str):
            return text
    return next((text for inner in _inner(body) if (text := _of_choice(inner)) is not None), None)


def _of_choice(choice: Mapping[str, Any]) -> str | None:
    if below(choice, "message", "tool_calls") or choice.get("tool_calls"):
        raise CannotUseError("an answer with a call of a tool")
    for path in (*_TEXTS, ("message", "content"), ("delta", "content"), ("data", "text")):
        text = below(choice, *path)
        if isinstance(text, str):
            return text
        if isinstance(text, list):
            return _of_blocks(text)
    return None


def _of_blocks(blocks: list[Any]) -> str:
    texts = []
    for block in blocks:
        if not isinstance(block, dict):
            continue
        if block.get("type") in _OF_TOOLS or not _OF_TOOLS.isdisjoint(block):
            raise CannotUseError("an answer with a call of a tool")
        if isinstance(block.get("text"), str):
            texts.append(block["text"])
    return "".join(texts)


def _inner(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The first of the answers that a body may hold several of."""
    firsts = [body[key][0] for key in _LISTS if isinstance(body.get(key), list) and body[key]]
    return [first for first in firsts if isinstance(first, dict)]


def _measured(text: str, parts: list[Mapping[str, Any]]) -> Reply:
    reply = Reply(text=text, stop_reason=_value(reversed(parts), _STOPS))
    # A stream's counts grow, so that its last ones are right.
    return replace(
        reply,
        input_tokens=_value(parts, _INPUT_TOKENS),
        output_tokens=_value(reversed(parts), _OUTPUT_TOKENS),
        latency_ms=_value(parts, _LATENCIES),
        first_token_ms=_value(parts, _FIRST),
    )


def _value(parts: Iterable[Mapping[str, Any]], paths: tuple[tuple[str, ...], ...]) -> Any:
    for part in parts:
        for path in paths:
            found = below(part, *path)
            if found is not None and not isinstance(found, dict | list):
                return found
    return None
