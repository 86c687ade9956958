"""Lines of a file of cases, read in chunks, so that no line takes more memory than a case may."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from brainswap.core.loading.text_files import UTF8_MARK

MAX_LINE = 5_000_000
_CHUNK = 1 << 18


class Meter:
    """Counts and hashes the bytes of a file as they pass."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def take(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)


def read_chunks(stream: BinaryIO, meter: Meter | None) -> Iterator[bytes]:
    """The bytes of a file, a bounded number at a time."""
    while chunk := stream.read(_CHUNK):
        if meter is not None:
            meter.take(chunk)
        yield chunk


def read_lines(stream: BinaryIO, meter: Meter | None) -> Iterator[tuple[int, bytes | None]]:
    """The number, from 1, and the bytes of each line without its newline; None for one of more than ``MAX_LINE``.

    A byte order mark in front of the first line is left out.
    """
    number, rest, too_long = 0, b"", False
    for chunk in read_chunks(stream, meter):
        lines = chunk.split(b"\n")
        lines[0] = rest + lines[0]
        rest = lines.pop()
        for line in lines:
            number += 1
            whole = line.removeprefix(UTF8_MARK) if number == 1 else line
            yield number, None if too_long or len(line) > MAX_LINE else whole
            too_long = False
        if len(rest) > MAX_LINE:
            rest, too_long = b"", True
    if rest or too_long:
        yield number + 1, None if too_long else rest.removeprefix(UTF8_MARK) if number == 0 else rest
