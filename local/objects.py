"""moto's S3 with its large objects in files: moto itself copies a whole object in memory at every touch."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from unittest import mock

from moto.s3.exceptions import InvalidPart
from moto.s3.models import FakeKey, FakeMultipart

from brainswap.adapters.s3 import RANGE

LARGE = RANGE  # whoever reads larger objects asks for ranges
PIECE = 1 << 20


@contextmanager
def objects_in_files() -> Iterator[None]:
    """While the block runs, a large object costs the range that is asked for, as it does in S3."""
    value = property(_content, _written)
    with mock.patch.object(FakeKey, "value", value), mock.patch.object(FakeMultipart, "complete", _joined):
        yield


class _Content:
    """The content of a file as moto needs it: its length, and slices.

    Args:
        file: closed with the content where nobody else holds it.
    """

    def __init__(self, file: IO[bytes], size: int, *, owned: bool) -> None:
        self._file = file
        self._size = size
        self._owned = owned

    def __del__(self) -> None:
        if self._owned:
            self._file.close()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        return os.pread(self._file.fileno(), max(0, stop - start), start)


def _content(self: FakeKey) -> bytes | _Content:
    with self.lock:
        buffer = self._value_buffer
        if self.contentsize > max(LARGE, self._max_buffer_size):
            buffer.flush()
            return _Content(buffer, self.contentsize, owned=False)
        buffer.seek(0)
        return buffer.read()


def _written(self: FakeKey, value: Any) -> None:
    buffer = self._value_buffer
    buffer.seek(0)
    buffer.truncate()
    content = value.encode() if isinstance(value, str) else value
    for start in range(0, len(content), PIECE):
        buffer.write(content[start : start + PIECE])
    self.contentsize = len(content)


def _joined(self: FakeMultipart, body: Iterator[tuple[int, str]]) -> tuple[_Content, str, None]:
    whole = tempfile.TemporaryFile()  # noqa: SIM115 - its content closes it
    count = 0
    for number, etag in body:
        part = self.parts.get(number)
        if part is None or part.etag.strip('"') != etag.strip('"'):
            raise InvalidPart
        for start in range(0, part.contentsize, PIECE):
            whole.write(part.value[start : start + PIECE])
        count += 1
    whole.flush()
    return _Content(whole, whole.tell(), owned=True), f"{self.id[:32]}-{count}", None
