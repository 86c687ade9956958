"""Find personal data in a text: a conservative set of patterns, each with a check or with words near it."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.personal_data.kinds import Kind
from brainswap.core.personal_data.patterns import Pattern, names_a_kind, patterns, shapes

Known = Collection[tuple[Kind, str]]

_MAYBE = re.compile(r"[0-9@]|A[KS]IA")  # nothing is found in a text without one of these
_ALL = frozenset(Kind)
_WHOLE_NUMBERS = 10**19  # more digits than any kind has
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Personal data at ``start`` and before ``end`` of a text.

    Attributes:
        value: the same for all spellings of one value.
    """

    kind: Kind
    start: int
    end: int
    value: str


def find(text: str, *, field: str = "", kinds: Collection[Kind] = _ALL, known: Known = frozenset()) -> list[Finding]:
    """What a text holds, in its order; findings that overlap are one, of the longest one's kind. Takes linear time.

    Args:
        text: of any length.
        field: the name of the value, which may say what it is as words before it would.
        kinds: to look for.
        known: values, with their kinds, that count also where no word near them says what they are.
    """
    before = f"{field}: " if field and names_a_kind(field) else ""
    folded = before + folded_text(text)
    if not _MAYBE.search(folded):
        return []
    lowered = folded.lower()
    looked = [one for one in patterns() if one.kind in kinds and _possible(one, lowered)]
    found = [finding for one in looked for finding in _matches(one, folded)]
    wanted = {kind for kind, _ in known} & set(kinds)
    for one in shapes():
        if one.kind in wanted:
            found += (finding for finding in _matches(one, folded) if (finding.kind, finding.value) in known)
    shift = len(before)
    return [
        replace(one, start=one.start - shift, end=one.end - shift)
        for one in _apart(found, folded)
        if one.start >= shift
    ]


def texts_of(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value from JSON with the name of its field: texts, whole numbers as written, and keys."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield "", str(key)
            yield from texts_of(each, str(key))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_of(each, field)
    elif (number := written_number(value)) is not None:
        yield field, number


def written_number(value: Any) -> str | None:
    """A whole number as text, also where a table's reader made a fraction of it; None for whatever else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_WHOLE_NUMBERS < value < _WHOLE_NUMBERS:
        return None
    return str(int(value)) if value == int(value) else None


def folded_text(text: str) -> str:
    """The text, of the same length, with ASCII's digits, spaces, hyphens and signs for those of other scripts."""
    return text if text.isascii() else text.translate(_FOLDED)


class _Folding(dict[int, str]):
    """A character's plain form by its code, worked out when it is met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        decimal = unicodedata.decimal(character, None)
        if decimal is not None:
            plain = str(decimal)
        elif unicodedata.category(character) == "Zs":
            plain = " "
        else:
            plain = "-" if character in _DASHES else {"\uff0b": "+", "\uff20": "@"}.get(character, character)
        self[code] = plain
        return plain


_FOLDED = _Folding()


def _possible(pattern: Pattern, lowered: str) -> bool:
    return not pattern.needs or any(word in lowered for word in pattern.needs)


def _matches(pattern: Pattern, text: str) -> Iterator[Finding]:
    """What passes the check; where a match does not, one that begins within it still may."""
    search = pattern.regex.search
    at = 0
    while (match := search(text, at)) is not None:
        start, end = match.span("value")
        length = pattern.real(text[start:end])
        at = start + (length or 1)
        if length:
            value = pattern.normal(text[start : start + length])
            yield Finding(kind=pattern.kind, start=start, end=start + length, value=value)


def _apart(found: Iterable[Finding], text: str) -> list[Finding]:
    """In order, with those that overlap made one."""
    apart: list[Finding] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
        elif each.end > apart[-1].end:
            first = apart[-1]
            longest = max((first, each), key=lambda one: one.end - one.start)
            value = text[first.start : each.end].casefold()
            apart[-1] = Finding(kind=longest.kind, start=first.start, end=each.end, value=value)
    return apart
