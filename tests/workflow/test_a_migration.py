"""Whole executions of the machine: real handlers, moto's Step Functions, S3 and DynamoDB, the embedded Bedrock."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
import pytest

from brainswap.core.cases import Case
from brainswap.core.errors import ModelRefusesRequestError, StorageThrottledError
from brainswap.handlers import answer, prepare
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, Outcome, local_cloud
from local.embedded import endpoints
from local.functions import Invocation, environment
from tests.fakes.runs import RUN, case, declaration
from tests.fakes.states import out_of_time_once

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
SMALL_PAYLOAD = 4096


def recorded(number: int, *, target_right: bool = True, **changes: Any) -> dict[str, Any]:
    outputs = {"old": {"output": "yes"}, "new": {"output": "yes" if target_right else "no"}}
    return case(number, recorded=outputs, **changes)


def start(cloud: Cloud, cases: Sequence[Mapping[str, Any]], *, run_id: str = RUN, **changes: Any) -> str:
    """Upload a workload and start a run of it; return the execution's ARN."""
    name = upload(cloud, cases, **changes)
    request = {"run_id": run_id, "workload": name, "version": "v1", "started_at": "2026-11-01T12:00:00Z"}
    return cloud.start(run_id, request)


def upload(cloud: Cloud, cases: Sequence[Mapping[str, Any]], **changes: Any) -> str:
    """Put version ``v1`` of a workload where it is looked for; return its name."""
    declared = declaration(**changes)
    prefix = f"workloads/{declared['name']}/v1"
    lines = "".join(json.dumps(one) + "\n" for one in cases)
    cloud.using.artifacts.write(f"{prefix}/cases.jsonl", lines.encode(), "application/x-ndjson")
    cloud.using.artifacts.write(f"{prefix}/workload.yaml", json.dumps(declared).encode(), "application/yaml")
    return str(declared["name"])


def replayed(**changes: Any) -> dict[str, Any]:
    """A declaration's changes for recorded answers, which need no server."""
    return {
        "source": {"model": SOURCE, "answers": "recorded", "recorded": "old"},
        "targets": [{"model": TARGET, "answers": "recorded", "recorded": "new"}],
        **changes,
    }


def last_state(arn: str) -> str:
    """The state in which an execution ended."""
    events = boto3.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event][-1]


def made(cloud: Cloud) -> Report:
    return from_json(RunFiles(cloud.using.artifacts, RUN).read_text("report.json"))


@pytest.mark.parametrize(
    ("cases", "changes", "state", "verdict"),
    [
        ([recorded(n) for n in range(60)], {}, "HandOver", "migrate"),
        ([recorded(n, target_right=n % 3 > 0) for n in range(60)], {}, "Hold", "hold"),
        ([recorded(n) for n in range(5)], {}, "GatherMore", "inconclusive"),
    ],
)
def test_each_verdict_ends_in_a_state_of_its_own(
    cloud: Cloud, cases: list[dict[str, Any]], changes: dict[str, Any], state: str, verdict: str
) -> None:
    arn = start(cloud, cases, **replayed(**changes))

    outcome = cloud.wait(arn)

    assert outcome == Outcome(status="SUCCEEDED", error=None, cause=None)
    assert last_state(arn) == state
    assert made(cloud).verdict == verdict


@pytest.fixture
def bedrock() -> Iterator[EmbeddedBedrock]:
    cases = [Case.model_validate(recorded(number, target_right=number % 2 > 0)) for number in range(120)]
    with EmbeddedBedrock(cases=cases, models=Models(recordings={SOURCE: "old", TARGET: "new"}), pace=0) as server:
        yield server


def test_live_answers_come_over_the_wire_and_are_kept_in_the_cache(bedrock: EmbeddedBedrock) -> None:
    cases = [recorded(number) for number in range(120)]
    with environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        outcome = cloud.wait(start(cloud, cases))

        items = boto3.client("dynamodb").scan(TableName="brainswap-answers", Select="COUNT")["Count"]
        report = made(cloud)

    source, target = report.contenders
    assert outcome.status == "SUCCEEDED"
    assert (source.scores["right"].mean, target.scores["right"].mean) == (1.0, 0.5)
    assert report.models == "recorded"
    assert source.tokens is not None
    assert source.tokens.estimated
    assert items == 240


