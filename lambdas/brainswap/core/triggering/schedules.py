"""Times at which something is due: ``rate(…)`` and ``cron(…)`` as EventBridge Scheduler writes them, in UTC.

Of ``cron``, the six fields with numbers or names, ``*``, ``?``, ranges, steps and lists (EventBridge Scheduler user
guide, looked up in November 2026). ``L``, ``W`` and ``#`` are not understood, and refused.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_RATE = re.compile(r"rate\((\d{1,6}) (hours?|days?)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_LOOK_BACK_DAYS = 366 * 8  # a day of the 29th of February comes again within eight years
_FORM = "use rate(N hours), rate(N days) or cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR) in UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Again and again after the same time."""

    every: timedelta

    def last(self, since: datetime, until: datetime) -> datetime | None:
        """The last time after ``since`` and not after ``until``."""
        times = (until - since) // self.every
        return since + times * self.every if times >= 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """At the minutes that all fields allow."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]

    def last(self, since: datetime, until: datetime) -> datetime | None:
        """The last time after ``since`` and not after ``until``."""
        day = until.date()
        earliest = max(since.date(), day - timedelta(days=_LOOK_BACK_DAYS))
        while day >= earliest:
            if self._on(day):
                found = self._within(day, until)
                if found is not None:
                    return found if found > since else None
            day -= timedelta(days=1)
        return None

    def _on(self, day: date) -> bool:
        weekday = day.isoweekday() % 7 + 1  # Sunday is the first
        return (
            day.year in self.years
            and day.month in self.months
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or weekday in self.weekdays)
        )

    def _within(self, day: date, until: datetime) -> datetime | None:
        for hour in sorted(self.hours, reverse=True):
            for minute in sorted(self.minutes, reverse=True):
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                if at <= until:
                    return at
        return None


def schedule_of(text: str) -> Rate | Cron:
    """Read a schedule.

    Raises:
        ValueError: nothing is due by it, or it is not understood; the message says what would be.
    """
    rate = _RATE.fullmatch(text)
    if rate:
        number = int(rate[1])
        if number < 1:
            raise ValueError(f"`{text}` is never due; {_FORM}")
        return Rate(every=timedelta(days=number) if rate[2].startswith("day") else timedelta(hours=number))
    cron = _CRON.fullmatch(text)
    fields = cron[1].split() if cron else []
    if len(fields) != 6:  # noqa: PLR2004 - minute, hour, day, month, weekday, year
        raise ValueError(f"`{text}` is no schedule; {_FORM}")
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ValueError(f"`{text}`: one of the day of the month and the day of the week has to be `?`, not both")
    return Cron(
        minutes=_field(minute, 0, 59),
        hours=_field(hour, 0, 23),
        days=None if day == "?" else _field(day, 1, 31),
        months=_field(month, 1, 12, _MONTHS),
        weekdays=None if weekday == "?" else _field(weekday, 1, 7, _WEEKDAYS),
        years=_field(year, _FIRST_YEAR, _LAST_YEAR),
    )


def _field(text: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    allowed: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, low, high, names)
            last = _number(end, low, high, names) if dash else (high if slash else first)
        by = _number(step, 1, high, None) if slash else 1
        if last < first:
            raise ValueError(f"`{part}` ends before it begins")
        allowed.update(range(first, last + 1, by))
    return frozenset(allowed)


def _number(text: str, low: int, high: int, names: Mapping[str, int] | None) -> int:
    named = (names or {}).get(text.upper())
    if named is not None:
        return named
    if not re.fullmatch(r"[0-9]{1,4}", text) or not low <= int(text) <= high:
        raise ValueError(f"`{text}` is no number from {low} to {high}; {_FORM}")
    return int(text)
