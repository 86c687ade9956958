"""A migration on what the synthesised template made, and which rights its functions used on the way."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient

from brainswap.approving import approve
from brainswap.core.cases import Case
from brainswap.handlers import step
from brainswap.report.document import from_json
from brainswap.rewriters import job
from brainswap.rollout import moving
from brainswap.runtime import dependencies, forget
from infrastructure.catalog import FUNCTIONS
from infrastructure.seldom_used import unneeded
from local.appconfig.server import EmbeddedAppConfig
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.embedded import endpoints
from local.events import Delivered, Delivery, events_delivered
from local.functions import environment, handlers_in_process, invoking
from local.job_events import JobEvents
from tests.fakes.live_answers import ranked, sample
from tests.fakes.runs import case, declaration
from tests.infrastructure.conftest import REGION
from tests.infrastructure.test_what_adapters_call import NOT_CALLED
from tests.infrastructure.used_rights import Calls, allowed

RUN = "on-the-template"
SOURCE, TARGET, WHOLE = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"
JUDGE = "mistral.mistral-large-2407-v1:0"
NOBODY = "amazon.nobody-has-this-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"

JUDGED = {"name": "kind", "type": "closed_qa", "criterion": "It is kind.", "judge": {"model": JUDGE}}

ALIKE = {"name": "alike", "type": "similarity", "model": TITAN}
SAFE = {"name": "safe", "type": "guardrail", "guardrail": {"id": "gr4a1l", "version": "1"}}

TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "diff": "text/plain; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

LOOK_S = 0.2
PATIENCE = 600  # looks, before an execution that hangs is a failure


@dataclass(frozen=True)
class Migrated:
    """An execution that has ended."""

    outputs: Mapping[str, str]
    places: Mapping[str, str]
    roles: Mapping[str, str]
    handlers: Mapping[str, str]
    delivered: Sequence[Delivered]
    status: str
    report: str
    batch_status: str
    rolled_out: list[str]
    calls: Calls


@pytest.fixture(scope="module")
def migrated(deployed_stack: Mapping[str, str]) -> Iterator[Migrated]:
    """A run with a look on the way, a prompt out of a job and a target that does not stream; one in batches; events."""
    calls, make_call = Calls(region=REGION), BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore's one way out

    def recorded(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.record(client.meta.service_model.service_name, operation, parameters)
        return make_call(client, operation, parameters)

    rows = [case(number, recorded={"old": {"output": "yes"}, "new": {"output": "yes"}}) for number in range(200)]
    known = Models(recordings={SOURCE: "old", TARGET: "new", WHOLE: "new"}, simulated=(JUDGE, TITAN))
    functions = boto3.client("lambda").list_functions()["Functions"]
    # Only some are told where the machine is; here all run in one process.
    configured = {name: value for one in functions for name, value in one["Environment"]["Variables"].items()}
    names = {one["Handler"].split(".")[-2]: one["FunctionName"] for one in functions}
    events = JobEvents(names["resume"])
    boto3.client("s3").put_bucket_notification_configuration(  # which moto's CloudFormation leaves out
        Bucket=deployed_stack["BucketName"], NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    with (
        EmbeddedAppConfig() as appconfig,
        EmbeddedBedrock(
            cases=[Case.model_validate(row) for row in rows],
            models=known,
            pace=0,
            account=Account(tokens_per_minute=100_000_000),  # nothing waits for a quota
            on_job_change=events.tell,
        ) as server,
        environment(
            {
                **configured,
                **endpoints(server.url),
                **appconfig.endpoints,
                **_routes(founded := appconfig.found(), deployed_stack),
            }
        ),
        handlers_in_process(),
        events.delivered(),
        events_delivered(REGION) as delivery,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(BaseClient, "_make_api_call", recorded)
        patch.setattr(job, "FIRST_PAUSE_S", 1)
        improve = {"methods": ["rewrite", "optimise"], "rewriters": ["own", "prompt_optimization_job"]}
        approval = {"required": True}
        rollout = {"steps": [50, 100], "bake_minutes": 0, "bakes": 1, "min_requests": 1}
        status = _run(
            deployed_stack, rows, RUN, stopping={"looks": 2}, improve=improve, approval=approval, rollout=rollout
        )
        rolled_out = [_end_of_rollout(deployed_stack, RUN)]
        _retreat(deployed_stack, functions)
        scorers = [*declaration()["scorers"], JUDGED, ALIKE, SAFE]
        batches = f"{RUN}-in-batches"
        guards = [{"measure": measure, "margin": 0.5} for measure in ("errors", "judged_bad")]
        judge = {"scorer": "kind", "sample": 2, "budget_usd": 1}
        judged = {**rollout, "guards": guards, "judge": judge}
        with _reporting(deployed_stack["BucketName"], batches):
            batch_status = _run(
                deployed_stack, rows, batches, fresh=True, inference="batch", scorers=scorers, rollout=judged
            )
            rolled_out.append(_end_of_rollout(deployed_stack, batches))
        _events(deployed_stack, delivery, [RUN, batches], names)
        key = f"runs/{RUN}/report.json"
        body = boto3.client("s3").get_object(Bucket=deployed_stack["BucketName"], Key=key)["Body"].read().decode()
        yield Migrated(
            outputs=deployed_stack,
            places={deployed_stack[f"Routes{name.capitalize()}Id"]: value for name, value in founded.items()},
            roles={one["Handler"].split(".")[-2]: one["Role"].rpartition("/")[2] for one in functions},
            handlers={name: module for module, name in names.items()},
            delivered=tuple(delivery.arrived),
            status=status,
            report=body,
            batch_status=batch_status,
            rolled_out=rolled_out,
            calls=calls,
        )


def _events(outputs: Mapping[str, str], delivery: Delivery, ran: Sequence[str], names: Mapping[str, str]) -> None:
    """What else leads to functions: a look, a workload that is rejected, a request, and runs that broke off."""
    forget()  # what other functions have found out: each is a process of its own
    delivery.invoke(names["watch"])
    boto3.client("s3").put_object(
        Bucket=outputs["BucketName"], Key="workloads/rejected/v1/workload.yaml", Body=b"name: rejected"
    )
    detail = {"workload": declaration()["name"], "targets": [NOBODY]}
    entry: Any = {
        "EventBusName": outputs["BusName"],
        "Source": "people",
        "DetailType": "Migration Requested",
        "Detail": json.dumps(detail),
    }
    boto3.client("events").put_events(Entries=[entry])
    delivery.wait()
    kind = "Step Functions Execution Status Change"

    def started_with(run_id: str) -> str:
        return json.dumps({"run_id": run_id, "workload": declaration()["name"]})

    for run_id in (*ran, "of-nobody"):
        detail = {"status": "ABORTED", "stateMachineArn": outputs["StateMachineArn"], "input": started_with(run_id)}
        delivery.tell({"id": run_id, "source": "aws.states", "detail-type": kind, "detail": detail})
    _left_running(outputs)
    detail = {"status": "ABORTED", "stateMachineArn": outputs["RolloutMachineArn"], "input": started_with(ran[-1])}
    delivery.tell({"id": "stopped", "source": "aws.states", "detail-type": kind, "detail": detail})
    delivery.wait()
    (requested,) = _executions(outputs, but=ran)
    for _ in range(PATIENCE):
        if boto3.client("stepfunctions").describe_execution(executionArn=requested)["status"] != "RUNNING":
            break
        time.sleep(LOOK_S)
    delivery.invoke(names["trigger"])
    delivery.wait()


def _executions(outputs: Mapping[str, str], *, but: Sequence[str]) -> list[str]:
    listed = boto3.client("stepfunctions").list_executions(stateMachineArn=outputs["StateMachineArn"])["executions"]
    return [one["executionArn"] for one in listed if one["name"] not in but]


def _routes(founded: Mapping[str, str], outputs: Mapping[str, str]) -> dict[str, str]:
    """What moto's CloudFormation cannot make, and the variables that not every function has."""
    return {
        **{f"BRAINSWAP_ROUTES_{name.upper()}": value for name, value in founded.items()},
        "BRAINSWAP_ROLLOUT_MACHINE": outputs["RolloutMachineArn"],
    }


