r"""The scorer of multiple-choice questions: which letter an answer chooses.

Looked for, in this order: ``answer is (X)``, ``answer: X``, ``\boxed{X}``, an answer that is the text of an option and
nothing else, and the last capital letter that stands by itself. Markup, brackets and LaTeX around the letter do not
matter. Time is proportional to the answer's length.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.family import Family, SubjectFamily
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import UnusableReferenceError, texts
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ChoiceSpec
from brainswap.core.scoring.subject import Subject

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RANGE = len("A-J")

# What may stand between "answer is" and the letter, and what may not follow it.
_LATEX = r"\\(?:boxed|fbox|(?:text|math)[a-z]{0,10}+|[(\[])"
_DRESS = rf"(?:[\s*_`~\"'“”\u2018\u2019«»$:>({{\[]|{_LATEX}|(?i:option|choice|letter)\b){{0,20}}+"
_END = r"(?!['\u2019-]?\w)"
_REFERENCE = re.compile(r"[\s*_`\"'(\[{]{0,5}([A-Za-z])[\s*_`\"')\]}.:]{0,5}")
_OPTION_LINE = re.compile(r"^[ \t]{0,40}[(\[]?([A-Z])[)\].:][ \t]{1,40}(\S.*)$", re.MULTILINE)
_AROUND = " \t\r\n*_`\"'“”.,;:!()[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What a right answer chooses: any of the letters, or of the options with one of the ``wordings``."""

    letters: tuple[str, ...]
    wordings: tuple[str, ...]


def choice_problem(spec: ChoiceSpec) -> str | None:
    letters = letters_of(spec.choices)
    if not letters:
        return f"choices {spec.choices!r} runs backwards"
    if len(set(letters)) < len(letters):
        return f"choices {spec.choices!r} holds a letter twice"
    return None if len(letters) > 1 else f"choices {spec.choices!r} leaves nothing to choose"


def letters_of(choices: str) -> str:
    """The letters of ``A-J`` or of ``ABCDEFGHIJ``; none where the range runs backwards."""
    if len(choices) == _RANGE and choices[1] == "-":
        return _ALPHABET[_ALPHABET.index(choices[0]) : _ALPHABET.index(choices[2]) + 1]
    return choices


def choice_expected(spec: ChoiceSpec, reference: Any) -> Right:
    known = letters_of(spec.choices)
    letters: list[str] = []
    wordings: list[str] = []
    for each in texts(reference):
        found = _REFERENCE.fullmatch(each)
        if found is not None and found[1].upper() in known:
            letters.append(found[1].upper())
        elif spec.options is None:
            raise UnusableReferenceError(f"the reference {quote(each)} is not one of the letters {spec.choices}")
        elif not _bare(each):
            raise UnusableReferenceError("the reference is blank")
        else:
            wordings.append(each)
    return Right(letters=tuple(letters), wordings=tuple(wordings))


def compile_choice(spec: ChoiceSpec) -> Callable[[Subject, Right], Score]:
    letters = letters_of(spec.choices)
    patterns = _patterns(letters)

    def look(subject: Subject, right: Right) -> Score:
        said = subject.text
        letter_of = {} if spec.options is None else letter_by_wording(subject.input.get(spec.options), letters)
        unknown = [wording for wording in right.wordings if _bare(wording) not in letter_of]
        if unknown:
            return Score(value=None, reason=f"the reference {quote(unknown[0])} is not one of the case's options")
        expected = (*right.letters, *(letter_of[_bare(wording)] for wording in right.wordings))
        chosen = _chosen(said, patterns, letter_of)
        if chosen is None:
            return Score(value=0.0, reason=f"{quote(said)} chooses none of {spec.choices}")
        verb = "is" if chosen in expected else "is not"
        named = quote(expected[0]) if len(expected) == 1 else f"any of {len(expected)} references"
        return Score(value=float(chosen in expected), reason=f"{quote(chosen)} {verb} {named}", extracted=chosen)

    return look


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patterns:
    """Each has the letter as its group; ``said`` are tried in order, and ``bare`` is the last resort."""

    said: Sequence[re.Pattern[str]]
    bare: re.Pattern[str]


def _patterns(letters: str) -> _Patterns:
    letter = f"([{letters}])(?:_{{1,2}})?{_END}"
    return _Patterns(
        said=(
            re.compile(rf"(?i:answer)\s{{1,9}}(?i:is){_DRESS}{letter}"),
            re.compile(rf"(?i:answer)[*_\s]{{0,9}}[:\uff1a]{_DRESS}{letter}"),
            re.compile(rf"\\boxed{_DRESS}{letter}"),
        ),
        # As an emphasis, underscores come in pairs; in C_D and V_A they are an index.
        bare=re.compile(rf"(?<!\w)(?<!\w['\u2019])(?P<emphasis>_{{0,2}})(?P<letter>[{letters}])(?P=emphasis){_END}"),
    )


def letter_by_wording(options: Any, letters: str) -> Mapping[str, str]:
    """The letter of each option by its bare wording; nothing where ``options`` is not what options are written in.

    Args:
        options: text with a letter before each option, a list of options in order, or a mapping from letters to them.
        letters: those that may be chosen; a list has them in this order.
    """
    if isinstance(options, str):
        lettered = [(line[1], line[2]) for line in _OPTION_LINE.finditer(options)]
    elif isinstance(options, list | tuple):
        lettered = [(letter, as_text(option)) for letter, option in zip(letters, options, strict=False)]
    elif isinstance(options, Mapping):
        lettered = [(str(letter).strip().upper(), as_text(option)) for letter, option in options.items()]
    else:
        return {}
    return {_bare(wording): letter for letter, wording in reversed(lettered) if letter in letters and _bare(wording)}


def _chosen(text: str, patterns: _Patterns, letter_of: Mapping[str, str]) -> str | None:
    for pattern in patterns.said:
        if (found := pattern.search(text)) is not None:
            return found[1]
    if letter_of and (letter := letter_of.get(_bare(text))) is not None:
        return letter
    last = deque(patterns.bare.finditer(text), maxlen=1)
    return last[0]["letter"] if last else None


def _bare(wording: str) -> str:
    return " ".join(wording.casefold().split()).strip(_AROUND)


FAMILIES: Mapping[str, Family] = {
    "choice": SubjectFamily(
        problem=choice_problem,
        expected=choice_expected,
        compile=compile_choice,
        takes_extract=True,
    ),
}
