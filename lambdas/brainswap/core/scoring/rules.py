"""The scorer of business rules: ``checks``. Conditions are looked up in tables; nothing of them is executed.

Regular expressions come from the workload's owner, who is trusted not to write one that takes exponential time; they
see the first 200,000 characters of a text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from brainswap.core.scoring.comparisons import order, orderable
from brainswap.core.scoring.extraction import pattern_problem
from brainswap.core.scoring.family import Family, SubjectFamily
from brainswap.core.scoring.operands import (
    CASE,
    Place,
    View,
    is_reference,
    operands,
    place_of,
    place_problem,
    shown,
)
from brainswap.core.scoring.operators import OF_BETWEEN, ORDERING, PHRASES, WITHOUT_VALUE, holds
from brainswap.core.scoring.quoting import kept, quote
from brainswap.core.scoring.references import UnusableReferenceError
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import CheckedRule, ChecksSpec, Condition
from brainswap.core.scoring.subject import Subject

_NAMED = 10  # broken rules that a reason lists

Look = Callable[[Subject, Any], Score]


def checks_problem(spec: ChecksSpec) -> str | None:
    return next(_problems(spec.rules), None)


def checks_expected(spec: ChecksSpec, reference: Any) -> Any:
    """The reference, which has what every rule looks at that always applies."""
    view = View(inputs={}, reference=reference)
    for rule in spec.rules:
        if rule.when is None and (problem := _lacking(rule, view, roots=("reference",))):
            raise UnusableReferenceError(problem)
    return reference


def compile_checks(spec: ChecksSpec) -> Look:
    conditions = [each for rule in spec.rules for each in (rule, rule.when) if each is not None]
    reads_json = any(place.root == "json" for each in conditions for place in operands(each))

    def look(subject: Subject, reference: Any) -> Score:
        view = View(answer=subject.text, inputs=subject.input, reference=reference, reads_json=reads_json)
        try:
            return _checked(spec, view)
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        except RecursionError:
            return Score(value=0.0, reason="the answer or its case is nested too deeply to be checked")

    return look


def _checked(spec: ChecksSpec, view: View) -> Score:
    applying = [rule for rule in spec.rules if rule.when is None or holds(rule.when, view)]
    if not applying:
        return Score(value=None, reason="no rule applies to this case")
    broken = [rule for rule in applying if not _kept_to(rule, view)]
    count = f"{len(applying) - len(broken)} of {len(applying)} rule{'s' if len(applying) > 1 else ''} kept"
    if not broken:
        return Score(value=1.0, reason=count)
    told = "; ".join(_breach(rule, view) for rule in broken[:_NAMED])
    more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    value = 0.0
    if spec.partial and len(broken) < len(applying):
        lost, total = (sum(rule.weight for rule in rules) for rules in (broken, applying))
        value = min(max(1.0 - lost / total, 0.0), 1.0)
    return Score(value=value, reason=kept(f"{count}; broken: {told}{more}"))


def _kept_to(rule: CheckedRule, view: View) -> bool:
    """Whether a rule holds.

    Raises:
        UnusableReferenceError: the case lacks what the rule compares with.
    """
    if problem := _lacking(rule, view, roots=CASE):
        raise UnusableReferenceError(problem)
    return holds(rule, view)


def _breach(rule: CheckedRule, view: View) -> str:
    name = f"{quote(rule.name)}: " if rule.name else ""
    found = view.found(place_of(rule.path))
    said = f"{rule.path} is {shown(found)}" if view.has(found) else f"{rule.path} is not there"
    phrase = PHRASES[rule.op]
    if rule.op in WITHOUT_VALUE:
        return f"{name}{said} and {phrase}"
    source = f" ({rule.value['ref']})" if is_reference(rule.value) else ""
    return f"{name}{said} and {phrase} {shown(view.value(rule.value))}{source}"


def _lacking(condition: Condition, view: View, *, roots: Iterable[str]) -> str | None:
    """What a case would need for a condition to be looked at; of places under ``roots`` alone."""
    needed = [place_of(condition.path)] if condition.op not in WITHOUT_VALUE else []
    needed += [place_of(each["ref"]) for each in _references(condition.value)]
    for place in needed:
        if place.root not in roots:
            continue
        found = view.found(place)
        if not view.has(found):
            return f"the case has nothing at {quote(place.written)}"
        if problem := _unfit(condition, place, found):
            return f"the case's {problem}"
    return None


def _unfit(condition: Condition, place: Place, found: Any) -> str | None:
    """Why a value of the case can never be compared as a condition wants it."""
    is_whole_value = is_reference(condition.value) and condition.value["ref"] == place.written
    if condition.op in ("in", "not_in") and is_whole_value:
        return None if isinstance(found, list | tuple) else f"{quote(place.written)} is no list"
    if condition.op == "between" and is_whole_value:
        return None if _is_range(found) else f"{quote(place.written)} is no list of a lowest and a highest"
    if condition.op in ORDERING and not orderable(found):
        return f"{quote(place.written)} is {shown(found)}, which is neither a number nor a date"
    return None


def _references(value: Any) -> Iterator[Mapping[str, str]]:
    yield from (each for each in (value if isinstance(value, list | tuple) else (value,)) if is_reference(each))


def _is_range(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == OF_BETWEEN and all(map(orderable, value))


def _problems(rules: Sequence[CheckedRule]) -> Iterator[str]:
    for index, rule in enumerate(rules):
        where = f"rules[{index}]"
        yield from _condition_problems(where, rule)
        if rule.when is not None:
            yield from _condition_problems(f"{where}.when", rule.when)
        if not any(place_problem(each.written) or each.root not in CASE for each in operands(rule)):
            yield f"{where} looks at the case alone, whatever the answer is"


def _condition_problems(where: str, condition: Condition) -> Iterator[str]:
    if problem := place_problem(condition.path):
        yield f"{where}.path {problem}"
    for reference in _references(condition.value):
        if problem := place_problem(reference["ref"]):
            yield f"{where}.value {problem}"
    given = "value" in condition.model_fields_set
    if condition.op in WITHOUT_VALUE:
        if given and condition.value is not None:
            yield f"{where}: {condition.op} takes no value"
    elif not given:
        yield f"{where}: {condition.op} needs a value"
    elif problem := _value_problem(condition):
        yield f"{where}.value {problem}"


def _value_problem(condition: Condition) -> str | None:
    op, value = condition.op, condition.value
    if op == "matches":
        return pattern_problem(value) if isinstance(value, str) else "must be a regular expression in place"
    return None if is_reference(value) else _literal_problem(op, value)


def _literal_problem(op: str, value: Any) -> str | None:
    if op in ("in", "not_in"):
        return None if isinstance(value, list | tuple) and value else "must be a list that is not empty"
    if op == "between":
        return _range_problem(value)
    if op in ORDERING and not orderable(value):
        return "must be a number or a date"
    if op in ("contains", "not_contains") and isinstance(value, str) and not value.strip():
        return "is blank, and every text contains that"
    return None


def _range_problem(value: Any) -> str | None:
    if not isinstance(value, list | tuple) or len(value) != OF_BETWEEN:
        return "must be a list of the lowest and the highest"
    plain = [each for each in value if not is_reference(each)]
    if not all(map(orderable, plain)):
        return "must be numbers or dates"
    if len(plain) == OF_BETWEEN and order(*plain) not in (-1, 0):
        return "must begin with the lowest"
    return None


FAMILIES: Mapping[str, Family] = {
    "checks": SubjectFamily(
        problem=checks_problem, expected=checks_expected, compile=compile_checks, takes_extract=True
    ),
}
