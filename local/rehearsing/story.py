"""The acts of a rehearsal: upload, look, release, migration, word of people, and moved traffic."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import boto3

from brainswap.approving import approve, reject
from brainswap.client import Client, Settings
from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.errors import ApprovalRefusedError
from brainswap.core.models.registry import bare_id, vendor_of
from brainswap.core.triggering.wants import matches
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.report.rendering import count
from brainswap.run_files import RunFiles
from local.account.push import push_workload
from local.cloud import BUCKET, LEDGER, REGION
from local.embedded import endpoints
from local.functions import Invocation, environment
from local.rehearsing.stage import LOOK_S, Stage, staged
from local.rehearsing.telling import told
from local.rehearsing.users import Latency, Request, Trouble, Users
from local.run import fetch, raise_unless_succeeded
from local.watching import STATES
from local.workloads import CheckedWorkload

Suppose = Literal["nothing", "errors", "silence", "rejection", "nobody"]
"""What goes wrong: the target fails, or nothing is heard of it; people say no, or say nothing."""

PATIENCE_S: Final = 600.0
MOST_REQUESTS: Final = 1_000  # different ones
_TROUBLES: Final[Mapping[Suppose, Trouble]] = {"errors": "errors", "silence": "silence"}


class CannotRehearseError(Exception):
    """There is nothing to rehearse; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened, in seconds after the beginning; ``who`` is a part of the stack, or people."""

    at_s: float
    who: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """How a rehearsal ended.

    Attributes:
        approval: None where nobody was asked.
        rollout: None where no traffic moved.
        percent: of the traffic that is at the target in the end.
    """

    run_id: str
    released: str
    report: Report
    approval: str | None
    rollout: str | None
    percent: int


class Teller:
    """Tells moments in the order in which they happen, from whatever thread."""

    def __init__(self, tell: Callable[[Moment], None]) -> None:
        self._tell = tell
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def say(self, who: str, what: str) -> None:
        with self._lock:
            self._tell(Moment(at_s=time.monotonic() - self._began, who=who, what=what))


def released_model(checked: CheckedWorkload, wanted: str | None) -> str:
    """The model whose release is rehearsed: the one that is named, else the first target that a trigger waits for.

    Raises:
        CannotRehearseError: it is no target of the workload.
    """
    targets = [each.model for each in checked.loaded.workload.targets]
    if wanted is not None:
        if wanted not in targets:
            raise CannotRehearseError(f"{wanted} is no target of {checked.name}; those are {', '.join(targets)}.")
        return wanted
    return next((model for model in targets if _is_waited_for(checked, model)), targets[0])


def _is_waited_for(checked: CheckedWorkload, model: str) -> bool:
    base = bare_id(model)
    return any(matches(trigger, base, vendor_of(base)) for trigger in checked.loaded.workload.triggers.releases)


def rehearse(
    checked: CheckedWorkload,
    *,
    released: str,
    suppose: Suppose,
    seed: int,
    out: Path,
    tell: Callable[[Moment], None],
) -> Rehearsed:
    """Play the whole way, and leave the run's files in ``out``.

    Raises:
        CannotRehearseError: the account would not take the workload.
        RunFailedError: the run failed.
    """
    teller = Teller(tell)
    states: set[str] = set()
    users: Users | None = None

    def observe(invocation: Invocation) -> None:
        name = invocation.function.capitalize()
        if name in STATES and name not in states:
            states.add(name)
            teller.say("run", STATES[name])
        if users is not None:
            users.observe(invocation)

    def hear(kind: str, detail: Mapping[str, Any]) -> None:
        teller.say("event", told(kind, detail))

    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch,
        staged(
            checked,
            released=released,
            seed=seed,
            scratch=Path(scratch),
            observer=observe,
            hear=hear,
            nobody_decides=suppose == "nobody",
        ) as stage,
        closing(Client(_settings())) as client,
    ):
        run_id = _started(checked, stage, released, teller)
        report = _decided(stage, run_id)
        rollout = checked.loaded.workload.rollout
        if rollout is not None:
            users = Users(
                client,
                workload=checked.name,
                rollout=rollout,
                requests=_requests(checked, stage, run_id, report),
                trouble=_TROUBLES.get(suppose, "none"),
                seed=seed,
                latencies=_latencies(report),
                say=lambda words: teller.say("users", words),
            )
        _decide(stage, run_id, suppose, teller)
        raise_unless_succeeded(stage.cloud.wait(stage.migration(run_id)), stage.cloud, run_id)
        for arn in stage.roll_outs():
            stage.cloud.wait(arn)
        stage.delivery.wait()
        fetched = fetch(stage.cloud, run_id, out)
        noted = stage.cloud.using.ledger.run(run_id) or {}
        record = stage.cloud.using.rollout_records.current(checked.name) or {}
    return Rehearsed(
        run_id=run_id,
        released=released,
        report=fetched,
        approval=noted.get("approval"),
        rollout=record.get("status"),
        percent=int(record.get("percent", 0)),
    )


def _settings() -> Settings:
    return Settings(
        application="brainswap",
        environment="production",
        bucket=BUCKET,
        ledger_table=LEDGER,
        region=REGION,
        flush_s=1e9,
    )


def _started(checked: CheckedWorkload, stage: Stage, released: str, teller: Teller) -> str:
    """The run that came of the upload and of the release, or of a request where no trigger waits for it."""
    pushed = push_workload(checked, stage.stack)
    if pushed.registration is None or pushed.registration.rejected:
        problems = pushed.registration.problems if pushed.registration else ("the account says nothing of it",)
        raise CannotRehearseError("The account rejects the workload: " + "; ".join(problems))
    stage.delivery.wait()
    with environment(endpoints(stage.before)):
        stage.watch()
    teller.say("watch", "the first look at the catalogue tells nothing")
    stage.watch()
    if not stage.runs():
        teller.say("people", f"no trigger of the workload waits for {released}, so that somebody asks for a migration")
        stage.request(checked.name, released)
    runs = stage.runs()
    if not runs:
        raise CannotRehearseError(f"Neither the release of {released} nor a request for it started a run.")
    teller.say("run", f"{runs[0]} begins, because {stage.because(runs[0])}")
    return runs[0]


def _decided(stage: Stage, run_id: str) -> Report | None:
    """The report, as soon as people are asked about it; None where the run ends without asking."""
    states, until = boto3.client("stepfunctions"), time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        kept = stage.cloud.using.approvals.read(run_id)
        if kept is not None and kept.record.announced:
            return _report(stage, run_id)
        if states.describe_execution(executionArn=stage.migration(run_id))["status"] != "RUNNING":
            return None
        time.sleep(LOOK_S)
    raise CannotRehearseError(f"The run did not come to a verdict within {PATIENCE_S / 60:.0f} minutes.")


def _report(stage: Stage, run_id: str) -> Report:
    return from_json(RunFiles(stage.cloud.using.artifacts, run_id).read_text("report.json"))


def _decide(stage: Stage, run_id: str, suppose: Suppose, teller: Teller) -> None:
    """Say what people say, where they are asked."""
    kept = stage.cloud.using.approvals.read(run_id)
    if kept is None:
        return
    if suppose == "nobody":
        teller.say("people", "nobody says a word")
        return
    record, using = kept.record, stage.cloud.using
    try:
        for person in _people(record):
            if suppose == "rejection":
                record = reject(run_id, person, "not on a Friday", using)
            else:
                record = approve(run_id, person, record.report_sha256, "", using)
            if record.settled:
                return
            teller.say("people", f"{person} approves, and {count(record.missing, 'more person', 'more people')} must")
    except ApprovalRefusedError as error:
        reject(run_id, next(_people(record)), "a rehearsal cannot go on", using)
        raise CannotRehearseError(f"The approval is refused: {error}") from None


def _people(record: ApprovalRecord) -> Iterator[str]:
    """Names that may approve, each of another person as far as the patterns allow."""
    patterns = record.approvers or ("*@example.com",)
    for number, name in enumerate(("anna", "bert", "carla")):
        yield patterns[number % len(patterns)].replace("*", name)


def _variants(report: Report | None) -> Mapping[str, str]:
    """The contenders between which traffic moves, by variant; none where no target is recommended."""
    if report is None or report.recommended is None:
        return {}
    source = next(each.id for each in report.contenders if each.role == "source")
    return {"source": source, "target": report.recommended.contender}


def _latencies(report: Report | None) -> Mapping[str, Latency | None]:
    """Of both variants, as they were measured."""
    of = {} if report is None else {each.id: each.latency_ms for each in report.contenders}
    found = {variant: of[contender] for variant, contender in _variants(report).items()}
    return {
        variant: Latency(p50=each.p50, p95=each.p95) if each and each.p50 and each.p95 else None
        for variant, each in found.items()
    }


def _requests(checked: CheckedWorkload, stage: Stage, run_id: str, report: Report | None) -> list[Request]:
    """Those of the cases that were measured, with a word for each answer of an earlier step of a chain."""
    lines = RunFiles(stage.cloud.using.artifacts, run_id).read_text("cases.jsonl").splitlines()
    open_ones, variants = dict.fromkeys(checked.loaded.prompt.placeholders, "…"), _variants(report)
    requests = []
    for line in lines[:MOST_REQUESTS]:
        case = json.loads(line)
        said = {variant: case["contenders"].get(contender) for variant, contender in variants.items()}
        answers = {variant: each[0]["answer"] if each else None for variant, each in said.items()}
        requests.append(Request(variables={**open_ones, **case["input"]}, answers=answers))
    return requests
