"""A simulated rewriter: it sets the parts of a prompt apart as a family is said to like it, and nothing more.

It works on the words that it is given and on a table of manners below, which is common knowledge about families; it
knows no case, no answer and no score, and the same hand rewrites for whoever asks: our own rewriting prompt,
``OptimizePrompt`` and jobs of Advanced Prompt Optimization. Lots drawn from the seed decide where it slips: at times
it forgets the form of its answer or loses a placeholder, as models do, and minds what it is told about that. What comes
of it says nothing about any model's rewriting.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from brainswap.core.prompts.structure.kinds import kind_of_words
from brainswap.core.prompts.structure.spans import SLOT, elements, solid_spans
from local.bedrock.draws import uniform
from local.bedrock.personas import Family
from local.bedrock.question import Question

_CODE = re.compile(r"The code of this request is ([0-9a-f]{20})\.\n")
_TARGET = re.compile(r"The new model is `[^`\n]*` \(([^)\n]*)\)\.")
_TURN = re.compile(r"turn-(\d+)")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_ENGLISH = re.compile(r"\b(?:the|you|your|and|of|answer|with)\b", re.IGNORECASE)
_SLIP_OF_FORM, _SLIP_OF_A_SLOT = 0.06, 0.12
_FEWEST_ENGLISH_WORDS = 3
_LONGEST_REMINDER = 400

_TITLES: Mapping[str, Family] = MappingProxyType(
    {
        "claude": "claude",
        "nova": "nova",
        "llama": "llama",
        "mistral": "mistral",
        "deepseek": "deepseek",
        "qwen": "qwen",
        "gpt": "gpt",
    }
)
_HEADINGS: Mapping[str, str] = MappingProxyType({"output": "Response format", "rules": "Rules", "examples": "Examples"})
_CARE = (
    "Read the whole input before you answer. Use only what it says. Work through every instruction in its order, and "
    "check the answer against each of them before you give it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a family is said to like its prompts."""

    parts: Literal["xml", "headings"] = "headings"
    system: bool = True
    firm: bool = False
    reminds: bool = False
    careful: bool = True


