"""Whole executions whose answers come from batch jobs."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local import cloud as cloud_module
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from local.job_events import JobEvents
from tests.fakes.runs import RUN, case, declaration

SOURCE = "anthropic.claude-haiku-4-5-20251001-v1:0"
TARGET = "amazon.nova-lite-v1:0"
CASES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stack with a Bedrock of its own."""

    cloud: Cloud
    bedrock: EmbeddedBedrock
    told: list[Invocation]

    def run(self, run_id: str = RUN, **changes: Any) -> tuple[str, Report | None]:
        """How the execution ended, and the report that it left."""
        arn = start(self.cloud, run_id, **changes)
        status = self.cloud.wait(arn).status
        files = RunFiles(self.cloud.using.artifacts, run_id)
        return status, from_json(files.read_text("report.json")) if files.has("report.json") else None

    def jobs(self) -> Sequence[Any]:
        client = boto3.client("bedrock")
        found: Sequence[Any] = client.list_model_invocation_jobs()["invocationJobSummaries"]
        return found

    def paid(self) -> int:
        """Answers that both models were asked for."""
        return sum(self.bedrock.paid(model=model).answers for model in (SOURCE, TARGET))


def rows(recorded: int = CASES, wrong: int = 2) -> list[dict[str, Any]]:
    """Cases of which the target gets every ``wrong``-th wrong; those above ``recorded`` nobody can answer."""
    return [
        case(
            number,
            recorded={"old": {"output": "yes"}, "new": {"output": "no" if number % wrong == 0 else "yes"}}
            if number < recorded
            else {},
        )
        for number in range(CASES)
    ]


def start(cloud: Cloud, run_id: str, *, cases: Sequence[Mapping[str, Any]] = (), **changes: Any) -> str:
    declared = declaration(source={"model": SOURCE, "parameters": {"max_tokens": 10}}, **changes)
    prefix = f"workloads/{declared['name']}/{run_id}"
    lines = "".join(json.dumps(one) + "\n" for one in cases or rows())
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    started_at = "2026-11-01T12:00:00Z"
    return cloud.start(
        run_id, {"run_id": run_id, "workload": declared["name"], "version": run_id, "started_at": started_at}
    )


@contextmanager
def place(
    *, recorded: int = CASES, answers: Path | None = None, pace: float = 0, hears: bool = True, **account: Any
) -> Iterator[Place]:
    """A stack and a Bedrock that has answers to the first ``recorded`` cases; ``hears`` its events, or not."""
    events, told = JobEvents(), list[Invocation]()
    known = Models(recordings={SOURCE: "old", TARGET: "new"})
    with (
        EmbeddedBedrock(
            cases=[Case.model_validate(one) for one in rows(recorded)],
            models=known,
            pace=pace,
            account=Account(**account),
            on_job_change=events.tell,
        ) as bedrock,
        environment(endpoints(bedrock.url)),
        local_cloud(realm="test", observer=told.append, answers=answers) as cloud,
        events.delivered() if hears else nullcontext(),
    ):
        yield Place(cloud=cloud, bedrock=bedrock, told=told)


def test_a_batch_run_comes_to_the_verdict_of_a_live_one_at_half_the_price_and_without_latencies() -> None:
    with place() as there:
        _, live = there.run()
        asked_live = len(there.jobs())
    with place() as here:
        status, batch = here.run(inference="batch")
        jobs = here.jobs()

    assert status == "SUCCEEDED"
    assert live is not None
    assert batch is not None
    assert (asked_live, len(jobs)) == (0, 2)
    assert here.bedrock.paid(model=TARGET).answers == CASES
    assert batch.verdict == live.verdict
    for in_batch, one_by_one in zip(batch.contenders, live.contenders, strict=True):
        assert in_batch.scores == one_by_one.scores
        assert in_batch.latency_ms is None
        assert in_batch.answers.answered == CASES
        assert in_batch.cost is not None
        assert one_by_one.cost is not None
        assert in_batch.cost.per_1000_requests_usd == pytest.approx(one_by_one.cost.per_1000_requests_usd / 2)


