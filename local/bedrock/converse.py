"""``Converse`` and ``ConverseStream``."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.bedrock import eventstream
from local.bedrock.catalogue import Catalogue
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.pace import Moment, Pace, pieces
from local.bedrock.question import Answerer, Question, Reply
from local.bedrock.service import Call, aws_headers, json_response

_ECHOED = ("performanceConfig", "serviceTier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """The data plane: takes requests apart, has them answered, and puts the replies into Bedrock's forms."""

    catalogue: Catalogue
    answerer: Answerer
    pace: Pace

    async def converse(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        started = asyncio.get_running_loop().time()
        reply = self.answerer.answer(self._question(parameters, call))
        await self.pace.wait(started, reply.latency_ms)
        message = {"role": "assistant", "content": [{"text": reply.text}] if reply.text else []}
        payload = {"output": {"message": message}, "stopReason": reply.stop_reason} | _metadata(reply, parameters)
        return json_response(payload, marks(reply, self.pace))

    async def converse_stream(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        started = asyncio.get_running_loop().time()
        question = self._question(parameters, call, streaming=True)
        reply = self.answerer.answer(question)
        return HttpResponse(
            status=200,
            headers=aws_headers(eventstream.CONTENT_TYPE) | marks(reply, self.pace),
            body=self.pace.play(started, _events(reply, parameters)),
        )

    def _question(self, parameters: Mapping[str, Any], call: Call, *, streaming: bool = False) -> Question:
        asked = parameters["modelId"]
        model = self.catalogue.to_answer(asked)
        call.model = asked
        _refuse_what_is_missing(parameters)
        if streaming and not model.streaming:
            raise ServiceError("ValidationException", f"The model {model.model_id} doesn't support streaming.")
        inference = parameters.get("inferenceConfig") or {}
        return Question(
            asked=asked,
            model_id=model.model_id,
            text=request_text(parameters),
            metadata=parameters.get("requestMetadata") or {},
            max_tokens=inference.get("maxTokens"),
            stop_sequences=tuple(inference.get("stopSequences") or ()),
            temperature=inference.get("temperature"),
            schema_keys=_schema_keys(parameters.get("outputConfig")),
        )


def marks(reply: Reply, pace: Pace) -> dict[str, str]:
    """The headers that say where an answer comes from, what was made up, and how long it would take."""
    said = {
        "x-brainswap-origin": reply.origin.value,
        "x-brainswap-latency-ms": f"{reply.latency_ms:.3f}",
        "x-brainswap-first-token-ms": f"{reply.first_token_ms:.3f}",
    }
    if reply.estimated:
        said["x-brainswap-estimated"] = ",".join(reply.estimated)
    if not pace.is_real_time:
        said["x-brainswap-clock"] = "compressed"
    return said


def request_text(parameters: Mapping[str, Any]) -> str:
    """All that a request tells the model in words: the system blocks, then each turn's blocks."""
    blocks = [*(parameters.get("system") or ())]
    for message in parameters.get("messages") or ():
        blocks.extend(message["content"])
    return "\n".join(text for block in blocks for text in _texts(block))


def _texts(block: Mapping[str, Any]) -> Iterator[str]:
    """The words of a content block: its own, or those of a document, a guarded text or a tool's result."""
    for kind, value in block.items():
        if kind == "text" and isinstance(value, str):
            yield value
        elif kind in ("guardContent", "text", "source") and isinstance(value, dict):
            yield from _texts(value)
        elif kind == "document" and value is not None:
            yield from _texts(value["source"])
        elif kind in ("toolResult", "searchResult", "content") and value is not None:
            for inner in value if kind == "content" else value["content"]:
                yield from _texts(inner)
        elif kind == "json" and value is not None:
            yield json.dumps(value, ensure_ascii=False)


def _refuse_what_is_missing(parameters: Mapping[str, Any]) -> None:
    """What the service demands beyond its model, and what this one does not have."""
    turns = [message for message in parameters.get("messages") or () if message["role"] != "system"]
    if not turns:
        raise ServiceError("ValidationException", "The request has no messages. Add at least one user message.")
    if turns[0]["role"] != "user":
        raise ServiceError(
            "ValidationException",
            "A conversation must start with a user message. Try again with a conversation that starts with a user "
            "message.",
        )
    for turn, message in enumerate(parameters["messages"]):
        for place, block in enumerate(message["content"]):
            if "text" in block and isinstance(block["text"], str) and not block["text"].strip():
                raise ServiceError(
                    "ValidationException",
                    f"The text field in the ContentBlock object at messages.{turn}.content.{place} is blank. "
                    "Add text to the text field, and try again.",
                )
    if (parameters.get("guardrailConfig") or {}).get("guardrailIdentifier"):
        raise ServiceError(
            "ValidationException", "The guardrail identifier or version provided in the request does not exist."
        )


def _schema_keys(output: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    wanted = (output or {}).get("textFormat")
    if not wanted:
        return None
    try:
        schema = json.loads(wanted["structure"]["jsonSchema"]["schema"])
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise ServiceError("ValidationException", "The JSON schema of outputConfig.textFormat is no JSON object.")
    return property_names(schema)


def property_names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the objects that a JSON schema describes; none for another kind of value."""
    properties = schema.get("properties")
    return tuple(map(str, properties)) if isinstance(properties, dict) else ()


def _metadata(reply: Reply, parameters: Mapping[str, Any]) -> dict[str, Any]:
    usage = {
        "inputTokens": reply.input_tokens,
        "outputTokens": reply.output_tokens,
        "totalTokens": reply.input_tokens + reply.output_tokens,
    }
    used = {name: parameters[name] for name in _ECHOED if parameters.get(name)}
    return {"usage": usage, "metrics": {"latencyMs": round(reply.latency_ms)}} | used


def _events(reply: Reply, parameters: Mapping[str, Any]) -> Iterator[Moment]:
    def at(due_ms: float, name: str, payload: Mapping[str, Any]) -> Moment:
        return Moment(due_ms=due_ms, data=eventstream.event(name, payload))

    yield at(reply.first_token_ms, "messageStart", {"role": "assistant"})
    for due_ms, piece in pieces(reply):
        yield at(due_ms, "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})
    if reply.text:
        yield at(reply.latency_ms, "contentBlockStop", {"contentBlockIndex": 0})
    yield at(reply.latency_ms, "messageStop", {"stopReason": reply.stop_reason})
    yield at(reply.latency_ms, "metadata", _metadata(reply, parameters))
