"""The scorer of JSON answers: validity, schema, and the fields one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.documents import strict_json
from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.number import expected_number, first_number, within
from brainswap.core.scoring.quoting import kept, quote
from brainswap.core.scoring.references import UnusableReferenceError, follow
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import FieldRule, JsonSpec


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
    from brainswap.core.scoring.json_schema import schema_problem

    return schema_problem(spec.json_schema)


def json_expected(spec: JsonSpec, reference: Any) -> Fields:
    """The fields to compare; none where only the form counts."""
    if spec.fields is None:
        if not isinstance(reference, Mapping):
            return ()
        rule = FieldRule()
        return tuple(Field(name=key, path=(key,), rule=rule, expected=value) for key, value in reference.items())
    return tuple(declared_field(name, rule, reference) for name, rule in spec.fields.items())


def compile_json(spec: JsonSpec) -> Callable[[str, Fields], Score]:
    violation_of = None if spec.json_schema is None else _schema_check(spec.json_schema)

    def compare(text: str, fields: Fields) -> Score:
        document = strict_json(text, raw_controls=not spec.strict)
        if document.problem is not None:
            return Score(value=0.0, reason=document.problem)
        try:
            violation = None if violation_of is None else violation_of(document.value)
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


def _schema_check(schema: Mapping[str, Any]) -> Callable[[Any], str | None]:
    from brainswap.core.scoring.json_schema import schema_check

    return schema_check(schema)


FAMILIES: Mapping[str, Family] = {
    "json": TextFamily(problem=json_problem, expected=json_expected, compile=compile_json),
}
