"""The turns of a prompt as the messages of OpenAI's chat completions."""

import base64
from collections.abc import Callable
from typing import Any

from brainswap.core.attachments.kinds import FORMATS
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.prompts.template import AttachedFile, Message, Prompt

Read = Callable[[AttachedFile], bytes]


def messages_of(prompt: Prompt, read: Read) -> list[dict[str, Any]]:
    """One message a turn, the system text first.

    Raises:
        ModelRefusesRequestError: a document is of a format that chat completions do not take.
    """
    messages = [] if prompt.system is None else [{"role": "system", "content": prompt.system}]
    return [*messages, *(_message(turn, read) for turn in prompt.messages)]


def _message(turn: Message, read: Read) -> dict[str, Any]:
    if turn.role == "tool":
        return {"role": "tool", "tool_call_id": turn.call_id, "content": turn.content}
    if turn.tool_calls:
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in turn.tool_calls
        ]
        return {"role": turn.role, "content": turn.content or None, "tool_calls": calls}
    if turn.attachments:
        words = [{"type": "text", "text": turn.content}] if turn.content else []
        return {"role": turn.role, "content": [*(_part(file, read) for file in turn.attachments), *words]}
    return {"role": turn.role, "content": turn.content}


def _part(file: AttachedFile, read: Read) -> dict[str, Any]:
    """An image or a PDF as a data URL; a file of text as what it says, below its name."""
    of = FORMATS[file.format]
    if of.text:
        return {"type": "text", "text": f"{file.name}:\n{read(file).decode('utf-8', 'replace')}"}
    if of.kind == "document" and of.name != "pdf":
        raise ModelRefusesRequestError(f"chat completions take no document of the format {of.name}: {file.name}")
    url = f"data:{of.media_type};base64,{base64.b64encode(read(file)).decode('ascii')}"
    if of.kind == "image":
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": file.name, "file_data": url}}
