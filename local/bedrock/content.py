"""What ``Converse`` demands of the blocks of messages beyond their shapes, and what it counts in them."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from local.bedrock.parameters import Accepted

_MOST_IMAGES, _MOST_DOCUMENTS = 20, 5
_LARGEST_IMAGE, _LARGEST_DOCUMENT = 3_750_000, 4_500_000
_NAME = re.compile(r"[a-zA-Z0-9()\[\]-]+(\s[a-zA-Z0-9()\[\]-]+)*")


def complaints(messages: Sequence[Mapping[str, Any]], accepted: Accepted, *, has_tools: bool) -> Iterator[str]:
    """What is wrong with the blocks, in Bedrock's words as far as they are known."""
    roles = [message["role"] for message in messages if message["role"] != "system"]
    if any(one == other for one, other in pairwise(roles)):
        yield "A conversation must alternate between user and assistant roles."
    yield from _about_tools(messages, has_tools=has_tools)
    yield from _about_files(messages, accepted)


def returned_since_the_user(messages: Sequence[Mapping[str, Any]]) -> int:
    """Results of tools after the last words of the user."""
    returned = 0
    for message in messages:
        for block in message["content"]:
            if block.get("toolResult") is not None:
                returned += 1
            elif message["role"] == "user" and block.get("text") is not None:
                returned = 0
    return returned


def returns_something(message: Mapping[str, Any]) -> bool:
    """Whether a message holds the result of a tool."""
    return any(block.get("toolResult") is not None for block in message["content"])


def files_in(messages: Sequence[Mapping[str, Any]]) -> int:
    return sum(_is_file(block) for message in messages for block in message["content"])


def _about_tools(messages: Sequence[Mapping[str, Any]], *, has_tools: bool) -> Iterator[str]:
    """Each call is answered in the next message, and nothing else is."""
    open_calls: set[str] = set()
    for message in messages:
        results = {block["toolResult"]["toolUseId"] for block in _of(message, "toolResult")}
        calls = [block["toolUse"]["toolUseId"] for block in _of(message, "toolUse")]
        if (results or calls) and not has_tools:
            yield "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        if open_calls - results:
            missing = ", ".join(sorted(open_calls - results))
            yield f"Expected toolResult blocks at messages.content for the following Ids: {missing}"
        if results - open_calls:
            yield "The number of toolResult blocks exceeds the number of toolUse blocks of previous turn."
        if len(set(calls)) < len(calls):
            yield "The toolUse blocks contain duplicate Ids."
        open_calls = set(calls)
    if open_calls:
        yield "A conversation must not end with toolUse blocks that have no toolResult."


def _about_files(messages: Sequence[Mapping[str, Any]], accepted: Accepted) -> Iterator[str]:
    images: list[Mapping[str, Any]] = []
    documents: list[Mapping[str, Any]] = []
    for message in messages:
        here = [block["document"] for block in _of(message, "document")]
        pictures = [block["image"] for block in _of(message, "image")]
        if (here or pictures) and message["role"] != "user":
            yield "Images and documents are allowed in user messages only."
        if here and not list(_of(message, "text")):
            yield "A text block is required in a message with a document."
        images += pictures
        documents += here
    yield from _about_images(images, accepted)
    yield from _about_documents(documents, accepted)


def _about_images(images: Sequence[Mapping[str, Any]], accepted: Accepted) -> Iterator[str]:
    if images and not accepted.images:
        yield "This model doesn't support the image content block that you provided."
    if len(images) > _MOST_IMAGES:
        yield "The number of images exceeds 20."
    if any(_size(image) > _LARGEST_IMAGE for image in images):
        yield "The image size exceeds 3.75 MB."


def _about_documents(documents: Sequence[Mapping[str, Any]], accepted: Accepted) -> Iterator[str]:
    names = [document["name"] for document in documents]
    if documents and not accepted.documents:
        yield "This model doesn't support documents."
    if len(documents) > _MOST_DOCUMENTS:
        yield "The number of documents exceeds 5."
    if any(_size(document) > _LARGEST_DOCUMENT for document in documents):
        yield "The document file size exceeds 4.5 MB."
    if not all(map(_NAME.fullmatch, names)):
        yield (
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, "
            "parentheses, and square brackets. The name can't contain more than one consecutive whitespace character."
        )
    if len(set(names)) < len(names):
        yield "The document file names in a request must be unique."


def _of(message: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    return (block for block in message["content"] if block.get(kind) is not None)


def _is_file(block: Mapping[str, Any]) -> bool:
    return block.get("image") is not None or block.get("document") is not None


def _size(block: Mapping[str, Any]) -> int:
    data = block["source"].get("bytes")
    return len(base64.b64decode(data)) if isinstance(data, str) else 0
