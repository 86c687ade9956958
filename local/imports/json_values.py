"""JSON of strangers as values: within bounds, and without what no file of cases can hold."""

import json
import math
from typing import Any

MAX_DEPTH = 64
_LONGEST_NUMBER = 300  # digits; far beyond what anybody counts with
_OPENING = (b"{", b"[")
_SURROGATE_ESCAPES = (b"\\ud", b"\\uD")
_MARK = b"\xef\xbb\xbf"


class NotJsonError(ValueError):
    """A record cannot be read; the message says why, in a clause that counts its like."""


def parsed(raw: bytes) -> Any:
    """The value of one JSON text.

    Halves of surrogate pairs, which a text that was cut off in the middle of a character ends with, become U+FFFD.

    Raises:
        NotJsonError: the text is not JSON, is nested too deep, or holds what JSON does not know.
    """
    try:
        text = raw.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJsonError("not UTF-8") from error
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_bounded)
    except NotJsonError:
        raise
    except RecursionError as error:
        raise NotJsonError(f"nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise NotJsonError("not JSON") from error
    if sum(raw.count(sign) for sign in _OPENING) > MAX_DEPTH and deeper(value, MAX_DEPTH):
        raise NotJsonError(f"nested deeper than {MAX_DEPTH} levels")
    return whole(value) if any(escape in raw for escape in _SURROGATE_ESCAPES) else value


def deeper(value: Any, depth: int) -> bool:
    """Whether a value has more than ``depth`` levels."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(value, dict | list) for value in level)


def whole(value: Any) -> Any:
    """A value whose texts can be written as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {whole(key): whole(item) for key, item in value.items()}
    return value


def count_of(value: Any) -> int | None:
    """A number of things, such as tokens; None for whatever is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:  # noqa: PLR2004 - beyond any count
        return None
    return int(value) if value == int(value) else None


def amount_of(value: Any) -> float | None:
    """A finite number that is not negative, such as milliseconds; None for whatever is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:  # noqa: PLR2004 - beyond any clock
        return None
    return float(value)


def below(value: Any, *path: str) -> Any:
    """What stands below some keys; None where a key is missing, or where what should have it is no object."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _no_constant(constant: str) -> float:
    raise NotJsonError(f"JSON knows no {constant}")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJsonError("a number beyond all bounds")
    return number


def _bounded(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise NotJsonError("a number beyond all bounds")
    return int(digits)
