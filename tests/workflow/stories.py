"""What stories are told with: a cloud with applications that ask, and workloads whose traffic moves in it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from brainswap.client import Client, Settings
from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.cases import Case
from brainswap.ports import Dependencies
from brainswap.report.document import from_json
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import BUCKET, LEDGER, Cloud, Outcome, local_cloud
from local.embedded import endpoints
from local.events import Delivery
from local.functions import Invocation, environment
from tests.fakes.approvals import until
from tests.fakes.runs import RUN
from tests.workflow.test_a_migration import last_state, recorded, replayed, start

KEYS = [f"user-{number}" for number in range(1200)]
QUESTION = {"question": "Is 1 a number?"}
NOBODY_LISTENS = {
    "AWS_ENDPOINT_URL_BEDROCK": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9",
}
_PLACE = ("application", "environment")
STEPS = {"steps": [1, 10, 100], "bake_minutes": 0, "min_requests": 5}


@dataclass
class Application:
    """An application that asks once for every user while a step is watched.

    Attributes:
        answers: what becomes of a request, by variant and number of the step; what `Client.record` takes, or None where
            nothing is reported.
        seen: the variant of each user, by step.
        models: that were handed out, by variant.
    """

    client: Client
    workload: str
    answers: Callable[[str, int], Mapping[str, Any] | None] = lambda _variant, _step: {"ok": True}
    seen: dict[int, dict[str, str]] = field(default_factory=dict)
    models: dict[str, set[str]] = field(default_factory=dict)

    def observe(self, invocation: Invocation) -> None:
        """Ask after a step of the workload was deployed, and after it was held."""
        result = invocation.result or {}
        ours = invocation.payload.get("workload") == self.workload
        if ours and (invocation.function, result.get("next")) in {("step", "bake"), ("analyse", "hold")}:
            self.ask()

    def ask(self) -> None:
        self.client.refresh()
        for key in KEYS:
            resolved = self.client.resolve(self.workload, key, QUESTION)
            step = int(resolved.step.rpartition("/")[2])
            self.seen.setdefault(step, {})[key] = resolved.variant
            self.models.setdefault(resolved.variant, set()).add(resolved.model)
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
    """A cloud, and the files of a run in it whose verdict is migrate.

    Attributes:
        routes: the ids of what AppConfig has of the stack, by what they are.
    """

    cloud: Cloud
    routes: Mapping[str, str]
    appconfig: EmbeddedAppConfig
    observers: list[Callable[[Invocation], None]]
    decided: Mapping[str, bytes]

    @property
    def delivery(self) -> Delivery:
        assert self.cloud.delivery is not None
        return self.cloud.delivery

    def poll(self) -> list[str]:
        """Look at the catalogue, and deliver what that leads to; what was told, by kind."""
        before = len(self.delivery.arrived)
        self.delivery.invoke("Watch")
        self.delivery.wait()
        return self.told_since(before)

    def told_since(self, before: int) -> list[str]:
        """The kinds of the stack's own events that arrived after so many."""
        arrived = self.delivery.arrived[before:]
        assert not [one for one in arrived if one.error]
        return [one.event["detail-type"] for one in arrived if one.event.get("source") == "brainswap"]

    def revert(self, workload: str) -> None:
        """Take the last deployment of a workload back, as a person may do in AppConfig's console."""
        client, place = boto3.client("appconfig"), {f"{kind.title()}Id": self.routes[kind] for kind in _PLACE}
        listed = client.list_deployments(**place)["Items"]
        number = next(one["DeploymentNumber"] for one in listed if one["ConfigurationName"] == workload)
        client.stop_deployment(**place, DeploymentNumber=number, AllowRevert=True)

    def executions(self, workload: str) -> list[str]:
        """The runs of a workload that events have started."""
        found = boto3.client("stepfunctions").list_executions(stateMachineArn=self.cloud.machine_arn)["executions"]
        return [one["name"] for one in found if one["name"].startswith(workload)]

    def migration(self, run_id: str) -> str:
        return f"{self.cloud.machine_arn.replace(':stateMachine:', ':execution:')}:{run_id}"


