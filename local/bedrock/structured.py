"""Values in the form that a JSON schema asks for."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from brainswap.core.prompts.template import as_text
from local.bedrock.phrasing import FILLER, named_as_answer

_DEEPEST = 32
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_TRUE = frozenset({"true", "yes", "1"})
_KINDS: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {
        str: ("string",),
        bool: ("boolean",),
        int: ("integer", "number"),
        float: ("number", "integer"),
        list: ("array",),
        dict: ("object",),
    }
)


def conform(content: Any, schema: Mapping[str, Any]) -> str:
    """Content as JSON that follows a schema, as far as its types, enumerations and properties go."""
    return json.dumps(fit(content, schema, schema), ensure_ascii=False)


def fit(value: Any, schema: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """The value itself where it follows the schema; else what comes nearest to it.

    Args:
        value: of JSON's types.
        schema: of the value; anything that is no mapping allows everything.
        root: the whole schema, to which references point.
        depth: how many levels are above; what lies too deep is null, so that recursive schemas end.
    """
    if depth > _DEEPEST:
        return None
    if not isinstance(schema, dict):
        return value
    elsewhere = _elsewhere(schema, root)
    if elsewhere is not None:
        return fit(value, elsewhere, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return _nearest(value, schema["enum"])
    return _typed(value, schema, root, depth)


def _elsewhere(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """The schema that a reference points to, or the first branch that is not null; None where there is neither."""
    if isinstance(schema.get("$ref"), str):
        return _resolved(schema["$ref"], root)
    for name in _ALTERNATIVES:
        branches = schema.get(name)
        if isinstance(branches, list) and branches:
            return next((each for each in branches if each != {"type": "null"}), branches[0])
    return None


def _typed(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = _type(schema)
    if kind == "object":
        return _object(value, schema, root, depth)
    if kind == "array":
        items = value if isinstance(value, list) else [value]
        return [fit(item, schema.get("items"), root, depth + 1) for item in items]
    if kind in ("integer", "number"):
        return _number(value, whole=kind == "integer")
    if kind == "boolean":
        return value if isinstance(value, bool) else as_text(value).strip().lower() in _TRUE
    if kind == "null":
        return None
    return as_text(value) if kind == "string" else value


def _type(schema: Mapping[str, Any]) -> str | None:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if kind is None and isinstance(schema.get("properties"), dict):
        return "object"
    return kind if isinstance(kind, str) else None


def _object(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        return value if isinstance(value, dict) else {"answer": value}
    known = value if isinstance(value, dict) else {_place(properties, value): value}
    return {name: fit(known.get(name, FILLER), each, root, depth + 1) for name, each in properties.items()}


def _place(properties: Mapping[str, Any], value: Any) -> str:
    """The property that takes an answer: by its name, else the first one of its type, else the last one."""
    kinds = _KINDS.get(type(value), ())
    fitting = (name for name, each in properties.items() if isinstance(each, dict) and _type(each) in kinds)
    return named_as_answer(properties) or next(fitting, [*properties][-1])


def _number(value: Any, *, whole: bool) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        number = float(value)
        return int(number) if whole or number == int(number) else number
    except (ValueError, OverflowError):
        return 0


def _nearest(value: Any, allowed: Sequence[Any]) -> Any:
    if value in allowed:
        return value
    written = as_text(value).strip().casefold()
    return next((each for each in allowed if as_text(each).casefold() == written), allowed[0])


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
