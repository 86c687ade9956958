from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.triggering.schedules import schedule_of

SUNDAY = datetime(2026, 11, 1, 12, tzinfo=UTC)
TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds it


def last(schedule: str, until: datetime, since: datetime = datetime(2020, 1, 1, tzinfo=UTC)) -> str | None:
    found = schedule_of(schedule).last(since, until)
    return None if found is None else f"{found:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("cron(0 6 ? * MON *)", "2026-10-26 06:00"),
        ("cron(0 6 ? * 1 *)", "2026-11-01 06:00"),
        ("cron(0 13 ? * SUN *)", "2026-10-25 13:00"),
        ("cron(30 0/6 * * ? *)", "2026-11-01 06:30"),
        ("cron(*/20 11-12 * * ? *)", "2026-11-01 12:00"),
        ("cron(15 10 1 JAN,JUL ? *)", "2026-07-01 10:15"),
        ("cron(0 0 29 2 ? *)", "2024-02-29 00:00"),
        ("cron(0 0 1 1 ? 2027)", None),
        ("cron(59 23 31 12 ? 2025-2030)", "2025-12-31 23:59"),
    ],
)
def test_the_last_time_of_a_schedule(schedule: str, expected: str | None) -> None:
    assert last(schedule, SUNDAY) == expected


def test_nothing_is_due_before_the_first_time_after_the_beginning() -> None:
    assert last("cron(0 6 ? * MON *)", SUNDAY, since=SUNDAY - timedelta(days=2)) is None
    assert last("rate(3 days)", SUNDAY, since=SUNDAY - timedelta(days=2)) is None
    assert last("rate(1 day)", SUNDAY, since=SUNDAY - timedelta(days=2, hours=3)) == "2026-11-01 09:00"


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("daily", "use rate"),
        ("rate(0 days)", "never due"),
        ("rate(5 minutes)", "use rate"),
        ("cron(0 6 * * MON *)", "has to be"),
        ("cron(0 6 ? * ? *)", "has to be"),
        ("cron(0 6 ? * MON)", "use rate"),
        ("cron(61 6 ? * MON *)", "from 0 to 59"),
        ("cron(0 6 L * ? *)", "from 1 to 31"),
        ("cron(0 6 ? * MON#2 *)", "MON#2"),
        ("cron(0 9-6 ? * MON *)", "ends before"),
        ("cron(0 6 ? * MON */0)", "from 1 to"),
    ],
)
def test_a_schedule_that_is_not_understood_is_refused_with_what_would_be(schedule: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        schedule_of(schedule)


@given(
    since=TIMES,
    until=TIMES,
    schedule=st.sampled_from(["rate(7 days)", "cron(5 4 ? * TUE,SAT *)", "cron(0 0/5 1 * ? *)"]),
)
def test_the_last_time_lies_between_and_is_the_same_until_the_next(
    since: datetime, until: datetime, schedule: str
) -> None:
    found = schedule_of(schedule).last(since, until)

    if found is not None:
        assert since < found <= until
        assert schedule_of(schedule).last(since, found) == found
        assert schedule_of(schedule).last(since, found - timedelta(microseconds=1)) != found
