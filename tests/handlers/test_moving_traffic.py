"""The steps of a roll-out: who was faster, what is tried again, and what is never lost."""

from typing import Any

import pytest

from brainswap.core.errors import (
    InvalidRequestError,
    RouteTakenBackError,
    StorageUnavailableError,
)
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.handlers import retreat, rollback
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import RetreatRequest
from brainswap.rollout.going_back import go_back
from brainswap.rollout.moving import finish, look, move
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN
from tests.handlers.rolling_out import (
    BAD,
    GOOD,
    REQUEST,
    WORKLOAD,
    kinds,
    place,
    record,
    rolled_out_run,
    told,
)


@pytest.fixture
def using() -> MemoryDependencies:
    return rolled_out_run()


def test_steps_go_on_to_the_end(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    using.outcome_reports.reported[f"{RUN}/2"] = {"source": {}, "target": GOOD}

    first = move(place(), using)
    after_first = look(place(), using)
    second = move(place(1), using)
    after_second = look(place(1), using)
    finish(REQUEST, using)

    assert (first.next, first.bake_s, after_first.next, after_first.step) == ("bake", 300, "step", 1)
    assert (second.next, after_second.next) == ("bake", "finish")
    assert told(using)["share"] == 10_000
    assert record(using)["status"] == "completed"
    assert record(using)["warm_until"].startswith("2026-12-01")
    assert kinds(using) == ["Rollout Started", "Rollout Stepped", "Rollout Stepped", "Rollout Completed"]


def test_with_all_traffic_moved_the_target_is_held_against_what_the_source_was(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    using.outcome_reports.reported[f"{RUN}/2"] = {"source": {}, "target": BAD}
    move(place(), using)
    look(place(), using)
    move(place(1), using)

    made = look(place(1), using)

    assert made.next == "back"
    assert "against 0 of 200 of the source's" in made.reason


def test_a_step_that_is_tried_again_is_the_same_step(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    move(place(), using)
    move(place(), using)

    assert len(using.routes.documents[WORKLOAD]) == 2  # the way back, and the one step
    assert told(using)["share"] == 1000


def test_a_person_who_is_faster_than_a_step_has_his_way(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    deploy = using.routes.deploy

    def while_a_person_acts(workload: str, version: int, about: str) -> None:
        if version == 2:
            go_back(WORKLOAD, using, reason="no", by="ada")
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_a_person_acts)

    made = move(place(), using)

    assert made.next == "leave"
    assert told(using)["share"] == 0
    assert record(using)["status"] == "rolled_back"


def dies_after_a_person_acts(using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is deployed after a person has gone back, and its function dies before it can notice."""
    with monkeypatch.context() as dying:
        deploy = using.routes.deploy

        def die(workload: str, version: int, about: str) -> None:
            if version == 2:
                dying.setattr(using.routes, "deploy", deploy)
                go_back(WORKLOAD, using, reason="no", by="ada")
                deploy(workload, version, about)
                raise KeyboardInterrupt
            deploy(workload, version, about)

        dying.setattr(using.routes, "deploy", die)
        with pytest.raises(KeyboardInterrupt):
            move(place(), using)


def test_a_step_that_died_after_a_person_went_back_is_taken_back_when_it_is_tried_again(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    dies_after_a_person_acts(using, monkeypatch)

    made = move(place(), using)

    assert (made.next, told(using)["share"], record(using)["by"]) == ("leave", 0, "ada")


def test_a_machine_that_failed_in_such_a_step_leaves_no_traffic_with_the_target(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    dies_after_a_person_acts(using, monkeypatch)

    retreat.run(RetreatRequest(run_id=RUN, workload=WORKLOAD, error="Lambda.Unknown", cause="died"), using)

    assert told(using)["share"] == 0
    assert (record(using)["status"], record(using)["reason"]) == ("rolled_back", "no")


def test_a_step_that_comes_after_the_next_roll_out_has_begun_leaves_that_ones_route(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    deploy = using.routes.deploy
    others = using.routes.publish(WORKLOAD, b'{"another": "document"}', "the next roll-out")

    def while_another_begins(workload: str, version: int, about: str) -> None:
        if version == others + 1:
            using.rollout_records.records[WORKLOAD] |= {
                "run_id": "another",
                "status": "running",
                "versions": {"1": others},
            }
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_another_begins)

    assert move(place(), using).next == "leave"
    assert using.routes.told(WORKLOAD) == b'{"another": "document"}'


def test_two_who_go_back_at_the_same_time_both_have_gone_back(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    move(place(), using)
    deploy = using.routes.deploy

    def while_the_machine_goes_back(workload: str, version: int, about: str) -> None:
        monkeypatch.setattr(using.routes, "deploy", deploy)
        rollback.run(REQUEST, using)
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_the_machine_goes_back)

    went = go_back(WORKLOAD, using, reason="no", by="ada")

    assert (went.from_percent, told(using)["share"], record(using)["status"]) == (10, 0, "rolled_back")


@pytest.mark.parametrize("act", [move, look])
def test_nothing_moves_after_the_traffic_was_sent_back(using: MemoryDependencies, act: Any) -> None:
    begin(REQUEST, using)
    move(place(), using)
    go_back(WORKLOAD, using, reason="no", by="ada")

    assert act(place(), using).next == "leave"
    assert told(using)["share"] == 0


def test_a_step_that_appconfig_undoes_at_once_goes_back(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.routes.refused = {2}

    made = move(place(), using)

    assert (made.next, made.reason) == ("back", "version 2 was undone")
    rollback.run(REQUEST, using)
    assert told(using)["share"] == 0
    assert (record(using)["status"], record(using)["reason"]) == ("rolled_back", "version 2 was undone")


def test_a_step_that_is_undone_because_a_person_went_back_leaves_it_at_that(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(REQUEST, using)
    deploy = using.routes.deploy

    def while_a_person_acts(workload: str, version: int, about: str) -> None:
        if version == 2:
            go_back(WORKLOAD, using, reason="no", by="ada")
            raise RouteTakenBackError("stopped by the person's own")
        deploy(workload, version, about)

    monkeypatch.setattr(using.routes, "deploy", while_a_person_acts)

    assert move(place(), using).next == "leave"
    assert record(using)["reason"] == "no"


def test_a_way_back_that_appconfig_undoes_is_no_success_and_tried_again(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(), using)
    using.routes.refused = {1}

    with pytest.raises(StorageUnavailableError, match="version 1 was undone"):
        rollback.run(REQUEST, using)
    assert record(using)["status"] == "rolling_back"

    using.routes.refused = set()
    rollback.run(REQUEST, using)
    assert record(using)["status"] == "rolled_back"


def test_an_end_does_not_undo_what_a_person_did(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    go_back(WORKLOAD, using, reason="no", by="ada")

    finish(REQUEST, using)

    assert record(using)["status"] == "rolled_back"
    assert "Rollout Completed" not in kinds(using)


def test_a_step_that_nobody_declared_is_refused(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    with pytest.raises(InvalidRequestError, match="no step 3 of 2"):
        move(place(2), using)


def test_a_target_whose_requests_hardly_anybody_records_gets_no_more_of_them(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    many: Outcomes = {measure: Counted(of=18_000, hits=0) for measure in GOOD}
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": many, "target": GOOD}
    move(place(), using)

    first, last = look(place(), using), look(place(bake=2), using)

    assert (first.next, last.next) == ("hold", "back")
    assert "200 of 18200 requests (1.1 %), and the step sends it 10.0 %" in record(using)["reason"]


def test_a_step_tells_what_was_found_of_the_one_before(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    move(place(), using)
    look(place(), using)
    move(place(1), using)

    told_of = [detail["reason"] for kind, detail in using.events.published if kind == "Rollout Stepped"]
    assert told_of[0] == ""
    assert "200 of 400 requests (50.0 %), and the step sends it 10.0 %" in told_of[1]


def test_what_somebody_deployed_by_hand_ends_the_roll_out_instead_of_being_run_over(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    move(place(), using)
    using.routes.deploy(WORKLOAD, 1, "all to the source, in the console")

    made = look(place(), using)
    rollback.run(REQUEST, using)

    assert made.next == "back"
    assert "somebody else" in record(using)["reason"]
    assert (told(using)["share"], record(using)["status"]) == (0, "rolled_back")
