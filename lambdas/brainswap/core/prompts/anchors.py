"""What of a prompt must be found again in any other wording of it: slots, protected regions, numbers, addresses."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from brainswap.core.prompts.structure.spans import FENCE, SLOT, protected_texts
from brainswap.core.prompts.template import PLACEHOLDER, Prompt

URL = re.compile(r"\bhttps?://[^\s<>\"'`)\]}]+|\b[\w.+-]+@[\w-]+\.[\w.-]*\w")
NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*%?(?!\w)")
QUOTED = re.compile(r"`([^`\n]{1,80})`|\"([^\"\n]{1,80})\"|“([^”\n]{1,80})”|「([^」\n]{1,80})」")
KEY = re.compile(r"[\"']([A-Za-z_][\w -]{0,60})[\"']\s*:")

NAMES: Mapping[str, str] = {
    "placeholders": "placeholder",
    "slots": "slot",
    "protected": "protected region",
    "numbers": "number",
    "addresses": "address",
    "quoted": "quoted text",
    "fenced": "fenced block",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """How often each literal stands in a prompt; ``slots`` are those of any template language, ours among them."""

    placeholders: Counter[str]
    slots: Counter[str]
    protected: Counter[str]
    numbers: Counter[str]
    addresses: Counter[str]
    quoted: Counter[str]
    fenced: Counter[str]


def texts(prompt: Prompt) -> Iterator[str]:
    if prompt.system is not None:
        yield prompt.system
    for turn in prompt.messages:
        yield turn.content


def whole(prompt: Prompt) -> str:
    """All texts, a blank line apart."""
    return "\n\n".join(texts(prompt))


def anchors_of(prompt: Prompt) -> Anchors:
    found = list(texts(prompt))
    return Anchors(
        placeholders=_counted(found, PLACEHOLDER.findall),
        slots=_counted(found, SLOT.findall),
        protected=_counted(found, protected_texts),
        numbers=_counted(found, NUMBER.findall),
        addresses=_counted(found, lambda text: [address.rstrip(".,;:") for address in URL.findall(text)]),
        quoted=_counted(found, quoted_in),
        fenced=_counted(found, closed_blocks),
    )


def quoted_in(text: str) -> list[str]:
    """What stands in quotes or backticks, without them."""
    return [next(group for group in match.groups() if group) for match in QUOTED.finditer(text)]


def closed_blocks(text: str) -> list[str]:
    """Fenced blocks, from fence to fence; one that is never closed is none."""
    blocks = (match.group().strip() for match in FENCE.finditer(text))
    return [block for block in blocks if block.rpartition("\n")[2].strip(" \t`~") == "" and "\n" in block]


def losses(before: Prompt, after: Prompt) -> tuple[str, ...]:
    """What the second wording lacks, in words; a literal that is there less often is lost."""
    old, new = anchors_of(before), anchors_of(after)
    return tuple(
        f"the {word} {literal!r}"
        for field, word in NAMES.items()
        for literal in getattr(old, field) - getattr(new, field)
    )


def _counted(found: list[str], read: Callable[[str], Iterable[str]]) -> Counter[str]:
    return Counter(literal for text in found for literal in read(text))
