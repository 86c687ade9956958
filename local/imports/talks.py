"""Conversations in any vendor's form, with calls of tools and their results, as turns of a prompt and of a case."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.prompt_data import tools_of
from brainswap.core.prompts.template import Message
from local.imports.chat_messages import OF_TOOLS, most_turns_kept, role_of, text_of_content, turns_of
from local.imports.drafts import CannotUseError
from local.imports.json_values import below

Turn = dict[str, Any]

_UNDECLARED = "a call of a tool that is not declared"
_MISMATCH = "a conversation whose calls of tools and results do not belong together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation as it was sent.

    Attributes:
        turns: of which a prompt is made: system texts, and the last turn of the user. A turn of the role ``case``
            stands in its place where the model was asked for its next word after the result of a tool.
        earlier: what was said in between, in the form in which a case holds it.
    """

    turns: tuple[Message, ...]
    earlier: tuple[Turn, ...] = ()


def talk_of(messages: Any, system: Any = None, tools: str = "") -> Talk:
    """Part a conversation into what belongs to a prompt and what to a case.

    Args:
        messages: objects with a role and a content of text or parts, among them calls of tools and their results.
        system: a text or parts, where it stands apart.
        tools: that are declared, as JSON.

    Raises:
        CannotUseError: it is no conversation of texts and tools.
    """
    if not isinstance(messages, list):
        return Talk(turns=turns_of(messages, system))
    most_turns_kept(messages)
    spoken = [turn for message in messages for turn in _turns(message)]
    leading = next((place for place, turn in enumerate(spoken) if turn["role"] != "system"), len(spoken))
    rest = spoken[leading:]
    with_tools = any(turn["role"] == "tool" or turn.get("tool_calls") for turn in rest)
    if not with_tools and not _is_plain(rest):
        return Talk(turns=turns_of(messages, system))
    _check(rest)
    lead = _system(system, spoken[:leading])
    last = rest[-1]
    if last["role"] == "assistant":
        raise CannotUseError("a conversation with tools that ends with the assistant's own words")
    called = {call["name"] for turn in rest for call in turn.get("tool_calls", ())}
    if called and not called <= _names(tools):
        raise CannotUseError(_UNDECLARED)
    numbered = list(_numbered(rest))
    if last["role"] == "tool":
        return Talk(turns=(*lead, Message(role="case", content="")), earlier=tuple(numbered))
    asked = Message(role="user", content=str(last["content"]))
    return Talk(turns=(*lead, asked), earlier=tuple(numbered[:-1]))


def calls_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of a message of the assistant, as ``{name, arguments}``.

    Raises:
        CannotUseError: one of them has no arguments that are an object.
    """
    return [call for call, _ in _calls(message)]


def declared_calls_of(message: Mapping[str, Any], tools: str) -> list[dict[str, Any]]:
    """The same, of tools that are declared.

    Raises:
        CannotUseError: also where a tool is not.
    """
    calls = calls_of(message)
    if calls and not {call["name"] for call in calls} <= _names(tools):
        raise CannotUseError(_UNDECLARED)
    return calls


def _is_plain(rest: Sequence[Turn]) -> bool:
    """Whether texts alone begin and end with the user, with the assistant between them."""
    roles = [turn["role"] for turn in rest]
    return len(roles) > 1 and roles[0] == roles[-1] == "user" and "system" not in roles and "assistant" in roles


def _check(rest: Sequence[Turn]) -> None:
    if rest[0]["role"] != "user":
        raise CannotUseError("a conversation with tools that the user does not begin")
    if any(turn["role"] == "system" for turn in rest):
        raise CannotUseError("a conversation with tools and a system text in its middle")


def _system(system: Any, leading: Sequence[Turn]) -> tuple[Message, ...]:
    texts = [text_of_content(system), *(str(turn["content"]) for turn in leading)]
    return tuple(Message(role="system", content=text) for text in texts if text.strip())


def _turns(message: Any) -> Iterator[Turn]:
    """The turns of one message: results of tools in it come before what the user says."""
    if not isinstance(message, dict):
        raise CannotUseError("a message that is no object")
    if _folded_role(message) in OF_TOOLS:
        name = message.get("tool_call_id")
        yield {"role": "tool", "tool_call_id": name, "content": text_of_content(message.get("content"))}
        return
    role = role_of(message)
    content = message.get("content", message.get("message"))
    parts = content if isinstance(content, list) else []
    for part in parts:
        result = _result(part)
        if result is not None:
            yield result
    calls = list(_calls(message))
    kept = [part for part in parts if _result(part) is None and _call(part) is None] if parts else content
    text = text_of_content(kept)
    if calls and role != "assistant":
        raise CannotUseError("a call of a tool by somebody else than the assistant")
    if calls:
        yield {"role": role, "content": text, "tool_calls": [call | {"id": name} for call, name in calls]}
    elif text.strip():
        yield {"role": role, "content": text}
    elif role != "system" and not any(_result(part) is not None for part in parts):
        raise CannotUseError("a turn without text")


def _folded_role(message: Mapping[str, Any]) -> str:
    named = message.get("role", message.get("type"))
    return named.lower() if isinstance(named, str) else ""


def _calls(message: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each call with the id that it came with."""
    listed = message.get("tool_calls")
    for call in listed if isinstance(listed, list) else ():
        function = below(call, "function")
        yield _made(below(function, "name"), below(function, "arguments")), below(call, "id")
    if isinstance(message.get("function_call"), dict):
        yield _made(below(message, "function_call", "name"), below(message, "function_call", "arguments")), None
    content = message.get("content")
    for part in content if isinstance(content, list) else ():
        call = _call(part)
        if call is not None:
            yield _made(call.get("name"), call.get("input")), call.get("toolUseId") or call.get("id")


