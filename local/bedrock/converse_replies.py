"""Replies in the forms of ``Converse`` and ``ConverseStream``."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from local.bedrock import eventstream
from local.bedrock.pace import Moment, pieces, thoughts
from local.bedrock.question import Question, Reply, Tool

_ECHOED = ("performanceConfig", "serviceTier")


def payload(question: Question, reply: Reply, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an answer of ``Converse``."""
    content: list[dict[str, Any]] = []
    if reply.reasoning:
        content.append({"reasoningContent": {"reasoningText": {"text": reply.reasoning} | _signature(question)}})
    if question.tool is not None:
        content.append({"toolUse": _tool_use(question.tool) | {"input": _input(reply.text)}})
    elif reply.text:
        content.append({"text": reply.text})
    message = {"role": "assistant", "content": content}
    return {"output": {"message": message}, "stopReason": stop_reason(question, reply)} | _metadata(reply, parameters)


def stop_reason(question: Question, reply: Reply) -> str:
    """Why it ended, in Bedrock's words; a call of a tool ends otherwise only where it was cut off."""
    return "tool_use" if question.tool is not None and reply.stop_reason == "end_turn" else reply.stop_reason


def events(question: Question, reply: Reply, parameters: Mapping[str, Any]) -> Iterator[Moment]:
    """The events of ``ConverseStream``, each block after the other."""
    end_ms, told, index = reply.latency_ms, 0, 0

    def at(due_ms: float, name: str, payload: Mapping[str, Any]) -> Moment:
        return Moment(due_ms=due_ms, data=eventstream.event(name, payload), tokens=told)

    def delta(due_ms: float, change: Mapping[str, Any]) -> Moment:
        return at(due_ms, "contentBlockDelta", {"contentBlockIndex": index, "delta": change})

    yield at(reply.first_token_ms, "messageStart", {"role": "assistant"})
    if reply.reasoning:
        for due_ms, so_far, piece in counted(thoughts(reply), reply.reasoning, reply.reasoning_tokens):
            told = so_far
            yield delta(due_ms, {"reasoningContent": {"text": piece}})
        for name, value in _signature(question).items():
            yield delta(reply.text_begins_ms, {"reasoningContent": {name: value}})
        yield at(reply.text_begins_ms, "contentBlockStop", {"contentBlockIndex": index})
        index += 1
    if question.tool is not None:
        start = {"contentBlockIndex": index, "start": {"toolUse": _tool_use(question.tool)}}
        yield at(reply.text_begins_ms, "contentBlockStart", start)
    for due_ms, so_far, piece in counted(pieces(reply), reply.text, reply.text_tokens):
        told = reply.reasoning_tokens + so_far
        yield delta(due_ms, {"text": piece} if question.tool is None else {"toolUse": {"input": piece}})
    told = reply.output_tokens
    if reply.text or question.tool is not None:
        yield at(end_ms, "contentBlockStop", {"contentBlockIndex": index})
    yield at(end_ms, "messageStop", {"stopReason": stop_reason(question, reply)})
    yield at(end_ms, "metadata", _metadata(reply, parameters))


def counted(parts: Iterator[tuple[float, str]], text: str, tokens: int) -> Iterator[tuple[float, int, str]]:
    """Each piece of a text with when it is due and the tokens up to its end."""
    told = 0
    for due_ms, piece in parts:
        told += len(piece)
        yield due_ms, tokens * told // len(text), piece


def new_id(prefix: str) -> str:
    """An id for a call of a tool, such as ``tooluse_0f…``."""
    return f"{prefix}_{uuid4().hex[:22]}"


def _tool_use(tool: Tool) -> dict[str, str]:
    return {"toolUseId": new_id("tooluse"), "name": tool.name}


def _input(text: str) -> dict[str, Any]:
    """The input of a tool; of one that was cut off nothing is left."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {"value": value}


def _signature(question: Question) -> dict[str, str]:
    """Claude signs its reasoning, and wants the signature back."""
    return {"signature": f"simulated-{question.model_id}"} if "claude" in question.model_id else {}


def _metadata(reply: Reply, parameters: Mapping[str, Any]) -> dict[str, Any]:
    usage = {
        "inputTokens": reply.input_tokens,
        "outputTokens": reply.output_tokens,
        "totalTokens": reply.input_tokens + reply.output_tokens,
    }
    used = {name: parameters[name] for name in _ECHOED if parameters.get(name)}
    traced = reply.trace is not None and parameters["guardrailConfig"].get("trace", "disabled") != "disabled"
    trace = {"trace": {"guardrail": reply.trace}} if traced else {}
    return {"usage": usage, "metrics": {"latencyMs": round(reply.latency_ms)}} | used | trace
