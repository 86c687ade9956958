"""An account in this process, prepared for CDK, and assemblies that its CloudFormation can deploy."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.cloudformation.models import ChangeSet
from moto.cloudformation.models import Stack as MotoStack

from local.account.change_sets import STATEFUL
from local.account.deploying import context_of
from local.account.preflight import Wanted
from local.account.talking import Talk
from tests.infrastructure.deploying import deployable

REGION = "eu-central-1"
ACCOUNT = "123456789012"
BOOTSTRAP_BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"

_MACHINE = "AWS::StepFunctions::StateMachine"

Answer = Mapping[str, Any] | Exception


@dataclass
class Calls:
    """What was asked of AWS, and what stands in for services that moto does not have.

    Attributes:
        made: every call, as ``service.Operation``.
        answers: by ``service.Operation``, instead of what moto would say.
        once: answers that are given once, in turn, before all others.
        hearers: by ``service.Operation``, who is told the parameters.
    """

    made: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    once: dict[str, list[Answer]] = field(default_factory=dict)
    hearers: dict[str, Callable[[Mapping[str, Any]], None]] = field(default_factory=dict)

    def listening(self, make_call: Callable[..., Any]) -> Callable[..., Any]:
        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            name = f"{client.meta.service_model.service_name}.{operation}"
            self.made.append(name)
            if name in self.hearers:
                self.hearers[name](parameters)
            answer = self.once[name].pop(0) if self.once.get(name) else self.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            return make_call(client, operation, parameters) if answer is None else answer

        return call

    @property
    def changing(self) -> list[str]:
        """Calls that change something."""
        reading = ("Get", "List", "Describe", "Head", "Query", "AssumeRole")
        return [name for name in self.made if not name.partition(".")[2].startswith(reading)]


@dataclass
class Heard:
    """Somebody who is told everything and answers what was decided before."""

    agrees: bool = True
    writes: str = ""
    on_pause: Callable[[], None] = lambda: None
    lines: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @property
    def talk(self) -> Talk:
        def asked(question: str) -> bool:
            self.questions.append(question)
            return self.agrees

        def name(question: str) -> str:
            self.questions.append(question)
            return self.writes

        return Talk(say=self.lines.append, confirm=asked, name=name, pause=lambda _: self.on_pause())

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def refusal(operation: str, code: str, message: str = "no") -> ClientError:
    """What botocore raises when a service says no."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def bootstrap(version: int = 30) -> None:
    """What ``cdk bootstrap`` leaves, as far as a deployment looks for it."""
    boto3.client("ssm").put_parameter(Name=BOOTSTRAP_PARAMETER, Value=str(version), Type="String", Overwrite=True)
    s3 = boto3.client("s3")
    region = s3.meta.region_name
    where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{region}", **where)


def with_whole_change_sets(patch: pytest.MonkeyPatch) -> None:
    """Make moto's change sets give a stack its description, tags and outputs, and read templates as the JSON they are.

    As YAML, of which JSON is a part, moto takes a second to read one.
    """

    def parse(change_set: ChangeSet) -> None:
        change_set.template_dict = json.loads(change_set.template)

    def apply(change_set: ChangeSet) -> None:
        stack = change_set.stack
        stack.resource_map.update(change_set.template_dict, change_set.parameters)
        stack.template, stack.template_dict = change_set.template, change_set.template_dict
        stack.description, stack.tags = change_set.template_dict.get("Description"), change_set.tags or {}
        stack.output_map = stack._create_output_map()

    patch.setattr(ChangeSet, "_parse_template", parse)
    patch.setattr(ChangeSet, "apply", apply)
    patch.setattr(MotoStack, "parse_template", staticmethod(json.loads))


def wanted(*settings: str, stack: str | None = None, **more: Any) -> Wanted:
    """What ``brainswap deploy --set …`` wants."""
    context, said = context_of(stack, settings)
    return Wanted(context=context, said=said, **more)


def for_moto(assembly: Path, target: Path, change: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Copy an assembly; its template as moto understands it, its code a single file.

    Args:
        assembly: as synthesised.
        target: a new folder.
        change: may do something to the template, which then has another hash, as it would have.
    """
    (target / "code").mkdir(parents=True)
    (target / "code" / "code.py").write_text("", "utf-8")
    manifest = (assembly / "manifest.json").read_text("utf-8")
    assets = json.loads((assembly / "Brainswap.assets.json").read_text("utf-8"))
    template = deployable(json.loads((assembly / "Brainswap.template.json").read_text("utf-8")), own_code=True)
    if change is not None:
        change(template)
    body = json.dumps(template)
    fresh = hashlib.sha256(body.encode()).hexdigest()
    for asset in assets["files"].values():
        if asset["source"]["packaging"] == "zip":
            asset["source"]["path"] = "code"
    (former,) = (key for key, asset in assets["files"].items() if asset["source"]["packaging"] == "file")
    (target / "Brainswap.template.json").write_text(body, "utf-8")
    (target / "Brainswap.assets.json").write_text(json.dumps(assets).replace(former, fresh), "utf-8")
    (target / "manifest.json").write_text(manifest.replace(former, fresh), "utf-8")


def slim(template: dict[str, Any]) -> None:
    """Leave what data and subscriptions hang on; the rest takes moto a second and a half."""
    template["Resources"] = {
        name: each for name, each in template["Resources"].items() if each["Type"] in STATEFUL - {_MACHINE}
    }
    left = template["Resources"]
    template["Outputs"] = {
        name: each
        for name, each in template["Outputs"].items()
        if any(f'"{logical_id}"' in json.dumps(each) for logical_id in left)
    }
