"""The part of JSON Schema that models can be held to, and what is lost in cutting a schema down to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Amazon Bedrock's user guide on structured output, mid-2026: a subset of JSON Schema 2020-12.
_VALUES = frozenset({"type", "description", "title", "enum", "const", "default", "required", "$ref"})
_IGNORED = frozenset({"$schema", "$id", "$comment", "examples"})
_NAMED = frozenset({"properties", "$defs", "definitions"})
_ALTERNATIVES = frozenset({"anyOf", "oneOf"})
# Closing an object keeps out what a schema beside it adds; all but these only say more of what is there.
_ADDING = frozenset({"allOf", "if", "then", "else", "dependentSchemas", "patternProperties"})
_ADDING_TO_PROPERTIES = frozenset({"anyOf", "oneOf", "$ref"})
_FORMATS = frozenset({"date-time", "date", "time", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})
_MOST_OF_LEAST_ITEMS = 1


class InexpressibleSchemaError(ValueError):
    """The subset cannot express the schema even approximately; the message says why, in a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSchema:
    """A schema in the subset.

    Attributes:
        dropped: the keywords that are gone or weaker, each once.
        closed: whether objects were closed that allowed further properties.
    """

    schema: Mapping[str, Any]
    dropped: tuple[str, ...]
    closed: bool


def cut(schema: Mapping[str, Any]) -> CutSchema:
    """Cut a schema down to the subset; of what is lost, only a validation of the answer can make sure.

    Raises:
        InexpressibleSchemaError: the subset cannot express it.
    """
    if schema.get("type") != "object":
        raise InexpressibleSchemaError("it does not describe an object")
    _follow_references(schema)
    scissors = _Scissors()
    trimmed = scissors.trim(schema)
    return CutSchema(schema=trimmed, dropped=tuple(dict.fromkeys(scissors.dropped)), closed=scissors.closed)


class _Scissors:
    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.closed = False

    def trim(self, schema: Any) -> dict[str, Any]:
        if not isinstance(schema, Mapping):
            if schema is False:
                raise InexpressibleSchemaError("it holds a schema that nothing fits")
            return {}
        if _ADDING & set(schema) or ("properties" in schema and _ADDING_TO_PROPERTIES & set(schema)):
            raise InexpressibleSchemaError("it puts an object together from several schemas")
        kept: dict[str, Any] = {}
        for keyword, value in schema.items():
            self._keep(keyword, value, kept)
        kinds = kept.get("type", ())
        if "object" in ([kinds] if isinstance(kinds, str) else kinds) or "properties" in kept:
            self._close(schema, kept)
        return kept

    def _keep(self, keyword: str, value: Any, kept: dict[str, Any]) -> None:
        if keyword in _VALUES or (keyword == "format" and value in _FORMATS):
            kept[keyword] = value
        elif keyword in _NAMED and isinstance(value, Mapping):
            kept[keyword] = {name: self.trim(inner) for name, inner in value.items()}
        elif keyword in _ALTERNATIVES and "anyOf" not in kept and isinstance(value, Sequence):
            kept["anyOf"] = [self.trim(inner) for inner in value]
            if keyword == "oneOf":
                self.dropped.append(keyword)
        elif keyword == "items" and not isinstance(value, list):
            kept[keyword] = self.trim(value)
        elif keyword == "minItems":
            kept[keyword] = min(value, _MOST_OF_LEAST_ITEMS)
            if value > _MOST_OF_LEAST_ITEMS:
                self.dropped.append(keyword)
        elif keyword not in _IGNORED and keyword != "additionalProperties":
            self.dropped.append(keyword)

    def _close(self, schema: Mapping[str, Any], kept: dict[str, Any]) -> None:
        further = schema.get("additionalProperties")
        if isinstance(further, Mapping) or further is True:
            raise InexpressibleSchemaError("it holds an object whose properties have names of their own")
        if further is None and not kept.get("properties"):
            raise InexpressibleSchemaError("it holds an object whose properties are not named")
        if not set(schema.get("required", ())) <= set(kept.get("properties", ())):
            raise InexpressibleSchemaError("it requires a property that it does not describe")
        self.closed = self.closed or further is None
        kept["additionalProperties"] = False


def _follow_references(root: Mapping[str, Any]) -> None:
    """Refuse references that lead out of the schema, nowhere, or round in a circle."""
    finished: set[str] = set()
    open_references: list[str] = []

    def visit(schema: Any) -> None:
        for reference in _references(schema):
            if reference in open_references:
                raise InexpressibleSchemaError("it refers to itself")
            if reference in finished:
                continue
            open_references.append(reference)
            visit(_target(root, reference))
            finished.add(open_references.pop())

    open_references.append("#")
    visit(root)


def _references(schema: Any) -> Iterator[str]:
    """The references that stand in a schema, apart from those of definitions, which only count once they are used."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for keyword, value in schema.items():
            if keyword in ("properties", "patternProperties") and isinstance(value, Mapping):
                for inner in value.values():
                    yield from _references(inner)
            elif keyword not in ("$defs", "definitions", "enum", "const", "default", "examples"):
                yield from _references(value)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            yield from _references(inner)


def _target(root: Mapping[str, Any], reference: str) -> Any:
    """What a reference points at (RFC 6901)."""
    if not reference.startswith("#/"):
        raise InexpressibleSchemaError("it refers to something outside of itself")
    here: Any = root
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(here, Mapping) or key not in here:
            raise InexpressibleSchemaError("it refers to something that is not there")
        here = here[key]
    return here
