"""Small signs that the sections share: a status is a shape and a word, never a colour alone."""

from typing import Final, Literal

from brainswap.report.markup import Element, el
from brainswap.report.rendering import UNKNOWN

Kind = Literal["good", "bad", "open", "none"]

_SHAPES: Final[dict[Kind, str]] = {
    "good": "M3 8.6 6.4 12 13 4.6",
    "bad": "M4 4 12 12M12 4 4 12",
    "open": "M8 3.4v5.4M8 12v.2",
    "none": "M4 8h8",
}
_STATUSES: Final[dict[str, tuple[Kind, str]]] = {
    "pass": ("good", "pass"),
    "fail": ("bad", "fail"),
    "inconclusive": ("open", "inconclusive"),
    "migrate": ("good", "migrate"),
    "hold": ("bad", "hold"),
    "passed": ("good", "passed"),
    "warning": ("open", "warning"),
    "refused": ("bad", "refused"),
    "not_made": ("none", "not made"),
}


def kind_of(status: str) -> Kind:
    """Whether a status of a gate, a check or a verdict is good, bad, open, or says nothing."""
    return _STATUSES[status][0]


def status_mark(status: str) -> Element:
    """A status of a gate, a check or a verdict as sign and word."""
    kind, word = _STATUSES[status]
    return mark(kind, word)


def mark(kind: Kind, word: str) -> Element:
    """A sign with its word."""
    sign = el("svg", {"viewBox": "0 0 16 16", "class": "sign", "aria-hidden": "true"}, el("path", {"d": _SHAPES[kind]}))
    return el("span", {"class": f"mark {kind}"}, sign, word)


def tag(word: str) -> Element:
    """A quiet label, such as where a contender's answers come from."""
    return el("span", {"class": "tag"}, word)


def missing(reason: str | None) -> Element:
    """What stands where a figure would be; the reason is part of the text."""
    return el("span", {"class": "missing"}, UNKNOWN, el("small", None, reason) if reason else None)
