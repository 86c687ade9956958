"""What was asked of a model on Amazon Bedrock: bodies of Converse, and of InvokeModel by family of models.

Bodies are told apart by their keys and not by the model's id, which may be the ARN of anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.core.prompts.template import Message
from local.imports.chat_markup import turns_of_text
from local.imports.chat_messages import turns_of
from local.imports.drafts import CannotUseError
from local.imports.json_values import below
from local.imports.talks import talk_of

_LARGEST = 1_000_000_000
_SETTINGS = ((), ("inferenceConfig",), ("textGenerationConfig",))
_NAMES: Mapping[str, tuple[str, ...]] = {
    "max_tokens": (
        "maxTokens",
        "max_tokens",
        "max_completion_tokens",
        "max_new_tokens",
        "max_tokens_to_sample",
        "max_gen_len",
        "maxTokenCount",
    ),
    "temperature": ("temperature",),
    "top_p": ("topP", "top_p", "p"),
    "top_k": ("topK", "top_k", "k"),
    "stop_sequences": ("stopSequences", "stop_sequences", "stop"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A body in the words of a workload: ``tools`` as JSON, always written alike; ``earlier`` turns as in a case."""

    turns: tuple[Message, ...]
    earlier: tuple[Mapping[str, Any], ...] = ()
    parameters: Mapping[str, Any]
    tools: str


def request_of(body: Any) -> Request:
    """What a body asks.

    Raises:
        CannotUseError: it is no conversation of texts and tools.
    """
    if not isinstance(body, dict):
        raise CannotUseError("a request whose body is no object")
    tools = tools_of_body(body)
    if "messages" in body:
        talk = talk_of(body["messages"], body.get("system"), tools)
        return Request(turns=talk.turns, earlier=talk.earlier, parameters=parameters_of(body), tools=tools)
    return Request(turns=_turns(body), parameters=parameters_of(body), tools=tools)


def _turns(body: Mapping[str, Any]) -> tuple[Message, ...]:
    for key in ("prompt", "inputText"):
        if isinstance(body.get(key), str):
            return _with_system(body.get("system"), turns_of_text(body[key]))
    if isinstance(body.get("message"), str):
        return _cohere(body)
    if "promptVariables" in body:
        raise CannotUseError("a request by a prompt of Prompt Management, whose text the log does not hold")
    if {"texts", "images", "taskType", "inputImage", "embeddingTypes"} & body.keys():
        raise CannotUseError("a request for something other than text")
    raise CannotUseError("a request of an unknown form")


def _with_system(system: Any, turns: tuple[Message, ...]) -> tuple[Message, ...]:
    text = system if isinstance(system, str) and system.strip() else None
    return turns if text is None else (Message(role="system", content=text), *turns)


def _cohere(body: Mapping[str, Any]) -> tuple[Message, ...]:
    if body.get("documents") or body.get("tool_results"):
        raise CannotUseError("a request with documents or results of tools apart from its text")
    history = body.get("chat_history")
    earlier = history if isinstance(history, list) else []
    return turns_of([*earlier, {"role": "user", "content": body["message"]}], body.get("preamble"))


def tools_of_body(body: Mapping[str, Any]) -> str:
    tools = below(body, "toolConfig", "tools") or body.get("tools")
    if not isinstance(tools, list):
        return ""
    kept = [tool for tool in tools if not (isinstance(tool, dict) and "cachePoint" in tool)]
    return json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else ""


def parameters_of(body: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for path in _SETTINGS:
        part = below(body, *path)
        settings |= part if isinstance(part, dict) else {}
    more = body.get("additionalModelRequestFields")
    settings |= (
        {key: value for key, value in more.items() if key in ("top_k", "topK")} if isinstance(more, dict) else {}
    )
    found: dict[str, Any] = {}
    for name, spellings in _NAMES.items():
        value = next((settings[key] for key in spellings if settings.get(key) is not None), None)
        usable = _usable(name, value)
        if usable is not None:
            found[name] = usable
    return found


def _usable(name: str, value: Any) -> Any:
    if name == "stop_sequences":
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
            return None
        return texts
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
        return None
    return value if name in ("temperature", "top_p") else int(value)
