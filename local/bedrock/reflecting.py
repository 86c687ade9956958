"""A simulated rewriter: what it makes of a prompt is drawn from a seed and from the words that it was given.

Asked to reflect, a simulated model takes the request apart like a reader: the texts of the prompt, what is said of some
answers, and whatever else the request advises. It knows nothing besides, neither how simulated families take to a
prompt (`local.bedrock.families`) nor what the cases expect beyond what the feedback quotes.

It has a repertoire of edits, such as any writer of prompts has: to say more, to repeat the form of the answer at the
end, to set parts apart by headings or elements, to be firm, to shout, to ask for steps or for brevity, to list answers,
to copy an example. Which ones it takes is drawn; words of the feedback and of the advice make some of them likelier,
and one rewriting in eight loses or breaks something on the way, as real ones do. The same skill reads every form of
request that it knows: ours, and that of gepa's default template. Nothing of it says how well a real model rewrites.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from local.bedrock.draws import pick, uniform
from local.bedrock.question import Question

_CODE = re.compile(r"The code of this request is ([0-9a-f]{20})\.\n")
_PART = re.compile(r"<part-(\d+)-([0-9a-f]{20})>\n(.*?)\n?</part-\1-\2>", re.DOTALL)
_TEMPLATE = re.compile(
    r"I provided an assistant with the following instructions.*?:\n```\n(.*?)\n```\n\nThe following are examples"
    r"(.*)\n```\n\nYour task is to write a new instruction",
    re.DOTALL,
)
_CLUMSY = 0.12
_ANOTHER = 0.4  # chance of a second edit
_TRIES = 12
_FORM = re.compile(
    r"\b(json|parsed?|read|fence|prose|beside|cut off|format|form|nothing found|invalid)\b", re.IGNORECASE
)
_EXPECTED = re.compile(r"Expected was (.{1,400}?)\.(?:\s|$)")
_VALUE = re.compile(r'"(?:label|answer|intent|category)":\s*"([^"]{1,60})"')
_GIVEN = re.compile(r"case-(\d+)-input-[0-9a-f]{20}>\n(.*?)\n</case-", re.DOTALL)
_MORE = (
    "Read the whole input before you decide. Decide by what it says and not by what is usual. Where two answers seem "
    "to fit, take the one that explains more of the input. Leave nothing out that was asked for, and add nothing that "
    "was not."
)

Edit = Callable[[str, str, tuple[object, ...]], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """An edit, what it says of itself, and the words of a request that make it likelier.

    Attributes:
        edit: of a text, by the evidence; None where there is nothing to do.
        by: a pattern and how many times likelier the edit gets where it is found.
    """

    edit: Edit
    what: str
    by: Sequence[tuple[re.Pattern[str], float]] = ()


def reflection(question: Question, seed: int) -> str | None:
    """A rewriting, in the form that is asked for; None for a question that asks for none."""
    text = question.text
    code = _CODE.search(text)
    parts = [match for match in _PART.finditer(text) if code and match[2] == code[1]]
    draw = (seed, question.model_id, question.repeat, text)
    if parts and "Reply with the parts that you change" in text and code:
        rest = text[parts[-1].end() : text.rindex("Reply with the parts that you change")]
        chosen = _part(parts, draw)
        new, what = rewritten(chosen[3], rest, draw)
        return f"Change: {what}\n\n<part-{chosen[1]}-{code[1]}>\n{new}\n</part-{chosen[1]}-{code[1]}>"
    template = _TEMPLATE.search(text)
    if template is not None:
        new, _ = rewritten(template[1], template[2], draw)
        return f"```\n{new}\n```"
    return None


def rewritten(text: str, read: str, draw: tuple[object, ...]) -> tuple[str, str]:
    """A text with one edit or two, and what they are said to be for.

    Args:
        text: of the prompt.
        read: what the request says of answers, and what it advises.
        draw: the parts of the seed.
    """
    said: list[str] = []
    wanted = 1 + (uniform(*draw, "another") < _ANOTHER)
    for attempt in range(_TRIES):
        move = _drawn(read, (*draw, attempt))
        edited = move.edit(text, read, (*draw, attempt))
        if edited is not None and edited != text:
            text = edited
            said.append(move.what)
        if len(said) == wanted:
            break
    if uniform(*draw, "clumsy") < _CLUMSY:
        text = pick(_MISHAPS, *draw, "mishap")(text, draw)
    return text, " ".join(said) or "Nothing to change."


def _part(parts: Sequence[re.Match[str]], draw: tuple[object, ...]) -> re.Match[str]:
    """Mostly the longest one, where most of the instructions are."""
    longest = max(parts, key=lambda match: len(match[3]))
    return longest if uniform(*draw, "part") < 0.7 else pick(parts, *draw, "other part")  # noqa: PLR2004 - mostly


def _drawn(read: str, draw: tuple[object, ...]) -> _Move:
    weights = []
    for move in _MOVES:
        weight = 1.0
        for pattern, times in move.by:
            weight *= times if pattern.search(read) else 1.0
        weights.append(weight)
    at = uniform(*draw, "move") * sum(weights)
    for move, weight in zip(_MOVES, weights, strict=True):
        at -= weight
        if at < 0:
            return move
    return _MOVES[-1]


def _appended(sentence: str, unless: str) -> Edit:
    known = re.compile(unless)

    def edit(text: str, _read: str, _draw: tuple[object, ...]) -> str | None:
        return None if known.search(text) else f"{text.rstrip()}\n\n{sentence}".lstrip()

    return edit


def _form_last(text: str, _read: str, _draw: tuple[object, ...]) -> str | None:
    sentence = "Answer in exactly the format that is described above, with nothing else beside it."
    return None if sentence in text[-200:] else f"{text.rstrip()}\n\n{sentence}".lstrip()


def _headed(text: str, _read: str, _draw: tuple[object, ...]) -> str | None:
    return None if not text or re.search(r"^#{1,4} \S", text, re.MULTILINE) else f"## Task\n\n{text}"


def _wrapped(text: str, _read: str, _draw: tuple[object, ...]) -> str | None:
    return None if not text or "<instructions>" in text else f"<instructions>\n{text}\n</instructions>"


def _options(text: str, read: str, _draw: tuple[object, ...]) -> str | None:
    values = [
        value for match in _EXPECTED.finditer(read) for value in _VALUE.findall(match[1]) or [match[1].strip('"')]
    ]
    short = [value for value in dict.fromkeys(values) if len(value) <= 40 and "{" not in value]  # noqa: PLR2004 - a label
    if len(short) < 2 or all(value in text for value in short):  # noqa: PLR2004 - a list
        return None
    return f"{text.rstrip()}\n\nPossible answers are: {', '.join(short)}.".lstrip()


def _copied(text: str, read: str, draw: tuple[object, ...]) -> str | None:
    given, expected = _GIVEN.findall(read), _EXPECTED.findall(read)
    if not given or not expected:
        return None
    _, shown = pick(given, *draw, "copied")
    return f"{text.rstrip()}\n\n<example>\n{shown}\nAnswer: {expected[0]}\n</example>".lstrip()


def _line_lost(text: str, draw: tuple[object, ...]) -> str:
    lines = text.split("\n")
    place = int(uniform(*draw, "line") * len(lines))
    return "\n".join(lines[:place] + lines[place + 1 :])


def _slot_broken(text: str, _draw: tuple[object, ...]) -> str:
    return text.replace("{{", "{", 1).replace("}}", "}", 1)


def _blown_up(text: str, _draw: tuple[object, ...]) -> str:
    return f"{text}\n\n{' '.join([_MORE] * 4)}"


_MISHAPS = (_line_lost, _slot_broken, _blown_up)
_WRONG = re.compile(r"Expected was|expected", re.IGNORECASE)
_MOVES: Sequence[_Move] = (
    _Move(
        edit=_form_last,
        what="The form of the answer is repeated at the end.",
        by=((_FORM, 3.0),),
    ),
    _Move(
        edit=_headed,
        what="The parts stand under headings.",
        by=((re.compile(r"\bheadings?\b", re.IGNORECASE), 3.0),),
    ),
    _Move(
        edit=_wrapped,
        what="The instructions stand in an element of their own.",
        by=((re.compile(r"\bXML\b"), 3.0),),
    ),
    _Move(
        edit=_appended("You MUST keep to these rules, and NEVER leave one of them out.", r"\bMUST\b|\bNEVER\b"),
        what="The rules are firm.",
        by=((_FORM, 2.0), (re.compile(r"\bfirm\b|\bMUST\b"), 2.0)),
    ),
    _Move(
        edit=_appended("IMPORTANT: mistakes are CRITICAL!!", "CRITICAL"),
        what="It stresses what matters.",
    ),
    _Move(
        edit=_appended("Think it through step by step before you answer.", "step by step"),
        what="It asks for steps.",
        by=((re.compile(r"\bstep\b", re.IGNORECASE), 2.0), (_WRONG, 1.5)),
    ),
    _Move(
        edit=_appended("Be concise.", r"\b[Cc]oncise"),
        what="It asks for brevity.",
        by=((re.compile(r"\bconcise|\bshort\b|\bfewer words\b|\bcut off\b", re.IGNORECASE), 3.0),),
    ),
    _Move(edit=_appended(_MORE, "Read the whole input"), what="It says more of how to decide.", by=((_WRONG, 2.0),)),
    _Move(edit=_options, what="It lists the answers that there are.", by=((_WRONG, 2.0),)),
    _Move(edit=_copied, what="It shows an example.", by=((re.compile(r"\bexamples?\b", re.IGNORECASE), 1.5),)),
)
EDITS: Mapping[str, Edit] = MappingProxyType({move.what: move.edit for move in _MOVES})
