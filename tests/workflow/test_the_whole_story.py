"""From a verdict to moved traffic, and back: both machines, real handlers, AppConfig, and applications that ask."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import boto3
import pytest

from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.approving import approve, reject
from brainswap.client import Client, Settings, bucket
from brainswap.contracts import Waiting
from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.errors import StorageUnavailableError
from brainswap.handlers import analyse, prepare
from brainswap.ports import Dependencies
from brainswap.report.document import from_json
from brainswap.rollout.going_back import go_back
from brainswap.rollout.moving import look
from local.appconfig.server import EmbeddedAppConfig
from local.cloud import BUCKET, BUS, LEDGER, Cloud, Outcome, local_cloud
from local.functions import Invocation, environment
from tests.fakes.approvals import ANNA, until
from tests.fakes.runs import RUN
from tests.workflow.test_a_migration import SOURCE, TARGET, last_state, recorded, replayed, start, upload

KEYS = [f"user-{number}" for number in range(1200)]
QUESTION = {"question": "Is 1 a number?"}
NOBODY_LISTENS = {
    "AWS_ENDPOINT_URL_BEDROCK": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9",
}
STEPS = {"steps": [1, 10, 100], "bake_minutes": 0, "min_requests": 5}


class Jumping:
    """A clock that is half a minute later whenever somebody looks, so that no client has to wait before it polls."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1_800_000_000, 30)

    def __call__(self) -> float:
        return float(next(self._seconds))


@dataclass
class Application:
    """An application that asks once for every user while a step is watched.

    Attributes:
        answers: what becomes of a request, by variant and number of the step; what `Client.record` takes, or None where
            nothing is reported.
        seen: the variant of each user, by step.
    """

    client: Client
    workload: str
    answers: Callable[[str, int], Mapping[str, Any] | None] = lambda _variant, _step: {"ok": True}
    seen: dict[int, dict[str, str]] = field(default_factory=dict)

    def observe(self, invocation: Invocation) -> None:
        """Ask after a step was deployed, and after it was held."""
        result = invocation.result or {}
        if (invocation.function, result.get("next")) in {("step", "bake"), ("analyse", "hold")}:
            self.ask()

    def ask(self) -> None:
        self.client.refresh()
        for key in KEYS:
            resolved = self.client.resolve(self.workload, key, QUESTION)
            step = int(resolved.step.rpartition("/")[2])
            self.seen.setdefault(step, {})[key] = resolved.variant
            outcome = self.answers(resolved.variant, step)
            if outcome is not None:
                self.client.record(resolved, **outcome)
            if step == 0:
                self.client.mirror(self.workload, lambda _: self.answers("target", 0), QUESTION)
        if self.client._mirror is not None:
            self.client._mirror.wait()
        self.client.flush()

    def moved(self, step: int) -> set[str]:
        return {key for key, variant in self.seen[step].items() if variant == "target"}


@dataclass
class Stage:
    """A cloud, and the files of a run in it whose verdict is migrate."""

    cloud: Cloud
    appconfig: EmbeddedAppConfig
    observers: list[Callable[[Invocation], None]]
    decided: Mapping[str, bytes]


