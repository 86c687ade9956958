"""What the conditions of ``checks`` look at: the answer, the JSON in it, the case's input and reference."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.documents import documents
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import follow
from brainswap.core.scoring.specs import Condition

CASE = ("input", "reference")
"""Where the owner's own data is: what is missing there is no fault of the answer."""

_ROOTS = ("answer", "json", *CASE)
_NOTHING = object()
_INDEX = re.compile(r"[0-9]{10,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path that was taken apart: ``json.items.0`` is ``items``, ``0`` under the root ``json``."""

    root: str
    path: tuple[str, ...]
    written: str


class View:
    """One answer with its case, of which conditions see parts; what they see as JSON is read once."""

    def __init__(
        self, *, inputs: Mapping[str, Any], reference: Any, answer: str = "", reads_json: bool = False
    ) -> None:
        text = answer.strip()
        self._roots: dict[str, Any] = {
            "answer": text or _NOTHING,
            "json": _document(text) if reads_json else _NOTHING,
            "input": inputs,
            "reference": _NOTHING if reference is None else reference,
        }

    def found(self, place: Place) -> Any:
        """The value at a place; see `has`."""
        root = self._roots[place.root]
        if root is _NOTHING:
            return root
        if place.root == "input" and (name := ".".join(place.path)) in root:  # a name may have dots of its own
            return root[name]
        try:
            return follow(root, place.path)
        except LookupError:
            return _NOTHING

    def has(self, found: Any) -> bool:
        """Whether what was found is something; null is."""
        return found is not _NOTHING

    def value(self, declared: Any) -> Any:
        """What a condition compares with: ``{ref: PATH}``, whole or as members of a list, is looked up."""
        if is_reference(declared):
            return self.found(place_of(declared["ref"]))
        if isinstance(declared, list | tuple):
            return [self.value(each) if is_reference(each) else each for each in declared]
        return declared


@lru_cache(maxsize=1024)
def place_of(written: str) -> Place:
    root, *path = written.split(".")
    return Place(root=root, path=tuple(path), written=written)


def place_problem(written: str) -> str | None:
    """Why a path leads nowhere."""
    place = place_of(written)
    if place.root not in _ROOTS:
        return f"{written!r} begins with none of {', '.join(_ROOTS)}"
    if not all(place.path) or any(_INDEX.fullmatch(step) for step in place.path):
        return f"{written!r} is not a dotted path"
    if place.root == "answer" and place.path:
        return f"{written!r} leads into a text; begin with json for what is inside it"
    if place.root == "input" and not place.path:
        return "'input' names none of the inputs, as input.NAME would"
    return None


def operands(condition: Condition) -> Iterator[Place]:
    """Every place that a condition looks at."""
    yield place_of(condition.path)
    members = condition.value if isinstance(condition.value, list | tuple) else (condition.value,)
    yield from (place_of(each["ref"]) for each in members if is_reference(each))


def is_reference(value: Any) -> bool:
    """Whether a declared value is ``{ref: PATH}``."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get("ref"), str)


def shown(value: Any) -> str:
    """A value, or that there is none, as reasons quote it."""
    return "nothing" if value is _NOTHING else quote(as_text(_without_nothing(value)))


def _without_nothing(value: Any) -> Any:
    return [None if each is _NOTHING else each for each in value] if isinstance(value, list) else value


def _document(text: str) -> Any:
    """The first JSON object of an answer, else its first array, else the value that it is as a whole."""
    first = _NOTHING
    for document in documents(text):
        if isinstance(document, Mapping):
            return document
        if first is _NOTHING:
            first = document
    return first
