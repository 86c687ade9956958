"""Cells of a spreadsheet: numbers as numbers, and text that is never anything else."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Final, Literal

from brainswap.report.untrusted import neutral

Kind = Literal["text", "long", "count", "share", "points", "ratio", "usd", "ms", "number"]
Value = str | float | None

LONGEST_CELL: Final = 32_767  # UTF-16 units, which is what spreadsheets count in; a longer text is refused as damaged
STYLES: Final[tuple[Kind | Literal["heading", "name", "note"], ...]] = (
    "text",
    "long",
    "count",
    "share",
    "points",
    "ratio",
    "usd",
    "ms",
    "number",
    "heading",
    "name",
    "note",
)
"""In the order of the formats in ``styles.xml``: a cell names its format by its place."""

_STYLE: Final = {name: place for place, name in enumerate(STYLES)}
_SAID: Final = " … [cut here; the whole text is in cases.jsonl]"
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what ECMA-376 would read as a character (ST_Xstring, 22.9.2.19)
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?")
_PLAIN = re.compile("[ 0-9A-Za-z.,:()'!?|/\u00b7]*")  # needs no care beyond the escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column with its heading; ``kind`` says what its numbers are, and words may stand in any.

    Attributes:
        width: in characters.
    """

    heading: str
    kind: Kind = "text"
    width: int = 14


def row(number: int, values: Sequence[Value], kinds: Sequence[Kind | Literal["heading", "name", "note"]]) -> str:
    """A row as the sheet holds it; ``kinds`` are as many as values, and None leaves a cell empty.

    Raises:
        ValueError: a number is not finite; unknown is said in words.
    """
    return f'<row r="{number}">{"".join(_cells(number, values, kinds))}</row>'


def harmless(text: str) -> str:
    """The text of a cell: visible, of a length that a cell can hold, and no formula, not even once saved as CSV.

    An apostrophe goes before what a spreadsheet could take for the beginning of one; a plain number stays as it is.
    """
    if len(text) < LONGEST_CELL // 2 and _PLAIN.fullmatch(text):
        return text
    shown = text if _NUMBER.fullmatch(text) else neutral(text, LONGEST_CELL)
    return shown if _units(shown) <= LONGEST_CELL else _cut(shown)


@cache
def letters(place: int) -> str:
    """What a column is called, the first being 0: A to Z, then AA and so on."""
    before, last = divmod(place, 26)
    return f"{letters(before - 1) if before else ''}{chr(65 + last)}"


def inline(text: str) -> str:
    """A text inside an element of XML, as a spreadsheet reads it back."""
    return escape(_ESCAPED.sub("_x005F_", text), quote=False)


def _cells(
    number: int, values: Sequence[Value], kinds: Sequence[Kind | Literal["heading", "name", "note"]]
) -> list[str]:
    written = []
    for place, (value, kind) in enumerate(zip(values, kinds, strict=True)):
        if value is None:
            continue
        where = f'r="{letters(place)}{number}"'
        if isinstance(value, str):
            style = _STYLE[kind if kind in _WORDS else "note"]
            text = inline(harmless(value))
            written.append(f'<c {where} s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
        elif math.isfinite(value):
            written.append(f'<c {where} s="{_STYLE[kind]}"><v>{value!r}</v></c>')
        else:
            raise ValueError(f"row {number}: a number is not finite")
    return written


_WORDS: Final = frozenset({"text", "long", "heading", "name", "note"})


def _units(text: str) -> int:
    return len(text) if len(text) <= LONGEST_CELL // 2 else len(text.encode("utf-16-le")) // 2


def _cut(text: str) -> str:
    """As much of the text as a cell holds beside the words that say so; no character is halved."""
    room = 2 * (LONGEST_CELL - len(_SAID))
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _SAID
