import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from brainswap.adapters.bedrock_batches import BedrockBatchJobs
from brainswap.adapters.task_tokens import DynamoTaskTokens, StepFunctionsTasks
from brainswap.core.cases import Case
from brainswap.core.errors import ModelAccessError, ModelRefusesRequestError, StorageAccessError
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.job_events import JobEvents
from local.s3_on_loopback import s3_on_loopback
from tests.fakes.asking import question

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

MODEL = "amazon.nova-lite-v1:0"
ROLE = "arn:aws:iam::123456789012:role/batch"
RECORDS, RESULTS = "runs/r/batch/source/in/records-000.jsonl", "runs/r/batch/source/out/"
TOKEN = "a" * 64
NOBODY = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdefghijkl"


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="files")
        yield client


@pytest.fixture
def jobs(s3: "S3Client") -> Iterator[BedrockBatchJobs]:
    case = {"id": "c", "input": {"question": "Where?"}, "reference": "Vienna"}
    account = Account(least_batch_records=1)
    with EmbeddedBedrock(
        cases=[Case.model_validate(case)], models=Models(simulated=(MODEL,)), pace=0, account=account
    ) as server:
        client = boto3.client("bedrock", endpoint_url=server.url, region_name="us-east-1")
        made = BedrockBatchJobs(client, bucket="files", role=ROLE, hours=24)
        s3.put_object(Bucket="files", Key=RECORDS, Body=made.record("000000-00000", question(MODEL)))
        yield made
        client.close()


def create(jobs: BedrockBatchJobs, **changes: str) -> str:
    asked = {"name": "b", "token": TOKEN, "model": MODEL, "records": RECORDS, "results": RESULTS, **changes}
    return jobs.create(**asked)


def once_ended(jobs: BedrockBatchJobs, job: str) -> str:
    while not (found := jobs.look(job)).ended:
        time.sleep(0.01)
    return found.status


def test_a_job_answers_its_records_where_its_results_are_looked_for(jobs: BedrockBatchJobs, s3: "S3Client") -> None:
    job = create(jobs)

    status = once_ended(jobs, job)

    key = jobs.written(job, records=RECORDS, results=RESULTS)
    line = s3.get_object(Bucket="files", Key=key)["Body"].read()
    outcome = jobs.outcome(line, lambda _: question(MODEL))
    assert status == "Completed"
    assert outcome is not None
    assert outcome.answer is not None
    assert outcome.answer.text


def test_the_same_token_is_the_same_job(jobs: BedrockBatchJobs) -> None:
    assert create(jobs) == create(jobs) != create(jobs, token="b" * 64)


def test_a_job_that_has_ended_may_be_stopped_in_vain(jobs: BedrockBatchJobs) -> None:
    job = create(jobs)
    once_ended(jobs, job)

    jobs.stop(job)

    assert jobs.look(job).status == "Completed"


def test_a_job_that_cannot_be_is_an_error_of_the_model(jobs: BedrockBatchJobs) -> None:
    with pytest.raises(ModelRefusesRequestError):
        create(jobs, name="no name at all!")
    with pytest.raises(ModelAccessError):
        jobs.look(NOBODY)
    with pytest.raises(ModelAccessError):
        jobs.stop(NOBODY)


def test_the_last_task_that_waits_for_a_job_is_found() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        tokens = DynamoTaskTokens(client, "ledger")

        tokens.keep(NOBODY, "first")
        tokens.keep(NOBODY, "second")

        assert tokens.find(NOBODY) == "second"
        assert tokens.find("arn:other") is None
        with pytest.raises(StorageAccessError):
            DynamoTaskTokens(client, "nowhere").find(NOBODY)


def test_a_task_that_no_longer_waits_is_left_alone() -> None:
    config: Any = {"stepfunctions": {"execute_state_machine": True}}
    with mock_aws(config=config):
        StepFunctionsTasks(boto3.client("stepfunctions", region_name="us-east-1")).succeed("nobody's token")


# The stack in this process, and a process beside it


def test_objects_are_listed_read_and_written_over_http(s3: "S3Client") -> None:
    s3.put_object(Bucket="files", Key="in/first & <last>.jsonl", Body=b"1\n")
    with s3_on_loopback() as url:
        remote = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        listed = remote.list_objects_v2(Bucket="files", Prefix="in/")
        read = remote.get_object(Bucket="files", Key="in/first & <last>.jsonl")["Body"].read()
        remote.put_object(Bucket="files", Key="out/ü.out", Body=b"2\n" * 1000)
        with pytest.raises(remote.exceptions.NoSuchKey):
            remote.get_object(Bucket="files", Key="nothing")
        remote.close()

    assert [entry["Key"] for entry in listed["Contents"]] == ["in/first & <last>.jsonl"]
    assert read == b"1\n"
    assert s3.get_object(Bucket="files", Key="out/ü.out")["Body"].read() == b"2\n" * 1000


def test_only_ends_of_jobs_are_delivered_and_only_while_there_is_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    delivered = []

    class Lambda:
        def invoke(self, *, FunctionName: str, Payload: bytes) -> None:  # noqa: N803 - boto3's form
            delivered.append((FunctionName, json.loads(Payload)))

    monkeypatch.setattr("local.job_events.boto3.session.Session.client", lambda *_: Lambda())
    events, ended, begun = JobEvents("wake"), {"batchJobArn": "j", "status": "Expired"}, {"status": "InProgress"}

    def tell(*changes: Mapping[str, str]) -> None:
        for change in changes:
            events.tell(change)

    tell(ended)
    with events.delivered():
        tell(begun, ended)
    tell(ended)

    told = {"source": "aws.bedrock", "detail-type": "Batch Inference Job State Change", "detail": ended}
    assert delivered == [("wake", told)]
