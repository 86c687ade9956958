"""The text files of a workload's folder, read within bounds."""

import shlex
from typing import BinaryIO

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.wording import printable

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def bounded(name: str, stream: BinaryIO, limit: int) -> bytes:
    """The bytes of a file, of which no more than the limit are read.

    Raises:
        InvalidWorkloadError: there are more than ``limit`` of them.
    """
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        wrong = f"the file is larger than {limit // 1_000_000} MB"
        remedy = "Keep what is large in the file of the cases."
        raise InvalidWorkloadError([Problem(place=printable(name), wrong=wrong, remedy=remedy)])
    return raw


def decoded(name: str, raw: bytes) -> str:
    """UTF-8 text, without the byte order mark that it may begin with.

    Raises:
        InvalidWorkloadError: the bytes are not UTF-8.
    """
    try:
        return raw.removeprefix(UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InvalidWorkloadError([encoding_problem(name, error, f"{printable(name)}:{line}")]) from error


def encoding_problem(name: str, error: UnicodeDecodeError, place: str) -> Problem:
    """What to say of bytes that are not UTF-8, with a command that converts them from what they probably are."""
    encoding = "UTF-16" if error.object.startswith(UTF16_MARKS) else "ISO-8859-1"
    column = error.start - (error.object.rfind(b"\n", 0, error.start) + 1) + 1
    return Problem(
        place=place,
        wrong=f"not UTF-8: byte 0x{error.object[error.start]:02X} at position {column} of the line",
        remedy=f"Convert it: iconv -f {encoding} -t UTF-8 {shlex.quote(printable(name, limit=300))} > converted.",
    )
