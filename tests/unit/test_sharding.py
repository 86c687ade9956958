"""How cases and calls are shared out."""

import pytest

from brainswap.core import sharding


@pytest.mark.parametrize("workers", [1, 4, 125])
@pytest.mark.parametrize("cases", [0, 1, 499, 5_000, 20_000, 1_000_000, 100_000_000])
def test_a_block_is_never_too_long_for_a_worker(cases: int, workers: int) -> None:
    assert sharding.SMALLEST_BLOCK <= sharding.block_size(cases, workers) <= sharding.LARGEST_BLOCK


def test_many_workers_get_a_block_each() -> None:
    assert 20_000 / sharding.block_size(20_000, 125) >= 125


def test_workers_together_use_nearly_all_of_the_concurrency_and_no_more() -> None:
    for calls in range(1, 1_200):
        side_by_side, in_flight = sharding.workers(calls)

        assert 1 <= in_flight <= sharding.MOST_IN_FLIGHT, calls
        assert calls - side_by_side < side_by_side * in_flight <= calls, calls


def test_source_and_target_are_asked_side_by_side_from_two_calls_on() -> None:
    assert [sharding.workers(calls) for calls in (1, 2, 32, 64, 65)] == [(1, 1), (2, 1), (2, 16), (2, 32), (3, 21)]


def test_a_plan_covers_every_case() -> None:
    plan = sharding.shard_plan(1_001, 8)

    assert plan.blocks * plan.block >= 1_001 > (plan.blocks - 1) * plan.block
    assert (plan.side_by_side, plan.in_flight) == (2, 4)