@dataclass
class World:
    """A workload of its own on the stage, with a run and an application.

    Attributes:
        run_id: named as the workload, unless an event started it.
    """

    stage: Stage
    name: str
    application: Application
    run_id: str
    told: list[Invocation] = field(default_factory=list)

    @property
    def using(self) -> Dependencies:
        return self.stage.cloud.using

    @property
    def execution(self) -> str:
        return f"{str(self.stage.cloud.rollout_machine_arn).replace(':stateMachine:', ':execution:')}:{self.run_id}"

    def roll_out(
        self, *, change: Callable[[dict[str, Any]], dict[str, Any]] = lambda run: run, **rollout: Any
    ) -> tuple[Outcome, str]:
        """Roll out what was decided, by a run that ``change`` may change; how it ended, and in which state."""
        for file, data in self.stage.decided.items():
            if file == "run.json":
                run = json.loads(data)
                run["run_id"] = run["workload"]["name"] = self.name
                run["workload"]["rollout"] = {**STEPS, **rollout}
                data = json.dumps(change(run)).encode()  # noqa: PLW2901 - the same file, of this run
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

    def started(self) -> str:
        """The one run that an event started, as soon as it is there."""
        (run_id,) = until(lambda: self.stage.executions(self.name) or None)
        return run_id

    def asked(self) -> ApprovalRecord:
        """What people are asked, as soon as they are."""

        def look() -> ApprovalRecord | None:
            kept = self.using.approvals.read(self.run_id)
            return kept.record if kept is not None and kept.record.announced else None

        return until(look)

    def record(self) -> Mapping[str, Any]:
        return self.using.rollout_records.current(self.name) or {}

    def run(self) -> Mapping[str, Any]:
        return self.using.ledger.run(self.run_id) or {}

    def steps(self) -> Sequence[int]:
        """Those that were begun, from 0."""
        return [one["step"] for one in self._payloads("step", ended=False)]

    def looks(self) -> Sequence[tuple[int, int]]:
        """The steps that were looked at, each with the number of the bake."""
        return [(one["step"], one["bake"]) for one in self._payloads("analyse", ended=True)]

    def _payloads(self, function: str, *, ended: bool) -> list[Mapping[str, Any]]:
        of_function = [one for one in self.told if one.function == function and bool(one.result) is ended]
        return [one.payload for one in of_function if one.payload["run_id"] == self.run_id]

    def variants_now(self) -> set[str]:
        """Where requests go that come now."""
        self.application.client.refresh()
        return {self.application.client.resolve(self.name, key, QUESTION).variant for key in KEYS}


@contextmanager
def staged() -> Iterator[Stage]:
    """A cloud in which a first run has decided to migrate."""
    observers: list[Callable[[Invocation], None]] = []

    def observer(invocation: Invocation) -> None:
        for each in tuple(observers):
            each(invocation)

    with EmbeddedAppConfig(clock=JumpingClock()) as appconfig:
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
            yield Stage(cloud=cloud, routes=ids, appconfig=appconfig, observers=observers, decided=decided)


@contextmanager
def world_on(stage: Stage, of: str) -> Iterator[World]:
    """A world of its own, whose name comes from what it is for."""
    name = f"story-{hashlib.sha256(of.encode()).hexdigest()[:12]}"
    settings = Settings(
        application="brainswap",
        environment="production",
        bucket=BUCKET,
        ledger_table=LEDGER,
        region="us-east-1",
        flush_s=1e9,
    )
    with closing(Client(settings)) as client:
        made = World(stage=stage, name=name, application=Application(client, name), run_id=name)
        observers = [made.told.append, made.application.observe]
        stage.observers.extend(observers)
        try:
            yield made
        finally:
            for each in observers:
                stage.observers.remove(each)


@contextmanager
def catalogue(recordings: Mapping[str, str], cases: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """While the block runs, these models are all that there are, and they answer what was recorded."""
    server = EmbeddedBedrock(
        cases=[Case.model_validate(one) for one in cases],
        models=Models(recordings=recordings),
        pace=0,
        account=Account(tokens_per_minute=100_000_000),
    )
    with server as known, environment(endpoints(known.url)):
        yield
