"""The OpenAI-compatible wire: chat completions, whole or as server-sent events, and the list of models."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from local.bedrock.catalogue import OPENAI, Catalogue
from local.bedrock.converse import marks, property_names
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.pace import Moment, Pace, pieces
from local.bedrock.question import Answerer, Question, Reply
from local.bedrock.service import Call, Operation, json_response, parse_object, to_json

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_FINISH = MappingProxyType({"max_tokens": "length", "content_filtered": "content_filter"})
# Unlike Bedrock, the wire answers 401 to a caller without a key.
_STATUS = MappingProxyType({"MissingAuthenticationTokenException": 401, "IncompleteSignatureException": 401})
_TYPES = MappingProxyType(
    {401: "authentication_error", 404: "invalid_request_error", 400: "invalid_request_error", 403: "permission_error"}
)
# Name, types, least and greatest value of the numbers in a request.
_NUMBERS: tuple[tuple[str, tuple[type, ...], float, float], ...] = (
    ("max_tokens", (int,), 1, float("inf")),
    ("max_completion_tokens", (int,), 1, float("inf")),
    ("temperature", (int, float), 0, 2),
    ("top_p", (int, float), 0, 1),
    ("n", (int,), 1, 1),
)
_MOST_STOPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Serves the models whose ids begin with ``openai:`` under the rest of their ids."""

    catalogue: Catalogue
    answerer: Answerer
    pace: Pace

    def operations(self) -> list[Operation]:
        return [
            Operation(
                name="ChatCompletions",
                method="POST",
                path=re.compile("/v1/chat/completions"),
                handle=self.complete,
                render=render_error,
            ),
            Operation(
                name="ListModels", method="GET", path=re.compile("/v1/models"), handle=self.models, render=render_error
            ),
        ]

    async def models(self, _call: Call) -> HttpResponse:
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "brainswap"}
            for name in self.catalogue.openai_names
        ]
        return json_response({"object": "list", "data": listed})

    async def complete(self, call: Call) -> HttpResponse:
        started = asyncio.get_running_loop().time()
        body = parse_object(call.request.body)
        question = self._question(body, call)
        reply = self.answerer.answer(question)
        said = marks(reply, self.pace)
        if body.get("stream"):
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return HttpResponse(
                status=200,
                headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"} | said,
                body=self.pace.play(started, _events(reply, body["model"], with_usage=with_usage)),
            )
        await self.pace.wait(started, reply.latency_ms)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": reply.text, "refusal": None},
            "logprobs": None,
            "finish_reason": _finish(reply),
        }
        completion = _envelope("chat.completion", body["model"]) | {"choices": [choice], "usage": _usage(reply)}
        return json_response(completion, said)

    def _question(self, body: Mapping[str, Any], call: Call) -> Question:
        problem = next(_problems(body), None)
        if problem is not None:
            raise ServiceError("ValidationException", problem)
        if body["model"] not in self.catalogue.openai_names:
            raise ServiceError(
                "ResourceNotFoundException",
                "The model does not exist or you do not have access to it.",
                members={"code": "model_not_found"},
            )
        asked = call.model = OPENAI + body["model"]
        limit = body.get("max_completion_tokens")
        stop = body.get("stop") or ()
        return Question(
            asked=asked,
            model_id=asked,
            text="\n".join(text for message in body["messages"] for text in _texts(message.get("content"))),
            metadata=body.get("metadata") or {},
            max_tokens=body.get("max_tokens") if limit is None else limit,
            stop_sequences=(stop,) if isinstance(stop, str) else tuple(stop),
            temperature=body.get("temperature"),
            schema_keys=_schema_keys(body.get("response_format")),
        )


def render_error(error: ServiceError) -> HttpResponse:
    status = _STATUS.get(error.code, error.status)
    body = {
        "message": error.message,
        "type": _TYPES.get(status, "server_error"),
        "param": None,
        "code": error.members.get("code"),
    }
    return HttpResponse(status=status, headers={"Content-Type": "application/json"}, body=to_json({"error": body}))


def _problems(body: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(body.get("model"), str):
        yield "you must provide a model parameter"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "'messages' must be an array with at least one message."
    else:
        yield from (
            f"Invalid message at messages[{place}]." for place, each in enumerate(messages) if not _is_message(each)
        )
    for name, types, low, high in _NUMBERS:
        value = body.get(name)
        if value is not None and not (_is_number(value, types) and low <= value <= high):
            yield f"Invalid value for '{name}'."
    if not _is_stop(body.get("stop")):
        yield "'stop' must be a string or an array of at most 4 strings."
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and not all(isinstance(value, str) for value in metadata.values()):
        yield "The values of 'metadata' must be strings."
    for name in ("metadata", "stream_options", "response_format"):
        if not isinstance(body.get(name), dict | None):
            yield f"'{name}' must be an object."
    if not isinstance(body.get("stream"), bool | None):
        yield "'stream' must be a boolean."


def _is_number(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _is_message(message: Any) -> bool:
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str) or role not in _ROLES:
        return False
    content = message.get("content")
    if content is None:
        return role == "assistant"
    return isinstance(content, str) or (isinstance(content, list) and all(isinstance(part, dict) for part in content))


def _is_stop(stop: Any) -> bool:
    if isinstance(stop, list):
        return len(stop) <= _MOST_STOPS and all(isinstance(each, str) and each for each in stop)
    return stop is None or (isinstance(stop, str) and stop != "")


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        if isinstance(part.get("text"), str):
            yield part["text"]


def _schema_keys(wanted: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    kind = (wanted or {}).get("type")
    if wanted is None or kind not in ("json_schema", "json_object"):
        return None
    described = wanted.get("json_schema")
    schema = described.get("schema") if isinstance(described, dict) else None
    return property_names(schema) if isinstance(schema, dict) else ()


def _finish(reply: Reply) -> str:
    return _FINISH.get(reply.stop_reason, "stop")


def _usage(reply: Reply) -> dict[str, int]:
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }


def _envelope(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _events(reply: Reply, model: str, *, with_usage: bool) -> Iterator[Moment]:
    envelope = _envelope("chat.completion.chunk", model) | ({"usage": None} if with_usage else {})

    def chunk(due_ms: float, delta: Mapping[str, Any], finish: str | None = None) -> Moment:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _sent(due_ms, envelope | {"choices": [choice]})

    yield chunk(reply.first_token_ms, {"role": "assistant", "content": ""})
    for due_ms, piece in pieces(reply):
        yield chunk(due_ms, {"content": piece})
    yield chunk(reply.latency_ms, {}, _finish(reply))
    if with_usage:
        yield _sent(reply.latency_ms, envelope | {"choices": [], "usage": _usage(reply)})
    yield Moment(due_ms=reply.latency_ms, data=b"data: [DONE]\n\n")


def _sent(due_ms: float, payload: Mapping[str, Any]) -> Moment:
    return Moment(due_ms=due_ms, data=b"data: %b\n\n" % to_json(payload))
