"""Run a whole migration on this machine: same state machine, same handlers."""

import json
import os
import secrets
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from boto3.s3.transfer import TransferConfig

from brainswap.adapters.directory import DirectoryFolder
from brainswap.adapters.s3 import RANGE
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import workload_prefix
from local.cloud import REGION, Cloud, Outcome, local_cloud
from local.embedded import embedded_bedrock, endpoints
from local.functions import Invocation, Observer, environment
from local.job_events import JobEvents
from local.record import PRIVATE, RunRecord
from local.s3_on_loopback import s3_on_loopback
from local.workloads import CheckedWorkload, Models

LEFT = (
    *("report.html", "report.pdf", "report.xlsx", "report.md", "report.json"),
    *("junit.xml", "cases.jsonl", "decision.json"),
)
FOLDERS = ("prompts", "workload")
# A part of a large file in memory, not ten.
ONE_AT_A_TIME = TransferConfig(use_threads=False, multipart_threshold=RANGE, multipart_chunksize=RANGE)
FAST = 0.02  # the embedded models' clock: fifty times faster than a model's


class RunFailedError(Exception):
    """The execution did not end well; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a user may choose.

    Attributes:
        models: None to let the presence of credentials decide.
        resume: go on with the run that the folder holds.
        fresh: ask again what earlier runs have asked.
        pace: of the embedded models' clock; 1 is real time, 0 does not wait.
    """

    out: Path
    models: Models | None = None
    seed: int = 0
    resume: bool = False
    fresh: bool = False
    pace: float = FAST


def run_workload(checked: CheckedWorkload, options: RunOptions, observer: Observer) -> Report:
    """Run a workload that was found valid, and leave its files in ``options.out``.

    Raises:
        RunFailedError: the execution failed; the record in the folder says so.
    """
    record = RunRecord(options.out)
    run_id = _run_id(checked, record, resume=options.resume)
    models = options.models or default_models()
    record.note(run_id=run_id, workload=checked.name, models=models, status="running", state="start", error=None)
    events = JobEvents()
    with _recorded_end(record), ExitStack() as stack:
        realm = "bedrock"
        if models == "embedded":
            realm = f"embedded:{checked.cases_sha256}:{options.seed}"
            if checked.asks_bedrock:
                workload = checked.loaded.workload
                in_batches = workload.inference != "on_demand"
                in_jobs = in_batches or "prompt_optimization_job" in workload.rewriters
                staged = checked.stage(options.out / PRIVATE / "cases.jsonl")
                url = stack.enter_context(
                    embedded_bedrock(
                        cases=staged,
                        inputs=checked.loaded.prompt.placeholders,
                        recordings=checked.recordings,
                        simulated=set(checked.asked_models) - set(checked.recordings),
                        seed=options.seed,
                        pace=options.pace,
                        s3_url=stack.enter_context(s3_on_loopback()) if in_jobs else None,
                        on_job_change=events.tell if in_batches else None,
                    )
                )
                stack.enter_context(environment(endpoints(url)))
        stack.enter_context(environment(_functions_elsewhere()))
        cloud = stack.enter_context(
            local_cloud(
                region=_region(),
                answers=options.out / PRIVATE / "answers.sqlite",
                realm=realm,
                real_bedrock=models == "bedrock" and checked.asks_bedrock,
                own_credentials=models == "bedrock" and have_credentials(),
                account=models == "bedrock" and have_credentials() and not _elsewhere(),
                observer=_both(observer, _noting(record)),
            )
        )
        stack.enter_context(events.delivered())
        version = _upload(checked, cloud)
        outcome = cloud.wait(cloud.start(run_id, _request(run_id, checked.name, version, options)))
        raise_unless_succeeded(outcome, cloud, run_id)
        return fetch(cloud, run_id, options.out)


def default_models() -> Models:
    """Bedrock where its credentials or an endpoint are configured; else the embedded one."""
    return "bedrock" if os.environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME") or have_credentials() else "embedded"


def _elsewhere() -> bool:
    """Whether somebody stands in for Bedrock, whose account this machine's credentials do not open."""
    return any(os.environ.get(f"AWS_ENDPOINT_URL{service}") for service in ("", "_BEDROCK", "_BEDROCK_RUNTIME"))


