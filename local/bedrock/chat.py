"""The OpenAI-compatible wire: chat completions, whole or as server-sent events, and the list of models."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from local.bedrock.catalogue import OPENAI, Catalogue
from local.bedrock.chat_content import complaints, files_in, returned_since_the_user
from local.bedrock.chat_replies import chunks, completion, error_event
from local.bedrock.chat_requests import forced_tool, problems, tools_of
from local.bedrock.converse import marks
from local.bedrock.desk import Desk
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.parameters import Accepted, Asked, accepted_by, objection
from local.bedrock.question import Question
from local.bedrock.reasoning import Reasoning, reasoning_in
from local.bedrock.service import Call, Operation, json_response, parse_object, to_json

# Unlike Bedrock, the wire answers 401 to a caller without a key.
_STATUS = MappingProxyType({"MissingAuthenticationTokenException": 401, "IncompleteSignatureException": 401})
_TYPES = MappingProxyType(
    {401: "authentication_error", 404: "invalid_request_error", 400: "invalid_request_error", 403: "permission_error"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Serves the models whose ids begin with ``openai:`` under the rest of their ids."""

    catalogue: Catalogue
    desk: Desk

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
        since = asyncio.get_running_loop().time()
        body = parse_object(call.request.body)
        question, accepted = self._question(body, call)
        streams = bool(body.get("stream"))
        answered = self.desk.ask(question, call, accepted, since=since, streams=streams)
        said = marks(answered.reply, self.desk.pace)
        if not streams:
            response = json_response(completion(question, answered.reply, body["model"]), said)
            return await self.desk.whole(answered, response)
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        moments = chunks(question, answered.reply, body["model"], with_usage=with_usage)
        return HttpResponse(
            status=200,
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"} | said,
            body=self.desk.stream(answered, moments, error_event),
        )

    def _question(self, body: Mapping[str, Any], call: Call) -> tuple[Question, Accepted]:
        problem = next(problems(body), None)
        if problem is not None:
            raise ServiceError("ValidationException", problem)
        if body["model"] not in self.catalogue.openai_names:
            raise ServiceError(
                "ResourceNotFoundException",
                "The model does not exist or you do not have access to it.",
                members={"code": "model_not_found"},
            )
        name = call.model = OPENAI + body["model"]
        accepted = accepted_by(name)
        reasoning = reasoning_in({"reasoning_effort": body.get("reasoning_effort")})
        asked = _asked(body, reasoning)
        refused = objection(name, asked)
        if refused is not None:
            raise ServiceError("ValidationException", refused)
        stop = body.get("stop") or ()
        tool = forced_tool(body)
        complaint = next(complaints(body["messages"], accepted), None)
        if complaint is not None:
            raise ServiceError("ValidationException", complaint)
        question = Question(
            asked=name,
            model_id=name,
            text=_text(body["messages"]),
            words=_text([message for message in body["messages"] if message["role"] != "tool"]),
            metadata=body.get("metadata") or {},
            max_tokens=asked.max_tokens,
            stop_sequences=(stop,) if isinstance(stop, str) else tuple(stop),
            temperature=asked.temperature,
            schema=_schema(body.get("response_format")) if tool is None else tool.schema,
            tool=tool,
            offered=() if tool is not None or body.get("tool_choice") == "none" else tuple(tools_of(body)),
            returned=returned_since_the_user(body["messages"]),
            files=files_in(body["messages"]),
            reasoning_tokens=reasoning.tokens(accepted),
            has_system=asked.system,
            shown_answers=sum(message["role"] == "assistant" for message in body["messages"][:-1]),
            prefilled=asked.prefill,
        )
        return question, accepted


def render_error(error: ServiceError) -> HttpResponse:
    status = _STATUS.get(error.code, error.status)
    body = {
        "message": error.message,
        "type": _TYPES.get(status, "server_error"),
        "param": None,
        "code": error.members.get("code"),
    }
    headers = {"Content-Type": "application/json"}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return HttpResponse(status=status, headers=headers, body=to_json({"error": body}))


def _asked(body: Mapping[str, Any], reasoning: Reasoning) -> Asked:
    """The parameters that models differ about; the wire has no levels of its own for tools and schemas."""
    limit = body.get("max_completion_tokens")
    roles = [message["role"] for message in body["messages"]]
    stop = body.get("stop") or ()
    return Asked(
        max_tokens=body.get("max_tokens") if limit is None else limit,
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        stops=1 if isinstance(stop, str) else len(stop),
        prefill=roles[-1] == "assistant",
        system=not {"system", "developer"}.isdisjoint(roles),
        thinking=reasoning.setting,
    )


def _text(messages: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(text for message in messages for text in _texts(message.get("content")))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        if isinstance(part.get("text"), str):
            yield part["text"]


def _schema(wanted: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    kind = (wanted or {}).get("type")
    if wanted is None or kind not in ("json_schema", "json_object"):
        return None
    described = wanted.get("json_schema")
    schema = described.get("schema") if isinstance(described, dict) else None
    return schema if isinstance(schema, dict) else {}
