"""Compare values of JSON as a person would: numbers exactly, dates as dates, texts as texts.

A text that is a number and nothing else (as `number` reads it, ``$1,234.50``) counts as that number beside a number,
and where two texts are put in order; two texts are equal as texts. Dates and times are ISO 8601. Where one of the two
is a day without a time, days are compared; a time without a zone is taken as UTC.
"""

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from math import isfinite
from typing import Any

from brainswap.core.scoring.number import first_number
from brainswap.core.scoring.structured import comparable

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}(?P<time>[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_LONGEST = 400  # characters of a number or a date


def same(left: Any, right: Any, *, ignore_case: bool = False) -> bool:
    """Whether two values are equal; true is not 1, keys have no order, white space around texts does not count.

    Raises:
        RecursionError: they are nested too deeply.
    """
    if _is_number(left) or _is_number(right):
        numbers = number_of(left), number_of(right)
        return None not in numbers and numbers[0] == numbers[1]
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.strip(), right.strip()
        if left == right or (ignore_case and left.casefold() == right.casefold()):
            return True
        return _order_of_moments(left, right) == 0
    return bool(comparable(left) == comparable(right))


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as the left is less, the same or more; None for what cannot be put in order."""
    if isinstance(left, str) and isinstance(right, str):
        moments = _order_of_moments(left, right)
        if moments is not None:
            return moments
    first, second = number_of(left), number_of(right)
    return None if first is None or second is None else _sign(first, second)


def orderable(value: Any) -> bool:
    """Whether a value is a number or a date."""
    return number_of(value) is not None or _moment_of(value) is not None


def number_of(value: Any) -> Fraction | None:
    """The decimal fraction that a number, or a text that is one, is written as; None where it is none or not finite."""
    if isinstance(value, str):
        text = value.strip()
        number = first_number(text) if 0 < len(text) <= _LONGEST else None
        return number.value if number is not None and number.written == text else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        return Fraction(repr(value)) if isfinite(value) else None
    return Fraction(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment_of(value: Any) -> datetime | date | None:
    """A day as a date, a time as a datetime with a zone."""
    if not isinstance(value, str) or len(value) > _LONGEST or (form := _MOMENT.fullmatch(value.strip())) is None:
        return None
    try:
        if form["time"] is None:
            return date.fromisoformat(form[0])
        moment = datetime.fromisoformat(form[0].replace(",", "."))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _order_of_moments(left: str, right: str) -> int | None:
    first, second = _moment_of(left), _moment_of(right)
    if first is None or second is None:
        return None
    if isinstance(first, datetime) and isinstance(second, datetime):
        return _sign(first, second)
    return _sign(_day(first), _day(second))


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _sign(first: Any, second: Any) -> int:
    return int(first > second) - int(first < second)
