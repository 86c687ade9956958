"""The states of a roll-out with everything in memory: who may begin, who was faster, and what is never lost."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from brainswap.contracts import RunRequest
from brainswap.core.errors import (
    InvalidRequestError,
    ModelUnavailableError,
    RouteTakenBackError,
    StorageUnavailableError,
)
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.handlers import retreat, rollback, switch
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import PlaceRequest, RetreatRequest, RolloutRequest
from brainswap.rollout.going_back import NothingToGoBackToError, go_back
from brainswap.rollout.moving import finish, look, move
from brainswap.rollout.records import record_of
from local.appconfig.flags import checked_flags, delivered_flags
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.rollouts import StartedRollouts
from tests.fakes.runs import RUN

WORKLOAD = "yes-or-no"
REQUEST = RolloutRequest(run_id=RUN, workload=WORKLOAD)
GOOD: Outcomes = {"errors": Counted(of=200, hits=0), "throttles": Counted(of=200, hits=0)}
BAD: Outcomes = {"errors": Counted(of=200, hits=99), "throttles": Counted(of=200, hits=0)}


@pytest.fixture
def using() -> MemoryDependencies:
    """A run whose verdict is migrate."""
    made = decided_run()
    made.catalogue = catalogue(facts("anthropic.claude-3-haiku-20240307-v1:0"), facts("amazon.nova-lite-v1:0"))
    key = f"runs/{RUN}/run.json"
    run = json.loads(made.artifacts.files[key])
    run["workload"]["rollout"] = {"steps": [10, 100], "bake_minutes": 5}
    made.artifacts.files[key] = json.dumps(run).encode()
    return made


def place(step: int = 0, bake: int = 1) -> PlaceRequest:
    return PlaceRequest(run_id=RUN, workload=WORKLOAD, step=step, bake=bake)


def told(using: MemoryDependencies) -> Mapping[str, Any]:
    """The route that applications know."""
    document = using.routes.told(WORKLOAD)
    assert document is not None
    checked_flags(document)
    flag: Mapping[str, Any] = json.loads(delivered_flags(document))["route"]
    return flag


def record(using: MemoryDependencies) -> Mapping[str, Any]:
    return using.rollout_records.current(WORKLOAD) or {}


def kinds(using: MemoryDependencies) -> list[str]:
    return [kind for kind, _ in using.events.published if kind.startswith("Rollout")]


# Beginning


def test_a_roll_out_begins_with_all_traffic_at_the_source_and_both_versions_published(
    using: MemoryDependencies,
) -> None:
    made = begin(REQUEST, using)

    route = told(using)
    assert made.next == "step"
    assert (route["share"], route["step"], route["seed"]) == (0, 0, RUN)
    for side in ("source", "target"):
        published = json.loads(using.artifacts.files[route[f"{side}_key"]])
        assert published["model"] == route[f"{side}_model"]
        assert published["workload"] == WORKLOAD
    assert kinds(using) == ["Rollout Started"]


def test_beginning_again_after_an_interruption_begins_once(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    assert begin(REQUEST, using).next == "step"
    assert record(using)["status"] == "running"


def test_a_roll_out_that_was_sent_back_does_not_begin_again(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    go_back(WORKLOAD, using, reason="no", by="ada")

    made = begin(REQUEST, using)

    assert (made.next, told(using)["share"]) == ("decline", 0)
    assert record(using)["status"] == "rolled_back"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verdict": "hold", "recommended": None}, "the verdict is hold"),
        ({"contenders": "simulated"}, "simulated models answered"),
    ],
)
def test_a_verdict_that_is_none_or_made_up_moves_nothing(
    using: MemoryDependencies, changes: Mapping[str, Any], reason: str
) -> None:
    key = f"runs/{RUN}/report.json"
    report = json.loads(using.artifacts.files[key])
    if changes.get("contenders") == "simulated":
        report["contenders"] = [{**one, "origin": "simulated"} for one in report["contenders"]]
    else:
        report |= changes
    using.artifacts.files[key] = json.dumps(report).encode()

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert reason in made.reason
    assert using.routes.deployed == []
    assert (using.ledger.runs[RUN]["rollout"], reason in using.ledger.runs[RUN]["rollout_reason"]) == ("declined", True)


def test_a_workload_without_a_roll_out_moves_nothing() -> None:
    made = begin(REQUEST, decided_run())

    assert (made.next, made.reason) == ("decline", "the workload declares no rollout")


def test_models_that_cannot_be_looked_at_are_remarked_upon(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ill(_self: object, model: str) -> None:
        raise ModelUnavailableError(model)

    monkeypatch.setattr(type(using.catalogue), "facts", ill)

    begin(REQUEST, using)

    assert [remark.partition(":")[0] for remark in record(using)["remarks"]] == ["the way forward", "the way back"]


def test_the_next_roll_out_begins_where_the_last_one_ended(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    before = record(using)
    using.rollout_records.records[WORKLOAD] |= {
        "run_id": "earlier",
        "status": "completed",
        "target_model": before["source_model"],
        "target_prompt": before["source_prompt"],
    }

    assert begin(REQUEST, using).next == "step"


# The shadow


def shadowed(using: MemoryDependencies, *, usd_per_1000: float | None = 2.0) -> None:
    """Declare a shadow, and say what the target costs."""
    run = json.loads(using.artifacts.files[f"runs/{RUN}/run.json"])
    run["workload"]["rollout"]["shadow"] = {"percent": 20, "minutes": 30, "budget_usd": "5"}
    using.artifacts.files[f"runs/{RUN}/run.json"] = json.dumps(run).encode()
    report = json.loads(using.artifacts.files[f"runs/{RUN}/report.json"])
    cost = {"per_1000_requests_usd": usd_per_1000, "monthly_usd": None, "price_source": "test", "price_date": "2026"}
    report["contenders"] = [{**one, "cost": None if usd_per_1000 is None else cost} for one in report["contenders"]]
    using.artifacts.files[f"runs/{RUN}/report.json"] = json.dumps(report).encode()


def test_a_shadow_comes_before_the_first_step_and_answers_nobody(using: MemoryDependencies) -> None:
    shadowed(using)
    using.outcome_reports.reported[f"{RUN}/0"] = {"source": GOOD, "target": GOOD}

    begun = begin(REQUEST, using)
    watched = move(place(begun.step), using)
    route = told(using)
    after = look(place(begun.step), using)
    move(place(after.step), using)

    assert (begun.next, begun.step, watched.bake_s) == ("step", -1, 30 * 60)
    assert (route["share"], route["step"], route["shadow"], route["shadow_most"]) == (0, 0, 2000, 2500)
    assert (after.next, after.step) == ("step", 0)
    assert (told(using)["share"], told(using)["shadow"]) == (1000, 0)


def test_a_target_that_fails_in_the_shadow_never_answers(using: MemoryDependencies) -> None:
    shadowed(using)
    using.outcome_reports.reported[f"{RUN}/0"] = {"source": GOOD, "target": BAD}
    begin(REQUEST, using)
    move(place(-1), using)

    made = look(place(-1), using)
    rollback.run(REQUEST, using)

    assert made.next == "back"
    assert (told(using)["share"], told(using)["shadow"]) == (0, 0)


def test_a_shadow_whose_price_nobody_knows_is_declined(using: MemoryDependencies) -> None:
    shadowed(using, usd_per_1000=None)

    made = begin(REQUEST, using)

    assert made.next == "decline"
    assert "shadow.budget_usd cannot be held" in made.reason


def test_there_is_no_shadow_where_none_is_declared(using: MemoryDependencies) -> None:
    begin(REQUEST, using)

    with pytest.raises(InvalidRequestError, match="no step 0 of 2"):
        move(place(-1), using)


# Moving


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

    assert (made.next, "was undone" in made.reason) == ("back", True)
    rollback.run(REQUEST, using)
    assert told(using)["share"] == 0
    assert (record(using)["status"], record(using)["reason"]) == ("rolled_back", "version 2 was undone")
    assert kinds(using) == ["Rollout Started", "Rollout Rolled Back"]


def test_a_step_that_is_undone_while_it_is_watched_is_not_judged(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    move(place(), using)
    using.routes.undone = {(WORKLOAD, 2)}

    made = look(place(), using)

    assert made.next == "back"
    assert "AppConfig undid the deployment of version 2" in record(using)["reason"]


def test_a_version_that_somebody_deployed_by_hand_is_not_overridden_by_the_next_step(
    using: MemoryDependencies,
) -> None:
    begin(REQUEST, using)
    using.outcome_reports.reported[f"{RUN}/1"] = {"source": GOOD, "target": GOOD}
    move(place(), using)
    using.routes.deploy(WORKLOAD, 1, "by hand")

    made = look(place(), using)

    assert (made.next, told(using)["share"]) == ("back", 0)
    assert "version 1 of the configuration was deployed in the place of 2" in made.reason


def test_a_way_back_that_appconfig_undoes_is_no_success(using: MemoryDependencies) -> None:
    begin(REQUEST, using)
    move(place(), using)
    using.routes.refused = {1}

    with pytest.raises(RouteTakenBackError):
        go_back(WORKLOAD, using, reason="no", by="ada")
    assert record(using)["status"] == "rolling_back"

    using.routes.refused = set()
    go_back(WORKLOAD, using, reason="no", by="ada")
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


# Going back


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
        broken.setattr(using.routes, "deploy", _raising)
        with pytest.raises(StorageUnavailableError):
            go_back(WORKLOAD, using, reason="no", by="ada")
    assert record(using)["status"] == "rolling_back"

    rollback.run(REQUEST, using)  # by the machine, which has noticed

    assert (record(using)["status"], told(using)["share"]) == ("rolled_back", 0)


def _raising(*_: object) -> None:
    raise StorageUnavailableError("AppConfig")


def test_a_machine_that_failed_before_anything_was_told_leaves_it_at_that(using: MemoryDependencies) -> None:
    using.rollout_records.claim(WORKLOAD, RUN, {**OLD, "back_version": None})

    retreat.run(RetreatRequest(run_id=RUN, workload=WORKLOAD, error="E", cause="c"), using)

    assert record(using)["status"] == "failed"
    assert using.routes.deployed == []
    assert "had not told any application anything" in using.ledger.runs[RUN]["rollout_reason"]


def test_what_is_of_another_run_is_left_alone(using: MemoryDependencies) -> None:
    using.rollout_records.claim(WORKLOAD, "another", OLD)

    with pytest.raises(NothingToGoBackToError, match="for run-1"):
        go_back(WORKLOAD, using, reason="no", by="x", run_id=RUN)

    assert record(using)["status"] == "running"


def test_a_record_that_is_none_is_said_to_be() -> None:
    with pytest.raises(InvalidRequestError, match="does not have its form"):
        record_of(WORKLOAD, {"run_id": RUN})


OLD: Mapping[str, Any] = {
    "percent": 0,
    "source_model": "a.a",
    "source_sha256": "a" * 64,
    "source_prompt": "p" * 64,
    "target_model": "b.b",
    "target_sha256": "b" * 64,
    "target_prompt": "q" * 64,
}


# Switching


def test_switch_starts_the_machine_of_a_workload_that_says_how(using: MemoryDependencies) -> None:
    using.rollouts = StartedRollouts()

    switch.run(RunRequest(run_id=RUN), using)

    assert using.rollouts.started == [(RUN, WORKLOAD)]
    assert using.ledger.runs[RUN]["rollout"] == "starting"
