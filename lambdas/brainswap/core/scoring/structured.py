"""The scorer of JSON answers: validity, schema, and the fields one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.documents import strict_json
from brainswap.core.scoring.number import expected_number, first_number, within
from brainswap.core.scoring.quoting import kept, quote
from brainswap.core.scoring.references import UnusableReferenceError, follow
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import FieldRule, JsonSpec

_VIOLATIONS = 50  # looked at to find the most telling one
_WORDS = 200  # characters of a violation that a reason quotes
_NOT_SCHEMAS = ("const", "enum", "default", "examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field that a right answer has.

    Attributes:
        name: how reasons call it.
        path: keys and indices that lead to it.
        rule: how it is compared and what it counts.
        expected: the reference's value.
    """

    name: str
    path: tuple[str, ...]
    rule: FieldRule
    expected: Any


Fields = tuple[Field, ...]


def json_problem(spec: JsonSpec) -> str | None:
    if spec.fields and (wrong := [name for name in spec.fields if not all(name.split("."))]):
        return f"fields: {wrong[0]!r} is not a dotted path"
    if spec.json_schema is None:
        return None
    if not isinstance(spec.json_schema.get("$schema", ""), str):
        return "schema.$schema is not text"
    try:
        _validator_class(spec.json_schema).check_schema(spec.json_schema)
    except SchemaError as error:
        return f"schema is not valid JSON Schema: {error.json_path}: {error.message[:_WORDS]}"
    root = Resource.from_contents(spec.json_schema, default_specification=DRAFT202012)
    unknown = next(_unresolvable(spec.json_schema, EMPTY_REGISTRY.resolver_with_root(root)), None)
    return None if unknown is None else f"schema refers to {unknown!r}, which is not in it"


def json_expected(spec: JsonSpec, reference: Any) -> Fields:
    """The fields to compare; none where only the form counts."""
    if spec.fields is None:
        if not isinstance(reference, Mapping):
            return ()
        rule = FieldRule()
        return tuple(Field(name=key, path=(key,), rule=rule, expected=value) for key, value in reference.items())
    return tuple(declared_field(name, rule, reference) for name, rule in spec.fields.items())


def compile_json(spec: JsonSpec) -> Callable[[str, Fields], Score]:
    validator = None if spec.json_schema is None else _validator(spec.json_schema)

    def compare(text: str, fields: Fields) -> Score:
        document = strict_json(text, raw_controls=not spec.strict)
        if document.problem is not None:
            return Score(value=0.0, reason=document.problem)
        try:
            violation = None if validator is None else _violation(validator, document.value)
            return Score(value=0.0, reason=violation) if violation else _by_field(document.value, fields)
        except RecursionError:
            return Score(value=0.0, reason="the JSON is nested too deeply to be compared")

    return compare


def declared_field(name: str, rule: FieldRule, reference: Any) -> Field:
    path = tuple(name.split("."))
    try:
        expected = follow(reference, path)
    except LookupError:
        raise UnusableReferenceError(f"the reference has no field {quote(name)}") from None
    if rule.type == "number":
        expected_number(expected)
    if rule.type == "contains" and (isinstance(expected, Mapping | list | tuple) or not _shown(expected)):
        raise UnusableReferenceError(f"the reference's field {quote(name)} is not text that could be contained")
    return Field(name=name, path=path, rule=rule, expected=expected)


def _by_field(value: Any, fields: Fields) -> Score:
    if not fields:
        return Score(value=1.0, reason="valid JSON")
    lost: list[str] = []
    wrong: list[str] = []
    reached = 0.0
    for field in fields:
        try:
            said = follow(value, field.path)
        except LookupError:
            lost.append(field.name)
            continue
        if agrees(said, field):
            reached += field.rule.weight
        else:
            wrong.append(f"{field.name} is {quote(_shown(said))} instead of {quote(_shown(field.expected))}")
    if not lost and not wrong:
        return Score(value=1.0, reason=_counted(len(fields), len(fields)))
    reasons = [_counted(len(fields) - len(lost) - len(wrong), len(fields))]
    if lost:
        reasons.append(f"missing: {', '.join(lost)}")
    if wrong:
        reasons.append(f"wrong: {', '.join(wrong)}")
    total = sum(field.rule.weight for field in fields)
    return Score(value=min(reached / total, 1.0), reason=kept("; ".join(reasons)))


def _counted(right: int, all_of: int) -> str:
    return f"{right} of {all_of} field{'s' if all_of > 1 else ''} right"


def agrees(said: Any, field: Field) -> bool:
    rule, expected = field.rule, field.expected
    if rule.type == "number":
        number = first_number(as_text(said)) if isinstance(said, int | float | str) else None
        return number is not None and within(number.value, expected_number(expected).value, rule.tolerance)
    if rule.type == "contains":
        return _folded(_shown(expected), rule) in _folded(_shown(said), rule)
    if isinstance(said, str) and isinstance(expected, str):
        return _folded(said.strip(), rule) == _folded(expected.strip(), rule)
    return bool(comparable(said) == comparable(expected))


def _folded(text: str, rule: FieldRule) -> str:
    return text.casefold() if rule.ignore_case else text


def _shown(value: Any) -> str:
    return as_text(value)


_TRUTH = {True: object(), False: object()}


def comparable(value: Any) -> Any:
    """A hashable form, equal where JSON Schema has it so: 1 is 1.0, true is not 1, keys have no order."""
    if isinstance(value, bool):
        return _TRUTH[value]
    if isinstance(value, Mapping):
        return frozenset((key, comparable(member)) for key, member in value.items())
    if isinstance(value, list | tuple):
        return tuple(comparable(member) for member in value)
    return value


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
