"""Prompts as people keep them: a text, chat messages as JSON, or the folder of a workload."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.loading.declaration import MAX_BYTES
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from brainswap.core.prompts.template import Message, Prompt, Role
from brainswap.core.wording import printable

_ROLES: Mapping[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
Shape = Literal["text", "messages", "workload"]


class CannotReadPromptError(Exception):
    """A file holds no prompt; the message says what would be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    """A prompt with the form that it was read in.

    Attributes:
        workload: whose prompt it is, where a folder was named.
    """

    prompt: Prompt
    shape: Shape
    workload: LoadedWorkload | None = None


def read_prompt(path: Path) -> PromptFile:
    """Read a prompt.

    Raises:
        CannotReadPromptError: there is none.
        InvalidWorkloadError: of a folder or of bytes that are not text.
    """
    if path.is_dir():
        loaded = load_workload(DirectoryFolder(path))
        return PromptFile(prompt=loaded.prompt, shape="workload", workload=loaded)
    try:
        with path.open("rb") as stream:
            text = decoded(path.name, bounded(path.name, stream, MAX_BYTES))
    except OSError as error:
        raise CannotReadPromptError(f"{path}: {error.strerror or 'it cannot be read'}.") from error
    if not text.strip():
        raise CannotReadPromptError(f"{path}: the file is empty. Write the prompt into it.")
    if path.suffix.lower() == ".json":
        return PromptFile(prompt=_chat(path, text), shape="messages")
    return PromptFile(prompt=Prompt(system=None, messages=(Message(role="user", content=text),)), shape="text")


def messages_of(prompt: Prompt) -> list[dict[str, str]]:
    """As chat messages, the system text first."""
    system = [] if prompt.system is None else [{"role": "system", "content": prompt.system}]
    return [*system, *({"role": turn.role, "content": turn.content} for turn in prompt.messages)]


def _chat(path: Path, text: str) -> Prompt:
    """Chat messages of the usual APIs: a list, or an object with ``messages`` and perhaps ``system``."""
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CannotReadPromptError(
            f"{path}: not JSON{where}. A prompt of plain text goes into a .txt file."
        ) from error
    system = _content(data.get("system")) if isinstance(data, Mapping) else None
    turns = data.get("messages") if isinstance(data, Mapping) else data
    if not isinstance(turns, list) or not turns:
        raise CannotReadPromptError(f'{path}: no chat messages. Write [{{"role": "user", "content": "…"}}].')
    texts = [] if system is None else [system]
    messages: list[Message] = []
    for place, turn in enumerate(turns):
        role, content = _turn(path, place, turn)
        if role == "system" and not messages:
            texts.append(content)
        else:
            messages.append(Message(role=role, content=content))
    return Prompt(system="\n\n".join(texts) if texts else None, messages=tuple(messages))


def _turn(path: Path, place: int, turn: Any) -> tuple[Role, str]:
    role = _ROLES.get(str(turn.get("role"))) if isinstance(turn, Mapping) else None
    content = _content(turn.get("content")) if isinstance(turn, Mapping) else None
    if role is None or content is None:
        said = printable(json.dumps(turn, ensure_ascii=False))
        raise CannotReadPromptError(
            f"{path}: messages[{place}] is {said}; it needs a role (system, user or assistant) and a content of text."
        )
    return role, content


def _content(value: Any) -> str | None:
    """A text, or the texts of a list of blocks; None where there is anything else."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        return None
    texts = [block.get("text") if isinstance(block, Mapping) else None for block in value]
    return None if any(not isinstance(text, str) for text in texts) else "\n\n".join(text for text in texts if text)
