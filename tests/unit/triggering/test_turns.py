from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.triggering.fleet import fleet_forecast
from brainswap.core.triggering.requests import PATIENCE, Request, Want, due_at, in_turn
from tests.fakes.workloads import NOON


def request(
    workload: str, *, asked: float = 0, left: float | None = None, cause: Any = "release", **more: Any
) -> Request:
    """Asked for after so many days, for a model that goes after so many days."""
    deadline = None if left is None else NOON + timedelta(days=left)
    want = Want(workload=workload, version="1", targets=(), cause=cause, why="", deadline=deadline)
    asked_at = NOON + timedelta(days=asked)
    return Request(want=want, asked_at=asked_at, due=due_at(want, asked_at), **more)


def names(requests: list[Request]) -> list[str]:
    return [each.want.workload for each in in_turn(requests)]


def test_the_model_that_goes_first_goes_first_and_the_oldest_of_the_others() -> None:
    requests = [request("late", left=60), request("newer", asked=1), request("older"), request("soon", left=5)]

    assert names(requests) == ["soon", "late", "older", "newer"]


def test_what_a_person_asks_for_does_not_wait_for_dates() -> None:
    assert names([request("soon", left=5), request("asked", asked=1, cause="requested")]) == ["asked", "soon"]


@given(
    waiting=st.builds(request, st.just("waiting"), left=st.none() | st.floats(-10, 400)),
    later=st.lists(
        st.builds(
            request,
            st.just("later"),
            asked=st.floats(float(PATIENCE.days) + 0.01, 1000),
            left=st.none() | st.floats(-400, 2000),
            cause=st.sampled_from(["requested", "release", "end_of_life"]),
        ),
        max_size=20,
    ),
)
def test_nobody_starves_whatever_comes_later(waiting: Request, later: list[Request]) -> None:
    assert in_turn([*later, waiting])[0] is waiting


def test_a_fleet_takes_as_long_as_its_migrations_side_by_side() -> None:
    fleet = [
        request(str(number), forecast_usd=Decimal(2) if number else None, forecast_minutes=50.0) for number in range(5)
    ]

    forecast = fleet_forecast(fleet, at_once=2, now=NOON)

    assert (forecast.migrations, forecast.usd, forecast.unpriced, forecast.hours) == (5, Decimal(8), 1, 3.0)
    assert forecast.late == ()


def test_a_migration_that_ends_after_its_model_has_gone_is_named() -> None:
    early = request("early", left=1 / 24, forecast_minutes=40.0)
    late = request("late", left=1.1 / 24, forecast_minutes=40.0)

    assert fleet_forecast([late, early], at_once=1, now=NOON).late == (late.id,)
    assert fleet_forecast([late, early], at_once=2, now=NOON).late == ()


def test_an_empty_queue_takes_nothing_and_no_place_is_no_queue() -> None:
    assert fleet_forecast([], at_once=1, now=NOON).hours == 0
    with pytest.raises(ValueError, match="at least one"):
        fleet_forecast([], at_once=0, now=NOON)
