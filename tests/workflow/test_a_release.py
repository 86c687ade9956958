"""A model is released, and the workload that waits for it is measured against it: the whole way, in one process."""

import json
from typing import Any

import boto3

from brainswap.core.cases import Case
from brainswap.report.document import from_json
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import BUCKET, Cloud, local_cloud
from local.embedded import endpoints
from local.events import Delivery
from local.functions import environment
from tests.fakes.runs import case, declaration

SOURCE, RELEASED = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"
NAME = "yes-or-no"


def bedrock(rows: list[dict[str, Any]], recordings: dict[str, str]) -> EmbeddedBedrock:
    """A catalogue with these models, which answer what was recorded."""
    known = Models(recordings=recordings, simulated=())
    return EmbeddedBedrock(
        cases=[Case.model_validate(row) for row in rows],
        models=known,
        pace=0,
        account=Account(tokens_per_minute=100_000_000),
    )


def delivery_of(cloud: Cloud) -> Delivery:
    assert cloud.delivery is not None
    return cloud.delivery


def test_a_released_model_is_noticed_measured_and_told_of() -> None:
    rows = [case(number, recorded={"old": {"output": "no"}, "new": {"output": "yes"}}) for number in range(60)]
    declared = declaration(
        targets=[{"model": "amazon.nova-micro-v1:0"}],
        triggers={"releases": [{"provider": "amazon", "family": "nova"}]},
    )
    before, after = bedrock(rows, {SOURCE: "old"}), bedrock(rows, {SOURCE: "old", RELEASED: "new"})

    with (
        before as known,
        after as released,
        environment(endpoints(known.url)),
        local_cloud(realm="test", events=True) as cloud,
    ):
        s3, delivery = boto3.client("s3"), delivery_of(cloud)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        for name, text in {"cases.jsonl": lines, "workload.yaml": json.dumps(declared)}.items():
            s3.put_object(Bucket=BUCKET, Key=f"workloads/{NAME}/v1/{name}", Body=text.encode())
        delivery.invoke("Watch")
        delivery.wait()
        with environment(endpoints(released.url)):
            delivery.invoke("Watch")
            delivery.wait()
            (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=cloud.machine_arn)[
                "executions"
            ]
            outcome = cloud.wait(execution["executionArn"])
            delivery.wait()
            record = cloud.using.ledger.run(execution["name"]) or {}
        told = [one.event["detail-type"] for one in delivery.arrived if one.event.get("source") == "brainswap"]
        report = from_json(cloud.using.artifacts.read(f"runs/{execution['name']}/report.json").decode())

    assert outcome.status == "SUCCEEDED", outcome.cause
    assert not [one for one in delivery.arrived if one.error]
    assert told == ["Workload Registered", "Model Released", "Migration Decided"]
    assert (record["because"], record["targets"]) == (f"{RELEASED} was released", [RELEASED])
    assert (report.verdict, record["verdict"]) == ("migrate", "migrate")
    assert {one.model for one in report.contenders} == {SOURCE, RELEASED}
