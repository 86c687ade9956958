"""push and start against a stack whose functions run here."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from brainswap.adapters.directory import DirectoryFolder
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.core.registering.registration import Registration
from brainswap.registry import Registry
from brainswap.snapshots import Snapshots
from brainswap.verdicts import Verdicts
from local import cloud as clouds
from local.account import push
from local.account.stack import find_stack
from local.cloud import BUCKET, LEDGER, Cloud, local_cloud
from local.workloads import check_workload
from tests.cli.conftest import Said
from tests.fakes.account import as_stack
from tests.fakes.listings import NOW, leaving, listing, model
from tests.fakes.told import MemoryEvents
from tests.fakes.workloads import in_force

Brainswap = Callable[..., Said]
Write = Callable[..., Path]
REPLAY = {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded", "recorded": "old"}
TARGET = {"model": "amazon.nova-lite-v1:0", "answers": "recorded", "recorded": "new"}


@pytest.fixture
def account(brainswap: Brainswap, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack of its own, after the settings of the command."""
    assert callable(brainswap)
    monkeypatch.setattr(push, "LOOK_S", 0.05)
    monkeypatch.setattr(push, "WAIT_S", 10.0)
    # S3 tells the time in seconds, and a test pushes faster than that.
    monkeypatch.setattr("moto.s3.notifications.unix_time", map(float, itertools.count(1_800_000_000)).__next__)
    with local_cloud(realm="test", events=True, account=False) as cloud:
        as_stack(cloud)
        yield cloud


def keys() -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="workloads/")
    return [entry["Key"] for entry in listed.get("Contents", [])]


@pytest.mark.usefixtures("account")
def test_a_push_registers_a_version_that_is_a_hash_of_its_content(brainswap: Brainswap, workload: Write) -> None:
    folder = workload()

    first = brainswap("push", str(folder), "--json")
    again = brainswap("push", str(folder), "--json")

    assert first.code == again.code == 0
    told = json.loads(first.out)
    assert (told["workload"], told["status"], told["in_force"]) == ("yes-or-no", "registered", told["version"])
    assert json.loads(again.out)["version"] == told["version"]
    assert keys() == [f"workloads/yes-or-no/{told['version']}/{name}" for name in ("cases.jsonl", "workload.yaml")]


@pytest.mark.usefixtures("account")
def test_the_last_push_is_in_force_and_an_earlier_one_that_is_pushed_again_comes_back(
    brainswap: Brainswap, workload: Write
) -> None:
    versions = [
        json.loads(brainswap("push", str(workload(description=text)), "--json").out) for text in ("a", "b", "a")
    ]

    assert [told["in_force"] for told in versions[:2]] == [told["version"] for told in versions[:2]]
    assert versions[0]["version"] == versions[2]["version"] != versions[1]["version"]


@pytest.mark.usefixtures("account")
def test_a_workload_that_is_not_valid_is_not_pushed(brainswap: Brainswap, workload: Write) -> None:
    said = brainswap("push", str(workload(gates=[{"scorer": "nobody", "rule": "better"}])))

    assert said.code == 2
    assert "nobody" in said.err
    assert keys() == []


