from typing import Any

import pytest
from pydantic import ValidationError

from brainswap.core.declared_rollout import Rollout
from brainswap.core.rollout.feasibility import rollout_warnings
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration


def workload(requests_per_month: int | None, **rollout: Any) -> Workload:
    traffic = {} if requests_per_month is None else {"traffic": {"requests_per_month": requests_per_month}}
    return Workload.model_validate(declaration(rollout=rollout, **traffic))


def test_a_step_that_brings_too_few_requests_is_warned_of_with_what_would_do() -> None:
    # 43,800 requests a month are one in a minute.
    warnings = list(rollout_warnings(workload(43_800, steps=[10, 100], bake_minutes=200, bakes=2)))

    (warning,) = warnings
    assert warning.startswith("rollout: the step of 10 % brings about 40 requests of one variant in its bakes")
    assert warning.endswith("the traffic would go back; bakes of 500 minutes would bring them")


def test_the_source_has_to_have_requests_as_well() -> None:
    (warning,) = rollout_warnings(workload(43_800, steps=[95, 100], bake_minutes=200))

    assert "the step of 95 % brings about 20 requests" in warning


@pytest.mark.parametrize("requests_per_month", [None, 50_000_000])
def test_enough_or_unknown_traffic_is_not_warned_of(requests_per_month: int | None) -> None:
    assert list(rollout_warnings(workload(requests_per_month, steps=[1, 100]))) == []


def test_an_application_without_traffic_cannot_be_rolled_out() -> None:
    (first, *_) = rollout_warnings(workload(0))

    assert first.endswith("the traffic would go back")


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ({"steps": [10, 50]}, "end in 100"),
        ({"steps": [50, 10, 100]}, "rise"),
        ({"steps": []}, "end in 100"),
        ({"guards": [{"measure": "slow", "margin": 0.1}]}, "needs slow_ms"),
        ({"guards": [{"measure": "errors", "margin": 0.1}] * 2}, "one guard at the most"),
        ({"guards": []}, "at least 1 item"),
        ({"guards": [{"measure": "errors", "margin": 0}]}, "greater than 0"),
        ({"steps": [1, 2, 3, 100], "bakes": 10, "bake_minutes": 600}, "more than 13 days"),
    ],
)
def test_what_cannot_work_is_refused(declared: Any, wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        Rollout.model_validate(declared)


def test_errors_and_throttles_are_guarded_unless_a_workload_says_otherwise() -> None:
    made = Rollout.model_validate({})

    assert [(guard.measure, guard.margin) for guard in made.guards] == [("errors", 0.02), ("throttles", 0.02)]
    assert made.looks == 8
