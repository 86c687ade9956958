"""Read the arguments of instructions, which come from cases and are not trusted."""

from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.instructions.finding import Relation
from brainswap.core.scoring.instructions.languages import LANGUAGES
from brainswap.core.scoring.quoting import quote

_RELATIONS: tuple[Relation, ...] = ("less than", "at least")
_LARGEST = 1_000_000
_LONGEST_PHRASE = 1_000  # characters; looking for a phrase may take its length times that of the answer
_MOST_PHRASES = 100


class BrokenArgumentError(ValueError):
    """An argument is not what its instruction needs; the message says what it is and what would be right."""


def count(value: Any) -> int:
    """A number of things, zero or more; data that went through a table of floats has ``3.0`` for 3."""
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _LARGEST:
        raise BrokenArgumentError(f"is {_shown(value)} and not a whole number from 0 to {_LARGEST:,}")
    return number


def ordinal(value: Any) -> int:
    """A position, counted from 1."""
    number = count(value)
    if number == 0:
        raise BrokenArgumentError("is 0, and positions are counted from 1")
    return number


def relation(value: Any) -> Relation:
    for known in _RELATIONS:
        if value == known:
            return known
    raise BrokenArgumentError(f"is {_shown(value)} and not one of “less than”, “at least”")


def text(value: Any) -> str:
    """Any text that is not blank, without the white space around it."""
    if not isinstance(value, str) or not value.strip():
        raise BrokenArgumentError(f"is {_shown(value)} and not a text")
    return value.strip()


def phrase(value: Any) -> str:
    """A text that is looked for."""
    wanted = text(value)
    if len(wanted) > _LONGEST_PHRASE:
        raise BrokenArgumentError(f"is longer than {_LONGEST_PHRASE:,} characters")
    return wanted


def phrases(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= _MOST_PHRASES:
        raise BrokenArgumentError(f"is {_shown(value)} and not a list of 1 to {_MOST_PHRASES} texts")
    return tuple(map(phrase, value))


def letter(value: Any) -> str:
    """One character; IFEval's own data counts ``!`` and ``#`` among the letters."""
    wanted = text(value)
    if len(wanted) != 1:
        raise BrokenArgumentError(f"is {_shown(value)} and not one letter")
    return wanted


def language(value: Any) -> str:
    if not isinstance(value, str) or value not in LANGUAGES:
        raise BrokenArgumentError(f"is {_shown(value)} and not one of {', '.join(sorted(LANGUAGES))}")
    return value


def _shown(value: Any) -> str:
    if isinstance(value, dict | list | tuple):
        return f"a {'mapping' if isinstance(value, dict) else 'list'} of {len(value)}"
    return quote(as_text(value))
