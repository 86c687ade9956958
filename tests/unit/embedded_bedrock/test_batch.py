import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from brainswap.core.cases import Case
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.bedrock.service import Paid
from local.bedrock.shapes import Shapes, service_model

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient
    from types_boto3_s3 import S3Client

HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
SIMULATED = "brainswap.sim-strong-v1:0"
CARD = "I have been waiting for my new card for two weeks now."
REQUIRED = MappingProxyType(
    {"jobName": "nightly", "roleArn": "arn:aws:iam::123456789012:role/batch", "modelInvocationType": "Converse"}
)
ENDED = {"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"}


def record(record_id: str, text: str = CARD) -> dict[str, Any]:
    return {"recordId": record_id, "modelInput": {"messages": [{"role": "user", "content": [{"text": text}]}]}}


@pytest.fixture(scope="module", autouse=True)
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="records")
        yield client
        client.close()


@contextmanager
def serving(cases: Sequence[Case], changes: list[Mapping[str, str]], **settings: Any) -> Iterator["BedrockClient"]:
    models = Models(recordings={HAIKU: "haiku"})
    usual: dict[str, Any] = {"account": Account(least_batch_records=2, most_batch_records=40), "pace": 0}
    usual["on_job_change"] = changes.append
    with EmbeddedBedrock(cases=cases, models=models, **(usual | settings)) as server:
        client = boto3.client("bedrock", endpoint_url=server.url, region_name="us-east-1")
        yield client
        client.close()


@pytest.fixture(scope="module")
def changes() -> list[Mapping[str, str]]:
    return []


@pytest.fixture(scope="module")
def control(cases: tuple[Case, ...], changes: list[Mapping[str, str]]) -> Iterator["BedrockClient"]:
    with serving(cases, changes) as client:
        yield client


@pytest.fixture
def start(s3: "S3Client", request: pytest.FixtureRequest) -> Callable[..., str]:
    """Puts lines where a job reads them and starts it; the job's ARN."""
    numbers = itertools.count()

    def begin(client: "BedrockClient", lines: Sequence[Any], **fields: Any) -> str:
        body = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        key = f"in/{request.node.name}/{next(numbers)}/cases.jsonl"
        s3.put_object(Bucket="records", Key=key, Body=body.encode())
        asked: dict[str, Any] = {
            **REQUIRED,
            "modelId": HAIKU,
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://records/{key}"}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://records/out/"}},
        }
        return client.create_model_invocation_job(**(asked | fields))["jobArn"]

    return begin


def once(client: "BedrockClient", job: str, wanted: set[str] | None = None) -> Any:
    """The job as soon as it has ended, or has one of the statuses that are wanted."""
    for _ in range(1000):
        found = client.get_model_invocation_job(jobIdentifier=job)
        if found["status"] in (wanted or ENDED):
            return found
        time.sleep(0.01)
    raise AssertionError(found["status"])


def written(s3: "S3Client", job: str, name: str = "cases.jsonl.out") -> bytes:
    return s3.get_object(Bucket="records", Key=f"out/{job.rpartition('/')[2]}/{name}")["Body"].read()


def outputs(s3: "S3Client", job: str) -> list[Any]:
    return [json.loads(line) for line in written(s3, job).splitlines()]


def test_every_record_is_answered_as_by_converse_and_says_where_its_answer_comes_from(
    control: "BedrockClient", s3: "S3Client", start: Callable[..., str]
) -> None:
    job = start(control, [record("a"), record("b")])

    found = once(control, job)
    answers = {line["recordId"]: line for line in outputs(s3, job)}
    assert (found["status"], found["successRecordCount"], found["errorRecordCount"]) == ("Completed", 2, 0)
    assert set(answers) == {"a", "b"}
    assert answers["a"]["modelInput"] == record("a")["modelInput"]
    assert answers["a"]["modelOutput"]["output"]["message"]["content"] == [{"text": "card_arrival"}]
    assert answers["a"]["modelOutput"]["usage"] == {"inputTokens": 91, "outputTokens": 4, "totalTokens": 95}
    assert answers["a"]["brainswap"] == {"origin": "recorded", "estimated": []}
    assert json.loads(written(s3, job, "manifest.json.out")) == {
        "totalRecordCount": 2,
        "processedRecordCount": 2,
        "successRecordCount": 2,
        "errorRecordCount": 0,
        "inputTokenCount": 182,
        "outputTokenCount": 8,
    }


