"""What a validation error means to the person who wrote the value: where, what is wrong, what would be right."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from brainswap.core.loading.findings import Finding, KeyPath
from brainswap.core.wording import closest, guess, listed, printable, shown, suggestion

Schema = Mapping[str, Any]

_MODEL_FORM = "Write a Bedrock model id, a profile's id, an ARN, or provider:model such as openai:gpt-4o."
_FORMS = {
    ("name",): "Use lower-case letters, digits and hyphens, at most 63, beginning with a letter or a digit.",
    ("scorers", "name"): "Begin with a letter and go on with letters, digits, `_` and `-`, at most 63.",
    ("cases",): "Name a file that ends in .jsonl, .csv or .parquet.",
    ("source", "model"): _MODEL_FORM,
    ("targets", "model"): _MODEL_FORM,
    ("scorers", "judge", "model"): _MODEL_FORM,
}
_WORDS = {
    "greater_than": ("{shown} is not possible here", "Write a number greater than {gt:g}."),
    "greater_than_equal": ("{shown} is not possible here", "Write a number of at least {ge:g}."),
    "less_than": ("{shown} is not possible here", "Write a number less than {lt:g}."),
    "less_than_equal": ("{shown} is not possible here", "Write a number of at most {le:g}."),
    "too_short": ("the list has a length of {actual_length}", "Give at least {min_length}."),
    "too_long": ("the list has a length of {actual_length}", "Give at most {max_length}."),
    "string_too_short": ("{shown} is too short", "Write at least {min_length} characters."),
    "string_too_long": ("{shown} is too long", "Write at most {max_length} characters."),
}
_EXPECTED = {
    "string_type": "text",
    "string_unicode": "valid text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys with values",
    "mapping_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}
_DISCRIMINATORS = ("type", "rule")


def findings(error: ValidationError, data: Any, schema: Schema) -> list[Finding]:
    """Everything that a validation found, once for each mistake of the writer, in the order of the model's keys.

    Args:
        error: of validating ``data``.
        data: what was validated, as JSON's types.
        schema: the model's JSON Schema, which knows the keys that would have been right.
    """
    by_path: dict[KeyPath, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        by_path.setdefault(_path(detail, data), []).append(detail)
    told = {
        path: _finding(path, details, data, schema)
        for path, details in by_path.items()
        if not _is_echo(path, details, data, by_path)
    }
    meant = {_meant_key(path, data, schema) for path, finding in told.items() if finding.kind == "unknown key"}
    return [finding for path, finding in told.items() if finding.kind != "missing key" or path not in meant]


def known_keys(schema: Schema, path: KeyPath, data: Any) -> set[str]:
    """The keys that a value at ``path`` may have."""
    return {key for node in _objects(schema, path, data) for key in node.get("properties", {})}


def _path(detail: ErrorDetails, data: Any) -> KeyPath:
    """The error's location without the names of a union's branches, which the writer never wrote."""
    path: list[str | int] = []
    here = data
    in_branch = False
    for step in detail["loc"]:
        if isinstance(here, Mapping):
            if not in_branch and any(here.get(key) == step for key in _DISCRIMINATORS):
                in_branch = True
            elif step in here or (detail["type"] == "missing" and step == detail["loc"][-1]):
                path.append(step)
                here = here.get(step)
                in_branch = False
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path.append(step)
            here = here[step]
    if detail["type"].startswith("union_tag"):
        path.append(detail["ctx"]["discriminator"].strip("'"))
    return tuple(path)


def _is_echo(path: KeyPath, details: Sequence[ErrorDetails], data: Any, paths: Mapping[KeyPath, object]) -> bool:
    """Whether the errors only follow from others: a union's other branch, or a list that is short of bad items."""
    value = _value_at(data, path)
    kinds = {detail["type"] for detail in details}
    if isinstance(value, Mapping) and kinds <= {"string_type", "tuple_type"}:
        return _is_told_below(path, paths)
    if isinstance(value, list) and kinds <= {"too_short", "model_type"}:
        short = [detail["ctx"]["min_length"] for detail in details if detail["type"] == "too_short"]
        return all(len(value) >= least for least in short) and (bool(short) or _is_told_below(path, paths))
    return False


def _is_told_below(path: KeyPath, paths: Mapping[KeyPath, object]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)


def _finding(path: KeyPath, details: Sequence[ErrorDetails], data: Any, schema: Schema) -> Finding:
    detail = next((each for each in details if each["type"] not in _EXPECTED), details[0])
    kind, value = detail["type"], detail["input"]
    key = str(path[-1]) if path else ""
    if kind in ("missing", "union_tag_not_found"):
        tags = _tags(schema, path, data)
        remedy = f"Add `{key}`{f', one of {listed(tags)}' if tags else ''}."
        return Finding(kind="missing key", path=path, wrong=f"the key `{key}` is missing", remedy=remedy)
    if kind == "extra_forbidden":
        known = known_keys(schema, path[:-1], data)
        remedy = suggestion(key, known, "Known keys here")
        return Finding(kind="unknown key", path=path, wrong=f"unknown key `{printable(key)}`", remedy=remedy)
    if all(other["type"] in _EXPECTED for other in details):
        expected = " or ".join(dict.fromkeys(_EXPECTED[other["type"]] for other in details))
        wrong = f"{_described(value)} stands where {expected} should be"
        return Finding(kind="wrong type", path=path, wrong=wrong, remedy=_type_remedy(expected, value))
    wrong, remedy = _of_value(detail, path)
    return Finding(kind="wrong value", path=path, wrong=wrong, remedy=remedy)


