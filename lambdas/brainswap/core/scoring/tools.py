"""The scorer of tool calls: F1 over the calls, each counted for its name and its arguments.

A call of the answer is paired with one of the reference by the same name, so that the pairs earn as much as they can. A
pair earns the share of its parts that are right: the name is one part, each argument another, with the weight of its
rule. Twice what the pairs earn, divided by the calls on both sides, is the score.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.answers import ToolCall
from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.documents import whole_json
from brainswap.core.scoring.family import Family, SubjectFamily
from brainswap.core.scoring.matching import best_pairs, best_pairs_in_order
from brainswap.core.scoring.quoting import KEPT, kept, quote
from brainswap.core.scoring.references import UnusableReferenceError, follow
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import FieldRule, ToolCallSpec
from brainswap.core.scoring.structured import Field, agrees, declared_field
from brainswap.core.scoring.subject import Subject

_EXPECTED = 32  # calls of a reference
_LOOKED_AT = 128  # calls of an answer that are paired; more are extra
_READ = 5_000_000  # characters of arguments, over all the calls that each is compared with
_NAMED = 5  # things of a kind that a reason lists
_NAME = 1.0  # what the name of a call counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A call of the reference; ``fields`` is None where its arguments are not compared."""

    name: str
    fields: tuple[Field, ...] | None
    known: frozenset[str] = frozenset()


Expected = tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A call of the answer; ``problem`` says why its arguments are none."""

    name: str
    arguments: Mapping[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A call beside one of the reference that has its name; the faults are for a person."""

    credit: float
    faults: tuple[str, ...] = ()


def tool_call_problem(spec: ToolCallSpec) -> str | None:
    if spec.names_only and spec.arguments:
        return "arguments has rules, and names_only says that no argument is looked at"
    wrong = [path for path in spec.arguments or () if not all(path.split("."))]
    return f"arguments: {wrong[0]!r} is not a dotted path" if wrong else None


def tool_call_expected(spec: ToolCallSpec, reference: Any) -> Expected:
    calls = reference if isinstance(reference, list | tuple) else () if reference is None else (reference,)
    if not calls and spec.expect != "none":
        raise UnusableReferenceError("the reference names no call; say expect: none where no tool may be called")
    if len(calls) > _EXPECTED:
        raise UnusableReferenceError(f"the reference names {len(calls)} calls, and at most {_EXPECTED} are compared")
    return tuple(_wanted(spec, call) for call in calls)


def compile_tool_call(spec: ToolCallSpec) -> Callable[[Subject, Expected], Score]:
    def look(subject: Subject, expected: Expected) -> Score:
        calls = subject.tool_calls
        if not calls:
            missing = _names("missing", (wanted.name for wanted in expected))
            reason = f"no tool is called; {missing}" if missing else "no tool is called, as expected"
            return Score(value=float(not expected), reason=kept(reason))
        said = kept("; ".join(f"{call.name}({call.arguments[:KEPT]})" for call in calls[:_EXPECTED]))
        if not expected:
            names = _names("no tool may be called, and these are", (call.name for call in calls))
            return Score(value=0.0, reason=kept(names), extracted=said)
        try:
            value, reason = _paired(spec, expected, calls)
        except RecursionError:
            value, reason = 0.0, "the arguments are nested too deeply to be compared"
        return Score(value=value, reason=kept(reason), extracted=said)

    return look


def _wanted(spec: ToolCallSpec, call: Any) -> Wanted:
    if not isinstance(call, Mapping) or not isinstance(call.get("name"), str) or not call["name"].strip():
        raise UnusableReferenceError("the reference is no call of a tool, which has a name and arguments")
    if unknown := [str(key) for key in call if key not in ("name", "arguments")]:
        raise UnusableReferenceError(f"a call of the reference has {quote(unknown[0])} beside its name and arguments")
    name = call["name"].strip()
    given = call.get("arguments")
    if given is None or spec.names_only:
        return Wanted(name=name, fields=None)
    arguments = whole_json(given).value if isinstance(given, str) else given
    if not isinstance(arguments, Mapping):
        raise UnusableReferenceError(f"the reference's arguments of {quote(name)} are no JSON object")
    return Wanted(name=name, fields=tuple(_fields(spec.arguments or {}, arguments)), known=frozenset(arguments))


