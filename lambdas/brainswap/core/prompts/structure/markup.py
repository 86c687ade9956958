"""Turns that a chat template parts inside one text: what a model family's own markup looks like."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from brainswap.core.prompts.structure.spans import elements, solid_spans
from brainswap.core.prompts.template import Role

_SHORT_PREFILL = 200  # characters that a prompt may put into the assistant's mouth


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A turn in a text, with its markup letter for letter."""

    role: Role
    opening: str
    content: str
    closing: str = ""


# Blank space before a mark belongs to the turn before it, so that no run of blanks is read more than once.
_HEADER = re.compile(
    r"(?:\A\s*)?(?:<\|begin_of_text\|>\s{0,9})?<\|(?:start_header_id|header_start)\|>\s{0,9}"
    r"(system|user|assistant)\s{0,9}<\|(?:end_header_id|header_end)\|>\s{0,2}"
)
_HEADER_END = re.compile(r"<\|(?:eot_id|eot|eom_id|end_of_text)\|>\s*\Z")
_CHATML = re.compile(r"(?:\A\s*)?<\|im_start\|>[ \t]{0,9}(system|user|assistant)[ \t]{0,9}\n?")
_CHATML_END = re.compile(r"<\|im_end\|>\s*\Z")
_DEEPSEEK = re.compile(
    "(?:\\A\\s*)?(?:<[|\uff5c]begin[_\u2581]of[_\u2581]sentence[|\uff5c]>\\s{0,9})?"
    "<[|\uff5c](User|Assistant|System)[|\uff5c]>:?\\s?"
)
_DEEPSEEK_END = re.compile("<[|\uff5c]end[_\u2581]of[_\u2581]sentence[|\uff5c]>\\s*\\Z")
_LEGACY = re.compile(r"(?:\A\s*|\n[ \t]{0,99}\n[ \t]{0,99})(Human|Assistant):[ \t]*")
_TITAN = re.compile(r"(?:\A\s*|\n)(User|Bot):[ \t]*")
_PROMPT_FLOW = re.compile(r"(?:\A\s*|\n)#[ \t]{0,9}(system|user|assistant):[ \t]*\n")
_INST = re.compile(r"(?:\A\s*)?(?:<s>\s{0,9})?\[INST\]\s{0,9}((?:(?!\[/?INST\]).)*)(\[/INST\]\s*)", re.DOTALL)
_SYS = re.compile(r"(<<SYS>>\s{0,9})((?:(?!<<).)*)(<</SYS>>\s*)", re.DOTALL)
_END_OF_TURN = re.compile(r"</s>\s*\Z")
_ROLES: dict[str, Role] = {
    "Human": "user",
    "User": "user",
    "Assistant": "assistant",
    "Bot": "assistant",
    "System": "system",
}


@lru_cache(maxsize=16)  # an original is held against candidate after candidate
def stretches(text: str) -> tuple[Stretch, ...]:
    """The turns of a text, which put together are the text again; none where it holds no markup that is whole."""
    for read in _READERS:
        found = read(text)
        if found:
            return tuple(found)
    return ()


def _headers(text: str) -> list[Stretch] | None:
    return _parted(text, _HEADER, lambda name: name, ends=_HEADER_END)  # type: ignore[arg-type,return-value]


def _chatml(text: str) -> list[Stretch] | None:
    return _parted(text, _CHATML, lambda name: name, ends=_CHATML_END)  # type: ignore[arg-type,return-value]


def _deepseek(text: str) -> list[Stretch] | None:
    return _parted(text, _DEEPSEEK, _ROLES.__getitem__, ends=_DEEPSEEK_END, system_first=True)


def _legacy(text: str) -> list[Stretch] | None:
    """Anthropic's text completions, whose prompts begin with ``Human:`` or end with ``Assistant:``."""
    found = _parted(text, _LEGACY, _ROLES.__getitem__, system_first=True)
    if not found or not any(stretch.role == "user" for stretch in found):
        return None
    begins = found[0].role == "user"
    ends = found[-1].role == "assistant" and len(found[-1].content) <= _SHORT_PREFILL
    return found if begins or ends else None


def _titan(text: str) -> list[Stretch] | None:
    found = _parted(text, _TITAN, _ROLES.__getitem__)
    return found if found and {"user", "assistant"} == {stretch.role for stretch in found} else None


def _prompt_flow(text: str) -> list[Stretch] | None:
    """Headings such as ``# system:``; a loop of the template language around them cannot be taken apart."""
    return None if "{%" in text else _parted(text, _PROMPT_FLOW, lambda name: name)  # type: ignore[arg-type,return-value]


def _instructions(text: str) -> list[Stretch] | None:
    """``[INST] … [/INST] …`` of Mistral and Llama 2, whose system text stands in the first instruction."""
    matches = list(_INST.finditer(text))
    if not matches or matches[0].start() or text.count("[INST]") != len(matches):
        return None
    found: list[Stretch] = []
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for number, (match, end) in enumerate(zip(matches, ends, strict=True)):
        before, content, after = text[match.start() : match.start(1)], match.group(1), match.group(2)
        system = _SYS.match(content) if number == 0 else None
        if system:
            found.append(
                Stretch(
                    role="system", opening=before + system.group(1), content=system.group(2), closing=system.group(3)
                )
            )
            before, content = "", content[system.end() :]
        found.append(Stretch(role="user", opening=before, content=content, closing=after))
        if answer := text[match.end() : end]:
            cut = _END_OF_TURN.search(answer)
            said = answer[: cut.start()] if cut else answer
            found.append(Stretch(role="assistant", opening="", content=said, closing=answer[len(said) :]))
    return found


def _parted(
    text: str,
    header: re.Pattern[str],
    role: Callable[[str], Role],
    *,
    ends: re.Pattern[str] | None = None,
    system_first: bool = False,
) -> list[Stretch] | None:
    """Turns that begin with a header each; headers in elements and in what is solid are words."""
    found = _outside(text, list(header.finditer(text)))
    if not found:
        return None
    before = text[: found[0].start()]
    if before.strip() and not system_first:
        return None
    turns = [Stretch(role="system", opening="", content=before)] if before else []
    for match, end in zip(found, [following.start() for following in found[1:]] + [len(text)], strict=True):
        content = text[match.end() : end]
        cut = ends.search(content) if ends else None
        said = content[: cut.start()] if cut else content
        turns.append(
            Stretch(role=role(match.group(1)), opening=match.group(), content=said, closing=content[len(said) :])
        )
    return turns


def _outside(text: str, headers: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    if not headers:
        return []
    spans = sorted([*solid_spans(text), *((element.start, element.end) for element in elements(text))])
    return [match for match in headers if not any(start < match.start(1) < end for start, end in spans)]


_READERS = (_headers, _chatml, _deepseek, _instructions, _legacy, _titan, _prompt_flow)
