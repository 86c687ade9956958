"""What a run takes of the account besides tokens."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.money.engine import (
    TARGET_USD_PER_1000,
    Taken,
    engine_cost_per_1000,
    engine_forecast,
    invocation_each_cost_per_1000,
    writes_of_an_answer,
)
from brainswap.core.money.forecasts import EngineForecast
from brainswap.core.sharding import ShardPlan

PLAN = ShardPlan(cases=1_000, block=100, side_by_side=4, in_flight=8)


def forecasted(plan: ShardPlan = PLAN, **changed: Any) -> EngineForecast:
    asked: dict[str, Any] = {"live": 2, "asking_minutes": 10.0, "answer_bytes": 400.0, **changed}
    return engine_forecast(plan, **asked)


def test_shards_become_children_with_four_transitions_and_two_invocations_each() -> None:
    found = forecasted()

    assert (found.shards, found.child_executions) == (20, 20)
    assert found.state_transitions == 13 + 2 + 20 * 4
    assert found.lambda_requests == 5 + 1 + 20 * 2


def test_workers_are_paid_for_as_long_as_the_asking_takes() -> None:
    short, long = forecasted(asking_minutes=1.0), forecasted(asking_minutes=11.0)

    # ten more minutes of four workers at one gigabyte
    assert long.lambda_gb_seconds - short.lambda_gb_seconds == pytest.approx(10 * 60 * 4, rel=0.01)


def test_a_shard_that_takes_longer_than_an_invocation_goes_on_in_the_next() -> None:
    # 4 workers for 290 minutes are 69,600 seconds: 3,480 for each of 20 shards, four times 870
    found = forecasted(asking_minutes=290.0)

    assert found.going_on == 20 * 3
    assert found.state_transitions == 13 + 2 + 20 * 4 + 60 * 3


def test_recorded_answers_are_neither_claimed_nor_waited_for() -> None:
    found = forecasted(live=0, recorded=2, asking_minutes=0.0)

    assert found.shards == 20
    assert found.dynamodb_reads == 0
    assert found.dynamodb_writes < 20


@pytest.mark.parametrize(("size", "units"), [(0, 2), (424, 2), (425, 3), (1_449, 4)])
def test_an_answer_takes_a_unit_for_its_claim_and_one_for_each_kilobyte(size: int, units: int) -> None:
    assert writes_of_an_answer(size) == units


def test_dollars_follow_from_what_was_taken() -> None:
    taken = Taken(
        transitions=1_000,
        requests=1_000_000,
        gb_seconds=Decimal(1_000_000),
        writes=1_000_000,
        reads=1_000_000,
        puts=1_000,
        gets=1_000,
    )

    assert taken.usd == {
        "step_functions": Decimal("0.025"),
        "lambda_requests": Decimal("0.2"),
        "lambda_time": Decimal("13.3334"),
        "dynamodb": Decimal("0.75"),
        "s3": Decimal("0.0054"),
    }


def test_limits_of_the_account_are_told() -> None:
    many = ShardPlan(cases=1_000, block=100, side_by_side=20_000, in_flight=8)

    assert len(forecasted(many).beyond) == 2
    assert forecasted().beyond == ()


@pytest.mark.parametrize("answers", [1_000, 1_000_000])
def test_a_thousand_answers_of_two_seconds_stay_below_a_cent(answers: int) -> None:
    ours = engine_cost_per_1000(answers=answers, seconds_per_call=2, in_flight=8, block=50 if answers < 10_000 else 500)

    assert ours <= TARGET_USD_PER_1000
    assert ours * 10 < invocation_each_cost_per_1000(seconds_per_call=2)


def test_an_invocation_for_each_case_is_paid_for_while_it_waits() -> None:
    # 3,000 transitions, 2.002 gigabyte-seconds a case, 2 units a thousand times, a thousand requests
    expected = Decimal("0.075") + 2_002 * Decimal("0.0000133334") + Decimal("0.00125") + Decimal("0.0002")

    assert invocation_each_cost_per_1000(seconds_per_call=2) == expected


@given(
    cases=st.integers(1, 10**7),
    block=st.integers(1, 500),
    workers=st.integers(1, 2_000),
    live=st.integers(0, 21),
    recorded=st.integers(0, 21),
    minutes=st.floats(0, 10_000),
)
def test_whatever_is_cut_is_counted_once(
    *, cases: int, block: int, workers: int, live: int, recorded: int, minutes: float
) -> None:
    plan = ShardPlan(cases=cases, block=block, side_by_side=workers, in_flight=8)

    found = forecasted(plan, live=live, recorded=recorded, asking_minutes=minutes)

    assert found.shards * block >= cases * (live + recorded) > found.shards * block - block * (live + recorded) - 1
    assert found.total_usd == sum(found.usd.values())
    assert found.lambda_requests >= 2 * found.shards