def test_a_push_that_stops_half_way_leaves_no_version(
    account: Cloud, workload: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, open_file = workload(), DirectoryFolder.local_path

    def gone(self: Any, name: str) -> Path:
        if name == "workload.yaml":
            raise KeyboardInterrupt
        return open_file(self, name)

    checked = check_workload(folder, "bedrock")
    monkeypatch.setattr(DirectoryFolder, "local_path", gone)
    with pytest.raises(KeyboardInterrupt):
        push.push_workload(checked, find_stack())
    assert account.delivery is not None
    account.delivery.wait()

    assert [key.rpartition("/")[2] for key in keys()] == ["cases.jsonl"]
    assert account.using.records.all("WORKLOADS") == []


@pytest.mark.usefixtures("account")
def test_what_the_account_rejects_is_told_and_changes_nothing(
    account: Cloud, brainswap: Brainswap, workload: Write
) -> None:
    good = json.loads(brainswap("push", str(workload()), "--json").out)["version"]
    s3 = boto3.client("s3")
    s3.put_object(Bucket=BUCKET, Key="workloads/yes-or-no/by-hand/workload.yaml", Body=b"version: 1\nname: yes-or-no\n")
    assert account.delivery is not None
    account.delivery.wait()

    pushed = json.loads(brainswap("push", str(workload()), "--json").out)

    assert (pushed["status"], pushed["in_force"]) == ("registered", good)


def test_where_the_account_does_not_answer_the_push_says_how_to_look_again(
    brainswap: Brainswap, workload: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "WAIT_S", 0.0)
    with local_cloud(realm="test") as deaf:
        as_stack(deaf)

        said = brainswap("push", str(workload()))

    assert said.code == 1
    assert "look again with brainswap status yes-or-no" in said.err


def test_a_started_migration_runs_on_the_version_in_force(
    account: Cloud, brainswap: Brainswap, workload: Write
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": f"case-{number}",
            "input": {"question": "?"},
            "reference": "yes",
            "recorded": {name: {"output": "yes"} for name in ("old", "new")},
        }
        for number in range(30)
    ]
    version = json.loads(brainswap("push", str(workload(rows, source=REPLAY, targets=[TARGET])), "--json").out)[
        "version"
    ]

    started = json.loads(brainswap("start", "yes-or-no", "--json").out)

    assert started["version"] == version
    arn = account.machine_arn.replace(":stateMachine:", ":execution:") + f":{started['run_id']}"
    outcome = account.wait(arn)
    assert outcome.status == "SUCCEEDED", outcome.cause
    assert (account.using.ledger.run(started["run_id"]) or {})["status"] == "done"


def test_a_migration_to_other_models_measures_these(
    brainswap: Brainswap, workload: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    monkeypatch.setattr(clouds, "definition", lambda *_: json.dumps(machine))
    with local_cloud(realm="test", events=True, account=False) as cloud:
        as_stack(cloud)
        brainswap("push", str(workload()))

        started = json.loads(brainswap("start", "yes-or-no", "--to", "amazon.nova-pro-v1:0", "--json").out)

        states = boto3.client("stepfunctions")
        (execution,) = states.list_executions(stateMachineArn=cloud.machine_arn)["executions"]
        described = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"])["targets"] == ["amazon.nova-pro-v1:0"]
    assert execution["name"] == started["run_id"]


def recorded(count: int) -> list[dict[str, Any]]:
    answers = {name: {"output": "yes"} for name in ("old", "new")}
    return [
        {"id": f"case-{number}", "input": {"question": "?"}, "reference": "yes", "recorded": answers}
        for number in range(count)
    ]


def test_other_cases_start_a_migration_by_themselves_and_its_verdict_is_known(
    account: Cloud, brainswap: Brainswap, workload: Write
) -> None:
    declared: dict[str, Any] = {"source": REPLAY, "targets": [TARGET], "triggers": {"dataset": True}}
    brainswap("push", str(workload(recorded(30), **declared)))
    other = json.loads(brainswap("push", str(workload(recorded(40), **declared)), "--json").out)["version"]
    assert account.delivery is not None
    account.delivery.wait()
    ((run_id, queued),) = [
        (one["run_id"], one) for one in json.loads(brainswap("status", "--queue", "--json").out)["queue"]
    ]

    assert (queued["version"], queued["status"]) == (other, "started")
    arn = account.machine_arn.replace(":stateMachine:", ":execution:") + f":{run_id}"
    outcome = account.wait(arn)
    assert outcome.status == "SUCCEEDED", outcome.cause
    account.delivery.wait()
    assert json.loads(brainswap("status", "--queue", "--json").out)["queue"] == []
    (told,) = json.loads(brainswap("status", "--json").out)
    (verdict,) = told["verdicts"]
    assert (verdict["run_id"], verdict["stale"]) == (run_id, [])
    assert not [one for one in account.delivery.arrived if one.error]

    brainswap("push", str(workload(recorded(41), **{**declared, "triggers": {}})))
    said = brainswap("status", "yes-or-no").out
    assert "STALE: the cases changed" in said
    assert said.count("registered") == 3
    assert json.loads(brainswap("status", run_id, "--json").out)["verdict"] == verdict["verdict"]


def test_what_was_rejected_is_told_with_the_reason(account: Cloud, brainswap: Brainswap) -> None:
    key = "workloads/yes-or-no/by-hand/workload.yaml"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"version: 1\nname: yes-or-no\n")
    assert account.delivery is not None
    account.delivery.wait()

    said = brainswap("status", "yes-or-no")

    assert said.code == 0
    assert "by-hand" in said.out
    assert "rejected: workload.yaml" in said.out