def _end_of_rollout(outputs: Mapping[str, str], run_id: str) -> str:
    """The status of a roll-out's record once its machine has ended."""
    states = boto3.client("stepfunctions")
    arn = f"{outputs['RolloutMachineArn'].replace(':stateMachine:', ':execution:')}:{run_id}"
    for _ in range(PATIENCE):
        if states.describe_execution(executionArn=arn)["status"] != "RUNNING":
            break
        time.sleep(LOOK_S)
    return str((dependencies().rollout_records.current(declaration()["name"]) or {})["status"])


def _retreat(outputs: Mapping[str, str], functions: Any) -> None:
    """Let the machine fail in the middle, as far as the function can tell."""
    _left_running(outputs)
    (name,) = (
        one["FunctionName"] for one in functions if one["Handler"] == "brainswap.handlers.retreat.lambda_handler"
    )
    request = {"run_id": RUN, "workload": declaration()["name"], "error": "E", "cause": "c"}
    answer = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(request).encode())
    assert "FunctionError" not in answer


def _left_running(outputs: Mapping[str, str]) -> None:
    """The record of a roll-out that nobody goes on with."""
    boto3.client("dynamodb").update_item(
        TableName=outputs["LedgerTableName"],
        Key={"pk": {"S": f"ROLLOUT#{declaration()['name']}"}, "sk": {"S": "CURRENT"}},
        UpdateExpression="SET #status = :running",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":running": {"S": "running"}},
    )


