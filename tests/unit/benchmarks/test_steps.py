"""The waiting of steps for each other, by hand."""

import pytest

from benchmarks.steps import ends_at, mean_ratio, ratio


def test_calls_take_the_places_of_those_that_ended() -> None:
    assert ends_at([3.0, 1.0, 1.0, 2.0], in_flight=2) == 4.0


def test_steps_wait_for_the_slowest_case_of_the_step_before() -> None:
    assert ratio([[1.0, 3.0], [3.0, 1.0]], in_flight=2) == pytest.approx(6 / 4)


def test_with_one_call_at_once_nothing_waits() -> None:
    assert mean_ratio(cases=20, steps=3, in_flight=1, shards=3) == pytest.approx(1.0)
