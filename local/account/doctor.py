"""What ``brainswap doctor`` does: look at a deployed stack, and say what is not well and what to do."""

import argparse
import importlib.util
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.settings import Settings
from local.account.account_checks import check_account, check_bootstrap, check_concurrency, not_found_out
from local.account.change_sets import GOOD, Stack, find_stack
from local.account.deploying import add_workload_option, context_of
from local.account.findings import Finding, documents_of, lines_of
from local.account.identity import Caller, identify
from local.account.model_checks import asked_by, check_models, read_workloads, registered_models
from local.account.named_checks import METADATA, check_confirmations, check_drift, check_named, deployed_settings
from local.account.stack import NAME, VARIABLE, NoStackError, add_stack_option

RUNS_SHOWN = 5
ANY_REGION = ("*",)  # where nobody knows the regions that functions may ask in
BOOTSTRAP = 6  # the oldest that templates of CDK 2 accept
_ALARM, _QUEUE, _TOPIC = "AWS::CloudWatch::Alarm", "AWS::SQS::Queue", "AWS::SNS::Topic"
_FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
_WELL, _ILL = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One of the last runs; ``status`` is that of its execution."""

    run_id: str
    status: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """How a stack is."""

    stack: Stack
    region: str
    runs: tuple[Run, ...]
    findings: tuple[Finding, ...]

    @property
    def document(self) -> dict[str, Any]:
        return {
            "stack": self.stack.name,
            "region": self.region,
            "status": self.stack.status,
            "outputs": dict(self.stack.outputs),
            "runs": [{"run_id": run.run_id, "status": run.status, "started_at": run.started_at} for run in self.runs],
            "findings": documents_of(self.findings),
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.stack.name} in {self.region}: {self.stack.status}"
        for name, value in sorted(self.stack.outputs.items()):
            yield f"  {name}: {value}"
        yield "Last runs:" if self.runs else "No run has been started yet."
        for run in self.runs:
            yield f"  {run.run_id}  {run.status}  {run.started_at}"
        yield from lines_of(self.findings)
        if not self.findings:
            yield "All is well."


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``doctor``."""
    doctor: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="say how the stack in your AWS account is, and what to do",
        description="Look at the stack in your AWS account: its state, whether code and settings are those of this "
        "folder, alarms, what could not be delivered, access to the models that workloads ask and their quotas, and "
        "the last runs. Nothing is changed. Ends with 1 where something has to be done.",
    )
    add_workload_option(doctor)
    add_stack_option(doctor)
    doctor.set_defaults(command=_doctor)
    return [doctor]


def _doctor(chosen: argparse.Namespace) -> int:
    name = chosen.stack or os.environ.get(VARIABLE) or NAME
    examined = examine(name, local_code=_local_code(), folders=chosen.workload)
    print(json.dumps(examined.document, indent=1) if chosen.json else "\n".join(examined.lines()))
    return _ILL if any(finding.weight != "unknown" for finding in examined.findings) else _WELL


def _local_code() -> str | None:
    """The hash of the code in this folder; None where CDK, which tells it, is not installed."""
    if importlib.util.find_spec("aws_cdk") is None:
        return None
    from infrastructure.node import use_suitable_node  # noqa: PLC0415 - starts Node.js

    use_suitable_node()
    from infrastructure.packaging import code_hash  # noqa: PLC0415 - as above

    return code_hash()


def examine(name: str, *, local_code: str | None, folders: Sequence[Path] = ()) -> Examined:
    """Look at a stack.

    Args:
        name: of the stack.
        local_code: the hash of the code that would be deployed from here; None where that is unknown.
        folders: of workloads whose models are looked at as well as those of registered ones.

    Raises:
        NoAccountError: the account cannot be reached.
        NoStackError: there is no such stack.
    """
    caller = identify()
    stack = find_stack(caller.client("cloudformation"), name)
    if stack is None or not stack.is_there:
        raise NoStackError(f"There is no stack {name} in {caller.place.region}. Deploy one with brainswap deploy.")
    looking = _Looking(caller, stack)
    looks: Mapping[str, Callable[[], Iterable[Finding]]] = {
        "account": lambda: check_account(caller, None),
        "stack": looking.at_the_stack,
        "template": lambda: looking.at_the_template(local_code),
        "Lambda": lambda: check_concurrency(caller.client("lambda")),
        "alarms": looking.at_alarms,
        "queues": looking.at_queues,
        "e-mail": looking.at_topics,
        "models": lambda: looking.at_models(folders),
        "runs": looking.at_runs,
    }
    findings = [finding for about, look in looks.items() for finding in _what_it_tells(about, look)]
    return Examined(stack=stack, region=caller.place.region, runs=tuple(looking.runs), findings=tuple(findings))