def _functions_elsewhere() -> dict[str, str | None]:
    """Where customers' functions are, told apart from where this cloud's own are."""
    return {"AWS_ENDPOINT_URL_LAMBDA": None, "BRAINSWAP_FUNCTIONS_URL": os.environ.get("AWS_ENDPOINT_URL_LAMBDA")}


def have_credentials() -> bool:
    """Whether this machine's settings hold AWS credentials; nobody is asked over the network."""
    with environment({"AWS_EC2_METADATA_DISABLED": "true"}):
        return botocore.session.get_session().get_credentials() is not None


def _region() -> str:
    return os.environ.get("AWS_REGION") or botocore.session.get_session().get_config_variable("region") or REGION


def _run_id(checked: CheckedWorkload, record: RunRecord, *, resume: bool) -> str:
    earlier = record.read()
    if resume:
        if earlier is None:
            raise RunFailedError("there is no run to resume in this folder; leave --resume out to start one")
        if earlier["workload"] != checked.name:
            raise RunFailedError(f"the run in this folder is of the workload {earlier['workload']}")
        return str(earlier["run_id"])
    return f"{checked.name[:50]}-{datetime.now(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(2)}"


def _request(run_id: str, name: str, version: str, options: RunOptions) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "workload": name,
        "version": version,
        "seed": options.seed,
        "fresh": options.fresh,
        "attended": False,
        "started_at": datetime.now(UTC).isoformat(),
    }


def _upload(checked: CheckedWorkload, cloud: Cloud) -> str:
    """Put the workload's files where Prepare looks; return the version."""
    folder = DirectoryFolder(checked.directory)
    s3 = boto3.client("s3")
    for name in checked.files:
        key = f"{workload_prefix(checked.name, checked.version)}/{name}"
        s3.upload_file(str(folder.local_path(name)), cloud.bucket, key, Config=ONE_AT_A_TIME)
    return checked.version


def raise_unless_succeeded(outcome: Outcome, cloud: Cloud, run_id: str) -> None:
    """Turn the end of an execution into words.

    Raises:
        RunFailedError: it is none that one wants.
    """
    if outcome.status == "SUCCEEDED":
        return
    # A shard's own failure says more than that of the map around it.
    noted = cloud.using.ledger.run(run_id) or {}
    error = noted.get("shard_error") or noted.get("error") or outcome.error or outcome.status
    cause = noted.get("shard_cause") or noted.get("cause") or outcome.cause or "no cause was given"
    raise RunFailedError(f"{error}: {_message(str(cause))}")


def _message(cause: str) -> str:
    """The message inside a cause, which is what Lambda says of the exception, as JSON."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


def fetch(cloud: Cloud, run_id: str, out: Path) -> Report:
    """Copy what the run leaves; a file appears whole or not at all."""
    s3 = boto3.client("s3")
    prefix = f"runs/{run_id}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=cloud.bucket, Prefix=prefix)
    names = [entry["Key"].removeprefix(prefix) for page in pages for entry in page.get("Contents", [])]
    for folder in FOLDERS:
        shutil.rmtree(out / folder, ignore_errors=True)
    for name in names:
        if name in LEFT or name.partition("/")[0] in FOLDERS:
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(target.name + ".new")
            s3.download_file(cloud.bucket, prefix + name, str(fresh), Config=ONE_AT_A_TIME)
            fresh.replace(target)
    return from_json((out / "report.json").read_text("utf-8"))


@contextmanager
def _recorded_end(record: RunRecord) -> Iterator[None]:
    """Write down how the run ended, also when it is interrupted."""

    def terminated(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except KeyboardInterrupt:
        record.note(status="interrupted")
        raise
    except BaseException as error:
        record.note(status="failed", error=f"{type(error).__name__}: {error}")
        raise
    else:
        record.note(status="done", state="end")
    finally:
        signal.signal(signal.SIGTERM, before)


def _noting(record: RunRecord) -> Observer:
    """Keep the state that the run is in on the record."""
    seen: set[str] = set()

    def observe(invocation: Invocation) -> None:
        if invocation.function not in seen:
            seen.add(invocation.function)
            record.note(state=invocation.function)

    return observe


def _both(first: Observer, second: Observer) -> Observer:
    def observe(invocation: Invocation) -> None:
        first(invocation)
        second(invocation)

    return observe
