"""How the columns of a table, CSV or Parquet, make up a case."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from brainswap.core.cases import Case, Recorded
from brainswap.core.loading.faults import CaseOrFaults, Fault, case_faults, fault
from brainswap.core.wording import printable, suggestion

_NESTED = frozenset({"input", "recorded"})
_SINGLE = frozenset(Case.model_fields) - _NESTED
Part = Literal["whole", "input", "reference", "meta", "recorded"]
_COLLECTED: dict[str, Part] = {"input": "input", "reference": "reference", "meta": "meta"}
_TEXTS = frozenset({"id", "segment", "cluster"})
_LISTS = frozenset({"messages", "tools", "tool_results", "attachments", "context"})
_OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where the values of a column go.

    Attributes:
        part: ``whole`` for a key of the case itself, else the key that the values are collected under.
        key: the case's key, the input's, reference's or meta's name, or the name of a recording.
        measure: of a recording, its output or what was measured with it.
    """

    part: Part
    key: str
    measure: str = _OUTPUT


def plan_columns(
    place: str, header: Sequence[str], placeholders: Collection[str], *, nested: bool
) -> tuple[list[Column], list[Fault]]:
    """A column for each name of the header, and what is wrong with the names.

    Args:
        place: of the header.
        header: ``id``, ``reference``, ``segment``, …; ``input.<name>``, or a bare placeholder of the prompt;
            ``reference.<field>``, ``meta.<field>``; ``recorded.<name>``, ``recorded.<name>.latency_ms``.
        placeholders: of the prompt.
        nested: whether ``input`` and ``recorded`` may be columns of structures.
    """
    whole = _SINGLE | _NESTED if nested else _SINGLE
    columns: list[Column] = []
    faults: list[Fault] = []
    for name in header:
        column = _column(name, whole, placeholders)
        if column is None:
            known = whole | {f"input.{key}" for key in placeholders}
            wrong = f"unknown column `{printable(name)}`"
            remedy = f"{suggestion(name, known, 'Columns')} What else the prompt may use is called input.<name>."
            faults.append(fault(place, "column", wrong, remedy))
        elif column in columns:
            wrong = f"the column `{printable(name)}` is given twice"
            faults.append(fault(place, "column", wrong, "Keep one of them."))
        else:
            columns.append(column)
    faults.extend(_missing_or_mixed(place, columns))
    return columns, faults


def case_of_row(
    place: str, columns: Iterable[Column], values: Iterable[Any], placeholders: Collection[str]
) -> CaseOrFaults:
    """The case of one row, or what is wrong with it; None is a value that is not there."""
    data = _case_values(columns, values)
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        return case_faults(place, data, error, placeholders)


def _case_values(columns: Iterable[Column], values: Iterable[Any]) -> dict[str, Any]:
    case: dict[str, Any] = {"input": {}}
    for column, value in zip(columns, values, strict=True):
        if value is None:
            continue
        if column.part == "recorded":
            case.setdefault("recorded", {}).setdefault(column.key, {})[column.measure] = value
        elif column.part != "whole":
            case.setdefault(column.part, {})[column.key] = value
        elif column.key == "input" and isinstance(value, Mapping):
            case["input"].update((name, item) for name, item in value.items() if item is not None)
        elif column.key == "recorded" and isinstance(value, Mapping):
            _add_recordings(case.setdefault("recorded", {}), value)
        elif column.key in _LISTS:
            case[column.key] = _from_json(value) if isinstance(value, str) else _filled(value)
        else:
            case[column.key] = str(value) if type(value) is int and column.key in _TEXTS else value
    return case


def _from_json(text: str) -> Any:
    """The list that a cell of text holds; what is none stays as it is, and is told of where only a list will do."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, list) else text


def _filled(value: Any) -> Any:
    """Without what is not there: every structure of a table has all fields, mostly empty."""
    if isinstance(value, Mapping):
        return {key: _filled(each) for key, each in value.items() if each is not None}
    return [_filled(each) for each in value] if isinstance(value, list | tuple) else value


def _column(name: str, whole: Collection[str], placeholders: Collection[str]) -> Column | None:
    if name in whole:
        return Column(part="whole", key=name)
    part, _, key = name.partition(".")
    if part == "recorded" and key:
        recording, _, measure = key.rpartition(".")
        if recording and measure in Recorded.model_fields:
            return Column(part="recorded", key=recording, measure=measure)
        return Column(part="recorded", key=key)
    if part in _COLLECTED and key:
        return Column(part=_COLLECTED[part], key=key)
    return Column(part="input", key=name) if name in placeholders else None


def _missing_or_mixed(place: str, columns: Sequence[Column]) -> list[Fault]:
    whole = {column.key for column in columns if column.part == "whole"}
    collected = {column.part for column in columns}
    faults = []
    if "id" not in whole:
        remedy = "Name the columns in the first line, one of them `id`."
        faults.append(fault(place, "column", "there is no column `id`", remedy))
    for part in ("reference", "meta"):
        if part in whole and part in collected:
            wrong = f"there are both a column `{part}` and columns of its fields"
            faults.append(fault(place, "column", wrong, "Keep the one or the others."))
    return faults


def _add_recordings(recorded: dict[str, Any], value: Mapping[str, Any]) -> None:
    """Add a structure of recordings, of which a table has every name in every row, mostly empty."""
    for name, answer in value.items():
        if isinstance(answer, str):
            recorded[name] = {_OUTPUT: answer}
        elif isinstance(answer, Mapping):
            if any(measured is not None for measured in answer.values()):
                recorded[name] = answer
        elif answer is not None:
            recorded[name] = answer
