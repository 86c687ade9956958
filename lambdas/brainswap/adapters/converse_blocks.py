"""The turns of a prompt as the messages of Bedrock's ``Converse``."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from brainswap.core.attachments.kinds import FORMATS
from brainswap.core.prompts.template import AttachedFile, Message

Read = Callable[[AttachedFile], bytes]

# Amazon Bedrock API reference, `DocumentBlock`: letters, digits, single blanks, hyphens, parentheses and brackets.
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9\s()\[\]-]")
_BLANKS = re.compile(r"\s+")
_LONGEST_NAME = 180
_ROLES = {"user": "user", "tool": "user", "assistant": "assistant"}


def messages_of(turns: Iterable[Message], read: Read) -> list[dict[str, Any]]:
    """Messages of alternating roles: neighbours of one role are the blocks of one message.

    Args:
        turns: of which those of the system are passed over.
        read: the bytes of a file.
    """
    messages: list[dict[str, Any]] = []
    names = _Names()
    for turn in turns:
        role = _ROLES.get(turn.role)
        if role is None:
            continue
        blocks = list(_blocks(turn, read, names))
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    return messages


def _blocks(turn: Message, read: Read, names: "_Names") -> Iterator[dict[str, Any]]:
    if turn.role == "tool":
        content = [{"text": turn.content}] if turn.content.strip() else []
        result = {"toolUseId": turn.call_id, "content": content, "status": "error" if turn.failed else "success"}
        yield {"toolResult": result}
        return
    yield from turn.thoughts
    for file in turn.attachments:
        yield _file(file, read, names)
    if turn.content.strip() or not (turn.attachments or turn.tool_calls):
        yield {"text": turn.content}
    for call in turn.tool_calls:
        yield {"toolUse": {"toolUseId": call.id, "name": call.name, "input": arguments_of(call.arguments)}}


def arguments_of(text: str) -> Any:
    """The arguments of a call; of a model's own that are no JSON object, nothing can be sent back."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _file(file: AttachedFile, read: Read, names: "_Names") -> dict[str, Any]:
    source = {"bytes": base64.b64encode(read(file)).decode("ascii")}
    if FORMATS[file.format].kind == "image":
        return {"image": {"format": file.format, "source": source}}
    return {"document": {"format": file.format, "name": names.of(file.name), "source": source}}


class _Names:
    """Names of documents that Converse takes, each once in a request."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        stem = name.rpartition(".")[0] or name
        cleaned = _BLANKS.sub(" ", _NOT_IN_NAMES.sub("-", stem)).strip()[:_LONGEST_NAME] or "document"
        free, number = cleaned, 2
        while free in self._taken:
            free, number = f"{cleaned} ({number})", number + 1
        self._taken.add(free)
        return free
