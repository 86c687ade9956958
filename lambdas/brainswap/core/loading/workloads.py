"""Load a workload from its folder: everything but the cases, with every mistake at once."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder
from brainswap.core.loading.cross_checks import cross_check
from brainswap.core.loading.declaration import MAX_BYTES, Declaration, parse_declaration
from brainswap.core.loading.diagnosis import findings
from brainswap.core.loading.findings import Finding
from brainswap.core.loading.prompt_texts import assemble, read_prompt_texts
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.prompts.template import Prompt
from brainswap.core.wording import printable
from brainswap.core.workload import Workload, schema

WORKLOAD_FILE = "workload.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedWorkload:
    """A workload that holds together.

    Attributes:
        prompt: with the texts of its files, placeholders still open.
        declaration: ``workload.yaml`` with its lines.
        file_hashes: SHA-256 of the bytes of ``workload.yaml`` and of every file of the prompt, by name.
    """

    workload: Workload
    prompt: Prompt
    declaration: Declaration
    file_hashes: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """One hash of all files but the cases."""
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.file_hashes.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def place(self, *path: str | int) -> str:
        """Where a key stands, such as ``workload.yaml:23 gates[0].margin``."""
        return self.declaration.place(path)


def load_workload(folder: Folder) -> LoadedWorkload:
    """Read ``workload.yaml`` and the files of its prompt.

    Raises:
        InvalidWorkloadError: with every problem of these files; of the cases, only that their file is not there.
    """
    raw = _read(folder)
    declaration = parse_declaration(WORKLOAD_FILE, decoded(WORKLOAD_FILE, raw))
    data = declaration.value
    if not isinstance(data, Mapping):
        wrong = "the file is empty" if data is None else "the file does not consist of keys with values"
        remedy = "Begin with `version: 1` and go on with `name: …`, each on a line of its own."
        raise InvalidWorkloadError([Problem(place=WORKLOAD_FILE, wrong=wrong, remedy=remedy)])
    prompt = read_prompt_texts(folder, data)
    workload, found = _validated(data)
    apart = {finding.path for finding in found}
    crossed = [*_cases_missing(folder, data), *cross_check(data)]
    found.extend(finding for finding in crossed if finding.path not in apart)
    problems = declaration.problems([*declaration.findings, *found, *prompt.findings])
    if workload is None or problems or prompt.problems:
        raise InvalidWorkloadError([*problems, *prompt.problems])
    return LoadedWorkload(
        workload=workload,
        prompt=assemble(workload.prompt, prompt.texts),
        declaration=declaration,
        file_hashes={WORKLOAD_FILE: hashlib.sha256(raw).hexdigest(), **prompt.hashes},
    )


def _read(folder: Folder) -> bytes:
    try:
        with folder.open(WORKLOAD_FILE) as stream:
            return bounded(WORKLOAD_FILE, stream, MAX_BYTES)
    except FileNotFoundError as error:
        remedy = "Name the folder that holds it, or write one with `brainswap init NAME`."
        problem = Problem(place=WORKLOAD_FILE, wrong="the file is not there", remedy=remedy)
        raise InvalidWorkloadError([problem]) from error


def _cases_missing(folder: Folder, data: Mapping[str, Any]) -> Iterable[Finding]:
    name = data.get("cases")
    if not isinstance(name, str):
        return
    try:
        if not folder.exists(name):
            remedy = "Name a file of the workload's folder."
            yield Finding(kind="cases", path=("cases",), wrong=f"there is no file `{printable(name)}`", remedy=remedy)
    except InvalidWorkloadError as error:
        for problem in error.problems:
            yield Finding(kind="cases", path=("cases",), wrong=problem.wrong, remedy=problem.remedy)


def _validated(data: Mapping[str, Any]) -> tuple[Workload | None, list[Finding]]:
    try:
        return Workload.model_validate(data), []
    except ValidationError as error:
        return None, findings(error, data, schema())
