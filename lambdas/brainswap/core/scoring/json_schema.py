"""JSON Schema: whether one can be used, and what an answer violates.

Imported by who has a schema: jsonschema takes longer to start than all other scorers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

from brainswap.core.scoring.quoting import kept, quote
from brainswap.core.scoring.structured import comparable

_VIOLATIONS = 50  # looked at to find the most telling one
_WORDS = 200  # characters of a violation that a reason quotes
_NOT_SCHEMAS = ("const", "enum", "default", "examples")


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Why a schema can never be used; None when nothing is wrong."""
    if not isinstance(schema.get("$schema", ""), str):
        return "schema.$schema is not text"
    try:
        _validator_class(schema).check_schema(dict(schema))
    except SchemaError as error:
        return f"schema is not valid JSON Schema: {error.json_path}: {error.message[:_WORDS]}"
    root = Resource.from_contents(schema, default_specification=DRAFT202012)
    unknown = next(_unresolvable(schema, EMPTY_REGISTRY.resolver_with_root(root)), None)
    return None if unknown is None else f"schema refers to {unknown!r}, which is not in it"


def schema_check(schema: Mapping[str, Any]) -> Callable[[Any], str | None]:
    """What a value violates most of a schema that `schema_problem` finds nothing wrong with; None for nothing."""
    return partial(_violation, _validator(schema))


def _validator_class(schema: Mapping[str, Any]) -> type[Validator]:
    return validator_for(schema, default=Draft202012Validator)


def _validator(schema: Mapping[str, Any]) -> Validator:
    """With a registry of its own, so that no reference is ever fetched from the network."""
    extended: Callable[..., type[Validator]] = extend
    linear = extended(_validator_class(schema), {"uniqueItems": _unique_items})
    return linear(schema, registry=EMPTY_REGISTRY)


def _unique_items(validator: Validator, unique: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:  # noqa: FBT001 - called by jsonschema
    """In linear time, which the library's own check is not for an answer of many objects."""
    if unique and validator.is_type(instance, "array"):
        members = [comparable(member) for member in instance]
        if len(set(members)) < len(members):
            yield ValidationError("some members occur twice")


def _violation(validator: Validator, value: Any) -> str | None:
    try:
        worst = best_match(islice(validator.iter_errors(value), _VIOLATIONS))
    except ArithmeticError:
        return "not as the schema has it: a number is too large to be checked"
    if worst is None:
        return None
    return f"not as the schema has it: {kept(worst.json_path[:_WORDS])}: {quote(worst.message, _WORDS)}"


def _unresolvable(schema: Any, resolver: Any) -> Iterator[str]:
    """References of a schema that point outside of it, or at nothing."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$id"), str):
            resolver = resolver.in_subresource(DRAFT202012.create_resource(schema))
        for key, member in schema.items():
            if key in ("$ref", "$dynamicRef") and isinstance(member, str):
                try:
                    resolver.lookup(member)
                except Unresolvable:
                    yield member
            elif key not in _NOT_SCHEMAS:
                yield from _unresolvable(member, resolver)
    elif isinstance(schema, Sequence) and not isinstance(schema, str):
        for member in schema:
            yield from _unresolvable(member, resolver)