@contextmanager
def _reporting(bucket: str, run_id: str) -> Iterator[None]:
    """Report good requests of each variant whenever a step was deployed, and hand over the answers of two."""
    real = moving.move

    def move(request: Any, using: Any) -> Any:
        place = real(request, using)
        data: Any = [
            {
                "MetricName": metric,
                "Value": value,
                "Dimensions": [
                    {"Name": "Workload", "Value": request.workload},
                    {"Name": "Variant", "Value": variant},
                    {"Name": "RolloutId", "Value": f"{run_id}/{request.step + 1}"},
                ],
            }
            for variant in ("source", "target")
            for metric, value in (("Requests", 10), ("Errors", 0), ("Throttles", 0))
        ]
        step_itself = invoking.set(None)  # it is applications that report
        boto3.Session().client("cloudwatch").put_metric_data(Namespace="Brainswap", MetricData=data)
        for variant in ("source", "target"):
            for rank, answer in ranked([sample("yes", question=f"Is {number} even?") for number in range(2)]).items():
                key = f"samples/{request.workload}/{run_id}/{request.step + 1}/{variant}/{rank}.json"
                boto3.Session().client("s3").put_object(Bucket=bucket, Key=key, Body=answer)
        invoking.reset(step_itself)
        return place

    with mock.patch.object(step, "move", move):
        yield


def _run(
    outputs: Mapping[str, str], rows: list[dict[str, Any]], run_id: str, *, fresh: bool = False, **changes: Any
) -> str:
    declared = declaration(targets=[{"model": TARGET}, {"model": WHOLE}], **changes)
    s3, states = boto3.client("s3"), boto3.client("stepfunctions")
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    for name, text in {"cases.jsonl": lines, "workload.yaml": json.dumps(declared)}.items():
        s3.put_object(
            Bucket=outputs["BucketName"], Key=f"workloads/{declared['name']}/{run_id}/{name}", Body=text.encode()
        )
    started_at = "2026-11-01T12:00:00Z"
    version = {"workload": declared["name"], "version": run_id}
    request = {"run_id": run_id, **version, "fresh": fresh, "started_at": started_at}
    arn = states.start_execution(stateMachineArn=outputs["StateMachineArn"], name=run_id, input=json.dumps(request))[
        "executionArn"
    ]
    approved = False  # once: moto cannot take a second word while another execution begins
    for _ in range(PATIENCE):
        status = str(states.describe_execution(executionArn=arn)["status"])
        if status != "RUNNING":
            break
        if not approved:
            approved = _approve(run_id)
        time.sleep(LOOK_S)
    return status


