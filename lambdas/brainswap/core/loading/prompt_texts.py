"""A declared prompt, in place or in files: texts whose placeholders are nothing but names, tools, a form of answer."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.declared_prompt import CaseTurns, DeclaredCall, DeclaredPrompt, InFile
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder
from brainswap.core.loading.cross_checks import tool_choices_without_tool
from brainswap.core.loading.declaration import MAX_BYTES
from brainswap.core.loading.findings import Finding, KeyPath
from brainswap.core.loading.prompt_data import output_schema_of, schema_problem, tool_findings, tools_of
from brainswap.core.loading.step_checks import calls_of, step_findings
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.prompts.template import PLACEHOLDER, TAKES, Message, Output, Prompt, Tool, chained
from brainswap.core.wording import printable

_PROMPT: KeyPath = ("prompt",)
_TOOLS: KeyPath = ("tools",)
_SCHEMA: KeyPath = ("output", "schema")
_OPENED = re.compile(r"\{\{[^{}\n]*(?:\}\}|)")
_PLACEHOLDER_FORM = "Only substitution is supported: {{name}}, beginning with a letter, then letters, digits, _ . or -."


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTexts:
    """What the texts of a prompt say, as far as they could be read.

    Attributes:
        texts: by the path of the key that declares them; of tools and schemas that are in files, their JSON.
        hashes: SHA-256 of the files that were read, by name.
        findings: what is wrong with the declaration.
        problems: what is wrong inside the files.
    """

    texts: Mapping[KeyPath, str]
    hashes: Mapping[str, str]
    findings: Sequence[Finding]
    problems: Sequence[Problem]


def read_prompt_texts(folder: Folder, data: Any) -> PromptTexts:
    """Read every text of the prompt of a workload that may be wrong in any way.

    Args:
        folder: where its files lie.
        data: the whole declaration, as JSON's types.
    """
    reader = _Reader(folder)
    named: set[str] | None = set()
    for base, call in calls_of(data):
        for path, declared in _declared_texts(base, call):
            if isinstance(declared, str):
                reader.take(path, declared)
            elif isinstance(declared, Mapping) and isinstance(declared.get("file"), str) and declared["file"]:
                reader.read(path, declared["file"])
        names = _read_tools(reader, base, call)
        named = None if names is None or named is None else named | names
        _read_schema(reader, base, call)
    if named is not None and isinstance(data, Mapping):
        reader.findings.extend(tool_choices_without_tool(data, named))
    reader.findings.extend(step_findings(data, reader.texts))
    return PromptTexts(
        texts=reader.texts, hashes=reader.hashes, findings=tuple(reader.findings), problems=tuple(reader.problems)
    )


def assemble(declared: DeclaredPrompt, texts: Mapping[KeyPath, str]) -> Prompt:
    """The prompt with the text of every key, in the order of its turns, with its tools and the form of its answer."""
    if declared.steps is None:
        return _assembled(declared, texts, _PROMPT)
    last = len(declared.steps) - 1
    return chained(
        [
            replace(
                _assembled(step, texts, (*_PROMPT, "steps", index)),
                name=step.name,
                takes=step.takes if step.takes is not None else TAKES if index == last else (),
            )
            for index, step in enumerate(declared.steps)
        ]
    )


def _assembled(declared: DeclaredCall, texts: Mapping[KeyPath, str], base: KeyPath) -> Prompt:
    turns = [Message(role="user", content=texts[*base, "user"])] if declared.messages is None else []
    turns += [
        Message(role="case", content="")
        if isinstance(turn, CaseTurns)
        else Message(role=turn.role, content=texts[*base, "messages", index, "content"])
        for index, turn in enumerate(declared.messages or ())
    ]
    return Prompt(
        system=texts.get((*base, "system")),
        messages=tuple(turns),
        tools=_tools(declared, texts, base),
        output=_output(declared, texts, base),
    )


def _tools(declared: DeclaredCall, texts: Mapping[KeyPath, str], base: KeyPath) -> tuple[Tool, ...]:
    tools = (
        tools_of(declared.tools.file, texts[*base, *_TOOLS]) if isinstance(declared.tools, InFile) else declared.tools
    )
    return tuple(
        Tool(name=tool.name, description=tool.description, input_schema=tool.input_schema) for tool in tools or ()
    )


def _output(declared: DeclaredCall, texts: Mapping[KeyPath, str], base: KeyPath) -> Output | None:
    if declared.output is None:
        return None
    schema = declared.output.json_schema
    return Output(
        json_schema=output_schema_of(schema.file, texts[*base, *_SCHEMA]) if isinstance(schema, InFile) else schema
    )


def placeholder_faults(text: str) -> Iterator[tuple[int, str]]:
    """Each ``{{`` that begins no placeholder: its line, counted from 0, and what is wrong."""
    open_ended = PLACEHOLDER.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    for match in _OPENED.finditer(open_ended):
        line = text.count("\n", 0, match.start())
        if match.group().endswith("}}"):
            yield line, f"`{printable(match.group())}` is not a placeholder"
        else:
            yield line, f"`{printable(match.group(), limit=20)}` opens a placeholder that is not closed on its line"


def _declared_texts(base: KeyPath, call: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    for key in ("system", "user"):
        yield (*base, key), call.get(key)
    turns = call.get("messages")
    for index, turn in enumerate(turns if isinstance(turns, list) else ()):
        if isinstance(turn, Mapping):
            yield (*base, "messages", index, "content"), turn.get("content")


def _read_tools(reader: "_Reader", base: KeyPath, call: Mapping[str, Any]) -> set[str] | None:
    """The names of the tools; None where they could not be read."""
    declared, path = _below(call, _TOOLS), (*base, *_TOOLS)
    if isinstance(declared, list):
        reader.findings.extend(tool_findings(path, declared))
        return {tool["name"] for tool in declared if isinstance(tool, Mapping) and isinstance(tool.get("name"), str)}
    if declared is None:
        return set()
    text = reader.read_json(path, declared)
    if text is not None:
        with reader.noting():
            return {tool.name for tool in tools_of(declared["file"], text)}
    return None


def _read_schema(reader: "_Reader", base: KeyPath, call: Mapping[str, Any]) -> None:
    declared, path = _below(call, _SCHEMA), (*base, *_SCHEMA)
    text = reader.read_json(path, declared)
    if text is not None:
        with reader.noting():
            output_schema_of(declared["file"], text)
    elif not _names_file(declared):
        misnamed = isinstance(declared, Mapping) and "file" in declared
        problem = "`file` does not name a file on its own" if misnamed else schema_problem(declared)
        if problem is not None:
            remedy = "Write a JSON Schema (2020-12), or {file: …} with the file that holds it."
            reader.findings.append(Finding(kind="output", path=path, wrong=problem, remedy=remedy))


def _names_file(declared: Any) -> bool:
    return (
        isinstance(declared, Mapping)
        and set(declared) == {"file"}
        and isinstance(declared["file"], str)
        and bool(declared["file"])
    )


def _below(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


class _Reader:
    """Reads each file once, and keeps what it finds wrong."""

    def __init__(self, folder: Folder) -> None:
        self.texts: dict[KeyPath, str] = {}
        self.hashes: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.problems: list[Problem] = []
        self._folder = folder
        self._contents: dict[str, str | None] = {}

    def take(self, path: KeyPath, text: str) -> None:
        """A text in place."""
        self.texts[path] = text
        if not text.strip():
            self._refuse(path, "the text is empty", "Write the text, or leave the key out.")
        self.findings.extend(
            Finding(kind="placeholder", path=path, wrong=wrong, remedy=_PLACEHOLDER_FORM, text_line=line)
            for line, wrong in placeholder_faults(text)
        )

    def read(self, path: KeyPath, name: str) -> None:
        """A text in a file, which other keys may name as well."""
        if name not in self._contents:
            self._contents[name] = self._content(path, name)
        text = self._contents[name]
        if text is not None:
            self.texts[path] = text

    def read_json(self, path: KeyPath, declared: Any) -> str | None:
        """The text of a file that holds no words; None where none is named, or it cannot be read."""
        text = self._plain_text(path, declared["file"]) if _names_file(declared) else None
        if text is not None:
            self.texts[path] = text
        return text

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keep the problems of an `InvalidWorkloadError` instead of raising it."""
        try:
            yield
        except InvalidWorkloadError as error:
            self.problems.extend(error.problems)

    def _content(self, path: KeyPath, name: str) -> str | None:
        text = self._plain_text(path, name)
        if text is not None:
            self._check(name, text)
        return text

    def _plain_text(self, path: KeyPath, name: str) -> str | None:
        try:
            stream = self._folder.open(name)
        except FileNotFoundError:
            self._refuse(path, f"there is no file `{printable(name)}`", "Name a file of the workload's folder.")
            return None
        except InvalidWorkloadError as error:
            for problem in error.problems:
                self._refuse(path, problem.wrong, problem.remedy)
            return None
        try:
            with stream:
                raw = bounded(name, stream, MAX_BYTES)
            text = decoded(name, raw)
        except InvalidWorkloadError as error:
            self.problems.extend(error.problems)
            return None
        self.hashes[name] = hashlib.sha256(raw).hexdigest()
        return text

    def _check(self, name: str, text: str) -> None:
        place = printable(name)
        if not text.strip():
            self.problems.append(Problem(place=place, wrong="the file is empty", remedy="Write the text into it."))
        self.problems.extend(
            Problem(place=f"{place}:{line + 1}", wrong=wrong, remedy=_PLACEHOLDER_FORM)
            for line, wrong in placeholder_faults(text)
        )

    def _refuse(self, path: KeyPath, wrong: str, remedy: str) -> None:
        self.findings.append(Finding(kind="prompt text", path=path, wrong=wrong, remedy=remedy))