@dataclass
class World:
    """A workload of its own on the stage, with a run and an application."""

    stage: Stage
    name: str
    application: Application
    told: list[Invocation] = field(default_factory=list)

    @property
    def using(self) -> Dependencies:
        return self.stage.cloud.using

    @property
    def execution(self) -> str:
        return f"{str(self.stage.cloud.rollout_machine_arn).replace(':stateMachine:', ':execution:')}:{self.name}"

    def roll_out(self, **rollout: Any) -> tuple[Outcome, str]:
        """Roll out what was decided; how it ended, and in which state."""
        for file, data in self.stage.decided.items():
            if file == "run.json":
                run = json.loads(data)
                run["run_id"] = run["workload"]["name"] = self.name
                run["workload"]["rollout"] = {**STEPS, **rollout}
                data = json.dumps(run).encode()  # noqa: PLW2901 - the same file, of this run
            self.using.artifacts.write(f"runs/{self.name}/{file}", data, "application/json")
        request = json.dumps({"run_id": self.name, "workload": self.name})
        boto3.client("stepfunctions").start_execution(
            stateMachineArn=str(self.stage.cloud.rollout_machine_arn), name=self.name, input=request
        )
        return self.stage.cloud.wait(self.execution), last_state(self.execution)

    def migrate(self, **approval: Any) -> str:
        """Start a migration that wants approval, and then to move traffic; return the execution's ARN."""
        cases = [recorded(number) for number in range(60)]
        return start(self.stage.cloud, cases, run_id=self.name, **self.declared(**approval))

    def declared(self, **approval: Any) -> dict[str, Any]:
        return replayed(name=self.name, rollout=STEPS, approval={"required": True, **approval})

    def asked(self, run_id: str | None = None) -> ApprovalRecord:
        """What people are asked, as soon as they are."""

        def look() -> ApprovalRecord | None:
            kept = self.using.approvals.read(run_id or self.name)
            return kept.record if kept is not None and kept.record.announced else None

        return until(look)

    def record(self) -> Mapping[str, Any]:
        return self.using.rollout_records.current(self.name) or {}

    def run(self) -> Mapping[str, Any]:
        return self.using.ledger.run(self.name) or {}

    def steps(self) -> Sequence[int]:
        """Those that were begun, from 0."""
        return [one.payload["step"] for one in self.told if one.function == "step" and one.result is None]

    def looks(self) -> Sequence[tuple[int, int]]:
        """The steps that were looked at, each with the number of the bake."""
        ended = [one.payload for one in self.told if one.function == "analyse" and one.result]
        return [(payload["step"], payload["bake"]) for payload in ended]

    def variants_now(self) -> set[str]:
        """Where requests go that come now."""
        self.application.client.refresh()
        return {self.application.client.resolve(self.name, key, QUESTION).variant for key in KEYS}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One for all stories: making a cloud takes longer than what happens in it."""
    observers: list[Callable[[Invocation], None]] = []

    def observer(invocation: Invocation) -> None:
        for each in tuple(observers):
            each(invocation)

    with EmbeddedAppConfig(clock=Jumping()) as appconfig:
        ids = appconfig.found()
        with (
            environment({**NOBODY_LISTENS, **appconfig.endpoints}),
            local_cloud(realm="test", observer=observer, routes=ids, events=True) as cloud,
        ):
            migration = start(cloud, [recorded(number) for number in range(60)], **replayed())
            assert cloud.wait(migration).status == "SUCCEEDED"
            report = from_json(cloud.using.artifacts.read(f"runs/{RUN}/report.json").decode())
            needed = [f"contenders/{one.id}.json" for one in report.contenders]
            decided = {
                file: cloud.using.artifacts.read(f"runs/{RUN}/{file}") for file in ("run.json", "report.json", *needed)
            }
            yield Stage(cloud=cloud, appconfig=appconfig, observers=observers, decided=decided)


@pytest.fixture
def world(stage: Stage, request: pytest.FixtureRequest) -> Iterator[World]:
    name = f"story-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    settings = Settings(
        application="brainswap",
        environment="production",
        bucket=BUCKET,
        ledger_table=LEDGER,
        region="us-east-1",
        flush_s=1e9,
    )
    client = Client(settings)
    made = World(stage=stage, name=name, application=Application(client, name))
    observers = [made.told.append, made.application.observe]
    stage.observers.extend(observers)
    yield made
    for each in observers:
        stage.observers.remove(each)
    client.close()


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
    assert stage.cloud.delivery is not None
    upload(stage.cloud, [recorded(number) for number in range(60)], **world.declared())
    stage.cloud.delivery.wait()
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
    stage.cloud.delivery.wait()
    (run_id,) = (
        one["name"]
        for one in boto3.client("stepfunctions").list_executions(stateMachineArn=stage.cloud.machine_arn)["executions"]
        if one["name"].startswith(world.name)
    )
    approve(run_id, ANNA, world.asked(run_id).report_sha256, "", world.using)
    migration = stage.cloud.wait(stage.cloud.machine_arn.replace(":stateMachine:", ":execution:") + f":{run_id}")
    rollout = stage.cloud.wait(world.execution.removesuffix(world.name) + run_id)

    assert (migration.status, rollout.status) == ("SUCCEEDED", "SUCCEEDED")
    assert (world.record()["run_id"], world.record()["status"]) == (run_id, "completed")
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
