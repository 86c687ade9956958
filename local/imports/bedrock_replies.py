"""What a model on Amazon Bedrock answered: bodies of Converse, of InvokeModel by family of models, and streams."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.imports.drafts import CannotUseError
from local.imports.json_values import below
from local.imports.talks import calls_of

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
    """A body in the words of a recorded answer; what it does not say is None, and unchecked otherwise.

    Attributes:
        calls: of tools, as ``{name, arguments}``.
    """

    text: str
    calls: tuple[Mapping[str, Any], ...] = ()
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
    parts = [body, *_inner(body)]
    calls = tuple(call for part in parts for message in _messages(part) for call in calls_of(message))
    text = _text(body)
    if text is None and not calls:
        raise CannotUseError("an answer of an unknown form")
    return replace(_measured(text or "", parts), calls=calls)


def _messages(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What may hold calls of tools, in the forms of Converse, of Anthropic and of OpenAI."""
    for message in (below(part, "output", "message"), part.get("message"), part):
        if isinstance(message, dict):
            yield message


def _streamed(chunks: list[dict[str, Any]]) -> Reply:
    if not chunks:
        raise CannotUseError("an answer without a chunk")
    if any(key.endswith(_FAILURES) for chunk in chunks for key in chunk):
        raise CannotUseError("a stream that broke off with an error")
    calls = tuple(_streamed_calls(chunks))
    pieces = [piece for chunk in chunks if (piece := _piece(chunk)) is not None]
    if not pieces and not calls and not any(_value([chunk], _STOPS) for chunk in chunks):
        raise CannotUseError("an answer of an unknown form")
    measured = _measured("".join(pieces), [part for chunk in chunks for part in (chunk, *_inner(chunk))])
    return replace(measured, calls=calls)


def _streamed_calls(chunks: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The calls of a stream, whose arguments come in pieces, by the block that they are in."""
    blocks: dict[Any, tuple[Any, list[str]]] = {}
    for chunk in chunks:
        start = below(chunk, "contentBlockStart", "start", "toolUse")
        if isinstance(start, dict):
            blocks[below(chunk, "contentBlockStart", "contentBlockIndex")] = (start.get("name"), [])
        elif below(chunk, "content_block", "type") in _OF_TOOLS:
            blocks[chunk.get("index")] = (below(chunk, "content_block", "name"), [])
        for place, piece in (
            (
                below(chunk, "contentBlockDelta", "contentBlockIndex"),
                below(chunk, "contentBlockDelta", "delta", "toolUse", "input"),
            ),
            (chunk.get("index"), below(chunk, "delta", "partial_json")),
        ):
            if isinstance(piece, str) and place in blocks:
                blocks[place][1].append(piece)
    for name, pieces in blocks.values():
        function = {"name": name, "arguments": "".join(pieces)}
        yield from calls_of({"tool_calls": [{"function": function}]})


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
