"""``brainswap approve`` and ``reject`` against a stack in moto."""

import io
import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from brainswap.adapters.dynamodb_approvals import DynamoApprovals
from brainswap.contracts import ApproveRequest
from brainswap.core.approving.record import ApprovalRecord
from brainswap.handlers import approve
from tests.cli.conftest import Said
from tests.fakes.decided_runs import decided_run
from tests.fakes.runs import RUN

RECORDED = {"old": {"output": "yes"}, "new": {"output": "yes"}}
TABLE = "ledger"
BUCKET = "brainswap-runs"
KEYS = (("pk", "HASH"), ("sk", "RANGE"))
TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}},
        "Ledger": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": TABLE,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in KEYS],
                "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key, _ in KEYS],
            },
        },
    },
    "Outputs": {"BucketName": {"Value": {"Ref": "Bucket"}}, "LedgerTableName": {"Value": {"Ref": "Ledger"}}},
}


@pytest.fixture
def account(brainswap: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Said]]:
    """A stack whose one run wants approval; the command, as its caller has it."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("BRAINSWAP_STACK", raising=False)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=json.dumps(TEMPLATE))
        using = decided_run()
        approve.run(ApproveRequest(run_id=RUN, token="secret", seconds=10**9), using)  # noqa: S106 - of no task
        for name in ("report.json", "decision.json"):
            key = f"runs/{RUN}/{name}"
            boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=using.artifacts.files[key])
        store = DynamoApprovals(boto3.client("dynamodb"), TABLE)
        store.write(using.approvals.kept[RUN].record, after=0)
        store.keep_token(RUN, "secret")
        yield brainswap


def record() -> ApprovalRecord:
    kept = DynamoApprovals(boto3.client("dynamodb"), TABLE).read(RUN)
    assert kept is not None
    return kept.record


def test_who_approves_sees_what_it_is_and_is_named_by_the_caller(account: Callable[..., Said]) -> None:
    said = account("approve", RUN, "--comment", "read it", "--yes")

    (word,) = record().words
    assert said.code == 0, said.err
    assert (word.approves, word.text, word.person) == (True, "read it", "arn:aws:sts::123456789012:user/moto")
    assert "Move to " in said.err
    assert "Recommended: amazon.nova-lite-v1:0 with the original prompt" in said.err
    assert "passed   right not worse by 0.1" in said.err
    assert record().report_sha256 in said.err
    assert f"You are:     {word.person}" in said.err
    assert said.out == f"Approved by {word.person}. The run goes on.\n"


@pytest.mark.parametrize(("answer", "status"), [("y\n", "approved"), ("\n", "wanted"), ("no\n", "wanted")])
def test_nothing_is_approved_without_a_yes(
    account: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, answer: str, status: str
) -> None:
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", terminal)

    account("approve", RUN)

    assert record().status == status


def test_where_nobody_can_be_asked_yes_has_to_be_said_before(
    account: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    said = account("approve", RUN)

    assert (said.code, record().status) == (2, "wanted")
    assert "add --yes" in said.err


def test_a_rejection_says_why(account: Callable[..., Said]) -> None:
    said = account("reject", RUN, "--reason", "the tone", "--json")

    (word,) = record().words
    assert (said.code, record().status, word.text) == (0, "rejected", "the tone")
    assert json.loads(said.out)["status"] == "rejected"
    assert "secret" not in said.out


def test_what_is_refused_says_what_to_do(account: Callable[..., Said]) -> None:
    unknown = account("approve", "no-such-run", "--yes")
    empty = account("reject", RUN, "--reason", " ")
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"runs/{RUN}/decision.json", Body=b"{}")
    changed = account("approve", RUN, "--yes")

    assert (unknown.code, empty.code, changed.code, record().status) == (2, 2, 2, "wanted")
    assert "there is no run no-such-run here" in unknown.err
    assert "a rejection needs a reason" in empty.err
    assert "was changed after approval was asked for" in changed.err


def test_a_run_on_a_laptop_says_who_would_be_asked_in_the_account(
    brainswap: Callable[..., Said], workload: Callable[..., object]
) -> None:
    cases = [{"id": str(n), "input": {"question": "?"}, "reference": "yes", "recorded": RECORDED} for n in range(60)]
    source = {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded", "recorded": "old"}
    targets = [{"model": "amazon.nova-lite-v1:0", "answers": "recorded", "recorded": "new"}]
    folder = workload(cases, source=source, targets=targets, critical=True)

    said = brainswap("run", str(folder), "--out", "o")

    assert said.code == 0, said.err
    assert "wait up to 168 hours for two people to approve it (brainswap approve RUN)" in said.out