@pytest.mark.usefixtures("account")
def test_an_account_without_anything_says_what_to_do(brainswap: Brainswap) -> None:
    assert "brainswap push DIR" in brainswap("status").out
    assert "Nothing waits and nothing runs." in brainswap("status", "--queue").out
    assert "Nobody has looked" in brainswap("models").err
    assert "knows no run and no workload x" in brainswap("status", "x").err


@pytest.mark.usefixtures("account")
def test_models_are_listed_as_they_were_seen_last(brainswap: Brainswap, workload: Write) -> None:
    brainswap("push", str(workload()))
    client = boto3.client("dynamodb")
    records = DynamoRecords(client, LEDGER)
    looks = [
        listing(model("amazon.nova-lite-v1:0"), leaving("anthropic.claude-3-haiku-20240307-v1:0", "2027-01-08")),
        listing(
            model("amazon.nova-lite-v1:0"),
            leaving("anthropic.claude-3-haiku-20240307-v1:0", "2027-01-08", status="LEGACY"),
            model("a.new-v1:0"),
        ),
    ]
    for look in looks:
        Snapshots(records).take("us-east-1", look, now=NOW, prices={}, events=MemoryEvents())

    new = json.loads(brainswap("models", "--new", "--json").out)
    retiring = brainswap("models", "--retiring").out

    assert [one["model"] for one in new] == ["a.new-v1:0"]
    assert retiring.startswith("anthropic.claude-3-haiku-20240307-v1:0  us-east-1  LEGACY  goes on 2027-01-08")
    assert retiring.rstrip().endswith("used by yes-or-no")
    assert len(json.loads(brainswap("models", "--json").out)) == 3


@pytest.mark.usefixtures("account")
def test_a_workload_that_nobody_pushed_cannot_be_started(brainswap: Brainswap) -> None:
    said = brainswap("start", "nobody")

    assert said.code == 2
    assert "knows no workload nobody" in said.err
    assert "brainswap push DIR" in said.err


def test_without_a_stack_there_is_a_clear_word(
    brainswap: Brainswap, workload: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    said = brainswap("push", str(workload()))

    assert said.code == 2
    assert "credentials" in said.err


@pytest.mark.usefixtures("account")
def test_nothing_that_a_workload_declares_steers_a_terminal(brainswap: Brainswap) -> None:
    hostile = in_force(source="openai:\x1b[2J", targets=("openai:\x1b]0;x\x07",))
    records = DynamoRecords(boto3.client("dynamodb"), LEDGER)
    upload = Registration(workload="w", version="v1", whole_at=NOW, upload="1", facts=hostile.facts)
    Registry(records).register(upload)
    run = {"workload": "w", "version": "v1", "run_id": "r", "status": "done", "verdict": "hold"}
    Verdicts(records).remember({**run, "decided_at": NOW.isoformat()}, {})

    told = brainswap("status").out

    assert "openai:" in told
    assert "\x1b" not in told
    assert "\x07" not in told
