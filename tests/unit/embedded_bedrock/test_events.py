import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import boto3
import pytest

OUT_OF_REACH = "s3://records/cases.jsonl"


@pytest.fixture
def nobody() -> Iterator[str]:
    """The URL of a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_the_program_prints_a_line_for_each_change_of_a_job(nobody: str) -> None:
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL_S3": nobody,
    }
    command = [sys.executable, "-W", "error", "-m", "local.bedrock", "--pace", "0", "--events"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this very interpreter
        patience = threading.Timer(20, process.kill)
        patience.start()
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            session = boto3.Session("AKIDEXAMPLE", "secret", region_name="us-east-1")
            client = session.client("bedrock", endpoint_url=url)
            job = client.create_model_invocation_job(
                jobName="nightly",
                roleArn="arn:aws:iam::123456789012:role/batch",
                modelId="brainswap.sim-even-v1:0",
                modelInvocationType="Converse",
                inputDataConfig={"s3InputDataConfig": {"s3Uri": OUT_OF_REACH}},
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": OUT_OF_REACH}},
            )
            events = [json.loads(process.stdout.readline())["event"] for _ in range(3)]
            client.close()
        finally:
            patience.cancel()
            process.kill()

    assert [event["status"] for event in events] == ["Submitted", "Validating", "Failed"]
    assert {event["batchJobArn"] for event in events} == {job["jobArn"]}
    assert OUT_OF_REACH in events[-1]["failureMessage"]