def test_a_record_that_fails_is_a_failed_case_and_is_not_asked_again() -> None:
    with place(recorded=CASES - 2) as here:
        status, report = here.run(inference="batch")
        cases = RunFiles(here.cloud.using.artifacts, RUN).read_text("cases.jsonl")

    assert status == "SUCCEEDED"
    assert report is not None
    assert [contender.answers.failed for contender in report.contenders] == [2, 2]
    assert [contender.answers.answered for contender in report.contenders] == [CASES - 2, CASES - 2]
    assert here.paid() == 2 * (CASES - 2)
    assert cases.count("failed: the batch job says: ") == 4


def test_a_second_run_asks_nothing_twice() -> None:
    with place() as here:
        here.run("first", inference="batch")
        status, report = here.run("second", inference="batch")
        jobs = here.jobs()

    assert status == "SUCCEEDED"
    assert report is not None
    assert {contender.answers.cached for contender in report.contenders} == {CASES}
    assert len(jobs) == 2


def test_a_run_that_is_resumed_on_another_stack_asks_only_what_was_not_collected(tmp_path: Path) -> None:
    answers = tmp_path / "answers.sqlite"
    with place(answers=answers, recorded=CASES) as first:
        first.run(inference="batch")
    more = [*rows(), *(case(number, recorded={}) for number in range(CASES, CASES + 3))]
    with place(answers=answers) as second:
        status, report = second.run(inference="batch", cases=more)
        jobs = second.jobs()

    assert (status, len(jobs), second.paid()) == ("SUCCEEDED", 0, 0)
    assert report is not None
    assert [contender.answers.failed for contender in report.contenders] == [3, 3]
    assert "3 questions were too few" in report.contenders[0].notes[-1]


def test_jobs_that_expire_leave_the_matter_open() -> None:
    with place(batch_minutes=200 * 60) as here:
        status, report = here.run(inference="batch")

    assert status == "SUCCEEDED"
    assert report is not None
    assert report.verdict == "inconclusive"
    assert {contender.answers.answered for contender in report.contenders} == {0}
    assert here.paid() == 0


def test_a_job_that_could_exceed_the_budget_is_not_created() -> None:
    with place() as here:
        status, report = here.run(inference="batch", limits={"budget_usd": 0.002})
        jobs = here.jobs()

    assert status == "SUCCEEDED"
    assert report is not None
    assert report.verdict == "inconclusive"
    assert [job["modelId"] for job in jobs] == [TARGET]
    assert report.contenders[0].answers.answered == 0


def test_a_run_whose_events_are_lost_looks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cloud_module.definition

    def impatient(file: Path, values: Mapping[str, str], change: cloud_module.Change | None = None) -> str:
        return whole(file, values, change).replace('"TimeoutSeconds": 1800', '"TimeoutSeconds": 2')

    monkeypatch.setattr(cloud_module, "definition", impatient)

    with place(hears=False, pace=0.002) as here:
        status, _ = here.run(inference="batch")

    assert status == "SUCCEEDED"
    assert here.paid() == 2 * CASES
    assert not [one for one in here.told if one.function == "resume"]


def test_a_run_that_is_aborted_stops_its_jobs() -> None:
    with place(pace=1) as here:
        arn = start(here.cloud, RUN, inference="batch")
        while len(here.jobs()) < 2:
            time.sleep(0.05)
        states = boto3.client("stepfunctions")
        states.stop_execution(executionArn=arn)
        told = {"input": states.describe_execution(executionArn=arn)["input"], "status": "ABORTED"}
        event = {"source": "aws.states", "detail": told}
        boto3.client("lambda").invoke(FunctionName="Resume", Payload=json.dumps(event).encode())
        while {job["status"] for job in here.jobs()} & {"Submitted", "Stopping"}:
            time.sleep(0.05)
        statuses = {job["status"] for job in here.jobs()}

    assert statuses == {"Stopped"}
