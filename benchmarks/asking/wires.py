"""The bytes that the measuring server sends: encoded once, so that answering costs a write."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.bedrock.eventstream import CONTENT_TYPE, event

ANSWER = ("card", "_arr", "iv", "al")
_INPUT_TOKENS = 60
_OUTPUT_TOKENS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One way of being asked.

    Attributes:
        whole: a response with everything.
        pieces: a response in pieces, head and first text in the first, the end in the last.
        throttled: the response to a request above the rate.
    """

    whole: bytes
    pieces: Sequence[bytes]
    throttled: bytes


def converse() -> Wire:
    """``Converse`` and ``ConverseStream`` of Bedrock."""
    usage = {
        "inputTokens": _INPUT_TOKENS,
        "outputTokens": _OUTPUT_TOKENS,
        "totalTokens": _INPUT_TOKENS + _OUTPUT_TOKENS,
    }
    message = {"role": "assistant", "content": [{"text": "".join(ANSWER)}]}
    whole = {
        "output": {"message": message},
        "stopReason": "end_turn",
        "usage": usage,
        "metrics": {"latencyMs": 200},
    }
    deltas = [event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}) for text in ANSWER]
    deltas[0] = event("messageStart", {"role": "assistant"}) + deltas[0]
    deltas[-1] += event("contentBlockStop", {"contentBlockIndex": 0})
    deltas[-1] += event("messageStop", {"stopReason": "end_turn"})
    deltas[-1] += event("metadata", {"usage": usage, "metrics": {"latencyMs": 200}})
    return Wire(
        whole=_response("200 OK", "application/json", _json(whole)),
        pieces=_chunked(CONTENT_TYPE, deltas),
        throttled=_response(
            "429 Too Many Requests",
            "application/json",
            _json({"message": "Too many requests, please wait before trying again."}),
            "x-amzn-errortype: ThrottlingException\r\n",
        ),
    )


def chat_completions() -> Wire:
    """``POST /chat/completions`` of OpenAI, whole and as server-sent events."""
    usage = {
        "prompt_tokens": _INPUT_TOKENS,
        "completion_tokens": _OUTPUT_TOKENS,
        "total_tokens": _INPUT_TOKENS + _OUTPUT_TOKENS,
    }
    common = {"id": "chatcmpl-1", "created": 1_790_000_000, "model": "measured"}
    whole = {
        **common,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "".join(ANSWER)},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": usage,
    }

    def sent(choices: Sequence[Mapping[str, Any]], used: Mapping[str, int] | None = None) -> bytes:
        chunk = {**common, "object": "chat.completion.chunk", "choices": choices, "usage": used}
        return b"data: " + _json(chunk) + b"\n\n"

    events = [sent([{"index": 0, "delta": {"content": text}, "finish_reason": None}]) for text in ANSWER]
    events[-1] += sent([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + sent([], usage) + b"data: [DONE]\n\n"
    refusal = {"message": "Rate limit reached", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    return Wire(
        whole=_response("200 OK", "application/json", _json(whole)),
        pieces=_chunked("text/event-stream", events),
        throttled=_response("429 Too Many Requests", "application/json", _json({"error": refusal})),
    )


def plain(status: str, body: Any) -> bytes:
    """A response about the server itself."""
    return _response(status, "application/json", _json(body))


def _response(status: str, content_type: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n"
    return f"{head}x-amzn-requestid: 00000000-0000-4000-8000-000000000000\r\n{more}\r\n".encode() + body


def _chunked(content_type: str, parts: Sequence[bytes]) -> tuple[bytes, ...]:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n"
    head += "x-amzn-requestid: 00000000-0000-4000-8000-000000000000\r\n\r\n"
    chunks = [f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts]
    chunks[0] = head.encode() + chunks[0]
    chunks[-1] += b"0\r\n\r\n"
    return tuple(chunks)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
