"""JSON inside model answers: valid as a strict parser has it, or found wherever a person would see it.

Every function here takes untrusted text of any size and runs in time proportional to it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_SAFE_DIGITS = 640  # whatever limit a process sets on reading integers, it is not lower than this
_ATTEMPTS = 1_000  # brackets in prose that are tried as the start of a document
_FENCE_LINE = re.compile(r"^[ \t]{0,40}```+([^\n`]*)$", re.MULTILINE)
_INLINE_LANGUAGE = re.compile(r"([A-Za-z][A-Za-z0-9_+.#-]{0,30})\s")
_OPENING = re.compile(r'\{\s{0,1000}["}]|\[\s{0,1000}[\[\]{"\d\-tfn]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What reading a text as JSON gave: a value, or the ``problem`` that says why there is none."""

    value: Any = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block; the language in lower case, empty where none is named."""

    language: str
    content: str


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _SAFE_DIGITS else float(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_STRICT = json.JSONDecoder(parse_int=_whole_number, parse_constant=_no_constant)
_RAW_CONTROLS = json.JSONDecoder(parse_int=_whole_number, parse_constant=_no_constant, strict=False)
_TOLERANT = json.JSONDecoder(parse_int=_whole_number, strict=False)


def strict_json(text: str, *, raw_controls: bool = False) -> Document:
    """Read the whole text, or its single fenced block, with a strict parser; prose may surround the fence.

    Args:
        text: an answer.
        raw_controls: let raw newlines and tabs stand inside strings; NaN and Infinity stay invalid.
    """
    decoder = _RAW_CONTROLS if raw_controls else _STRICT
    whole = _read(decoder, text)
    if whole.problem is None:
        return whole
    blocks = fenced_blocks(text)
    if len(blocks) == 1:
        return _read(decoder, blocks[0].content)
    if blocks:
        return Document(problem=f"the answer holds {len(blocks)} fenced blocks instead of one JSON document")
    return whole


def documents(text: str) -> Iterator[Any]:
    """The JSON documents of a text, the likeliest first: the whole, the fenced blocks, then those in prose.

    Fenced or in prose, only objects and arrays count, and none inside another. Raw control characters, NaN and Infinity
    are let through.
    """
    whole = tolerant_json(text)
    if whole.problem is None:
        yield whole.value
        return
    for block in fenced_blocks(text):
        if not block.content.lstrip().startswith(("{", "[")):
            continue
        fenced = tolerant_json(block.content)
        if fenced.problem is None:
            yield fenced.value
    yield from _in_prose(text)


def whole_json(text: str) -> Document:
    """Read the whole text with a strict parser, and no fence in it."""
    return _read(_STRICT, text)


def tolerant_json(text: str) -> Document:
    """Read the whole text, letting raw control characters, NaN and Infinity through."""
    return _read(_TOLERANT, text)


def value_at(text: str, position: int) -> Document:
    """The document that starts at ``position``, whatever follows it."""
    try:
        value, _ = _TOLERANT.raw_decode(text, position)
    except (ValueError, RecursionError) as error:
        return Document(problem=_wording(error))
    return Document(value=value)


def fenced_blocks(text: str) -> Sequence[Block]:
    """All closed fences, in order; fences that share their line with other text count where no others are."""
    blocks: list[Block] = []
    opening: re.Match[str] | None = None
    for line in _FENCE_LINE.finditer(text):
        if opening is None:
            opening = line
        elif not line.group(1).strip():
            language = opening.group(1).strip().lower()
            blocks.append(Block(language=language, content=text[opening.end() + 1 : line.start()]))
            opening = None
    return blocks or [_inline_block(content) for content in text.split("```")[1:-1:2]]


def _inline_block(content: str) -> Block:
    named = _INLINE_LANGUAGE.match(content)
    if named is None:
        return Block(language="", content=content)
    return Block(language=named.group(1).lower(), content=content[named.end() :])


def _in_prose(text: str) -> Iterator[Any]:
    position = 0
    for _ in range(_ATTEMPTS):
        opening = _OPENING.search(text, position)
        if opening is None:
            return
        try:
            value, position = _TOLERANT.raw_decode(text, opening.start())
        except json.JSONDecodeError as error:
            position = max(error.pos, opening.start() + 1)
        except RecursionError:
            return
        else:
            yield value


def _read(decoder: json.JSONDecoder, text: str) -> Document:
    try:
        return Document(value=decoder.decode(text))
    except (ValueError, RecursionError) as error:
        return Document(problem=_wording(error))


def _wording(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON: {error.msg.removesuffix(' at')} in line {error.lineno}, column {error.colno}"
    if isinstance(error, RecursionError):
        return "not readable as JSON: nested too deeply"
    return f"not valid JSON: {error}"