def _approve(run_id: str) -> bool:
    """Approve what the run wants approval of, if it does so already; whether it did."""
    kept = dependencies().approvals.read(run_id)
    if kept is None or not kept.record.announced:
        return False
    approve(run_id, "anna@example.com", kept.record.report_sha256, "", dependencies())
    return True


def test_a_migration_runs_on_the_deployed_template(migrated: Migrated) -> None:
    assert migrated.status == "SUCCEEDED"
    assert from_json(migrated.report).verdict == "migrate"


def test_a_migration_in_batch_jobs_runs_on_it_too(migrated: Migrated) -> None:
    assert migrated.batch_status == "SUCCEEDED"


def test_traffic_goes_back_without_reports_and_moves_with_them(migrated: Migrated) -> None:
    assert migrated.rolled_out == ["rolled_back", "completed"]


def test_the_answers_of_the_traffic_were_judged_on_the_way(migrated: Migrated) -> None:
    item = boto3.client("dynamodb").get_item(
        TableName=migrated.outputs["LedgerTableName"],
        Key={"pk": {"S": f"ROLLOUT#{declaration()['name']}"}, "sk": {"S": "CURRENT"}},
    )["Item"]

    target = item["judged"]["M"]["target"]["M"]
    assert int(target["good"]["N"]) + int(target["bad"]["N"]) == 2


def test_the_record_of_the_run_is_in_the_ledger(migrated: Migrated) -> None:
    item = boto3.client("dynamodb").get_item(
        TableName=migrated.outputs["LedgerTableName"], Key={"pk": {"S": f"RUN#{RUN}"}, "sk": {"S": "RUN"}}
    )["Item"]

    assert item["status"] == {"S": "done"}
    assert item["verdict"] == {"S": "migrate"}
    assert item["approval"] == {"S": "approved"}


def test_every_file_of_a_run_is_encrypted_and_says_what_it_is(migrated: Migrated) -> None:
    s3, bucket = boto3.client("s3"), migrated.outputs["BucketName"]
    keys = [
        entry["Key"]
        for prefix in ("runs/", "history/")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for entry in page["Contents"]
        if not fnmatchcase(entry["Key"], "runs/*/out/*")  # which jobs of Bedrock write
    ]

    found = {key: s3.head_object(Bucket=bucket, Key=key) for key in keys}

    assert {key for key in keys if key.endswith("index.html")} == {f"history/{declaration()['name']}/index.html"}
    assert {key: one["ContentType"] for key, one in found.items()} == {key: _type_of(key) for key in keys}
    assert {one["ServerSideEncryption"] for one in found.values()} == {"AES256"}


def _type_of(key: str) -> str:
    return TYPES[key.rpartition(".")[2]]


def test_what_events_lead_to_is_done_without_an_error(migrated: Migrated) -> None:
    reached = {migrated.handlers[each.function] for each in migrated.delivered}

    assert reached == {"register", "watch", "trigger", "resume", "recover"}
    assert [each for each in migrated.delivered if each.error is not None] == []


@pytest.mark.parametrize("state", [row.state for row in FUNCTIONS])
def test_each_function_uses_no_right_that_it_does_not_hold(state: str, migrated: Migrated) -> None:
    held = allowed(migrated.roles[state.lower()], migrated.places)

    used = migrated.calls.by_function[state.lower()]

    assert used, f"{state} called nothing"
    assert [call for call in used if not held.allows(call)] == []


@pytest.mark.parametrize("state", [row.state for row in FUNCTIONS])
def test_each_right_is_used_or_is_for_something_that_seldom_happens(state: str, migrated: Migrated) -> None:
    held = allowed(migrated.roles[state.lower()], migrated.places).actions

    unused = held - {call.action for call in migrated.calls.by_function[state.lower()]}

    assert unneeded(state, unused - set(NOT_CALLED)) == set()
