"""Messages of any vendor's chat interface as the turns of a prompt, which hold text and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from brainswap.core.prompts.template import Message
from local.imports.drafts import CannotUseError

Role = Literal["user", "assistant", "system"]

_MOST_TURNS = 100
_ROLES: Mapping[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "bot": "assistant",
    "system": "system",
    "developer": "system",
}
_EXAMPLES: Mapping[str, Role] = {"example_user": "user", "example_assistant": "assistant"}
OF_TOOLS = frozenset({"tool", "function", "ipython"})
_TEXT_TYPES = frozenset({None, "text", "input_text", "output_text", "refusal"})
_SILENT = frozenset({"cachePoint", "cache_point", "reasoningContent", "thinking", "redacted_thinking", "reasoning"})
_KINDS: Mapping[str, str] = {
    "image": "an image",
    "image_url": "an image",
    "input_image": "an image",
    "document": "a document",
    "file": "a document",
    "input_file": "a document",
    "audio": "sound",
    "input_audio": "sound",
    "video": "a film",
    "toolUse": "a call of a tool",
    "tool_use": "a call of a tool",
    "toolResult": "the result of a tool",
    "tool_result": "the result of a tool",
    "searchResult": "a search result",
}


def turns_of(messages: Any, system: Any = None) -> tuple[Message, ...]:
    """The turns, the system text first.

    Args:
        messages: objects with a role and a content of text or parts.
        system: a text or parts, where it stands apart.

    Raises:
        CannotUseError: they are no conversation of texts.
    """
    if not isinstance(messages, list):
        raise CannotUseError("no list of messages")
    most_turns_kept(messages)
    turns = [*_system_turns(system), *(turn for message in messages for turn in _turns(message))]
    if not turns:
        raise CannotUseError("a conversation without a turn")
    return tuple(turns)


def most_turns_kept(messages: Sequence[Any]) -> None:
    """Refuse a conversation that is too long.

    Raises:
        CannotUseError: it is.
    """
    if len(messages) > _MOST_TURNS:
        raise CannotUseError(f"a conversation of more than {_MOST_TURNS} turns")


def question(text: str) -> tuple[Message, ...]:
    """One turn of the user."""
    if not text.strip():
        raise CannotUseError("a turn without text")
    return (Message(role="user", content=text),)


def text_of_content(content: Any) -> str:
    """The text of a content that may consist of parts.

    Raises:
        CannotUseError: a part is no text.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        raise CannotUseError("a turn without text")
    texts = [text for part in content if (text := _text_of_part(part)) is not None]
    return "\n\n".join(texts) if len(texts) > 1 else "".join(texts)


def _system_turns(system: Any) -> Iterator[Message]:
    text = text_of_content(system)
    if text.strip():
        yield Message(role="system", content=text)


def _turns(message: Any) -> Iterator[Message]:
    if not isinstance(message, dict):
        raise CannotUseError("a message that is no object")
    role = role_of(message)
    if message.get("tool_calls") or message.get("function_call"):
        raise CannotUseError("a turn with a call of a tool")
    content = message.get("content", message.get("message"))
    text = text_of_content(content)
    if text.strip():
        yield Message(role=role, content=text)
    elif role != "system":
        raise CannotUseError("a turn without text")


def role_of(message: Mapping[str, Any]) -> Role:
    """Who speaks.

    Raises:
        CannotUseError: nobody that a prompt knows.
    """
    named = message.get("role", message.get("type"))
    if not isinstance(named, str):
        raise CannotUseError("a message without a role")
    folded = named.lower()
    if folded in OF_TOOLS:
        raise CannotUseError("a turn with the result of a tool")
    role = _ROLES.get(folded)
    if role is None:
        raise CannotUseError("a message of an unknown role")
    name = message.get("name")
    return _EXAMPLES.get(name, role) if role == "system" and isinstance(name, str) else role


def _text_of_part(part: Any) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise CannotUseError("a turn with a part of an unknown kind")
    if isinstance(part.get("text"), str) and part.get("type") in _TEXT_TYPES:
        return str(part["text"])
    guarded = part.get("guardContent")
    if isinstance(guarded, dict) and isinstance(guarded.get("text"), dict):
        return _text_of_part(guarded["text"])
    kind = part.get("type")
    named = [kind] if isinstance(kind, str) else list(part)
    if any(name in _SILENT for name in named):
        return None
    found = next((_KINDS[name] for name in named if name in _KINDS), "a part of an unknown kind")
    raise CannotUseError(f"a turn with {found}")
