"""The template, synthesised once for all tests, and a deployment of it into a cloud in this process."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from app import synthesise
from local.account.identity import new_session
from local.machines import machines_read_once, waiting_tasks_found
from tests.infrastructure.accounts import Calls, bootstrap, with_whole_change_sets
from tests.infrastructure.deploying import ASSET, deployable
from tests.infrastructure.templates import Synthesise, Template

WEBHOOKS = (
    {"name": "models", "kind": "slack", "secret": "brainswap/slack", "channel": "#models"},
    {"name": "owners", "kind": "teams", "secret": "brainswap/teams", "events": ["Migration Decided"]},
    {"name": "audit", "kind": "json", "secret": "brainswap/audit", "url": "https://audit.example.com/hook?x=1"},
)
SCORING = [f"arn:aws:lambda:eu-central-1:123456789012:function:{name}" for name in ("score:7", "grade:*")]
SETTINGS = {
    "brainswap:alarm-email": "models@example.com",
    "brainswap:attachment-buckets": "documents,scans",
    "brainswap:log-retention-days": "7",
    "brainswap:model-regions": "eu-*,us-east-1",
    "brainswap:openai-base-url": "https://models.example.com/v1",
    "brainswap:report-email": "owners@example.com",
    "brainswap:scoring-functions": SCORING,
}
REGION: Literal["eu-central-1"] = "eu-central-1"


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    """The template that some context leads to; no layer is built, since nothing here runs in one."""

    def with_context(context: Mapping[str, Any]) -> Template:
        folder = tmp_path_factory.mktemp("cdk.out")
        name = synthesise(str(folder), {"aws:cdk:bundling-stacks": [], **context})
        template: Template = json.loads((folder / f"{name}.template.json").read_text(encoding="utf-8"))
        return template

    return with_context


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the stack with nothing set; no layer is built."""
    folder = tmp_path_factory.mktemp("assembly")
    synthesise(str(folder), {"aws:cdk:bundling-stacks": []})
    return folder


@pytest.fixture(scope="session")
def template(assembly_folder: Path) -> Template:
    """The stack as it is with nothing set."""
    template: Template = json.loads((assembly_folder / "Brainswap.template.json").read_text(encoding="utf-8"))
    return template


@pytest.fixture(scope="session")
def with_options(synthesised: Synthesise) -> Template:
    """The stack with what has to be asked for: a portal, webhooks and an object lock."""
    lock = {"brainswap:object-lock-days": 365, "brainswap:object-lock-mode": "compliance"}
    portal = {"brainswap:portal": True, "brainswap:portal-teams": True}
    return synthesised({**portal, "brainswap:webhooks": json.dumps(WEBHOOKS), **lock})


@pytest.fixture(scope="session")
def with_settings(synthesised: Synthesise) -> Template:
    """The stack with settings each of which says something of its own, and none something about another."""
    return synthesised(SETTINGS)


@pytest.fixture(scope="module")
def deployed_stack(template: Template) -> Iterator[Mapping[str, str]]:
    """The outputs of the stack in a fresh cloud that executes state machines; lives as long as the test module."""
    # Imported here because it takes seconds, which only tests that deploy should pay.
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends  # noqa: PLC0415 - which takes long, and few tests need

    config: Any = {"lambda": {"use_docker": False}, "stepfunctions": {"execute_state_machine": True}}
    with (
        pytest.MonkeyPatch.context() as patch,
        machines_read_once(),
        waiting_tasks_found(),
        mock_aws(config=config),
    ):
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        # moto's CloudFormation puts machines where only its other engine, which executes nothing, would find them.
        patch.setattr("moto.stepfunctions.models.stepfunctions_backends", stepfunctions_parser_backends)
        _upload_code()
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="Brainswap", TemplateBody=json.dumps(deployable(template)))
        stack = cloudformation.describe_stacks(StackName="Brainswap")["Stacks"][0]
        yield {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _upload_code() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("empty.py", "")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=ASSET["S3Bucket"], CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=ASSET["S3Bucket"], Key=ASSET["S3Key"], Body=archive.getvalue())


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """An account that is prepared for CDK; every call to it is counted."""
    calls = Calls(answers={"lambda.GetAccountSettings": {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}})
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_PROFILE", "AWS_REGION", "BRAINSWAP_STACK"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws(config={"lambda": {"use_docker": False}}):
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", new_session())
        bootstrap()
        with_whole_change_sets(monkeypatch)
        make_call = BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore's one way out
        monkeypatch.setattr(BaseClient, "_make_api_call", calls.listening(make_call))
        yield calls
