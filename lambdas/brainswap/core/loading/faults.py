"""What is wrong with a case, found while its file is read."""

import functools
import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from brainswap.core.cases import Case
from brainswap.core.errors import Problem
from brainswap.core.loading.case_lines import MAX_LINE
from brainswap.core.loading.diagnosis import findings
from brainswap.core.loading.findings import Finding, dotted
from brainswap.core.loading.text_files import encoding_problem
from brainswap.core.wording import printable

_JSON_REMEDY = "Write one JSON object a line, keys and texts in double quotes, line breaks inside texts as \\n."
_POSITION = re.compile(r" at line \d+ column (\d+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A problem, and the few words by which its like are counted."""

    kind: str
    problem: Problem


CaseOrFaults = Case | list[Fault]


def fault(place: str, kind: str, wrong: str, remedy: str) -> Fault:
    return Fault(kind=kind, problem=Problem(place=place, wrong=wrong, remedy=remedy))


def too_long(place: str) -> Fault:
    wrong = f"the line is longer than {MAX_LINE // 1_000_000} MB"
    return fault(place, "line too long", wrong, "Shorten the case, or leave out what the prompt does not use.")


def undecodable(name: str, place: str, error: UnicodeDecodeError) -> Fault:
    return Fault(kind="not UTF-8", problem=encoding_problem(name, error, place))


def json_faults(
    name: str, place: str, line: bytes, error: ValidationError, placeholders: Collection[str]
) -> list[Fault]:
    """Why a line is no case."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as undecoded:
        return [undecodable(name, place, undecoded)]
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] != "json_invalid":
        return case_faults(place, from_json(line), error, placeholders)
    reason = str(first["ctx"]["error"])
    position = _POSITION.search(reason)
    where = f" at column {position.group(1)}" if position else ""
    wrong = f"malformed JSON{where}: {printable(_POSITION.sub('', reason), limit=200)}"
    return [fault(place, "malformed JSON", wrong, _JSON_REMEDY)]


def case_faults(place: str, data: Any, error: ValidationError, placeholders: Collection[str]) -> list[Fault]:
    """Why a value is no case, key by key."""
    if not isinstance(data, dict):
        return [fault(place, "not an object", "the line is not a JSON object", _JSON_REMEDY)]
    return [
        fault(f"{place} {dotted(finding.path)}".rstrip(), finding.kind, finding.wrong, _remedy(finding, placeholders))
        for finding in findings(error, data, _schema())
    ]


def not_lines(name: str, place: str, *, is_array: bool) -> Fault:
    """The fault of a file that is JSON, but not an object a line."""
    wrong = "the file is a JSON array" if is_array else "the object goes on in the next line"
    program = ".[]" if is_array else "."
    remedy = f"Write one object a line: jq -c '{program}' {shlex.quote(printable(name, limit=300))} > converted"
    return fault(place, "malformed JSON", wrong, remedy)


def _remedy(finding: Finding, placeholders: Collection[str]) -> str:
    if finding.kind == "unknown key" and len(finding.path) == 1 and finding.path[0] in placeholders:
        return f'Put it into the input: {{"input": {{"{finding.path[0]}": …}}}}.'
    return finding.remedy


@functools.cache
def _schema() -> dict[str, Any]:
    return Case.model_json_schema()
