"""Feature flags: what AppConfig takes as a definition, and what it gives to readers.

The schema is that of the user guide ("Type reference for AWS.AppConfig.FeatureFlags"), without variants: a document
that has any is delivered as Amazon Ion, which nothing here reads.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from local.appconfig.faults import AppConfigError

_NAME = r"^[a-z][a-zA-Z\d_-]{0,63}$"
_STAMPS = {"_createdAt": {"type": "string"}, "_updatedAt": {"type": "string"}}
_TEXT = {"type": "string", "maxLength": 1024}
_VALUE = {
    "oneOf": [
        _TEXT,
        {"type": "number"},
        {"type": "boolean"},
        {"type": "array", "oneOf": [{"items": _TEXT}, {"items": {"type": "number"}}]},
    ]
}


def _closed(properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **more}


def _constraint(kind: str, more: Mapping[str, Any]) -> dict[str, Any]:
    return _closed({"type": {"enum": [kind]}, "required": {"type": "boolean"}, **more}, required=["type"])


_NUMBER = _constraint("number", {"minimum": {"type": "integer"}, "maximum": {"type": "integer"}})
_STRING = _constraint("string", {"pattern": _TEXT, "enum": {"type": "array", "items": {"type": ["string", "integer"]}}})
_ARRAY = _constraint("array", {"elements": {"oneOf": [_NUMBER, _STRING]}})
_ATTRIBUTE = _closed(
    {"description": _TEXT, "constraints": {"oneOf": [_NUMBER, _STRING, _ARRAY, _constraint("boolean", {})]}}
)
_DEFINITION = _closed(
    {
        "name": {"type": "string", "pattern": r"^[^\n]{1,64}$"},
        "description": _TEXT,
        **_STAMPS,
        "attributes": _closed({}, patternProperties={_NAME: _ATTRIBUTE}, maxProperties=25),
    }
)
_FLAG_VALUE = {
    "type": "object",
    "properties": {"enabled": {"type": "boolean"}, **_STAMPS},
    "patternProperties": {_NAME: _VALUE},
    "additionalProperties": False,
}
SCHEMA = _closed(
    {
        "version": {"enum": ["1"]},
        "flags": _closed({}, patternProperties={_NAME: _DEFINITION}),
        "values": _closed({}, patternProperties={_NAME: _FLAG_VALUE}),
    },
    required=["version"],
)
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
}


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(SCHEMA)


def checked_flags(content: bytes) -> None:
    """Accept a definition of flags.

    Raises:
        AppConfigError: ``BadRequestException``: it does not fit the schema, or a value not its own constraints.
    """
    try:
        document = json.loads(content)
    except ValueError:
        raise _refused("The content is no JSON.") from None
    error = best_match(_validator().iter_errors(document))
    if error is not None:
        raise _refused(f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message[:300]}")
    for flag, value in document.get("values", {}).items():
        if flag not in document.get("flags", {}):
            raise _refused(f"values/{flag}: no such flag is defined.")
        _check_values(flag, value, document["flags"][flag].get("attributes", {}))


def _check_values(flag: str, value: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
    given = {name: each for name, each in value.items() if name != "enabled" and not name.startswith("_")}
    for name in given:
        if name not in definitions:
            raise _refused(f"values/{flag}/{name}: no such attribute is defined.")
    for name, definition in definitions.items():
        constraints = definition.get("constraints", {})
        if name not in given:
            if constraints.get("required") and value.get("enabled"):
                raise _refused(f"values/{flag}: the attribute {name} is required.")
            continue
        wrong = _violation(given[name], constraints)
        if wrong:
            raise _refused(f"values/{flag}/{name}: {wrong}")


def _violation(value: Any, constraints: Mapping[str, Any]) -> str | None:
    kind = constraints.get("type")
    if kind is None:
        return None
    if not isinstance(value, _KINDS[kind]) or isinstance(value, bool) is not (kind == "boolean"):
        return f"is no {kind}."
    refused: dict[str, Callable[[Any], bool]] = {
        "minimum": lambda bound: value < bound,
        "maximum": lambda bound: value > bound,
        "pattern": lambda bound: not re.search(str(bound), str(value)),
        "enum": lambda bound: value not in bound,
    }
    broken = [name for name, breaks in refused.items() if name in constraints and breaks(constraints[name])]
    return f"does not satisfy {broken[0]}." if broken else None


def delivered_flags(content: bytes) -> bytes:
    """What readers get: each flag's state, and the attributes of those that are on."""
    values = json.loads(content).get("values", {})
    return json.dumps({flag: _delivered(value) for flag, value in values.items()}, separators=(",", ":")).encode()


def _delivered(value: Mapping[str, Any]) -> dict[str, Any]:
    if not value.get("enabled"):
        return {"enabled": False}
    return {name: each for name, each in value.items() if not name.startswith("_")}


def _refused(message: str) -> AppConfigError:
    return AppConfigError("BadRequestException", f"Invalid configuration. {message}")