_PLAIN = Manner()
_MANNERS: Mapping[Family, Manner] = MappingProxyType(
    {
        "claude": Manner(parts="xml"),
        "nova": Manner(firm=True, reminds=True),
        "llama": Manner(reminds=True),
        "deepseek-reasoner": Manner(system=False),
        "gpt": Manner(careful=False),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A prompt of which the last turn holds what changes; ``reasons`` say what was done."""

    system: str
    user: str
    reasons: tuple[str, ...] = ()


def rewriting(question: Question, seed: int) -> str | None:
    """What a simulated model answers to our own rewriting prompt; None for any other question."""
    found = _CODE.search(question.text)
    given = {} if found is None else dict(_elements(question.text, found[1]))
    turns = sorted((name for name in given if _TURN.fullmatch(name)), key=lambda name: int(name[5:]))
    if found is None or "structure" not in given or "system" not in given or not turns:
        return None
    draw = (seed, question.model_id, _digest(question.text))
    careless = "complaints" not in given
    if careless and uniform(*draw, "form") < _SLIP_OF_FORM:
        return f"Here is a better prompt:\n\n{given[turns[-1]]}"
    made = reworded(given["system"], given[turns[-1]], _family(question.text))
    user = _without_a_slot(made.user) if careless and uniform(*draw, "slot") < _SLIP_OF_A_SLOT else made.user
    texts = {"reasons": "\n".join(made.reasons), "system": made.system}
    texts |= {name: given[name] for name in turns[:-1]} | {turns[-1]: user}
    return "\n".join(f"<{name}-{found[1]}>\n{text}\n</{name}-{found[1]}>" for name, text in texts.items())


def optimised(text: str, family: Family | None, *draw: object) -> Wording:
    """A prompt of one text, rewritten as one text; the draw decides whether a placeholder is lost."""
    made = reworded("", text, family)
    whole = "\n\n".join(part for part in (made.system, made.user) if part)
    if uniform(*draw, "slot") < _SLIP_OF_A_SLOT:
        whole = _without_a_slot(whole)
    return Wording(system="", user=whole, reasons=made.reasons)


def reworded(system: str, user: str, family: Family | None) -> Wording:
    """The same words, set apart in the family's manner; stock phrases only where the prompt is in English."""
    manner = _MANNERS.get(family, _PLAIN) if family is not None else _PLAIN
    lasting, changing = _parted(user)
    instructions = "\n\n".join(part for part in (system, lasting) if part)
    english = len(_ENGLISH.findall(instructions)) >= _FEWEST_ENGLISH_WORDS
    reasons = []
    reminder = _reminder(instructions) if manner.reminds and english else ""
    if instructions and not solid_spans(instructions) and not elements(instructions):
        instructions = "\n\n".join(_set_apart(instructions, manner))
        reasons.append(f"The parts are set apart by {'XML elements' if manner.parts == 'xml' else 'headings'}.")
    if instructions and english and manner.careful:
        instructions = f"{instructions}\n\n{_care(manner)}"
        reasons.append("The model is told to work with care.")
    if reminder:
        changing = f"{changing}\n\n{reminder}"
        reasons.append("The form of the answer stands once more at the end.")
    if manner.system:
        return Wording(system=instructions, user=changing or user, reasons=tuple(reasons))
    both = "\n\n".join(part for part in (instructions, changing) if part)
    return Wording(system="", user=both, reasons=tuple(reasons))


def _parted(user: str) -> tuple[str, str]:
    """What stands before the first paragraph with a placeholder, or that leads to one, and the rest."""
    paragraphs = _PARAGRAPHS.split(user)
    leads = (place for place, text in enumerate(paragraphs) if SLOT.search(text) or text.rstrip().endswith(":"))
    first = next(leads, None)
    if first is None or solid_spans(user):
        return "", user
    return "\n\n".join(paragraphs[:first]), "\n\n".join(paragraphs[first:])


def _set_apart(instructions: str, manner: Manner) -> Iterator[str]:
    titled = ((_title(text), text) for text in _PARAGRAPHS.split(instructions.strip()))
    for title, group in groupby(titled, key=lambda pair: pair[0]):
        text = "\n\n".join(body for _, body in group)
        if title is None:
            yield text
        elif manner.parts == "xml":
            name = title.lower().replace(" ", "_")
            yield f"<{name}>\n{text}\n</{name}>"
        else:
            yield f"## {title}\n{text}"


def _title(text: str) -> str | None:
    """None for what is set apart already, and for a role, which needs no title."""
    kind = kind_of_words(text)
    return None if kind == "role" or text.lstrip().startswith(("#", "<", "*")) else _HEADINGS.get(kind, "Task")


def _reminder(instructions: str) -> str:
    """The last paragraph about the form of the answer, if it is short and no placeholder stands in it."""
    told: Sequence[str] = [text for text in _PARAGRAPHS.split(instructions) if kind_of_words(text) == "output"]
    if not told or SLOT.search(told[-1]) or "<" in told[-1] or len(told[-1]) > _LONGEST_REMINDER:
        return ""
    return told[-1].strip()


def _care(manner: Manner) -> str:
    return f"{_CARE} You MUST follow every rule." if manner.firm else _CARE


def _without_a_slot(text: str) -> str:
    found = list(SLOT.finditer(text))
    return text if not found else text[: found[-1].start()] + "the input" + text[found[-1].end() :]


def _family(text: str) -> Family | None:
    found = _TARGET.search(text)
    title = "" if found is None else found[1].lower()
    return next((family for word, family in _TITLES.items() if word in title), None)


def _elements(text: str, code: str) -> Iterator[tuple[str, str]]:
    pattern = re.compile(rf"<([a-z]+(?:-\d+)?)-{code}>\n(.*?)\n</\1-{code}>", re.DOTALL)
    return ((match[1], match[2]) for match in pattern.finditer(text))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