def _call(part: Any) -> Mapping[str, Any] | None:
    if isinstance(below(part, "toolUse"), dict):
        return dict(part["toolUse"])
    return part if below(part, "type") == "tool_use" else None


def _result(part: Any) -> Turn | None:
    inner = below(part, "toolResult")
    if isinstance(inner, dict):
        content, name, failed = inner.get("content"), inner.get("toolUseId"), inner.get("status") == "error"
    elif below(part, "type") == "tool_result":
        content, name, failed = part.get("content"), part.get("tool_use_id"), part.get("is_error") is True
    else:
        return None
    said = _returned(content)
    return {"role": "tool", "tool_call_id": name, "content": said, **({"error": True} if failed else {})}


def _returned(content: Any) -> Any:
    """What a tool returned: JSON as it is, or else a text."""
    if isinstance(content, list) and len(content) == 1 and below(content[0], "json") is not None:
        return content[0]["json"]
    parts = content if isinstance(content, list) else [content] if content else []
    texts = [
        {"text": json.dumps(part["json"], ensure_ascii=False)} if below(part, "json") is not None else part
        for part in parts
    ]
    return text_of_content(texts)


def _made(name: Any, arguments: Any) -> dict[str, Any]:
    if not isinstance(name, str) or not name:
        raise CannotUseError("a turn with a call of a tool without a name")
    value = arguments
    if isinstance(arguments, str):
        try:
            value = json.loads(arguments) if arguments.strip() else {}
        except (ValueError, RecursionError):
            value = None
    if value is None and arguments is None:
        value = {}
    if not isinstance(value, dict):
        raise CannotUseError("a turn with a call of a tool whose arguments are no JSON object")
    return {"name": name, "arguments": value}


def _numbered(rest: Sequence[Turn]) -> Iterator[Turn]:
    """The turns with ids of ours, by which results follow their calls; old forms have none of their own."""
    waiting: list[tuple[Any, str]] = []
    number = 0
    for turn in rest:
        if turn["role"] == "tool":
            place = _place(waiting, turn["tool_call_id"])
            yield turn | {"tool_call_id": waiting.pop(place)[1]}
            continue
        if waiting:
            raise CannotUseError(_MISMATCH)
        calls = []
        for call in turn.get("tool_calls", ()):
            number += 1
            waiting.append((call["id"], f"call-{number}"))
            calls.append({**call, "id": f"call-{number}"})
        yield turn | ({"tool_calls": calls} if calls else {})
    if waiting:
        raise CannotUseError(_MISMATCH)


def _place(waiting: Sequence[tuple[Any, str]], name: Any) -> int:
    """Which waiting call a result is for: the one of its id, or the first where neither has one."""
    found = next((place for place, (known, _) in enumerate(waiting) if known == name), None)
    if found is None:
        raise CannotUseError(_MISMATCH)
    return found


@lru_cache(maxsize=64)
def _names(tools: str) -> frozenset[str]:
    """The names of the tools that a workload can have."""
    try:
        return frozenset(tool.name for tool in tools_of("tools", tools)) if tools else frozenset()
    except InvalidWorkloadError as error:
        raise CannotUseError("calls of tools whose definitions no workload can have") from error