def _of_value(detail: ErrorDetails, path: KeyPath) -> tuple[str, str]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in _WORDS:
        wrong, remedy = _WORDS[kind]
        return wrong.format(**context, shown=shown(value)), remedy.format(**context)
    if kind in ("literal_error", "enum"):
        expected = _quoted(context["expected"])
        return f"{shown(value)} is not possible here", suggestion(str(value), expected, "Write one of")
    if kind == "union_tag_invalid":
        expected, tag = _quoted(context["expected_tags"]), str(context["tag"])
        return f"unknown {path[-1]} {shown(tag)}", f"{guess(tag, expected)}Available: {listed(expected)}."
    if kind == "string_pattern_mismatch":
        shape = tuple(step for step in path if isinstance(step, str))
        remedy = _FORMS.get(shape, f"Write it so that it matches {printable(context['pattern'])}.")
        return f"{shown(value)} is not possible here", remedy
    if kind == "value_error":
        return _of_rule(str(context["error"]), value)
    return printable(_lowered(detail["msg"]), limit=200), "Compare it with the JSON Schema."


def _of_rule(rule: str, value: Any) -> tuple[str, str]:
    """A model's own rule: what is wrong and what would be right, parted by a semicolon, or only the latter."""
    wrong, parted, remedy = rule.partition("; ")
    if parted:
        return wrong, f"{remedy[:1].upper()}{remedy[1:]}."
    together = "the keys do not go together" if isinstance(value, Mapping) else f"{shown(value)} is not possible here"
    return together, f"{rule[:1].upper()}{rule[1:]}."


def _described(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return shown(value)
        case int() | float():
            return f"the number {shown(value)}"
        case str():
            return f"the text {shown(value)}"
        case Mapping():
            return "keys with values"
        case _:
            return "a list"


def _type_remedy(expected: str, value: Any) -> str:
    if value is None:
        return f"Write {expected}, or leave the key out."
    if isinstance(value, bool | int | float) and expected.startswith("text"):
        return f'Put it in quotes: "{shown(value)}".'
    return f"Write {expected}."


def _quoted(words: str) -> list[str]:
    """What stands in quotes, or the only value where nothing does: ``'live' or 'recorded'``, ``1``."""
    return re.findall(r"'([^']*)'", words) or [words]


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _meant_key(path: KeyPath, data: Any, schema: Schema) -> KeyPath:
    """Where the value of an unknown key would have been, had its key been spelt right."""
    meant = closest(str(path[-1]), known_keys(schema, path[:-1], data))
    return path if meant is None else (*path[:-1], meant)


def _tags(schema: Schema, path: KeyPath, data: Any) -> list[str]:
    """The values of the key at ``path`` that name a union's branches."""
    properties = (node.get("properties", {}).get(path[-1], {}) for node in _objects(schema, path[:-1], data))
    return [field["const"] for field in properties if isinstance(field.get("const"), str)]


def _objects(schema: Schema, path: KeyPath, data: Any) -> list[Schema]:
    """The schemas, one for each branch of a union that is still possible, of the value at ``path``."""
    value = data
    nodes = list(_branches(schema, value, schema))
    for step in path:
        value = _value_at(value, (step,))
        children = (node.get("properties", {}).get(step) if isinstance(step, str) else None for node in nodes)
        inner = "items" if isinstance(step, int) else "additionalProperties"
        found = [child or node.get(inner) for child, node in zip(children, nodes, strict=True)]
        nodes = [branch for node in found if isinstance(node, Mapping) for branch in _branches(node, value, schema)]
    return nodes


def _branches(node: Schema, value: Any, root: Schema) -> Iterator[Schema]:
    if "$ref" in node:
        yield from _branches(root["$defs"][node["$ref"].rpartition("/")[2]], value, root)
        return
    tags = node.get("discriminator", {})
    tag = value.get(tags.get("propertyName")) if isinstance(value, Mapping) else None
    chosen = tags.get("mapping", {}).get(tag) if isinstance(tag, str) else None
    if chosen is not None:
        yield from _branches({"$ref": chosen}, value, root)
        return
    alternatives = node.get("anyOf") or node.get("oneOf")
    if alternatives is None:
        yield node
    else:
        for alternative in alternatives:
            yield from _branches(alternative, value, root)


def _value_at(data: Any, path: KeyPath) -> Any:
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
