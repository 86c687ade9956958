"""The stack of an account in this process, as a rehearsal needs it: everything there, and nothing waited for."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID

from brainswap.client import sampling
from local.account.stack import Stack
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import BUCKET, BUS, LEDGER, REGION, Change, Cloud, local_cloud
from local.embedded import endpoints
from local.events import Delivery
from local.functions import Observer, environment
from local.run import FAST
from local.workloads import CheckedWorkload

LOOK_S: Final = 0.1
_EXPIRED_S: Final = 2  # in which nobody approves, where nobody shall

Hear = Callable[[str, Mapping[str, Any]], None]
"""Takes the kind and the detail of an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A cloud before and after a release.

    Attributes:
        stack: as the commands see it.
        before: the URL of Bedrock without the model that is to be released.
    """

    cloud: Cloud
    stack: Stack
    before: str

    @property
    def delivery(self) -> Delivery:
        assert self.cloud.delivery is not None  # noqa: S101 - for the type checker: its events are delivered
        return self.cloud.delivery

    def watch(self) -> None:
        """Look at the catalogue as the schedule does, and deliver what that leads to."""
        self.delivery.invoke("Watch")
        self.delivery.wait()

    def request(self, workload: str, target: str) -> None:
        """Ask for a migration as anybody may who is allowed to put events on the bus."""
        detail = json.dumps({"workload": workload, "targets": [target], "why": "a rehearsal"})
        entry: Any = {"EventBusName": BUS, "Source": "rehearsal", "DetailType": "Migration Requested", "Detail": detail}
        boto3.client("events").put_events(Entries=[entry])
        self.delivery.wait()

    def runs(self) -> list[str]:
        """The ids of those that have begun."""
        return [one["name"] for one in self._executions(self.cloud.machine_arn)]

    def because(self, run_id: str) -> str:
        """Why a run was started."""
        execution = boto3.client("stepfunctions").describe_execution(executionArn=self.migration(run_id))
        return str(json.loads(execution["input"])["because"])

    def roll_outs(self) -> list[str]:
        """The ARNs of the executions that have begun."""
        return [one["executionArn"] for one in self._executions(str(self.cloud.rollout_machine_arn))]

    def migration(self, run_id: str) -> str:
        return f"{self.cloud.machine_arn.replace(':stateMachine:', ':execution:')}:{run_id}"

    def _executions(self, machine: str) -> list[Any]:
        return boto3.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]


@contextmanager
def staged(
    checked: CheckedWorkload,
    *,
    released: str,
    seed: int,
    scratch: Path,
    observer: Observer,
    hear: Hear,
    nobody_decides: bool,
) -> Iterator[Stage]:
    """Everything that an account has, until the block ends.

    Args:
        checked: the workload.
        released: the model that is not there before its release.
        seed: of the simulated models.
        scratch: a folder for what the models answer from.
        observer: is told of every invocation.
        hear: is told of every event of the stack.
        nobody_decides: people are not waited for.
    """
    cases = checked.stage(scratch / "cases.jsonl")

    def bedrock(without: str | None = None) -> EmbeddedBedrock:
        asked = {*checked.asked_models, released} - {without}
        recorded = {model: name for model, name in checked.recordings.items() if model in asked}
        return EmbeddedBedrock(
            case_files=[cases],
            inputs=checked.loaded.prompt.placeholders,
            models=Models(recordings=recorded, simulated=tuple(sorted(asked - set(recorded)))),
            seed=seed,
            pace=FAST,
        )

    with ExitStack() as stack:
        before = stack.enter_context(bedrock(without=released)).url
        stack.enter_context(environment(endpoints(stack.enter_context(bedrock()).url)))
        appconfig = stack.enter_context(EmbeddedAppConfig(clock=JumpingClock()))
        stack.enter_context(environment(appconfig.endpoints))
        cloud = stack.enter_context(
            local_cloud(
                realm=f"embedded:rehearsal:{seed}",
                observer=observer,
                events=True,
                routes=appconfig.found(),
                change=_hurried(nobody_decides=nobody_decides),
            )
        )
        stack.enter_context(_heard(hear))
        stack.enter_context(mock.patch.object(sampling, "MINUTE_S", 0.0))  # the next one begins whenever users pause
        outputs = {"BucketName": BUCKET, "LedgerTableName": LEDGER, "BusName": BUS}
        session = boto3.Session(region_name=REGION)
        yield Stage(
            cloud=cloud,
            stack=Stack(name="rehearsal", region=REGION, session=session, outputs=outputs),
            before=before,
        )


def _hurried(*, nobody_decides: bool) -> Change:
    """Let machines wait for nothing that takes as long as it does in an account."""

    def change(machine: dict[str, Any]) -> None:
        states = machine["States"]
        if "Bake" in states:
            states["Bake"] = {"Type": "Pass", "Next": states["Bake"]["Next"]}
        if "Approve" in states and nobody_decides:
            del states["Approve"]["TimeoutSecondsPath"]
            states["Approve"]["TimeoutSeconds"] = _EXPIRED_S

    return change


@contextmanager
def _heard(hear: Hear) -> Iterator[None]:
    """While the block runs, every event on the stack's bus is told, in its order."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:heard"
    events.put_rule(Name="heard", EventBusName=BUS, EventPattern=json.dumps({"source": ["brainswap"]}))
    events.put_targets(Rule="heard", EventBusName=BUS, Targets=[{"Id": "heard", "Arn": arn}])
    over = threading.Event()

    def listen() -> None:
        client = boto3.Session(region_name=REGION).client("sqs")
        while True:
            last = over.is_set()
            messages = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            for message in messages:
                event = json.loads(message["Body"])
                hear(event["detail-type"], event["detail"])
                client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            if last and not messages:
                return
            if not messages:
                over.wait(LOOK_S)

    listener = threading.Thread(target=listen, name="listener")
    listener.start()
    try:
        yield
    finally:
        over.set()
        listener.join()