def test_a_made_up_answer_says_so_on_its_line(
    control: "BedrockClient", s3: "S3Client", start: Callable[..., str]
) -> None:
    job = start(control, [record("a"), record("b")], modelId=SIMULATED)

    once(control, job)
    assert outputs(s3, job)[0]["brainswap"] == {"origin": "simulated", "estimated": ["tokens", "latency"]}


def test_answers_of_a_batch_are_paid_for(cases: tuple[Case, ...], start: Callable[..., str]) -> None:
    models, account = Models(recordings={HAIKU: "haiku"}), Account(least_batch_records=2)
    with EmbeddedBedrock(cases=cases, models=models, account=account, pace=0) as server:
        client = boto3.client("bedrock", endpoint_url=server.url, region_name="us-east-1")
        once(client, start(client, [record("a"), record("b"), record("nothing recorded", "Which case is this?")]))
        client.close()

    assert server.paid(model=HAIKU) == Paid(input_tokens=182, output_tokens=8, answers=2)


def test_bad_records_fail_one_by_one(control: "BedrockClient", s3: "S3Client", start: Callable[..., str]) -> None:
    with_model = record("with model")
    with_model["modelInput"]["modelId"] = HAIKU
    bad = [
        {"modelInput": record("x")["modelInput"]},
        {"recordId": "no input"},
        {"recordId": "misshapen", "modelInput": {"messages": "hello"}},
        {"recordId": "empty", "modelInput": {"messages": []}},
        record("nothing recorded", "Which case is this?"),
        with_model,
    ]
    job = start(control, [record("good"), *bad])

    found = once(control, job)
    errors = {line.get("recordId"): line["error"] for line in outputs(s3, job) if "error" in line}
    assert (found["status"], found["processedRecordCount"], found["errorRecordCount"]) == ("Completed", 7, 6)
    assert {name: error["errorCode"] for name, error in errors.items()} == {
        None: 400,
        "no input": 400,
        "misshapen": 400,
        "empty": 400,
        "nothing recorded": 424,
        "with model": 400,
    }
    assert "messages" in errors["misshapen"]["errorMessage"]


def test_the_order_of_the_records_is_lost_but_the_same_each_time(
    control: "BedrockClient", s3: "S3Client", start: Callable[..., str]
) -> None:
    names = [f"{number:02}" for number in range(30)]
    jobs = [start(control, [record(name) for name in names]) for _ in range(2)]

    for job in jobs:
        once(control, job)
    first, second = ([line["recordId"] for line in outputs(s3, job)] for job in jobs)
    assert first == second
    assert first != names
    assert sorted(first) == names


def test_all_json_lines_below_a_prefix_are_answered_file_by_file(
    control: "BedrockClient", s3: "S3Client", start: Callable[..., str]
) -> None:
    for name in ("deep/one.jsonl", "two.jsonl", "notes.txt"):
        s3.put_object(Bucket="records", Key=f"folder/{name}", Body=json.dumps(record(name)).encode())
    s3.put_object(Bucket="records", Key="folder-beside/three.jsonl", Body=b"{}")

    job = start(control, [], inputDataConfig={"s3InputDataConfig": {"s3Uri": "s3://records/folder"}})

    assert once(control, job)["totalRecordCount"] == 2
    assert json.loads(written(s3, job, "deep/one.jsonl.out"))["recordId"] == "deep/one.jsonl"
    assert json.loads(written(s3, job, "two.jsonl.out"))["recordId"] == "two.jsonl"


