"""Reading a synthesised template."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Template = dict[str, Any]

Synthesise = Callable[[Mapping[str, Any]], Template]
"""From context to template."""

_HASH = re.compile(r"[0-9A-F]{8}$")


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by the readable part of the logical id."""
    return {
        readable(logical_id): resource.get("Properties", {})
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def readable(logical_id: str) -> str:
    """A logical id without the eight digits that tell apart what has the same name."""
    return _HASH.sub("", logical_id)


def text_of(value: Any) -> str:
    """A value with its intrinsic functions written as ``${Resource}`` and ``${Resource.Attribute}``."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"${{{readable(name)}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{readable(name)}.{attribute}}}"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(text_of, parts))
        case {"Fn::Select": [int(index), {"Fn::Split": [str(separator), whole]}]}:
            return f"${{{text_of(whole)} at {separator}{index}}}"
        case _:
            raise ValueError(f"no text is known for {value!r}")


def statements(template: Template, role: str) -> Iterator[Mapping[str, Any]]:
    """Every statement of every policy attached to a role, by the role's readable id."""
    for policy in of_type(template, "AWS::IAM::Policy").values():
        if f"${{{role}}}" in map(text_of, policy["Roles"]):
            yield from policy["PolicyDocument"]["Statement"]


def permissions(template: Template, role: str) -> set[tuple[str, str]]:
    """Pairs of action and resource that a role is allowed."""
    return {
        (action, text_of(resource))
        for statement in statements(template, role)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
