"""``Converse`` and ``ConverseStream``."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.bedrock import eventstream
from local.bedrock.catalogue import Catalogue
from local.bedrock.converse_replies import events, payload
from local.bedrock.desk import CALM, Answered, Desk
from local.bedrock.faults import ServiceError
from local.bedrock.guarding import blocked_question, guarded
from local.bedrock.http1 import HttpResponse
from local.bedrock.pace import Pace
from local.bedrock.parameters import Accepted, Asked, accepted_by, objection
from local.bedrock.question import Question, Reply, Tool
from local.bedrock.reasoning import Reasoning, reasoning_in
from local.bedrock.service import Call, aws_headers, json_response


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """The data plane: takes requests apart, has them answered, and puts the replies into Bedrock's forms."""

    catalogue: Catalogue
    desk: Desk

    async def converse(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        since = asyncio.get_running_loop().time()
        question, accepted = self._question(parameters, call)
        answered = self._answered(question, call, accepted, parameters, since=since, streams=False)
        body = payload(question, answered.reply, parameters)
        return await self.desk.whole(answered, json_response(body, marks(answered.reply, self.desk.pace)))

    async def converse_stream(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        since = asyncio.get_running_loop().time()
        question, accepted = self._question(parameters, call, streaming=True)
        answered = self._answered(question, call, accepted, parameters, since=since, streams=True)
        return HttpResponse(
            status=200,
            headers=aws_headers(eventstream.CONTENT_TYPE) | marks(answered.reply, self.desk.pace),
            body=self.desk.stream(answered, events(question, answered.reply, parameters), eventstream.exception),
        )

    def _answered(
        self,
        question: Question,
        call: Call,
        accepted: Accepted,
        parameters: Mapping[str, Any],
        *,
        since: float,
        streams: bool,
    ) -> Answered:
        name = (parameters.get("guardrailConfig") or {}).get("guardrailIdentifier")
        if not name:
            return self.desk.ask(question, call, accepted, since=since, streams=streams)
        asked = _last_words(parameters)
        blocked = blocked_question(name, asked)
        if blocked is not None:
            return Answered(asked=question.asked, reply=blocked, since=since, visit=CALM)
        answered = self.desk.ask(question, call, accepted, since=since, streams=streams)
        return replace(answered, reply=guarded(name, asked, answered.reply))

    def _question(
        self, parameters: Mapping[str, Any], call: Call, *, streaming: bool = False
    ) -> tuple[Question, Accepted]:
        name = parameters["modelId"]
        model = self.catalogue.to_answer(name)
        call.model = name
        _refuse_what_is_missing(parameters)
        if streaming and not model.streaming:
            raise ServiceError("ValidationException", f"The model {model.model_id} doesn't support streaming.")
        accepted = accepted_by(model.model_id)
        fields = _mapping(parameters.get("additionalModelRequestFields"))
        reasoning = reasoning_in(fields)
        asked = _asked(parameters, fields, reasoning)
        refused = objection(model.model_id, asked)
        if refused is not None:
            raise ServiceError("ValidationException", refused)
        inference = parameters.get("inferenceConfig") or {}
        tools = parameters.get("toolConfig")
        tool = _forced_tool(tools) if tools else None
        question = Question(
            asked=name,
            model_id=model.model_id,
            text=request_text(parameters),
            metadata=parameters.get("requestMetadata") or {},
            max_tokens=asked.max_tokens,
            stop_sequences=tuple(inference.get("stopSequences") or ()),
            temperature=asked.temperature,
            schema=_schema(parameters.get("outputConfig")) if tool is None else tool.schema,
            tool=tool,
            reasoning_tokens=reasoning.tokens(accepted),
            has_system=asked.system,
            shown_answers=_shown_answers(parameters["messages"]),
            prefilled=asked.prefill,
        )
        return question, accepted


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


def _last_words(parameters: Mapping[str, Any]) -> str:
    """What a guardrail looks at of a request: the last message of the user."""
    last = next(message for message in reversed(parameters["messages"]) if message["role"] == "user")
    return "\n".join(text for block in last["content"] for text in _texts(block))


def _shown_answers(messages: Sequence[Mapping[str, Any]]) -> int:
    """How many turns of the assistant come before the last message."""
    return [message["role"] for message in messages[:-1]].count("assistant") if len(messages) > 1 else 0


def _asked(parameters: Mapping[str, Any], fields: Mapping[str, Any], reasoning: Reasoning) -> Asked:
    """The parameters that models differ about."""
    inference = parameters.get("inferenceConfig") or {}
    tools = parameters.get("toolConfig") or {}
    output = parameters.get("outputConfig") or {}
    roles = [message["role"] for message in parameters["messages"]]
    return Asked(
        max_tokens=inference.get("maxTokens"),
        temperature=inference.get("temperature"),
        top_p=inference.get("topP"),
        top_k=bool(fields) and _sets_top_k(fields),
        stops=len(inference.get("stopSequences") or ()),
        prefill=roles[-1] == "assistant",
        system=bool(parameters.get("system")) or "system" in roles,
        tools=bool(tools),
        choice=_choice(tools) if tools else None,
        structured=bool(output.get("textFormat")),
        effort=bool(output.get("effort")) or "effort" in _mapping(fields.get("output_config")),
        thinking=reasoning.setting,
        budget=reasoning.budget,
        fields=frozenset(fields),
    )


def _choice(tools: Mapping[str, Any]) -> str | None:
    return next((kind for kind, value in (tools.get("toolChoice") or {}).items() if value is not None), None)


def _sets_top_k(fields: Mapping[str, Any]) -> bool:
    return not fields.keys().isdisjoint(("top_k", "topK", "k")) or "topK" in _mapping(fields.get("inferenceConfig"))


def _forced_tool(config: Mapping[str, Any]) -> Tool | None:
    """The tool that the answer must call: the one that is named, or the first where any will do."""
    choice = config.get("toolChoice") or {}
    tools = [
        Tool(name=tool["toolSpec"]["name"], schema=_mapping(tool["toolSpec"]["inputSchema"].get("json")))
        for tool in config.get("tools") or ()
        if tool.get("toolSpec")
    ]
    if choice.get("any") is not None and tools:
        return tools[0]
    named = choice.get("tool")
    if named is None:
        return None
    for tool in tools:
        if tool.name == named["name"]:
            return tool
    raise ServiceError("ValidationException", f"Tool '{named['name']}' not found in provided tools.")


def _schema(output: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    wanted = (output or {}).get("textFormat")
    if not wanted:
        return None
    try:
        schema = json.loads(wanted["structure"]["jsonSchema"]["schema"])
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise ServiceError("ValidationException", "The JSON schema of outputConfig.textFormat is no JSON object.")
    return schema


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
