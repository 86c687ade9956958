"""The cases that the embedded Bedrock knows, kept as an index and as places in their files."""

import json
import os
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brainswap.core.cases import Case
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.prompts.rendering import given_texts
from brainswap.core.prompts.template import as_text
from local.bedrock.finder import CaseFinder

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ANSWERS_PER_FIELD = 256
_LONGEST_ANSWER = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The case behind a request; ``quoted`` other cases are shown in it as well."""

    case: Case
    quoted: int


class CaseFile:
    """One JSON Lines file of cases; keeps the places of its lines and reads a case again when it is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb")
        self._places = array("Q")
        self._lengths = array("L")

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Case:
        line = os.pread(self._file.fileno(), self._lengths[index], self._places[index])
        return Case.model_validate_json(line)

    def scan(self) -> Iterator[Case]:
        """Read the whole file once.

        Raises:
            InvalidWorkloadError: with every line that is no case.
        """
        problems: list[Problem] = []
        place = 0
        for number, line in enumerate(self._file, start=1):
            content = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
            start, place = place + len(line) - len(content), place + len(line)
            if not content.strip():
                continue
            try:
                case = Case.model_validate_json(content)
            except ValidationError as error:
                problems.append(_problem(f"{self._path}:{number}", error))
                continue
            self._places.append(start)
            self._lengths.append(len(content))
            yield case
        if problems:
            raise InvalidWorkloadError(problems)

    def close(self) -> None:
        self._file.close()


class References:
    """What the cases expect, by field: the answers that a model may take for right."""

    def __init__(self) -> None:
        self._by_field: dict[str, dict[str, Any]] = {}

    def add(self, reference: Any, field: str = "") -> None:
        """Take in a reference; fields are named ``label`` or ``items.price``, a reference without any is ``""``."""
        if isinstance(reference, dict):
            for name, value in reference.items():
                self.add(value, f"{field}.{name}" if field else str(name))
        elif isinstance(reference, list):
            for value in reference:
                self.add(value, field)
        elif reference is not None:
            self._add_scalar(reference, field)

    def others(self, field: str, right: Any) -> tuple[Any, ...]:
        """The field's other answers, in the order of the cases; the first 256 different ones are known."""
        return tuple(value for value in self._by_field.get(field, {}).values() if value != right)

    def _add_scalar(self, value: Any, field: str) -> None:
        known = self._by_field.setdefault(field, {})
        written = json.dumps(value)
        if len(known) < _ANSWERS_PER_FIELD and len(written) <= _LONGEST_ANSWER:
            known.setdefault(written, value)


class Casebook:
    """All cases, from memory and from files, with the index that finds them in a request.

    Args:
        cases: kept in memory.
        files: JSON Lines; only places are kept.
        inputs: the names of the inputs that prompts use; a case is found by these alone. None for all.
    """

    def __init__(
        self, *, cases: Iterable[Case] = (), files: Sequence[Path] = (), inputs: frozenset[str] | None = None
    ) -> None:
        self.references = References()
        self._finder = CaseFinder()
        self._positions: dict[str, tuple[int, ...]] = {}
        self._inputs = inputs
        self._kept = tuple(cases)
        self._files: list[CaseFile] = []
        self._starts: list[int] = []
        self._take(self._kept)
        try:
            self._take_files(files)
        except (OSError, InvalidWorkloadError):
            self.close()
            raise

    def __len__(self) -> int:
        return len(self._finder)

    def find(self, text: str, name: str | None = None) -> Found | None:
        """The case that a request's text was written for; ``name`` is the id that the client believes it to be."""
        match = self._finder.find(text, self._positions.get(name, ()) if name is not None else ())
        return None if match is None else Found(case=self._case(match.position), quoted=match.quoted)

    def find_at_step(self, text: str, name: str | None, step: str | None) -> Found | None:
        """The same at a step of a chain, which need not show the values of its case: then it is the one of the name."""
        found = self.find(text, name)
        positions = self._positions.get(name, ()) if found is None and step is not None and name is not None else ()
        return Found(case=self._case(positions[0]), quoted=0) if len(positions) == 1 else found

    def shown_values(self, case: Case) -> Iterator[str]:
        """The values of a case as a prompt shows them."""
        for name, value in case.input.items():
            if self._inputs is None or name in self._inputs:
                yield as_text(value)
        yield from given_texts(case)

    def close(self) -> None:
        for file in self._files:
            file.close()

    def _take_files(self, files: Sequence[Path]) -> None:
        problems: list[Problem] = []
        for path in files:
            file = CaseFile(path)
            self._files.append(file)
            self._starts.append(len(self))
            try:
                self._take(file.scan())
            except InvalidWorkloadError as error:
                problems.extend(error.problems)
        if problems:
            raise InvalidWorkloadError(problems)

    def _take(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self._positions[case.id] = (*self._positions.get(case.id, ()), len(self))
            self._finder.add(self.shown_values(case))
            self.references.add(case.reference)

    def _case(self, position: int) -> Case:
        if position < len(self._kept):
            return self._kept[position]
        file = bisect_right(self._starts, position) - 1
        return self._files[file][position - self._starts[file]]


def _problem(place: str, error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    wrong = f"{where}: {first['msg']}" if where else first["msg"]
    return Problem(place=place, wrong=wrong, remedy="A line holds one case: an object with id and input.")
