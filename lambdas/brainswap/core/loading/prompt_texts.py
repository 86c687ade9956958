"""The texts of a declared prompt: in place or in files, with placeholders that are nothing but names."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder
from brainswap.core.loading.declaration import MAX_BYTES
from brainswap.core.loading.findings import Finding, KeyPath
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.prompts.template import PLACEHOLDER, Message, Prompt
from brainswap.core.wording import printable
from brainswap.core.workload import DeclaredPrompt

_OPENED = re.compile(r"\{\{[^{}\n]*(?:\}\}|)")
_PLACEHOLDER_FORM = "Only substitution is supported: {{name}}, beginning with a letter, then letters, digits, _ . or -."


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTexts:
    """What the texts of a prompt say, as far as they could be read.

    Attributes:
        texts: by the path of the key that declares them.
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
    return PromptTexts(
        texts=reader.texts, hashes=reader.hashes, findings=tuple(reader.findings), problems=tuple(reader.problems)
    )


def assemble(declared: DeclaredPrompt, texts: Mapping[KeyPath, str]) -> Prompt:
    """The prompt with the text of every key, in the order of its turns."""
    system = texts.get(("prompt", "system"))
    if declared.messages is None:
        return Prompt(system=system, messages=(Message(role="user", content=texts["prompt", "user"]),))
    turns = (
        Message(role=turn.role, content=texts["prompt", "messages", index, "content"])
        for index, turn in enumerate(declared.messages)
    )
    return Prompt(system=system, messages=tuple(turns))


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

    def _content(self, path: KeyPath, name: str) -> str | None:
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
        self._check(name, text)
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
