"""Replies in the forms of chat completions: whole, or as server-sent events."""

import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from local.bedrock.converse_replies import counted, new_id, stop_reason
from local.bedrock.pace import Moment, pieces
from local.bedrock.question import Question, Reply
from local.bedrock.service import to_json

_FINISH = MappingProxyType({"max_tokens": "length", "content_filtered": "content_filter", "tool_use": "tool_calls"})


def completion(question: Question, reply: Reply, model: str) -> dict[str, Any]:
    """The body of an answer that comes whole."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None}
    if question.tool is not None:
        message |= {"content": None, "tool_calls": [_call(question.tool.name, reply.text)]}
    elif reply.calls:
        calls = [_call(call.name, call.arguments) for call in reply.calls]
        message |= {"content": reply.text or None, "tool_calls": calls}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(question, reply)}
    return _envelope("chat.completion", model) | {"choices": [choice], "usage": _usage(reply)}


def chunks(question: Question, reply: Reply, model: str, *, with_usage: bool) -> Iterator[Moment]:
    """The events of an answer that streams; reasoning stays unseen, but takes its time and its tokens."""
    envelope = _envelope("chat.completion.chunk", model) | ({"usage": None} if with_usage else {})

    def chunk(due_ms: float, told: int, delta: Mapping[str, Any], finish: str | None = None) -> Moment:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _sent(due_ms, told, envelope | {"choices": [choice]})

    opening: dict[str, Any] = {"role": "assistant", "content": ""}
    if question.tool is not None:
        opening = {"role": "assistant", "content": None, "tool_calls": [{"index": 0} | _call(question.tool.name, "")]}
    yield chunk(reply.text_begins_ms, reply.reasoning_tokens, opening)
    for due_ms, told, piece in counted(pieces(reply), reply.text, reply.text_tokens):
        delta: dict[str, Any] = {"content": piece}
        if question.tool is not None:
            delta = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
        yield chunk(due_ms, reply.reasoning_tokens + told, delta)
    for index, call in enumerate(reply.calls):
        whole = {"tool_calls": [{"index": index} | _call(call.name, call.arguments)]}
        yield chunk(reply.latency_ms, reply.output_tokens, whole)
    yield chunk(reply.latency_ms, reply.output_tokens, {}, _finish(question, reply))
    if with_usage:
        yield _sent(reply.latency_ms, reply.output_tokens, envelope | {"choices": [], "usage": _usage(reply)})
    yield Moment(due_ms=reply.latency_ms, data=b"data: [DONE]\n\n", tokens=reply.output_tokens)


def error_event(name: str, message: str) -> bytes:
    """What a stream that has begun says of an error."""
    error = {"message": message, "type": "server_error", "param": None, "code": name}
    return b"data: %b\n\n" % to_json({"error": error})


def _call(name: str, arguments: str) -> dict[str, Any]:
    return {"id": new_id("call"), "type": "function", "function": {"name": name, "arguments": arguments}}


def _finish(question: Question, reply: Reply) -> str:
    return _FINISH.get(stop_reason(question, reply), "stop")


def _usage(reply: Reply) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }
    if reply.reasoning_tokens:
        usage["completion_tokens_details"] = {"reasoning_tokens": reply.reasoning_tokens}
    return usage


def _envelope(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _sent(due_ms: float, told: int, payload: Mapping[str, Any]) -> Moment:
    return Moment(due_ms=due_ms, data=b"data: %b\n\n" % to_json(payload), tokens=told)