@pytest.mark.parametrize(
    ("lines", "fields", "why"),
    [
        ([record("a")], {}, r"contains less records \(1\) than the required minimum of: 2"),
        ([record("a")] * 41, {}, r"more records \(41\)"),
        ([record("a"), "", "[]"], {}, "Line 3 is no record"),
        ([], {"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://records/nowhere.jsonl"}}}, "no .jsonl file"),
        ([], {"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://missing/cases.jsonl"}}}, "NoSuchBucket"),
        (
            [record("a"), record("b")],
            {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://missing/out"}}},
            "Could not write",
        ),
    ],
)
def test_a_job_whose_files_do_not_do_fails_and_says_why(
    control: "BedrockClient", start: Callable[..., str], lines: list[Any], fields: dict[str, Any], why: str
) -> None:
    job = once(control, start(control, lines, **fields))

    assert job["status"] == "Failed"
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(job["message"])


def test_a_request_that_comes_again_with_its_token_makes_no_second_job(
    control: "BedrockClient", start: Callable[..., str]
) -> None:
    first = start(control, [record("a"), record("b")], clientRequestToken="once")
    second = start(control, [record("a"), record("b")], clientRequestToken="once")
    other = start(control, [record("a"), record("b")], clientRequestToken="twice")

    assert first == second != other
    assert control.get_model_invocation_job(jobIdentifier=first)["clientRequestToken"] == "once"


def test_every_change_is_told_in_order(
    control: "BedrockClient", start: Callable[..., str], changes: list[Mapping[str, str]]
) -> None:
    job = start(control, [record("a"), record("b")])

    told: list[Mapping[str, str]] = []
    while not told or told[-1]["status"] not in ENDED:
        told = [change for change in list(changes) if change["batchJobArn"] == job]
        time.sleep(0.005)
    assert [change["status"] for change in told] == ["Submitted", "Validating", "Scheduled", "InProgress", "Completed"]
    assert set(told[0]) == {
        "version", "accountId", "batchJobName", "batchJobArn", "batchModelId", "status", "failureMessage",
        "creationTime",
    }  # fmt: skip
    assert (told[0]["batchJobName"], told[0]["batchModelId"]) == ("nightly", HAIKU)


def test_a_listener_that_fails_does_not_hold_up_a_job(
    cases: tuple[Case, ...], start: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_detail: Mapping[str, str]) -> None:
        raise ZeroDivisionError

    with serving(cases, [], on_job_change=fail) as client:
        job = once(client, start(client, [record("a"), record("b")]))

    assert job["status"] == "Completed"
    assert "listener" in caplog.text


def test_jobs_are_listed_by_page_name_status_and_time(cases: tuple[Case, ...], start: Callable[..., str]) -> None:
    with serving(cases, []) as client:
        jobs = [start(client, [record("a"), record("b")], jobName=f"job-{name}") for name in ("one", "two", "three")]
        failed = start(client, [record("a")], jobName="other")
        for job in (*jobs, failed):
            once(client, job)

        def listed(**filters: Any) -> list[str]:
            pages = client.get_paginator("list_model_invocation_jobs").paginate(
                **filters, PaginationConfig={"PageSize": 2}
            )
            return [job["jobArn"] for page in pages for job in page["invocationJobSummaries"]]

        later = datetime.now(UTC) + timedelta(hours=1)
        assert listed() == [failed, *reversed(jobs)]
        assert listed(sortOrder="Ascending") == [*jobs, failed]
        assert listed(nameContains="job-t") == [jobs[2], jobs[1]]
        assert listed(statusEquals="Failed") == [failed]
        assert len(listed(submitTimeBefore=later)) == 4
        assert listed(submitTimeAfter=later) == []
        with pytest.raises(ClientError, match="ValidationException"):
            client.list_model_invocation_jobs(nextToken="OTk5")


def test_a_stopped_job_keeps_what_was_answered(
    s3: "S3Client", cases: tuple[Case, ...], start: Callable[..., str]
) -> None:
    changes: list[Mapping[str, str]] = []
    # 30 records in 80 % of 10 minutes of model time, each second of which takes 5 ms here.
    with serving(cases, changes, pace=0.005) as client:
        job = start(client, [record(f"{number}") for number in range(30)])
        while not client.get_model_invocation_job(jobIdentifier=job).get("successRecordCount"):
            time.sleep(0.005)
        client.stop_model_invocation_job(jobIdentifier=job)
        found = once(client, job)
        with pytest.raises(ClientError) as caught:
            client.stop_model_invocation_job(jobIdentifier=job)

    assert found["status"] == "Stopped"
    assert 0 < found["processedRecordCount"] < 30
    assert len(outputs(s3, job)) == found["processedRecordCount"]
    assert [change["status"] for change in changes][-2:] == ["Stopping", "Stopped"]
    assert caught.value.response["Error"]["Code"] == "ConflictException"


