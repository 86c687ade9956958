"""Text from models and users made fit to show: the invisible becomes visible, the endless is cut."""

import re

LONGEST = 4_000  # characters of one text; the whole of it stays in cases.jsonl

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, among them what starts a terminal's escape sequence
    "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # soft, of no width, or turning the direction
    "\u2028\u2029\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # not characters at all
    "\U000e0000-\U000e007f"  # tags: a whole hidden alphabet
    "]"
)
# What begins a formula, at the start of a cell or behind what may begin one where the separator is read as another.
_FORMULA = re.compile("(\\A|[;\\t\\r\\n])(\\s*)(?=[-=+@\uff1d\uff0b\uff0d\uff20])")
_CONTROL_PICTURES = 0x2400
_SPACE, _DELETE = 0x20, 0x7F


class Shown(str):
    """A text that is fit to show as it is; `visible` alone makes them, and whatever is made of one is a plain text."""

    __slots__ = ()


def visible(text: str, limit: int = LONGEST, *, length: int | None = None) -> Shown:
    """The text with every invisible or direction-turning character spelled out, cut after ``limit`` characters.

    Line feeds and tabs stay; joiners too, because scripts and emoji need them. Where ``text`` is but the beginning of
    a text, ``length`` is how many characters the whole of it has.
    """
    shown = _INVISIBLE.sub(_spelled, text[:limit].replace("\r\n", "\n"))
    left_out = (len(text) if length is None else length) - min(limit, len(text))
    return Shown(shown if left_out <= 0 else f"{shown} … [cut here: {left_out:,} more characters]")


def one_line(text: str, limit: int = 120) -> str:
    """The text as a label: visible, white space folded, no longer than ``limit`` characters."""
    label = " ".join(visible(text, 4 * limit).split())
    return label if len(label) <= limit else f"{label[: limit - 1].rstrip()}…"


def neutral(text: str, limit: int = LONGEST) -> str:
    """A visible text that no spreadsheet takes for a formula, whichever separator it reads a file by."""
    return _FORMULA.sub(r"\1\2'", visible(text, limit))


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < _SPACE:
        return chr(_CONTROL_PICTURES + code)
    return "\u2421" if code == _DELETE else f"⟨U+{code:04X}⟩"
