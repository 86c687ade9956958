"""From a release to moved traffic, and back: both machines, real handlers, AppConfig, and applications that ask."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal
from unittest import mock

import boto3
import pytest

from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.approving import approve, reject
from brainswap.client import bucket
from brainswap.contracts import Waiting
from brainswap.core.errors import StorageUnavailableError
from brainswap.handlers import analyse, prepare
from brainswap.report.document import from_json
from brainswap.rollout.going_back import go_back
from brainswap.rollout.moving import look
from local.account.rollouts import standing, standings
from local.account.stack import Stack
from local.account.told_routes import Told, contradiction, told_to_applications
from local.cloud import BUS, LEDGER, Outcome
from local.functions import Invocation
from tests.fakes.approvals import ANNA
from tests.fakes.runs import RUN
from tests.workflow.stories import KEYS, STEPS, Stage, World, catalogue, staged, world_on
from tests.workflow.test_a_migration import SOURCE, TARGET, last_state, recorded, upload


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One for all stories: making a cloud takes longer than what happens in it."""
    with staged() as made:
        yield made


@pytest.fixture
def world(stage: Stage, request: pytest.FixtureRequest) -> Iterator[World]:
    with world_on(stage, request.node.name) as made:
        yield made


RELEASED, MISTRAL = "amazon.nova-lite-v1:0", "mistral.mistral-large-2407-v1:0"
FEW = [recorded(number) for number in range(12)]


def waiting_for(name: str, provider: str) -> dict[str, Any]:
    """A workload that is measured against whatever a provider releases, and moved as soon as a person approves."""
    return {
        "name": name,
        "targets": [{"model": "cohere.command-r-v1:0"}],
        "gates": [{"scorer": "right", "rule": "not_worse", "margin": 0.5}],
        "triggers": {"releases": [{"provider": provider}]},
        "approval": {"required": True},
        "rollout": STEPS,
    }


