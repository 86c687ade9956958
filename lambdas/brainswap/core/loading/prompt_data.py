"""What a prompt holds besides its texts: the tools of a file, in anybody's form, and JSON Schemas."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from brainswap.core.declared_models import DeclaredTool
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.diagnosis import findings
from brainswap.core.loading.findings import Finding, KeyPath, dotted
from brainswap.core.scoring.specs import JsonSpec
from brainswap.core.scoring.structured import json_problem
from brainswap.core.wording import printable

_MAX_DEPTH = 64
_SHOWN = 300
_TOOL_FORMS = (
    'Write {"name": …, "description": …, "input_schema": {…}}, or a tool as OpenAI ({"type": "function", …}) or '
    'Bedrock ({"toolSpec": {…}}) has it.'
)
_SCHEMA_REMEDY = "Write a JSON Schema (2020-12) that describes an object."


def json_of(name: str, text: str) -> Any:
    """The value of a JSON file.

    Raises:
        InvalidWorkloadError: it is not JSON, holds what JSON cannot, or is nested too deep.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        wrong = f"not valid JSON at column {error.colno}: {printable(error.msg)}"
        remedy = "Check the commas, the quotes and the brackets in and above this line."
        raise InvalidWorkloadError(
            [Problem(place=f"{printable(name)}:{error.lineno}", wrong=wrong, remedy=remedy)]
        ) from (error)
    except UnicodeEncodeError as error:
        raise _unusable(name, "a text holds half of a surrogate pair", "Write the character itself.") from error
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:
        raise _unusable(name, "a number is not finite, or too long", "Write a finite number.") from error
    if _is_deeper(value, _MAX_DEPTH):
        raise _too_deep(name)
    return value


def tools_of(name: str, text: str) -> list[DeclaredTool]:
    """The tools of a file.

    Raises:
        InvalidWorkloadError: with everything that is wrong.
    """
    value = json_of(name, text)
    items = value.get("tools") if isinstance(value, Mapping) else value
    if not isinstance(items, list) or not items:
        raise _unusable(name, "the file holds no list of tools", _TOOL_FORMS)
    tools: list[DeclaredTool] = []
    problems: list[Problem] = []
    for index, item in enumerate(items):
        try:
            tools.append(DeclaredTool.model_validate(_normalised(item)))
        except ValidationError as error:
            problems.extend(_told(name, found) for found in _findings(index, error, _normalised(item)))
        except TypeError:
            problems.append(_problem(name, (index,), "this is not a tool", _TOOL_FORMS))
    problems.extend(_told(name, found) for found in tool_findings((), [tool.model_dump() for tool in tools]))
    if problems:
        raise InvalidWorkloadError(problems)
    return tools


def tool_findings(path: KeyPath, tools: Sequence[Any]) -> Iterator[Finding]:
    """Names that are given twice, and arguments that no JSON Schema of an object describes.

    Args:
        path: of the list.
        tools: as JSON's types, of which those that are no tools are passed over.
    """
    first: dict[str, int] = {}
    for index, tool in enumerate(tools):
        if not isinstance(tool, Mapping):
            continue
        name = tool.get("name")
        if isinstance(name, str):
            if name in first:
                wrong = f"tool {first[name] + 1} is called `{printable(name)}` as well"
                remedy = "Give each tool a name of its own."
                yield Finding(kind="tool", path=(*path, index, "name"), wrong=wrong, remedy=remedy)
            first.setdefault(name, index)
        wrong_schema = schema_problem(tool.get("input_schema"), of_object=True)
        if wrong_schema is not None:
            where = (*path, index, "input_schema")
            yield Finding(kind="tool", path=where, wrong=wrong_schema, remedy=_SCHEMA_REMEDY)


def schema_problem(schema: Any, *, of_object: bool = False) -> str | None:
    """Why a value is no JSON Schema; None where it is one, and where it is not even an object, which others tell."""
    if not isinstance(schema, Mapping):
        return None
    if _is_deeper(schema, _MAX_DEPTH):
        return f"the schema has more than {_MAX_DEPTH} levels"
    problem = json_problem(JsonSpec.model_validate({"name": "schema", "type": "json", "schema": schema}))
    if problem is not None:
        return printable(f"the {problem}", limit=_SHOWN)
    if of_object and schema.get("type") != "object":
        return "the arguments of a tool have to be an object: `type` is not `object`"
    return None


def output_schema_of(name: str, text: str) -> dict[str, Any]:
    """The JSON Schema of a file.

    Raises:
        InvalidWorkloadError: it is none.
    """
    value = json_of(name, text)
    if not isinstance(value, dict):
        raise _unusable(name, "the file holds no JSON Schema", _SCHEMA_REMEDY)
    problem = schema_problem(value)
    if problem is not None:
        raise _unusable(name, problem, _SCHEMA_REMEDY)
    return value


def _normalised(item: Any) -> dict[str, Any]:
    """A tool in the form of a declaration.

    Raises:
        TypeError: the value has none of the forms.
    """
    if not isinstance(item, Mapping):
        raise TypeError("a tool is an object")
    inner = item.get("toolSpec") or item.get("function") or item
    if not isinstance(inner, Mapping):
        raise TypeError("a tool is an object")
    tool = {key: value for key, value in inner.items() if key not in ("strict", "type")}
    if "inputSchema" in tool:
        schema = tool.pop("inputSchema")
        tool["input_schema"] = schema.get("json") if isinstance(schema, Mapping) else schema
    elif item.get("type") == "function":
        tool["input_schema"] = tool.pop("parameters", {"type": "object", "properties": {}})
    if not tool.keys() & {"name", "input_schema"}:
        raise TypeError("a tool has a name")
    return tool


def _findings(index: int, error: ValidationError, data: Any) -> Iterator[Finding]:
    for found in findings(error, data, DeclaredTool.model_json_schema()):
        yield Finding(kind=found.kind, path=(index, *found.path), wrong=found.wrong, remedy=found.remedy)


def _told(name: str, found: Finding) -> Problem:
    return _problem(name, found.path, found.wrong, found.remedy)


def _problem(name: str, path: KeyPath, wrong: str, remedy: str) -> Problem:
    return Problem(place=f"{printable(name)} {dotted(path)}".rstrip(), wrong=wrong, remedy=remedy)


def _unusable(name: str, wrong: str, remedy: str) -> InvalidWorkloadError:
    return InvalidWorkloadError([_problem(name, (), wrong, remedy)])


def _too_deep(name: str) -> InvalidWorkloadError:
    return _unusable(name, f"the file has more than {_MAX_DEPTH} levels", "Keep it shallow.")


def _refuse_constant(constant: str) -> float:
    raise ValueError(constant)


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            if isinstance(outer, Mapping | list)
            for inner in (outer.values() if isinstance(outer, Mapping) else outer)
        ]
    return bool(level)