def _what_it_tells(about: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except (ClientError, BotoCoreError) as error:
        return [not_found_out(about, error, "Allow reading it.")]


class _Looking:
    """Looks at one stack, each of which may be refused."""

    def __init__(self, caller: Caller, stack: Stack) -> None:
        self._client = cache(caller.client)
        self._caller = caller
        self._stack = stack
        self._resources: dict[str, list[str]] = {}
        self._model_regions: Sequence[str] = ANY_REGION
        self.runs: list[Run] = []

    def at_the_stack(self) -> Iterator[Finding]:
        if self._stack.status not in GOOD:
            yield Finding(
                weight="blocks",
                about="stack",
                wrong=f"{self._stack.name} is {self._stack.status}. {self._stack.reason}".strip(),
                remedy="See what `brainswap deploy --check` says to do.",
            )

    def at_the_template(self, local_code: str | None) -> Iterator[Finding]:
        told = self._client("cloudformation").get_template(StackName=self._stack.stack_id, TemplateStage="Original")
        template = told["TemplateBody"]
        context, _ = context_of(self._stack.name, ())
        settings = Settings.from_context(context)
        deployed_with = deployed_settings(template)
        self._model_regions = deployed_with.get("model-regions", ANY_REGION)
        yield from check_drift(deployed_with, settings.document(), frozenset())
        yield from check_named(settings, self._caller)
        deployed = template.get("Metadata", {}).get(METADATA, {}).get("code_sha256")
        if local_code is None:
            yield Finding(
                weight="unknown",
                about="code",
                wrong="CDK is not installed here, which tells the version of the code",
                remedy="Run `make dev`.",
            )
        elif deployed != local_code:
            yield Finding(
                weight="warns",
                about="code",
                wrong="the account runs other code than that of this folder",
                remedy="Bring it up to date with `brainswap deploy`, or compare the folder with what was deployed.",
            )
        parameter = template.get("Parameters", {}).get("BootstrapVersion", {}).get("Default")
        if parameter is not None:
            yield from check_bootstrap(self._client("ssm"), self._caller.place, parameter=parameter, needed=BOOTSTRAP)

    def at_alarms(self) -> Iterator[Finding]:
        names = self._names_of(_ALARM)
        if not names:
            return
        pages = self._client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=names)
        for alarm in (each for page in pages for each in page["MetricAlarms"]):
            if alarm["StateValue"] == "ALARM":
                yield Finding(
                    weight="warns",
                    about="alarm",
                    wrong=f"{alarm.get('AlarmDescription') or alarm['AlarmName']}",
                    remedy="See `When an alarm goes off` in docs/operate.md.",
                )

    def at_queues(self) -> Iterator[Finding]:
        sqs = self._client("sqs")
        for url in self._names_of(_QUEUE):
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            waiting = int(told["Attributes"]["ApproximateNumberOfMessages"])
            if waiting:
                yield Finding(
                    weight="warns",
                    about="queue",
                    wrong=f"{waiting} messages could not be delivered ({url.rpartition('/')[2]})",
                    remedy="See `When an alarm goes off` in docs/operate.md.",
                )

    def at_topics(self) -> Iterator[Finding]:
        yield from check_confirmations(
            self._client("sns"), {arn.rpartition(":")[2]: arn for arn in self._names_of(_TOPIC)}
        )

    def at_models(self, folders: Sequence[Path]) -> Iterator[Finding]:
        """Those that workloads ask, of the account and of the folders."""
        workloads, mistakes = read_workloads(folders)
        registered, unread = registered_models(self._caller, self._stack.outputs.get("LedgerTableName"))
        yield from (*mistakes, *unread)
        models = list(dict.fromkeys([*asked_by(workloads), *registered]))
        yield from check_models(self._caller, models, self._model_regions)

    def at_runs(self) -> Iterator[Finding]:
        machine = self._stack.outputs.get("StateMachineArn")
        if machine is None:
            return
        told = self._client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=RUNS_SHOWN)
        self.runs = [
            Run(run_id=each["name"], status=each["status"], started_at=each["startDate"].isoformat(timespec="seconds"))
            for each in told["executions"]
        ]
        if self.runs and self.runs[0].status in _FAILED:
            yield Finding(
                weight="warns",
                about="runs",
                wrong=f"the last one, {self.runs[0].run_id}, is {self.runs[0].status}",
                remedy=f"`brainswap status {self.runs[0].run_id}` says why; `brainswap redrive {self.runs[0].run_id}` "
                "goes on where it broke off.",
            )

    def _names_of(self, kind: str) -> list[str]:
        if not self._resources:
            pages = self._client("cloudformation").get_paginator("list_stack_resources")
            for page in pages.paginate(StackName=self._stack.stack_id):
                for each in page["StackResourceSummaries"]:
                    self._resources.setdefault(each["ResourceType"], []).append(each.get("PhysicalResourceId", ""))
        return [name for name in self._resources.get(kind, ()) if name]