def test_a_model_that_is_new_in_a_later_poll_gets_all_traffic_once_a_person_approves(
    world: World, stage: Stage
) -> None:
    upload(stage.cloud, FEW, **waiting_for(world.name, "amazon"))
    stage.delivery.wait()

    with catalogue({SOURCE: "old"}, FEW):
        told_at_first = stage.poll()
    started_at_first = stage.executions(world.name)
    with catalogue({SOURCE: "old", RELEASED: "new"}, FEW):
        before = len(stage.delivery.arrived)
        told_then = stage.poll()
        world.run_id = world.started()
        wanted = world.asked()
        moved_unasked = world.record()
        approve(world.run_id, ANNA, wanted.report_sha256, "looks good", world.using)
        migration = stage.cloud.wait(stage.migration(world.run_id))
    rollout = stage.cloud.wait(world.execution)
    stage.delivery.wait()
    report = from_json(world.using.artifacts.read(f"runs/{world.run_id}/report.json").decode())
    told_in_the_end = []
    with catalogue({RELEASED: "new"}, FEW):
        for _ in range(3):
            with mock.patch.object(EventBridgeEvents, "publish", autospec=True) as publish:
                stage.poll()
            told_in_the_end.append([(call.args[1], call.args[2]["run_id"]) for call in publish.call_args_list])

    assert (told_at_first, started_at_first) == ([], [])
    assert told_then[:1] == ["Model Released"]
    assert stage.told_since(before).count("Migration Decided") == 1
    assert (migration.status, last_state(stage.migration(world.run_id))) == ("SUCCEEDED", "HandOver"), migration.cause
    assert (world.run()["because"], world.run()["targets"]) == (f"{RELEASED} was released", [RELEASED])
    assert (report.verdict, world.run()["verdict"], wanted.model) == ("migrate", "migrate", RELEASED)
    assert {one.model for one in report.contenders} == {SOURCE, RELEASED}
    assert moved_unasked == {}
    assert (rollout.status, last_state(world.execution)) == ("SUCCEEDED", "EndCompleted")
    moved = [world.application.moved(step) for step in (1, 2, 3)]
    assert moved[0] < moved[1] < moved[2] == set(KEYS)
    assert moved[:2] == [{key for key in KEYS if bucket(world.run_id, key) < share} for share in (100, 1000)]
    assert world.application.models == {"source": {SOURCE}, "target": {RELEASED}}
    assert (world.variants_now(), world.record()["status"]) == ({"target"}, "completed")
    assert told_in_the_end == [[], [("Way Back Closing", world.run_id)], []]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A way in which a release moves nothing for good.

    Attributes:
        says: the person who is asked; None who says nothing in time.
        ten_per_cent: what becomes of requests to the target at the second step.
        run: the state in which the run ends.
        looks: at the steps of the roll-out, each with its bake; none where there is no roll-out.
        reason: for which the traffic went back.
    """

    says: Literal["yes", "no"] | None
    run: str
    ten_per_cent: Mapping[str, Any] | None = None
    looks: tuple[tuple[int, int], ...] = ()
    reason: str | None = None


ENDINGS: Mapping[str, Ending] = {
    "a burst of errors": Ending(
        says="yes", run="HandOver", ten_per_cent={"ok": False}, looks=((0, 1), (1, 1)), reason="errors"
    ),
    "missing metrics": Ending(
        says="yes", run="HandOver", ten_per_cent=None, looks=((0, 1), (1, 1), (1, 2)), reason="nothing is known"
    ),
    "rejected": Ending(says="no", run="Rejected"),
    "expired": Ending(says=None, run="Expired"),
}


@pytest.fixture(scope="module")
def ended(stage: Stage) -> Iterator[Mapping[str, World]]:
    """One release that four workloads wait for, all the way to their ends."""
    real = prepare.run
    with ExitStack() as stack:
        worlds = {name: stack.enter_context(world_on(stage, name)) for name in ENDINGS}

        def impatient(request: Any, *rest: Any) -> Any:
            result = real(request, *rest)
            seconds = 1 if request.workload == worlds["expired"].name else result.approval.seconds
            return result.model_copy(update={"approval": Waiting(required=True, seconds=seconds)})

        stack.enter_context(mock.patch.object(prepare, "run", impatient))
        for name, world in worlds.items():
            at_ten = ENDINGS[name].ten_per_cent
            world.application.answers = lambda variant, step, at_ten=at_ten: (  # type: ignore[misc]
                at_ten if (variant, step) == ("target", 2) else {"ok": True}
            )
            upload(stage.cloud, FEW, **waiting_for(world.name, "mistral"))
        stage.delivery.wait()
        with catalogue({SOURCE: "old"}, FEW):
            stage.poll()
        with catalogue({SOURCE: "old", MISTRAL: "new"}, FEW):
            stage.poll()
            for name, world in worlds.items():
                world.run_id = world.started()
                if ENDINGS[name].says == "yes":
                    approve(world.run_id, ANNA, world.asked().report_sha256, "", world.using)
                elif ENDINGS[name].says == "no":
                    world.asked()
                    reject(world.run_id, ANNA, "wrong tone", world.using)
            for world in worlds.values():
                stage.cloud.wait(stage.migration(world.run_id))
        for name, world in worlds.items():
            if ENDINGS[name].looks:
                stage.cloud.wait(world.execution)
        stage.delivery.wait()
        yield worlds


@pytest.mark.parametrize("name", ENDINGS)
def test_a_release_whose_target_is_not_wanted_or_fails_leaves_the_traffic_where_it_was(
    ended: Mapping[str, World], stage: Stage, name: str
) -> None:
    world, ending = ended[name], ENDINGS[name]

    assert last_state(stage.migration(world.run_id)) == ending.run
    assert (world.run()["because"], world.run()["verdict"]) == (f"{MISTRAL} was released", "migrate")
    assert tuple(world.looks()) == ending.looks
    if ending.reason is None:
        assert (world.record(), world.application.seen) == ({}, {})
    else:
        assert last_state(world.execution) == "EndRolledBack"
        assert (world.record()["status"], world.record()["percent"]) == ("rolled_back", 0)
        assert ending.reason in world.record()["reason"]
        assert len(world.application.moved(2)) > len(world.application.moved(1)) > 0
        assert world.variants_now() == {"source"}


def test_an_approved_target_that_holds_up_gets_all_traffic_step_by_step(world: World, stage: Stage) -> None:
    migration = world.migrate()

    approve(world.name, ANNA, world.asked().report_sha256, "looks good", world.using)

    assert stage.cloud.wait(migration) == Outcome(status="SUCCEEDED", error=None, cause=None)
    outcome, state = stage.cloud.wait(world.execution), last_state(world.execution)

    moved = [world.application.moved(step) for step in (1, 2, 3)]
    assert last_state(migration) == "HandOver"
    assert (outcome.status, state) == ("SUCCEEDED", "EndCompleted")
    assert moved[0] < moved[1] < moved[2] == set(KEYS)
    assert len(moved[0]) == pytest.approx(12, abs=14)
    assert len(moved[1]) == pytest.approx(120, abs=42)  # four standard errors
    assert world.variants_now() == {"target"}
    assert (world.record()["status"], world.record()["percent"]) == ("completed", 100)
    assert (world.run()["rollout"], world.run()["rollout_percent"]) == ("completed", 100)
    events = boto3.client("stepfunctions").get_execution_history(executionArn=world.execution, maxResults=1000)[
        "events"
    ]
    assert len(events) < 130  # which does not grow with requests


def test_from_an_upload_and_a_request_on_the_bus_to_moved_traffic(world: World, stage: Stage) -> None:
    upload(stage.cloud, [recorded(number) for number in range(60)], **world.declared())
    stage.delivery.wait()
    asked_for = {"workload": world.name, "why": "its price fell"}

    boto3.client("events").put_events(
        Entries=[
            {
                "EventBusName": BUS,
                "Source": "finance",
                "DetailType": "Migration Requested",
                "Detail": json.dumps(asked_for),
            }
        ]
    )
    stage.delivery.wait()
    world.run_id = world.started()
    approve(world.run_id, ANNA, world.asked().report_sha256, "", world.using)
    migration = stage.cloud.wait(stage.migration(world.run_id))
    rollout = stage.cloud.wait(world.execution)

    assert (migration.status, rollout.status) == ("SUCCEEDED", "SUCCEEDED")
    assert (world.record()["run_id"], world.record()["status"]) == (world.run_id, "completed")
    assert world.variants_now() == {"target"}


def test_nothing_moves_when_a_person_has_rejected(world: World, stage: Stage) -> None:
    migration = world.migrate()
    world.asked()

    reject(world.name, ANNA, "wrong tone", world.using)

    assert stage.cloud.wait(migration).status == "SUCCEEDED"
    assert last_state(migration) == "Rejected"
    assert world.record() == {}
    assert "rollout" not in world.run()


def test_nothing_moves_when_nobody_approves_in_time(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = prepare.run

    def impatient(*arguments: Any) -> Any:
        return real(*arguments).model_copy(update={"approval": Waiting(required=True, seconds=1)})

    monkeypatch.setattr(prepare, "run", impatient)

    migration = world.migrate()

    assert stage.cloud.wait(migration).status == "SUCCEEDED"
    assert last_state(migration) == "Expired"
    assert world.record() == {}


def test_the_events_of_a_roll_out_tell_what_a_reader_needs(world: World) -> None:
    with mock.patch.object(EventBridgeEvents, "publish", autospec=True) as publish:
        world.roll_out()

    heard = [(call.args[1], call.args[2]) for call in publish.call_args_list]
    assert [kind for kind, _ in heard] == ["Rollout Started", *["Rollout Stepped"] * 3, "Rollout Completed"]
    assert [detail["percent"] for _, detail in heard] == [0, 1, 10, 100, 100]
    for _, detail in heard:
        assert (detail["workload"], detail["run_id"]) == (world.name, world.name)
        assert (detail["source_model"], detail["target_model"]) == (SOURCE, TARGET)


def test_a_burst_of_errors_at_ten_per_cent_goes_back_within_one_bake(world: World) -> None:
    world.application.answers = lambda variant, step: {"ok": (variant, step) != ("target", 2)}

    outcome, state = world.roll_out()

    assert (outcome.status, state) == ("SUCCEEDED", "EndRolledBack")
    assert world.looks() == [(0, 1), (1, 1)]
    assert world.variants_now() == {"source"}
    assert (world.record()["status"], world.record()["percent"]) == ("rolled_back", 0)
    assert "errors" in world.record()["reason"]
    assert world.record()["by"] == "the analysis of the roll-out"
    assert world.run()["rollout"] == "rolled_back"


def test_how_a_roll_out_stands_is_seen_at_every_step_and_as_applications_are_told(world: World, stage: Stage) -> None:
    outputs = {
        "BucketName": stage.cloud.bucket,
        "LedgerTableName": LEDGER,
        "RoutesApplicationId": "brainswap",
        "RoutesEnvironmentId": "production",
    }
    session = boto3.Session(region_name="us-east-1")
    account = Stack(name="Brainswap", region="us-east-1", session=session, outputs=outputs)
    seen: list[tuple[int, int, str | None]] = []

    def look_at(invocation: Invocation) -> None:
        if invocation.function in {"step", "analyse"} and invocation.result:
            now = standing(account, world.name)
            told = told_to_applications(account, world.name)
            assert isinstance(told, Told)
            assert contradiction(told, now) is None
            decided = None if now.last_look is None else now.last_look.decision
            seen.append((now.step.number if now.step else -1, now.percent, decided))

    stage.observers.append(look_at)
    world.application.answers = lambda variant, step: {"ok": (variant, step) != ("target", 2)}
    try:
        world.roll_out()
    finally:
        stage.observers.remove(look_at)
    ended = standing(account, world.name)
    listed = [one for one in standings(account) if one.workload == world.name]

    assert seen == [(1, 1, None), (1, 1, "it went on"), (2, 10, "it went on"), (2, 10, "it goes back")]
    assert ended.last_look is not None
    assert [guard.finding for guard in ended.last_look.guards] == ["harmed", "clear"]
    assert (ended.status, ended.source.percent) == ("rolled_back", 100)
    assert listed == [ended]


SHADOW = {"percent": 100, "minutes": 0, "budget_usd": "0.01"}


def test_a_target_that_fails_in_the_shadow_answers_nobody(world: World) -> None:
    world.application.answers = lambda variant, _step: {"ok": variant == "source"}

    outcome, state = world.roll_out(shadow=SHADOW)

    assert (outcome.status, state) == ("SUCCEEDED", "EndRolledBack")
    assert world.looks() == [(-1, 1)]
    assert set(world.application.seen) == {0}
    assert world.application.moved(0) == set()


def test_a_target_that_holds_up_in_the_shadow_answers_after_it(world: World) -> None:
    _, state = world.roll_out(shadow=SHADOW, steps=[100])

    assert (state, world.looks()) == ("EndCompleted", [(-1, 1), (0, 1)])
    assert (len(world.application.moved(0)), len(world.application.moved(1))) == (0, len(KEYS))


def test_missing_metrics_hold_and_go_back_after_the_second_bake(world: World) -> None:
    world.application.answers = lambda variant, step: None if (variant, step) == ("target", 2) else {"ok": True}

    outcome, state = world.roll_out()

    assert (outcome.status, state) == ("SUCCEEDED", "EndRolledBack")
    assert world.looks() == [(0, 1), (1, 1), (1, 2)]
    assert "still not clear after 2 bakes: errors: nothing is known of the target" in world.record()["reason"]
    assert world.variants_now() == {"source"}


def test_too_few_requests_are_waited_for_until_there_are_enough(world: World) -> None:
    at_one_per_cent = sum(bucket(world.name, key) < 100 for key in KEYS)

    _, state = world.roll_out(min_requests=at_one_per_cent + 1, steps=[1, 100])

    assert world.looks() == [(0, 1), (0, 2), (1, 1)]
    assert state == "EndCompleted"


def test_a_person_who_goes_back_in_the_middle_is_noticed_by_the_machine(world: World) -> None:
    gone_back: list[int] = []

    def customers(variant: str, step: int) -> Mapping[str, Any]:
        if step == 2 and not gone_back:
            gone_back.append(step)
            go_back(world.name, world.using, reason="customers complain", by="arn:aws:iam::1:user/ada")
        return {"ok": bool(variant)}

    world.application.answers = customers

    outcome, state = world.roll_out()

    assert (outcome.status, state) == ("SUCCEEDED", "Leave")
    assert world.variants_now() == {"source"}
    assert (world.record()["status"], world.record()["by"]) == ("rolled_back", "arn:aws:iam::1:user/ada")
    assert world.record()["reason"] == "customers complain"
    assert world.steps() == [0, 1]


def test_a_step_that_an_alarm_undoes_ends_the_roll_out_as_rolled_back(world: World, stage: Stage) -> None:
    with ExitStack() as alarm:

        def between_steps(invocation: Invocation) -> None:
            result = invocation.result or {}
            if (invocation.function, result.get("next")) == ("analyse", "step"):
                alarm.enter_context(stage.appconfig.ringing())
            elif (invocation.function, result.get("next")) == ("step", "back"):
                alarm.close()

        stage.observers.append(between_steps)
        try:
            outcome, state = world.roll_out()
        finally:
            stage.observers.remove(between_steps)

    assert (outcome.status, state) == ("SUCCEEDED", "EndRolledBack")
    assert world.variants_now() == {"source"}
    assert (world.record()["status"], world.steps()) == ("rolled_back", [0, 1])
    assert "AppConfig undid the deployment" in world.record()["reason"]


def test_a_step_that_somebody_reverts_in_appconfig_is_not_judged_but_rolled_back(world: World, stage: Stage) -> None:
    reverted: list[int] = []

    def customers(variant: str, step: int) -> Mapping[str, Any]:
        if step == 2 and not reverted:
            reverted.append(step)
            stage.revert(world.name)
        return {"ok": bool(variant)}

    world.application.answers = customers

    outcome, state = world.roll_out()

    assert (outcome.status, state) == ("SUCCEEDED", "EndRolledBack")
    assert world.variants_now() == {"source"}
    assert "AppConfig took this step's back" in world.record()["reason"]


def test_a_person_goes_back_when_everything_has_long_been_moved(world: World) -> None:
    world.roll_out(steps=[100])

    went = go_back(world.name, world.using, reason="invoices are wrong", by="ada")

    assert (went.run_id, went.from_percent) == (world.name, 100)
    assert world.variants_now() == {"source"}
    assert world.record()["status"] == "rolled_back"


def test_a_machine_that_fails_sends_the_traffic_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "look", mock.Mock(side_effect=ValueError("a fault of the analysis")))

    outcome, _ = world.roll_out()

    assert (outcome.status, outcome.error) == ("FAILED", "RolloutFailed")
    assert world.variants_now() == {"source"}
    assert world.record()["status"] == "failed"
    assert "a fault of the analysis" in world.record()["reason"]
    assert (world.run()["rollout"], world.run()["rollout_error"]) == ("failed", "ValueError")


def test_a_machine_that_somebody_stops_in_the_middle_leaves_no_traffic_behind(world: World, stage: Stage) -> None:
    stopped: list[str] = []

    def customers(variant: str, step: int) -> Mapping[str, Any]:
        if step == 2 and not stopped:
            stopped.append(variant)
            boto3.client("stepfunctions").stop_execution(executionArn=world.execution)
            started_with = json.dumps({"run_id": world.name, "workload": world.name})
            machine = stage.cloud.rollout_machine_arn
            detail = {"status": "ABORTED", "stateMachineArn": machine, "input": started_with}
            kind = "Step Functions Execution Status Change"
            stage.delivery.tell({"source": "aws.states", "detail-type": kind, "detail": detail})
        return {"ok": bool(variant)}

    world.application.answers = customers

    world.roll_out()
    stage.delivery.wait()

    assert world.variants_now() == {"source"}
    assert (world.record()["status"], world.record()["percent"]) == ("failed", 0)
    assert "its machine was stopped" in world.record()["reason"]


def test_metrics_that_cannot_be_read_for_a_moment_are_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ill = mock.Mock(side_effect=[StorageUnavailableError("CloudWatch"), mock.DEFAULT], wraps=look)
    monkeypatch.setattr(analyse, "look", ill)

    _, state = world.roll_out(steps=[100])

    assert state == "EndCompleted"
    assert ill.call_count == 2


def test_a_workload_that_declares_no_roll_out_says_so_in_the_record(stage: Stage) -> None:
    assert (stage.cloud.using.ledger.run(RUN) or {})["rollout"] == "not_declared"
    assert stage.cloud.using.rollout_records.current("yes-or-no") is None


def test_one_roll_out_of_a_workload_at_a_time(world: World) -> None:
    assert world.using.rollout_records.claim(world.name, "another-run", OTHER)

    _, state = world.roll_out()

    assert state == "Decline"
    assert world.record()["run_id"] == "another-run"
    assert world.run()["rollout"] == "declined"
    assert "another-run is running" in world.run()["rollout_reason"]


def test_a_run_whose_source_is_not_what_applications_use_moves_nothing(world: World) -> None:
    world.using.rollout_records.claim(world.name, "earlier-run", OTHER)
    ended = {"status": "completed"}
    world.using.rollout_records.note(world.name, "earlier-run", ended, expecting=frozenset({"running"}))
    before = world.stage.appconfig.count("StartDeployment")

    _, state = world.roll_out()

    assert state == "Decline"
    assert "declare as source what is in use" in world.run()["rollout_reason"]
    assert world.stage.appconfig.count("StartDeployment") == before


OTHER: Mapping[str, Any] = {
    "percent": 0,
    "source_model": "a.a",
    "source_sha256": "a" * 64,
    "source_prompt": "p" * 64,
    "target_model": "b.b",
    "target_sha256": "b" * 64,
    "target_prompt": "q" * 64,
}
