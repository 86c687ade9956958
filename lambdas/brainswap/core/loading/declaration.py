"""YAML of which every value knows its line, read without building any object but JSON's."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import yaml

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.findings import Finding, KeyPath, dotted
from brainswap.core.wording import printable

MAX_BYTES = 10_000_000
_MAX_DEPTH = 64
_MAX_VALUES = 20_000
_MAX_CHARACTERS = 2 * MAX_BYTES

_TAG = "tag:yaml.org,2002:"
_PLAIN = {
    f"{_TAG}null": re.compile(r"~|null|Null|NULL|"),
    f"{_TAG}bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    f"{_TAG}int": re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}"),
    f"{_TAG}float": re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ),
    f"{_TAG}merge": re.compile(r"<<"),
}
_ENDS_OF_NO_NUMBER = "fFnN"  # of .inf and .nan
_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF_PAIR = "the text holds half of a surrogate pair"
_UNTAGGED: dict[type[yaml.Node], str] = {
    yaml.ScalarNode: f"{_TAG}str",
    yaml.SequenceNode: f"{_TAG}seq",
    yaml.MappingNode: f"{_TAG}map",
}
_BASES = {"0x": 16, "0o": 8}
_SYNTAX_REMEDY = "Check the indentation, the colons and the quotes in and above this line."
_AFTER_THE_BAR = 2  # from the line of the `|`, counted from 0, to the line below it, counted from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a YAML file says, and where.

    Attributes:
        value: mappings with text keys, lists, texts, finite numbers, booleans and None.
        lines: the line of every key and item, by its path; the file's own path is ``()``.
        text_lines: the first line of every text in literal style (``|``), whose lines are those of the file.
        findings: what is wrong but does not keep the rest from being read, such as a key that is given twice.
    """

    name: str
    value: Any
    lines: Mapping[KeyPath, int]
    text_lines: Mapping[KeyPath, int]
    findings: tuple[Finding, ...]

    def place(self, path: KeyPath) -> str:
        """Such as ``workload.yaml:23 gates[0].margin``."""
        return f"{self.name}:{self._line(path)} {dotted(path)}".rstrip()

    def problems(self, found: Iterable[Finding]) -> list[Problem]:
        """Findings with their places, in the order of their lines."""
        located = sorted(((self._line_of(finding), finding) for finding in found), key=itemgetter(0))
        return [
            Problem(
                place=f"{self.name}:{line} {dotted(finding.path)}".rstrip(),
                wrong=finding.wrong,
                remedy=finding.remedy,
            )
            for line, finding in located
        ]

    def _line_of(self, finding: Finding) -> int:
        if finding.line is not None:
            return finding.line
        if finding.text_line is not None and finding.path in self.text_lines:
            return self.text_lines[finding.path] + finding.text_line
        return self._line(finding.path)

    def _line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest one above it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def parse_declaration(name: str, text: str, *, most_values: int = _MAX_VALUES) -> Declaration:
    """Read one YAML document of JSON's types.

    Keys are always text. Aliases and merge keys (``<<``) are followed, within bounds on depth and size.

    Raises:
        InvalidWorkloadError: the text is not YAML, or is too deep or too large once its aliases are followed.
    """
    try:
        root = _Loader(name, text, most_values).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise InvalidWorkloadError([_syntax_problem(name, text, error)]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        wrong = f"YAML does not allow the character U+{ord(text[error.position]):04X}"
        raise InvalidWorkloadError([Problem(place=f"{name}:{line}", wrong=wrong, remedy="Remove it.")]) from error
    except (ValueError, OverflowError) as error:  # what PyYAML makes of "\\UFFFFFFFF" and of %YAML 1.999…
        wrong = "not valid YAML: an escape or a directive holds a number that is out of range"
        raise InvalidWorkloadError([Problem(place=name, wrong=wrong, remedy=_SYNTAX_REMEDY)]) from error
    reader = _NodeReader(name, most_values)
    value = None if root is None else reader.value(root, ())
    return Declaration(
        name=name,
        value=value,
        lines={(): 1} | reader.lines,
        text_lines=reader.text_lines,
        findings=tuple(reader.findings),
    )


class _Loader(yaml.SafeLoader):
    """Composes nodes within bounds, and tells plain scalars apart as YAML 1.2's core schema does: ``no`` is a text."""

    def __init__(self, name: str, text: str, most_values: int) -> None:
        super().__init__(text)
        self._name = name
        self._most_values = most_values
        self._depth = 0
        self._values = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        self._values += 1
        if self._depth > _MAX_DEPTH or self._values > self._most_values:
            raise _too_large(self._name, parent, self._most_values)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return next((tag for tag, form in _PLAIN.items() if form.fullmatch(value)), _UNTAGGED[kind])
        return _UNTAGGED[kind]


class _NodeReader:
    """Turns nodes into values and notes their lines."""

    def __init__(self, name: str, most_values: int) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.text_lines: dict[KeyPath, int] = {}
        self.findings: list[Finding] = []
        self._name = name
        self._most_values = most_values
        self._values = 0
        self._characters = 0
        self._merges = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._stay_within_bounds(node, path)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._wrong(path, f"the tag `{printable(node.tag)}` means nothing here", "Leave the tag out.")
        return None

    def _stay_within_bounds(self, node: yaml.Node, path: KeyPath) -> None:
        self._values += 1
        self._characters += len(node.value) if isinstance(node, yaml.ScalarNode) else 0
        too_deep = len(path) + self._merges > _MAX_DEPTH
        if too_deep or self._values > self._most_values or self._characters > _MAX_CHARACTERS:
            raise _too_large(self._name, node, self._most_values)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                remedy = 'Put a text that begins with a brace or a bracket in quotes: "{{name}}".'
                self._wrong(path, "a key must be text", remedy, line=key.start_mark.line + 1)
            elif _SURROGATE.search(key.value):
                self._wrong(path, _HALF_PAIR, "Write the character itself.", line=key.start_mark.line + 1)
            elif key.tag == f"{_TAG}merge":
                merged.extend(item.value if isinstance(item, yaml.SequenceNode) else [item])
            elif key.value in entries:
                first, second = self.lines[(*path, key.value)], key.start_mark.line + 1
                wrong = f"the key is given twice, in lines {first} and {second}"
                self._wrong((*path, key.value), wrong, "Keep one of them.", line=second)
            else:
                self.lines[(*path, key.value)] = key.start_mark.line + 1
                entries[key.value] = self.value(item, (*path, key.value))
        for source in merged:
            self._merge(source, entries, path)
        return entries

    def _merge(self, source: yaml.Node, entries: dict[str, Any], path: KeyPath) -> None:
        if not isinstance(source, yaml.MappingNode):
            self._wrong(path, "`<<` takes the keys of another mapping", "Give it an alias such as *name.")
            return
        self._merges += 1
        self._stay_within_bounds(source, path)
        news = [(key, item) for key, item in source.value if not isinstance(key.value, str) or key.value not in entries]
        entries.update(self._mapping(yaml.MappingNode(source.tag, news, source.start_mark), path))
        self._merges -= 1

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        if node.style == "|":
            self.text_lines[path] = node.start_mark.line + _AFTER_THE_BAR
        kind, text = node.tag.removeprefix(_TAG), node.value
        if _SURROGATE.search(text):
            self._wrong(path, _HALF_PAIR, "Write the character itself.")
            return None
        if kind in ("str", "merge"):
            return text
        form = _PLAIN.get(node.tag)
        if form is None or not form.fullmatch(text):
            self._wrong(path, f"`{printable(node.tag)}` does not fit this value", "Leave the tag out.")
            return None
        if kind == "null":
            return None
        if kind == "bool":
            return text.casefold() == "true"
        return self._number(kind, text, path)

    def _number(self, kind: str, text: str, path: KeyPath) -> int | float | None:
        if kind == "int":
            return int(text, _BASES.get(text[:2], 10))
        number = math.nan if text[-1] in _ENDS_OF_NO_NUMBER else float(text)
        if math.isfinite(number):
            return number
        self._wrong(path, "the number is not finite", "Write a finite number.")
        return None

    def _wrong(self, path: KeyPath, wrong: str, remedy: str, line: int | None = None) -> None:
        self.findings.append(Finding(kind="YAML", path=path, wrong=wrong, remedy=remedy, line=line))


def _too_large(name: str, node: yaml.Node | None, most_values: int) -> InvalidWorkloadError:
    place = name if node is None else f"{name}:{node.start_mark.line + 1}"
    wrong = f"with its aliases followed, it has more than {_MAX_DEPTH} levels or {most_values} values"
    return InvalidWorkloadError([Problem(place=place, wrong=wrong, remedy="Keep it shallow, and data in files.")])


def _syntax_problem(name: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(place=name, wrong="not valid YAML", remedy=_SYNTAX_REMEDY)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    sign = line[mark.column : mark.column + 1]
    wrong = f"not valid YAML at column {mark.column + 1}: {printable(error.problem or error.context or '')}"
    remedy = _SYNTAX_REMEDY
    if sign == "\t":
        remedy = "Indent with spaces, not with tabs."
    elif sign in tuple("@`") or "{{" in line:
        remedy = 'Put the text in quotes: "{{name}}".'
    return Problem(place=f"{name}:{mark.line + 1}", wrong=wrong, remedy=remedy)
