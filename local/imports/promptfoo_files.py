"""Files that a promptfoo configuration refers to: read below its folder and nowhere else, and never run."""

import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.case_lines import MAX_LINE, read_lines
from brainswap.core.loading.declaration import parse_declaration
from brainswap.core.loading.prompt_data import json_of
from brainswap.core.loading.text_files import bounded, decoded
from brainswap.core.wording import printable

SCHEME = "file://"
CODE = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".py", ".rb", ".sh", ".exe")
YAML = (".yaml", ".yml")
JSON = (".json",)
TABLES = (".csv",)
LINES = (".jsonl", ".ndjson")
WORDS = (".txt", ".md", ".j2")

MOST_BYTES = 100_000_000
MOST_VALUES = 500_000
_MOST_FILES = 1_000
_WILD = frozenset("*?[")


class UnreadableError(ValueError):
    """A reference that cannot be followed.

    Attributes:
        what: that has no counterpart.
        remedy: what a person can do.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}. {remedy}")


class Surroundings:
    """The folder of the configuration."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def named(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def path(self, reference: str) -> Path:
        """The file that a reference means, with ``file://`` in front or without.

        Raises:
            UnreadableError: it leaves the folder, or there is no such file.
        """
        name = _inside(reference)
        try:
            found = (self._root / name).resolve()
            is_file = found.is_file()
        except (OSError, RuntimeError, ValueError):  # too long a name, links in a circle, a null character
            found, is_file = self._root, False
        if not found.is_relative_to(self._root):
            raise _leaves(reference)
        if not is_file:
            raise UnreadableError(
                f"{printable(reference, 200)}: there is no such file", "Put it there and import again."
            )
        return found

    def paths(self, reference: str) -> list[Path]:
        """The files that a reference with wildcards means, in the order of their names; one where it has none.

        Raises:
            UnreadableError: it leaves the folder, or there is no such file.
        """
        name = _inside(reference)
        if not _WILD & set(name):
            return [self.path(reference)]
        try:
            found = list(islice(self._root.glob(name), _MOST_FILES))
        except (OSError, ValueError, NotImplementedError, IndexError) as error:
            raise UnreadableError(f"{printable(reference, 200)}: no pattern of files", "Name the files.") from error
        inside = [path for path in found if path.resolve().is_relative_to(self._root) and path.is_file()]
        if not inside:
            raise UnreadableError(f"{printable(reference, 200)}: no file fits", "Put one there and import again.")
        return sorted(inside)

    def text(self, path: Path) -> str:
        """Raises `UnreadableError` for what is no text in UTF-8, or too large."""
        try:
            with path.open("rb") as stream:
                return decoded(self.named(path), bounded(self.named(path), stream, MOST_BYTES))
        except InvalidWorkloadError as error:
            raise _unreadable(error) from error
        except OSError as error:
            raise UnreadableError(f"{self.named(path)}: cannot be read", "Make it readable.") from error

    def value(self, path: Path) -> Any:
        """What a YAML or JSON file says, as JSON's types; raises `UnreadableError` where it is neither."""
        try:
            if path.suffix in JSON:
                return json_of(self.named(path), self.text(path))
            declaration = parse_declaration(self.named(path), self.text(path), most_values=MOST_VALUES)
        except InvalidWorkloadError as error:
            raise _unreadable(error) from error
        return declaration.value

    def rows(self, path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
        """The rows of a table by column, each with the number of its last line; blank rows are left out.

        Raises:
            UnreadableError: at a row that is no CSV, or not in UTF-8.
        """
        csv.field_size_limit(MAX_LINE)  # a setting of the whole process; its default refuses texts that a line may hold
        reader = csv.reader((f"{text}\n" for _, text in self._lines(path)), strict=True)
        header: list[str] | None = None
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                what = f"{self.named(path)}:{reader.line_num}: malformed CSV: {printable(str(error), 100)}"
                raise UnreadableError(what, "Correct the quotes and import again.") from error
            if row is None:
                return
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [name.strip() for name in row]
            else:
                yield reader.line_num, dict(zip(header, row, strict=False))

    def values(self, path: Path) -> Iterator[tuple[int, Any]]:
        """The values of JSON lines, each with its number; an `UnreadableError` stands for one that is none."""
        for number, text in self._lines(path):
            if text.strip():
                try:
                    yield number, json_of(f"{self.named(path)}:{number}", text)
                except InvalidWorkloadError as error:
                    yield number, _unreadable(error)

    def _lines(self, path: Path) -> Iterator[tuple[int, str]]:
        try:
            with path.open("rb") as stream:
                for number, line in read_lines(stream, None):
                    if line is None:
                        what = f"{self.named(path)}:{number}: longer than {MAX_LINE // 1_000_000} MB"
                        raise UnreadableError(what, "Shorten it and import again.")
                    yield number, decoded(f"{self.named(path)}:{number}", line.removesuffix(b"\r"))
        except InvalidWorkloadError as error:
            raise _unreadable(error) from error
        except OSError as error:
            raise UnreadableError(f"{self.named(path)}: cannot be read", "Make it readable.") from error


def is_code(reference: str) -> bool:
    """Whether a reference names a program, perhaps with a function of it: ``file://checks.py:is_polite``."""
    name = reference.strip().lower()
    return name.endswith(CODE) or any(f"{suffix}:" in name for suffix in CODE)


def _inside(reference: str) -> str:
    name = reference.strip().removeprefix(SCHEME)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or name[1:2] == ":":
        raise _leaves(reference)
    return name


def _leaves(reference: str) -> UnreadableError:
    what = f"{printable(reference, 200)}: leaves the folder of the configuration"
    return UnreadableError(what, "Copy the file into the folder, refer to it there and import again.")


def _unreadable(error: InvalidWorkloadError) -> UnreadableError:
    first = error.problems[0]
    return UnreadableError(f"{first.place}: {first.wrong}", first.remedy or "Correct it and import again.")
