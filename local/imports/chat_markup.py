"""Prompts of one text in which a model family's markup parts the turns."""

import re
from collections.abc import Callable, Iterator

from brainswap.core.prompts.template import Message
from local.imports.chat_messages import question, turns_of

_LLAMA_TURN = re.compile(
    r"<\|(?:start_header_id|header_start)\|>\s{0,9}(\w{1,20})\s{0,9}<\|(?:end_header_id|header_end)\|>"
)
_LLAMA_ENDS = re.compile(r"<\|(?:eot_id|eot|eom_id|end_of_text|begin_of_text)\|>")
_INSTRUCTION = re.compile(r"\[/?INST\]")
_SYSTEM = re.compile(r"<<SYS>>|<</SYS>>")
_LEGACY = re.compile(r"(?:\A|\n\n)(Human|Assistant):")
_TITAN = re.compile(r"(?:\A|\n)(User|Bot):")
_DEEPSEEK = re.compile("<[|\uff5c](User|Assistant|System)[|\uff5c]>")
_DEEPSEEK_ENDS = re.compile("<[|\uff5c](?:begin|end)[_\u2581]of[_\u2581]sentence[|\uff5c]>")
_ROLES = {"Human": "user", "User": "user", "Assistant": "assistant", "Bot": "assistant", "System": "system"}

Turns = list[dict[str, str]]


def turns_of_text(text: str) -> tuple[Message, ...]:
    """The turns that markup parts; the whole text as one of the user where there is none that is known.

    Raises:
        CannotUseError: there is no text at all.
    """
    for read in _READERS:
        turns = read(text)
        if turns:
            return turns_of(turns)
    return question(text)


def _llama3(text: str) -> Turns | None:
    """What comes before the first header belongs to no turn and has to be empty."""
    return _parted(_LLAMA_ENDS.sub("", text), _LLAMA_TURN, str)


def _legacy_anthropic(text: str) -> Turns | None:
    return _parted(text, _LEGACY, lambda name: _ROLES[name], system_first=True)


def _titan(text: str) -> Turns | None:
    return _parted(text, _TITAN, lambda name: _ROLES[name])


def _deepseek(text: str) -> Turns | None:
    return _parted(_DEEPSEEK_ENDS.sub("", text), _DEEPSEEK, lambda name: _ROLES[name], system_first=True)


def _instructions(text: str) -> Turns | None:
    """``[INST] … [/INST] …`` of Mistral and Llama 2, whose system text stands in the first instruction."""
    plain = text.replace("<s>", "").replace("</s>", "")
    pieces = _INSTRUCTION.split(plain)
    if len(pieces) < 3 or pieces[0].strip():  # noqa: PLR2004 - before, inside, after
        return None
    turns: Turns = []
    for place, piece in enumerate(pieces[1:]):
        content = piece.strip()
        if place == 0 and (parts := _SYSTEM.split(content))[0] == "" and len(parts) == 3:  # noqa: PLR2004 - as above
            turns.append({"role": "system", "content": parts[1].strip()})
            content = parts[2].strip()
        turns.append({"role": "assistant" if place % 2 else "user", "content": content})
    return _without_opened_answer(turns)


def _parted(
    text: str, header: re.Pattern[str], role: Callable[[str], str], *, system_first: bool = False
) -> Turns | None:
    found = list(header.finditer(text))
    if not found:
        return None
    before = text[: found[0].start()].strip()
    if before and not system_first:
        return None
    turns: Turns = [{"role": "system", "content": before}] if before else []
    turns.extend(_between(text, found, role))
    if not any(turn["role"] == "user" for turn in turns):
        return None
    return _without_opened_answer(turns)


def _between(text: str, found: list[re.Match[str]], role: Callable[[str], str]) -> Iterator[dict[str, str]]:
    ends = [match.start() for match in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=True):
        yield {"role": role(match.group(1)), "content": text[match.end() : end].strip()}


def _without_opened_answer(turns: Turns) -> Turns:
    """The assistant's turn that is begun and left to the model is none of the conversation."""
    return turns[:-1] if turns[-1]["role"] == "assistant" and not turns[-1]["content"] else turns


_READERS = (_llama3, _deepseek, _instructions, _legacy_anthropic, _titan)