def test_a_job_that_has_not_begun_is_stopped_without_output(
    s3: "S3Client", cases: tuple[Case, ...], start: Callable[..., str]
) -> None:
    with serving(cases, [], pace=1) as client:
        job = start(client, [record("a"), record("b")])
        waiting = client.get_model_invocation_job(jobIdentifier=job)["status"]
        client.stop_model_invocation_job(jobIdentifier=job.rpartition("/")[2])
        found = once(client, job)

    assert (waiting, found["status"]) == ("Submitted", "Stopped")
    assert "totalRecordCount" not in found
    assert s3.list_objects_v2(Bucket="records", Prefix=f"out/{job.rpartition('/')[2]}")["KeyCount"] == 0


def test_what_a_job_has_no_time_for_is_left_out(
    s3: "S3Client", cases: tuple[Case, ...], start: Callable[..., str]
) -> None:
    # The queue takes 10 of 50 hours, and each of 20 records 2: 7 of them are answered when 24 hours are over.
    slow = Account(least_batch_records=2, batch_minutes=50 * 60)
    with serving(cases, [], account=slow) as client:
        job = start(client, [record(f"{number}") for number in range(20)], timeoutDurationInHours=24)
        found = once(client, job)

    assert (found["status"], found["totalRecordCount"], found["processedRecordCount"]) == ("PartiallyCompleted", 20, 7)
    assert len(outputs(s3, job)) == 7


def test_a_job_that_waits_longer_than_its_timeout_expires(cases: tuple[Case, ...], start: Callable[..., str]) -> None:
    never = Account(least_batch_records=2, batch_minutes=200 * 60)
    with serving(cases, [], account=never) as client:
        found = once(client, start(client, [record("a"), record("b")]))

    assert (found["status"], found["timeoutDurationInHours"]) == ("Expired", 24)
    assert found["jobExpirationTime"] - found["submitTime"] == timedelta(hours=24)


def test_a_server_that_ends_leaves_no_thread_behind(cases: tuple[Case, ...], start: Callable[..., str]) -> None:
    before = threading.active_count()
    with serving(cases, [], pace=1) as client:
        start(client, [record("a"), record("b")])

    assert threading.active_count() == before


def test_nobody_finds_a_job_that_is_elsewhere_or_nowhere(control: "BedrockClient", start: Callable[..., str]) -> None:
    job = start(control, [record("a"), record("b")])
    elsewhere = boto3.client("bedrock", endpoint_url=control.meta.endpoint_url, region_name="eu-west-1")

    for client, wanted in (
        (elsewhere, job),
        (control, "abcdefghijkl"),
        (control, job.replace("us-east-1", "eu-west-1")),
    ):
        with pytest.raises(ClientError) as caught:
            client.get_model_invocation_job(jobIdentifier=wanted)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert elsewhere.list_model_invocation_jobs()["invocationJobSummaries"] == []
    elsewhere.close()


def test_the_bodies_of_all_answers_fit_the_service_model(control: "BedrockClient", start: Callable[..., str]) -> None:
    job = start(control, [record("a"), record("b")])
    once(control, job)
    model, shapes = service_model("bedrock"), Shapes()
    answers: dict[str, Any] = {
        "GetModelInvocationJob": control.get_model_invocation_job(jobIdentifier=job),
        "ListModelInvocationJobs": control.list_model_invocation_jobs(maxResults=1),
    }

    for operation, answer in answers.items():
        del answer["ResponseMetadata"]
        shape = model.operation_model(operation).output_shape
        assert shape is not None
        shapes.verify(shape, json.loads(json.dumps(answer, default=str)))
