"""What functions ask of AWS, as rights: the action of each call and what it names; and what their roles are allowed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID

from local.functions import invoking
from tests.infrastructure.templates import listed

ACTIONS: Mapping[str, str] = {
    "s3.HeadObject": "s3:GetObject",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3.CreateMultipartUpload": "s3:PutObject",
    "s3.UploadPart": "s3:PutObject",
    "s3.CompleteMultipartUpload": "s3:PutObject",
    "bedrock-runtime.Converse": "bedrock:InvokeModel",
    "bedrock-runtime.ConverseStream": "bedrock:InvokeModelWithResponseStream",
}
"""The right that a call needs, where it is not of the call's own name (service authorisation reference)."""

PREFIXES: Mapping[str, str] = {"stepfunctions": "states", "service-quotas": "servicequotas"}
"""How rights call a service that its client calls otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Used:
    """A right that a call needed; ``resource`` is an ARN, None where the request names none."""

    action: str
    resource: str | None


@dataclass
class Calls:
    """What the handlers called, by function."""

    region: str
    by_function: dict[str, set[Used]] = field(default_factory=lambda: defaultdict(set))

    def record(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Take down a call, if a function is running."""
        function = invoking.get()
        if function is None:
            return
        name = f"{service}.{operation}"
        action = ACTIONS.get(name, f"{PREFIXES.get(service, service)}:{operation}")
        for resource in self._named(service, parameters):
            self.by_function[function].add(Used(action=action, resource=resource))
        if "roleArn" in parameters:
            self.by_function[function].add(Used(action="iam:PassRole", resource=str(parameters["roleArn"])))

    def _named(self, service: str, parameters: Mapping[str, Any]) -> Iterable[str | None]:
        name = NAMED.get(service)
        return (list(name(parameters, f"{self.region}:{DEFAULT_ACCOUNT_ID}")) if name else []) or [None]


def _of_s3(parameters: Mapping[str, Any], _place: str) -> Iterator[str]:
    key = parameters.get("Key")
    yield f"arn:aws:s3:::{parameters['Bucket']}" + ("" if key is None else f"/{key}")


def _of_dynamodb(parameters: Mapping[str, Any], place: str) -> Iterator[str]:
    for table in [parameters["TableName"]] if "TableName" in parameters else parameters["RequestItems"]:
        yield f"arn:aws:dynamodb:{place}:table/{table}"


def _of_step_functions(parameters: Mapping[str, Any], _place: str) -> Iterator[str]:
    yield from (parameters[name] for name in ("stateMachineArn", "executionArn") if name in parameters)


def _of_events(parameters: Mapping[str, Any], place: str) -> Iterator[str]:
    for entry in parameters["Entries"]:
        yield f"arn:aws:events:{place}:event-bus/{entry.get('EventBusName', 'default')}"


def _of_topics(parameters: Mapping[str, Any], _place: str) -> Iterator[str]:
    yield parameters["TopicArn"]


def _of_bedrock(parameters: Mapping[str, Any], place: str) -> Iterator[str]:
    if "jobIdentifier" in parameters:
        yield parameters["jobIdentifier"]
    elif "modelInvocationType" in parameters:
        region = place.partition(":")[0]
        yield f"arn:aws:bedrock:{region}::foundation-model/{parameters['modelId']}"


def _of_secrets(parameters: Mapping[str, Any], place: str) -> Iterator[str]:
    yield f"arn:aws:secretsmanager:{place}:secret:{parameters['SecretId']}-a1B2c3"


def _of_appconfig(parameters: Mapping[str, Any], place: str) -> Iterator[str]:
    """AppConfig asks for a right to everything that a request is about."""
    inside = f"arn:aws:appconfig:{place}:application/{parameters['ApplicationId']}"
    yield inside
    if "ConfigurationProfileId" in parameters:
        yield f"{inside}/configurationprofile/{parameters['ConfigurationProfileId']}"
    if "EnvironmentId" in parameters:
        environment = f"{inside}/environment/{parameters['EnvironmentId']}"
        yield environment
        if "DeploymentNumber" in parameters:
            yield f"{environment}/deployment/{parameters['DeploymentNumber']}"
    if "DeploymentStrategyId" in parameters:
        yield f"arn:aws:appconfig:{place}:deploymentstrategy/{parameters['DeploymentStrategyId']}"


NAMED: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[str]]] = {
    "appconfig": _of_appconfig,
    "bedrock": _of_bedrock,
    "dynamodb": _of_dynamodb,
    "events": _of_events,
    "s3": _of_s3,
    "secretsmanager": _of_secrets,
    "sns": _of_topics,
    "stepfunctions": _of_step_functions,
}
"""What requests name, by service; the other services know no resources for what is asked of them here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a role may do, as the deployed policies write it."""

    statements: tuple[Mapping[str, Any], ...]

    @property
    def actions(self) -> set[str]:
        return {action for statement in self.statements for action in listed(statement["Action"])}

    def allows(self, used: Used) -> bool:
        """Whether some statement allows the action on what was named, or on anything where nothing was."""
        return any(
            used.action in listed(statement["Action"])
            and (
                used.resource is None
                or any(fnmatchcase(used.resource, resource) for resource in listed(statement["Resource"]))
            )
            for statement in self.statements
        )


def allowed(role: str, places: Mapping[str, str]) -> Allowed:
    """What the deployed role may do.

    Args:
        role: its name.
        places: what stands in the policies for things that the cloud in this process cannot make, and what they are.
    """
    iam = boto3.client("iam")
    found = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        found += [
            {**statement, "Resource": [_placed(each, places) for each in listed(statement["Resource"])]}
            for statement in document["Statement"]
        ]
    return Allowed(statements=tuple(found))


def _placed(resource: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        resource = resource.replace(name, value)
    return resource