def test_a_refused_run_ends_in_a_report_that_says_why(bedrock: EmbeddedBedrock) -> None:
    changes: dict[str, Any] = {"targets": [{"model": "amazon.no-such-model-v1:0"}]}
    with environment(endpoints(bedrock.url)), local_cloud(realm="test") as cloud:
        arn = start(cloud, [recorded(number) for number in range(5)], **changes)

        outcome = cloud.wait(arn)

        assert outcome.status == "SUCCEEDED"
        assert last_state(arn) == "Refuse"
        assert made(cloud).verdict == "refused"


def test_a_transient_error_is_tried_again(
    cloud: Cloud, told: list[Invocation], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = prepare.run, iter([StorageThrottledError("slow down")])

    def once_throttled(*arguments: Any) -> Any:
        for failure in failures:
            raise failure
        return real(*arguments)

    monkeypatch.setattr(prepare, "run", once_throttled)

    outcome = cloud.wait(start(cloud, [recorded(number) for number in range(5)], **replayed()))

    assert outcome.status == "SUCCEEDED"
    assert [one.error for one in told if one.function == "prepare" and one.error] == ["StorageThrottledError"]


def test_a_permanent_error_ends_in_fail_after_the_record_says_so(
    cloud: Cloud, told: list[Invocation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ModelRefusesRequestError("no such parameter")

    monkeypatch.setattr(prepare, "run", broken)
    cloud.using.ledger.open_run(RUN, {})
    arn = start(cloud, [recorded(1)], **replayed())

    outcome = cloud.wait(arn)

    record = cloud.using.ledger.run(RUN) or {}
    assert (outcome.status, outcome.error, last_state(arn)) == ("FAILED", "MigrationFailed", "Fail")
    assert "ModelRefusesRequestError" in str(outcome.cause)
    assert (record["status"], record["error"]) == ("failed", "ModelRefusesRequestError")
    assert "no such parameter" in str(record["cause"])
    assert sum(one.error is not None for one in told) == 1


def test_a_shard_that_cannot_be_trusted_fails_the_run(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    real = answer.run

    def one_broken(request: Any, *rest: Any) -> Any:
        if request.contender != "source":
            raise ModelRefusesRequestError("broken shard")
        return real(request, *rest)

    monkeypatch.setattr(answer, "run", one_broken)

    outcome = cloud.wait(start(cloud, [recorded(number) for number in range(60)], **replayed()))

    record = cloud.using.ledger.run(RUN) or {}
    assert outcome.status == "FAILED"
    assert record["status"] == "failed"
    assert record["shard_error"] == "ModelRefusesRequestError"
    assert not RunFiles(cloud.using.artifacts, RUN).has("report.json")


def test_a_worker_out_of_time_goes_on_in_the_next_invocation(
    bedrock: EmbeddedBedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Invocation] = []
    out_of_time_once(monkeypatch, answer)

    with environment(endpoints(bedrock.url)), local_cloud(realm="test", observer=told.append) as cloud:
        outcome = cloud.wait(start(cloud, [recorded(number) for number in range(60)]))

    finished = [one.result["finished"] for one in told if one.function == "answer" and one.result]
    assert outcome.status == "SUCCEEDED"
    assert sorted(finished) == [False] * 4 + [True] * 4


def test_payloads_and_history_do_not_grow_with_the_cases(cloud: Cloud, told: list[Invocation]) -> None:
    arn = start(cloud, [recorded(number) for number in range(600)], **replayed())

    cloud.wait(arn)

    states = boto3.client("stepfunctions")
    events = states.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    longest = max(len(json.dumps(one.payload)) + len(json.dumps(one.result)) for one in told)
    assert longest < SMALL_PAYLOAD
    assert len(events) < 120
    assert len(states.describe_execution(executionArn=arn)["output"]) < SMALL_PAYLOAD


def test_a_workload_that_broke_after_it_was_checked_fails_the_run(cloud: Cloud) -> None:
    outcome = cloud.wait(start(cloud, [{"id": "x"}], **replayed()))

    record = cloud.using.ledger.run(RUN) or {}
    assert outcome.status == "FAILED"
    assert (record["status"], record["error"]) == ("failed", "InvalidWorkloadError")