def _fields(rules: Mapping[str, FieldRule], arguments: Mapping[str, Any]) -> Iterable[Field]:
    ruled = {path: rule for path, rule in rules.items() if _has(arguments, path)}
    covered = {path.partition(".")[0] for path in ruled}
    for key, value in arguments.items():
        if key not in covered:
            yield Field(name=key, path=(key,), rule=FieldRule(), expected=value)
    for path, rule in ruled.items():
        yield declared_field(path, rule, arguments)


def _has(arguments: Mapping[str, Any], path: str) -> bool:
    try:
        follow(arguments, path.split("."))
    except LookupError:
        return False
    return True


def _all_made(calls: Iterable[ToolCall], characters: int) -> Iterator[_Made]:
    """The calls with their arguments, as far as these have no more than ``characters`` together."""
    for call in calls:
        characters -= len(call.arguments)
        too_long = "its arguments are too long to be compared"
        yield _made(call) if characters >= 0 else _Made(name=call.name, arguments={}, problem=too_long)


def _made(call: ToolCall) -> _Made:
    if not call.arguments.strip():  # how some services write that there are none
        return _Made(name=call.name, arguments={})
    document = whole_json(call.arguments)
    if document.problem is not None:
        return _Made(name=call.name, arguments={}, problem=f"its arguments are {document.problem}")
    if not isinstance(document.value, Mapping):
        return _Made(name=call.name, arguments={}, problem="its arguments are no JSON object")
    return _Made(name=call.name, arguments=document.value)


def _paired(spec: ToolCallSpec, expected: Expected, calls: Sequence[ToolCall]) -> tuple[float, str]:
    made = list(_all_made(calls[:_LOOKED_AT], _READ // len(expected)))
    compared = {
        (row, column): _compared(spec, wanted, call)
        for row, wanted in enumerate(expected)
        for column, call in enumerate(made)
        if wanted.name == call.name
    }
    credit = [
        [compared[row, column].credit if (row, column) in compared else 0.0 for column in range(len(made))]
        for row in range(len(expected))
    ]
    pairs = best_pairs_in_order(credit) if spec.ordered else best_pairs(credit)
    earned = sum(credit[row][column] for row, column in pairs)
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    faults = [
        f"{quote(expected[row].name)}: {fault}" for row, column in pairs for fault in compared[row, column].faults
    ]
    reasons = (
        f"{len(pairs) - sum(bool(compared[pair].faults) for pair in pairs)} of {len(expected)} expected calls right",
        _names("missing", (wanted.name for row, wanted in enumerate(expected) if row not in rows)),
        _names("not expected", (call.name for column, call in enumerate(calls) if column not in columns)),
        _listed("wrong", faults),
    )
    value = min(2 * earned / (len(expected) + len(calls)), 1.0)
    order = "in this order, " if spec.ordered else ""
    return value, order + "; ".join(filter(None, reasons))


def _compared(spec: ToolCallSpec, wanted: Wanted, made: _Made) -> _Compared:
    if spec.names_only:
        return _Compared(credit=1.0)
    fields = wanted.fields or ()
    weight = sum(field.rule.weight for field in fields)
    if made.problem is not None:
        return _Compared(credit=_NAME / (_NAME + (weight or 1.0)), faults=(made.problem,))
    if wanted.fields is None:
        return _Compared(credit=1.0)
    faults: list[str] = []
    reached = 0.0
    for field in fields:
        try:
            said = follow(made.arguments, field.path)
        except LookupError:
            faults.append(f"{quote(field.name)} is missing")
            continue
        if agrees(said, field):
            reached += field.rule.weight
        else:
            faults.append(f"{quote(field.name)} is {quote(as_text(said))} instead of {quote(as_text(field.expected))}")
    extra = [] if spec.extra == "allow" else [key for key in made.arguments if key not in wanted.known]
    if extra:
        faults.append(_names("not expected", extra))
    return _Compared(
        credit=min((_NAME + reached) / (_NAME + weight + len(extra)), 1.0) if faults else 1.0, faults=tuple(faults)
    )


def _names(what: str, names: Iterable[str]) -> str:
    return _listed(what, [quote(name) for name in names])


def _listed(what: str, things: Sequence[str]) -> str:
    """Empty where there are none."""
    if not things:
        return ""
    more = f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""
    return f"{what}: {', '.join(things[:_NAMED])}{more}"


FAMILIES: Mapping[str, Family] = {
    "tool_call": SubjectFamily(problem=tool_call_problem, expected=tool_call_expected, compile=compile_tool_call),
}
