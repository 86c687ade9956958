"""AWS event streams: frames with checksums, taken apart as they come."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct, error
from zlib import crc32

LARGEST_FRAME = 24 << 20
"""Bytes; botocore's limit."""

_PRELUDE = Struct("!III")  # total length, length of the headers, CRC of these two
_LENGTHS = 8
_CRC = Struct("!I")
_TEXT = 7
_TEXT_LENGTH = Struct("!H")
# Bytes of a header's value by type; bytes and text say theirs.
_FIXED: Mapping[int, int] = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_SIZED = (6, _TEXT)


class BrokenStreamError(ValueError):
    """The bytes are no event stream, or not all of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message; ``headers`` holds those whose values are text."""

    headers: Mapping[str, str]
    payload: bytes


class EventStream:
    """Turns the pieces of a stream, cut anywhere, into its frames."""

    def __init__(self) -> None:
        self._pending = b""
        self._needed = _PRELUDE.size

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now.

        Raises:
            BrokenStreamError: a checksum or a length is wrong.
        """
        pending = self._pending + data if self._pending else data
        frames: list[Frame] = []
        start, end = 0, len(pending)
        while end - start >= self._needed:
            total, headers, crc = _PRELUDE.unpack_from(pending, start)
            if self._needed == _PRELUDE.size:
                _check(pending[start : start + _LENGTHS], total, headers, crc)
            if end - start < total:
                self._needed = total
                break
            frames.append(_frame(pending[start : start + total], headers))
            start += total
            self._needed = _PRELUDE.size
        self._pending = pending[start:]
        return frames

    def finish(self) -> None:
        """Say that nothing more comes.

        Raises:
            BrokenStreamError: a frame is not whole.
        """
        if self._pending:
            raise BrokenStreamError("the stream ends within a frame")


def _check(lengths: bytes, total: int, headers: int, crc: int) -> None:
    if crc32(lengths) != crc:
        raise BrokenStreamError("the checksum of a prelude is wrong")
    if not _PRELUDE.size + headers + _CRC.size <= total <= LARGEST_FRAME:
        raise BrokenStreamError("the length of a frame is wrong")


def _frame(message: bytes, headers: int) -> Frame:
    body = len(message) - _CRC.size
    (crc,) = _CRC.unpack_from(message, body)
    if crc32(memoryview(message)[:body]) != crc:
        raise BrokenStreamError("the checksum of a frame is wrong")
    start = _PRELUDE.size + headers
    return Frame(headers=_headers(message[_PRELUDE.size : start]), payload=message[start:body])


@lru_cache(maxsize=64)
def _headers(data: bytes) -> Mapping[str, str]:
    """Headers are the same for all events of a kind, and there are few kinds.

    Raises:
        BrokenStreamError: they are cut short, or of no known type.
    """
    found: dict[str, str] = {}
    place = 0
    try:
        while place < len(data):
            value = place + 1 + data[place] + 1
            name, kind = data[place + 1 : value - 1].decode(), data[value - 1]
            if kind in _SIZED:
                (size,) = _TEXT_LENGTH.unpack_from(data, value)
                value += _TEXT_LENGTH.size
            else:
                size = _FIXED[kind]
            place = value + size
            if place > len(data):
                raise BrokenStreamError("a header is cut short")
            if kind == _TEXT:
                found[name] = data[value:place].decode()
    except (LookupError, error, UnicodeDecodeError) as wrong:
        raise BrokenStreamError("the headers of a frame make no sense") from wrong
    return found
