"""Limits of AWS that a template can break and that would show only while it is being deployed."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from local.account.findings import Finding

MOST_BYTES = 1_000_000  # of a template in S3 (CloudFormation quotas)
MOST_RESOURCES = 500  # of a stack (CloudFormation quotas)
MOST_POLICY_CHARACTERS = 10_240  # of all inline policies of a role together, white space not counted (IAM quotas)
MOST_VARIABLE_BYTES = 4_096  # of a function's environment (Lambda quotas)

# What a reference will be as long as; a stack's name and a logical id are in most names.
_LENGTHS = {"AWS::Partition": 3, "AWS::AccountId": 12, "AWS::Region": 14, "AWS::URLSuffix": 13}
_REFERENCE = 90

_FEWER = "Name fewer model regions, scoring functions or attachment buckets; a pattern such as us-* stands for many."


def check_template(template: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that is too large; lengths that are known only afterwards are estimated from above."""
    resources = template["Resources"]
    size = len(json.dumps(template).encode())
    if size > MOST_BYTES:
        yield _too_large(f"it has {size:,} bytes, and CloudFormation takes {MOST_BYTES:,}")
    if len(resources) > MOST_RESOURCES:
        yield _too_large(f"it has {len(resources)} resources, and a stack may have {MOST_RESOURCES}")
    for role, characters in _policy_characters(resources).items():
        if characters > MOST_POLICY_CHARACTERS:
            yield _too_large(
                f"the rights of {role} take about {characters:,} characters, and IAM allows {MOST_POLICY_CHARACTERS:,}"
            )
    for logical_id, resource in resources.items():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        taken = sum(len(name) + length_of(value) for name, value in variables.items())
        if taken > MOST_VARIABLE_BYTES:
            yield _too_large(
                f"the variables of {logical_id} take about {taken:,} bytes, and Lambda allows {MOST_VARIABLE_BYTES:,}"
            )


def length_of(value: Any) -> int:
    """How many characters a value will have as compact JSON or text, with its intrinsic functions resolved."""
    match value:
        case {"Ref": str(name)}:
            return _LENGTHS.get(name, _REFERENCE)
        case {"Fn::GetAtt": _}:
            return _REFERENCE
        case {"Fn::Join": [str(separator), list(parts)]}:
            return sum(map(length_of, parts)) + len(separator) * max(0, len(parts) - 1)
        case dict():
            return 2 + sum(len(name) + 4 + _quoted(item) for name, item in value.items())
        case list():
            return 2 + sum(1 + _quoted(item) for item in value)
        case _:
            return len(str(value))


def _quoted(value: Any) -> int:
    is_text = isinstance(value, str) or (
        isinstance(value, dict) and any(key.startswith(("Ref", "Fn::")) for key in value)
    )
    return length_of(value) + (2 if is_text else 0)


def _policy_characters(resources: Mapping[str, Any]) -> Mapping[str, int]:
    characters: dict[str, int] = defaultdict(int)
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Policy":
            for role in resource["Properties"]["Roles"]:
                characters[role["Ref"]] += length_of(resource["Properties"]["PolicyDocument"])
    return characters


def _too_large(wrong: str) -> Finding:
    return Finding(weight="blocks", about="the template", wrong=wrong, remedy=_FEWER)
