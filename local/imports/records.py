"""Records of files that hold JSON: one a line, one after another, or in an array; plain or packed by gzip."""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from brainswap.core.wording import printable
from local.imports.account import CannotImportError
from local.imports.json_values import NotJsonError, parsed

MAX_RECORD = 64_000_000
TOO_LARGE = f"a record of more than {MAX_RECORD // 1_000_000} MB"
DAMAGED = "the rest of a damaged gzip file"
_UNREADABLE = "a file that cannot be read"
_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_IN_TEXT = re.compile(rb'["\\]')
_OUTSIDE = re.compile(rb'["{}\[\],]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A value of a file; ``size`` in bytes, unpacked."""

    place: str
    value: Any
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that stands where a record should; ``reason`` counts its like."""

    place: str
    reason: str


def files_below(path: Path, endings: Sequence[str]) -> list[Path]:
    """The file itself, or all files of a folder with one of the endings, in the order of their names.

    Raises:
        CannotImportError: there is nothing of the kind.
    """
    try:
        if path.is_file():
            return [path]
        found = sorted(each for each in path.rglob("*") if each.name.endswith(tuple(endings)) and each.is_file())
    except (OSError, ValueError) as error:
        raise CannotImportError(f"{printable(str(path), 200)} cannot be read.") from error
    if not found:
        kinds = ", ".join(endings)
        raise CannotImportError(f"{printable(str(path), 200)} is no file, and no folder that holds files ({kinds}).")
    return found


def read_records(file: Path, shown: str) -> Iterator[Record | Unreadable]:
    """Each record of a file, in its order; memory is bounded by the largest record.

    Args:
        file: JSON Lines, JSON values one after another, or arrays of them; packed by gzip if its content says so.
        shown: what the file is called in places.
    """
    number = 0
    try:
        with closing(_opened(file)) as stream:
            for raw in _raw_values(stream):
                number += 1
                place = f"{shown}:{number}"
                if raw is None:
                    yield Unreadable(place=place, reason=TOO_LARGE)
                    if isinstance(stream, gzip.GzipFile):
                        return  # a few packed bytes may unpack to terabytes
                    continue
                yield from _records(place, raw)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        yield Unreadable(place=f"{shown}:{number + 1}", reason=DAMAGED)
    except OSError:
        yield Unreadable(place=f"{shown}:{number + 1}", reason=_UNREADABLE)


def read_whole(file: Path) -> Any:
    """The one JSON value of a file, plain or packed.

    Raises:
        NotJsonError: it is none, or larger than a record may be.
    """
    try:
        with closing(_opened(file)) as stream:
            raw = stream.read(MAX_RECORD + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotJsonError(_UNREADABLE) from error
    if len(raw) > MAX_RECORD:
        raise NotJsonError(TOO_LARGE)
    return parsed(raw)


def _records(place: str, raw: bytes) -> Iterator[Record | Unreadable]:
    """One, or as many as there are in a line that several were written into."""
    try:
        yield Record(place=place, value=parsed(raw), size=len(raw))
    except NotJsonError as error:
        parts = list(_split([raw])) if b"}" in raw[:-1] else []
        if len(parts) < 2:  # noqa: PLR2004 - several
            yield Unreadable(place=place, reason=str(error))
            return
        for part in parts:
            yield from _one_record(place, part)


def _one_record(place: str, raw: bytes | None) -> Iterator[Record | Unreadable]:
    try:
        if raw is not None:
            yield Record(place=place, value=parsed(raw), size=len(raw))
    except NotJsonError as error:
        yield Unreadable(place=place, reason=str(error))


def _opened(file: Path) -> BinaryIO | gzip.GzipFile:
    stream = file.open("rb")
    packed = stream.read(len(_GZIP)) == _GZIP
    stream.seek(0)
    if not packed:
        return stream
    stream.close()
    return gzip.open(file, "rb")


def _raw_values(stream: BinaryIO | gzip.GzipFile) -> Iterator[bytes | None]:
    """The bytes of each value; None for one that is too large."""
    head = stream.read(_CHUNK)
    start = head.removeprefix(_MARK).lstrip()
    first_line = start.partition(b"\n")[0].strip()
    chunks = _chunks(head.removeprefix(_MARK), stream)
    # A line that is nothing but a brace begins an object that was written over many lines.
    yield from _split(chunks) if start.startswith(b"[") or first_line == b"{" else _lines(chunks)


def _chunks(head: bytes, stream: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    yield head
    while chunk := stream.read(_CHUNK):
        yield chunk


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """The lines that are not blank."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            yield from _line([*parts, line], size + len(line))
            parts, size = [], 0
        size += len(rest)
        if size <= MAX_RECORD:
            parts.append(rest)
        elif parts:
            yield None  # at once: what reads a packed file stops here
            parts = []
    yield from _line(parts, size)


def _line(parts: list[bytes], size: int) -> Iterator[bytes | None]:
    if size <= MAX_RECORD:
        line = b"".join(parts).strip()
        if line:
            yield line


def _split(chunks: Iterator[bytes] | list[bytes]) -> Iterator[bytes | None]:
    """The values of a text in which they follow each other, and those of arrays that hold them."""
    splitter = _Splitter()
    for chunk in chunks:
        yield from splitter.feed(chunk)
    yield from splitter.end()


class _Splitter:
    """Finds where values end by counting brackets, without reading what is in them."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._position = 0
        self._start = 0
        self._depth = 0
        self._in_text = False
        self._in_array = False
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        self._held += chunk
        while (found := (_IN_TEXT if self._in_text else _OUTSIDE).search(self._held, self._position)) is not None:
            sign = found.group()
            self._position = found.end()
            if self._in_text:
                if sign == b"\\":
                    self._position += 1
                else:
                    self._in_text = False
            elif sign == b'"':
                self._in_text = True
            else:
                yield from self._bracket(sign, found.start())
        self._position = max(self._position, len(self._held))
        if not self._skipping and len(self._held) - self._start > MAX_RECORD:
            self._skipping = True
            yield None
        self._forget()

    def end(self) -> Iterator[bytes | None]:
        yield from self._taken(len(self._held))

    def _bracket(self, sign: bytes, at: int) -> Iterator[bytes | None]:
        outer = 1 if self._in_array else 0
        if sign in b"{[":
            if self._depth == 0:
                yield from self._taken(at)
                self._in_array = sign == b"["
                self._start = at + 1 if self._in_array else at
            self._depth += 1
        elif sign in b"}]":
            if self._depth == 0:
                return
            self._depth -= 1
            if self._depth == 0:
                yield from self._taken(at if self._in_array else at + 1)
                self._in_array = False
                self._start = at + 1
        elif self._depth == outer == 1:
            yield from self._taken(at)
            self._start = at + 1

    def _taken(self, end: int) -> Iterator[bytes | None]:
        if self._skipping:
            self._skipping = False
            return
        value = bytes(self._held[self._start : end]).strip().strip(b",").strip()
        self._start = end
        if value:
            yield value

    def _forget(self) -> None:
        """Drop what has been given away, or is being skipped."""
        done = len(self._held) if self._skipping else self._start
        if done > _CHUNK or self._skipping:
            del self._held[:done]
            self._position -= done
            self._start = max(0, self._start - done)
