"""Dates as people write them, for dates of birth."""

import re
from datetime import date

# A month by the first letters of its name: English, German, French, Spanish.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene",
            "feb fév fev",
            "mar mär mrz",
            "apr avr abr",
            "may mai",
            "jun juin",
            "jul juil",
            "aug aoû aou ago",
            "sep",
            "oct okt",
            "nov",
            "dec dez déc dic",
        ),
        start=1,
    )
    for name in names.split()
}
_PARTS = re.compile(r"[0-9]+|[^\W\d_]{3,}")
_YEAR_DIGITS = 4


def normal_date(text: str) -> str | None:
    """A date as ISO 8601 writes it; as it stands where day and month may be either; None where it is no date.

    The years from 1880 to 2099 are possible, and years of two digits stay as they stand.
    """
    parts = _PARTS.findall(text.casefold())
    words = [part for part in parts if not part.isdecimal()]
    numbers = [part for part in parts if part.isdecimal()]
    if words:
        return _with_name(words[0], numbers)
    if len(numbers) != 3:  # noqa: PLR2004 - year, month, day
        return None
    if len(numbers[0]) == _YEAR_DIGITS:
        return _iso(int(numbers[0]), int(numbers[1]), int(numbers[2]))
    return _year_last(text, int(numbers[0]), int(numbers[1]), numbers[2])


def _with_name(word: str, numbers: list[str]) -> str | None:
    month = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])
    if month is None or len(numbers) != 2 or len(numbers[1]) != _YEAR_DIGITS:  # noqa: PLR2004 - day and year
        return None
    return _iso(int(numbers[1]), month, int(numbers[0]))


def _year_last(text: str, first: int, second: int, year: str) -> str | None:
    full = int(year) if len(year) == _YEAR_DIGITS else 2000
    by_day, by_month = _iso(full, second, first), _iso(full, first, second)
    if len(year) != _YEAR_DIGITS:
        return text if by_day or by_month else None
    if "." in text:  # only where the day comes first
        return by_day
    if by_day and by_month and by_day != by_month:
        return text
    return by_day or by_month


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found.isoformat() if 1880 <= year <= 2099 else None  # noqa: PLR2004 - a life
