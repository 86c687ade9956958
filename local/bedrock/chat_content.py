"""What chat completions demand of the parts of messages, and what is counted in them."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.bedrock.parameters import Accepted

_DATA, _BASE64 = "data:", ";base64,"


def complaints(messages: Sequence[Mapping[str, Any]], accepted: Accepted) -> Iterator[str]:
    """What is wrong with calls, their results, images and files."""
    yield from _about_tools(messages)
    for place, message in enumerate(messages):
        for kind, url in _files(message):
            if message["role"] != "user":
                yield f"Invalid 'messages[{place}]'. Images and files are only allowed in user messages."
            if kind == "image_url" and not accepted.images:
                yield "Invalid content type. image_url is only supported by certain models."
            if kind == "file" and not accepted.documents:
                yield "Invalid content type. file is only supported by certain models."
            if url.startswith(_DATA) and not _is_base64(url):
                yield f"Invalid base64 data in 'messages[{place}]'."


def returned_since_the_user(messages: Sequence[Mapping[str, Any]]) -> int:
    """Results of tools after the last words of the user."""
    returned = 0
    for message in messages:
        returned = 0 if message["role"] == "user" else returned + (message["role"] == "tool")
    return returned


def files_in(messages: Sequence[Mapping[str, Any]]) -> int:
    return sum(1 for message in messages for _ in _files(message))


def _about_tools(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    open_calls: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            name = message.get("tool_call_id")
            if name not in open_calls:
                yield "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
            open_calls.discard(str(name))
            continue
        if open_calls:
            break
        open_calls = {str(call.get("id")) for call in message.get("tool_calls") or () if isinstance(call, dict)}
    if open_calls:
        ids = ", ".join(sorted(open_calls))
        yield (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {ids}"
        )


def _files(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    content = message.get("content")
    for part in content if isinstance(content, list) else ():
        kind = part.get("type")
        inner = part.get(kind) if kind in ("image_url", "file") else None
        if isinstance(inner, dict):
            yield str(kind), str(inner.get("url") or inner.get("file_data") or "")


def _is_base64(url: str) -> bool:
    try:
        base64.b64decode(url.partition(_BASE64)[2], validate=True)
    except (ValueError, binascii.Error):
        return False
    return _BASE64 in url
