"""Traffic that goes back: by the figures, by people, and where no machine watches any more."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from brainswap.core.errors import (
    InvalidRequestError,
    StorageUnavailableError,
)
from brainswap.handlers import recover, retreat, rollback
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import RetreatRequest
from brainswap.rollout.going_back import NothingToGoBackToError, go_back
from brainswap.rollout.moving import finish, look, move
from brainswap.rollout.records import record_of
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN
from tests.handlers.rolling_out import (
    BAD,
    GOOD,
    OLD,
    REQUEST,
    WORKLOAD,
    kinds,
    place,
    raising,
    record,
    rolled_out_run,
    told,
)


@pytest.fixture
def using() -> MemoryDependencies:
    return rolled_out_run()


def test_the_figures_send_traffic_back_with_their_reason(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": BAD}
    move(place(), using)
    look(place(), using)

    rollback.run(REQUEST, using)
    rollback.run(REQUEST, using)

    assert told(using)["share"] == 0
    assert "99 of 200" in record(using)["reason"]
    assert kinds(using)[-1:] == ["Rollout Rolled Back"]
    assert kinds(using).count("Rollout Rolled Back") == 1


def test_a_way_back_that_breaks_off_is_gone_again_to_its_end(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    move(place(), using)
    with monkeypatch.context() as broken:
        broken.setattr(using.routes, "deploy", raising)
        with pytest.raises(StorageUnavailableError):
            go_back(WORKLOAD, using, reason="no", by="ada")
    assert record(using)["status"] == "rolling_back"

    rollback.run(REQUEST, using)  # by the machine, which has noticed

    assert (record(using)["status"], told(using)["share"]) == ("rolled_back", 0)


def test_a_machine_that_failed_before_anything_was_told_leaves_it_at_that(using: MemoryDependencies) -> None:
    using.rollout_records.claim(WORKLOAD, RUN, {**OLD, "back_version": None})

    retreat.run(RetreatRequest(run_id=RUN, workload=WORKLOAD, error="E", cause="c"), using)

    assert record(using)["status"] == "failed"
    assert using.routes.deployments == []
    assert "had not told any application anything" in using.ledger.runs[RUN]["rollout_reason"]


def broke_off(run_id: str = RUN, status: str = "TIMED_OUT", **changes: Any) -> Mapping[str, Any]:
    """What EventBridge says of a machine that moves traffic."""
    detail = {"status": status, "input": json.dumps({"run_id": run_id, "workload": WORKLOAD}), **changes}
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_nobody_leaves_traffic_with_a_target_that_no_machine_watches(using: MemoryDependencies, status: str) -> None:
    begin(REQUEST, using)
    move(place(), using)

    recover.run(broke_off(status=status), using)
    recover.run(broke_off(status=status), using)

    assert (told(using)["share"], record(using)["status"]) == (0, "failed")
    assert using.ledger.runs[RUN]["rollout"] == "failed"
    assert kinds(using).count("Rollout Rolled Back") == 1


def test_a_machine_that_broke_off_after_all_had_moved_moves_nothing_back(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(1), using)
    finish(REQUEST, using)

    recover.run(broke_off(), using)

    assert (told(using)["share"], record(using)["status"]) == (10_000, "completed")


@pytest.mark.parametrize(
    "event",
    [
        broke_off("another"),
        broke_off(input="no JSON"),
        broke_off(input='{"run_id": 1}'),
        broke_off(input=None),
        {"source": "aws.scheduler"},
    ],
)
def test_machines_of_others_and_events_of_others_move_nothing(
    using: MemoryDependencies, event: Mapping[str, Any]
) -> None:
    begin(REQUEST, using)
    move(place(), using)

    deployments = len(using.routes.deployments)

    recover.run(event, using)

    assert (told(using)["share"], record(using)["status"]) == (1000, "running")
    assert len(using.routes.deployments) == deployments


def test_what_is_of_another_run_is_left_alone(using: MemoryDependencies) -> None:
    using.rollout_records.claim(WORKLOAD, "another", OLD)

    with pytest.raises(NothingToGoBackToError, match="for run-1"):
        go_back(WORKLOAD, using, reason="no", by="x", run_id=RUN)

    assert record(using)["status"] == "running"


def test_a_record_that_is_none_is_said_to_be() -> None:
    with pytest.raises(InvalidRequestError, match="does not have its form"):
        record_of(WORKLOAD, {"run_id": RUN})
