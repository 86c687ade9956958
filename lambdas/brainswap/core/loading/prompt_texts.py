"""A declared prompt, in place or in files: texts whose placeholders are nothing but names, tools, a form of answer."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder
from brainswap.core.loading.cross_checks import tool_choices_without_tool
from brainswap.core.loading.declaration import MAX_BYTES
from brainswap.core.loading.findings import Finding, KeyPath
from brainswap.core.loading.prompt_data import output_schema_of, schema_problem, tool_findings, tools_of
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.prompts.template import PLACEHOLDER, Message, Output, Prompt, Tool
from brainswap.core.wording import printable
from brainswap.core.workload import CaseTurns, DeclaredPrompt, InFile

_TOOLS: KeyPath = ("prompt", "tools")
_SCHEMA: KeyPath = ("prompt", "output", "schema")
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
    for path, declared in _declared_texts(data):
        if isinstance(declared, str):
            reader.take(path, declared)
        elif isinstance(declared, Mapping) and isinstance(declared.get("file"), str) and declared["file"]:
            reader.read(path, declared["file"])
    _read_tools(reader, data)
    _read_schema(reader, data)
    return PromptTexts(
        texts=reader.texts, hashes=reader.hashes, findings=tuple(reader.findings), problems=tuple(reader.problems)
    )


def assemble(declared: DeclaredPrompt, texts: Mapping[KeyPath, str]) -> Prompt:
    """The prompt with the text of every key, in the order of its turns, with its tools and the form of its answer."""
    turns = [Message(role="user", content=texts["prompt", "user"])] if declared.messages is None else []
    turns += [
        Message(role="case", content="")
        if isinstance(turn, CaseTurns)
        else Message(role=turn.role, content=texts["prompt", "messages", index, "content"])
        for index, turn in enumerate(declared.messages or ())
    ]
    return Prompt(
        system=texts.get(("prompt", "system")),
        messages=tuple(turns),
        tools=_tools(declared, texts),
        output=_output(declared, texts),
    )


def _tools(declared: DeclaredPrompt, texts: Mapping[KeyPath, str]) -> tuple[Tool, ...]:
    tools = tools_of(declared.tools.file, texts[_TOOLS]) if isinstance(declared.tools, InFile) else declared.tools
    return tuple(
        Tool(name=tool.name, description=tool.description, input_schema=tool.input_schema) for tool in tools or ()
    )


def _output(declared: DeclaredPrompt, texts: Mapping[KeyPath, str]) -> Output | None:
    if declared.output is None:
        return None
    schema = declared.output.json_schema
    return Output(json_schema=output_schema_of(schema.file, texts[_SCHEMA]) if isinstance(schema, InFile) else schema)


def placeholder_faults(text: str) -> Iterator[tuple[int, str]]:
    """Each ``{{`` that begins no placeholder: its line, counted from 0, and what is wrong."""
    open_ended = PLACEHOLDER.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    for match in _OPENED.finditer(open_ended):
        line = text.count("\n", 0, match.start())
        if match.group().endswith("}}"):
            yield line, f"`{printable(match.group())}` is not a placeholder"
        else:
            yield line, f"`{printable(match.group(), limit=20)}` opens a placeholder that is not closed on its line"


def _declared_texts(data: Any) -> Iterator[tuple[KeyPath, Any]]:
    prompt = data.get("prompt") if isinstance(data, Mapping) else None
    if not isinstance(prompt, Mapping):
        return
    for key in ("system", "user"):
        yield ("prompt", key), prompt.get(key)
    turns = prompt.get("messages")
    for index, turn in enumerate(turns if isinstance(turns, list) else ()):
        if isinstance(turn, Mapping):
            yield ("prompt", "messages", index, "content"), turn.get("content")


def _read_tools(reader: "_Reader", data: Any) -> None:
    """The tools, and whether those that parameters demand are among them."""
    if not isinstance(data, Mapping):
        return
    declared = _below(data, _TOOLS)
    names: set[str] | None = set()
    if isinstance(declared, list):
        reader.findings.extend(tool_findings(_TOOLS, declared))
        names = {tool["name"] for tool in declared if isinstance(tool, Mapping) and isinstance(tool.get("name"), str)}
    elif declared is not None:
        names = None
        text = reader.read_json(_TOOLS, declared)
        if text is not None:
            with reader.noting():
                names = {tool.name for tool in tools_of(declared["file"], text)}
    if names is not None:
        reader.findings.extend(tool_choices_without_tool(data, names))


def _read_schema(reader: "_Reader", data: Any) -> None:
    declared = _below(data, _SCHEMA)
    text = reader.read_json(_SCHEMA, declared)
    if text is not None:
        with reader.noting():
            output_schema_of(declared["file"], text)
    elif not _names_file(declared):
        misnamed = isinstance(declared, Mapping) and "file" in declared
        problem = "`file` does not name a file on its own" if misnamed else schema_problem(declared)
        if problem is not None:
            remedy = "Write a JSON Schema (2020-12), or {file: …} with the file that holds it."
            reader.findings.append(Finding(kind="output", path=_SCHEMA, wrong=problem, remedy=remedy))


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
