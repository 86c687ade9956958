"""Texts of others as texts of a prompt: literal braces stay literal, names of fields become names of placeholders."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from brainswap.core.prompts.template import PLACEHOLDER

_OPENING = "{{"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_STRANGE = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Braces:
    """How ``{{`` is kept literal: it is the value of a placeholder, because templates have no escape for it.

    Attributes:
        name: of the placeholder, which no input has.
    """

    name: str

    def literal(self, text: str) -> str:
        """A text of which nothing is a placeholder but the braces themselves."""
        return text.replace(_OPENING, placeholder(self.name))

    def used_in(self, texts: Iterable[str]) -> Mapping[str, str]:
        """The input that every case needs for the texts of a prompt."""
        return {self.name: _OPENING} if any(self.name in PLACEHOLDER.findall(text) for text in texts) else {}


def braces_beside(names: Collection[str]) -> Braces:
    return Braces(name=free_name("open_braces", names))


def placeholder(name: str) -> str:
    return f"{_OPENING}{name}}}}}"


def placeholder_names(fields: Iterable[str]) -> dict[str, str]:
    """A placeholder's name for each field, its own where that is one."""
    names: dict[str, str] = {}
    for each in fields:
        if each not in names:
            names[each] = free_name(_as_name(each), names.values())
    return names


def free_name(wanted: str, taken: Collection[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _as_name(field: str) -> str:
    if _NAME.fullmatch(field) and len(field) <= _LONGEST:
        return field
    plain = _STRANGE.sub("_", field).strip("_.-")[:_LONGEST]
    return plain if _NAME.fullmatch(plain) else f"field_{plain}".rstrip("_")
