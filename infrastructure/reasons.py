"""Why something is as it is that AWS's own rules for well-built stacks find; said where it is made.

The rules (AwsSolutions of cdk-nag) read what is acknowledged here from the constructs. A finding without a reason and a
reason without a finding both fail a test.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

PACK = "AwsSolutions"

NO_RESOURCE = "The service knows no resource for these actions; a test lists each of them."
OWN_FILES = "Files of runs and workloads that come after the deployment, under a prefix of the stack's own bucket."
MODELS_OF_WORKLOADS = "Workloads name models and guardrails after the deployment; the settings bound their regions."
LATER_JOBS = "Jobs that come after the deployment; Bedrock names them."
LATER_ROUTES = "Routes of applications that come after the deployment, of the stack's own AppConfig application."
OWN_EXECUTIONS = "The machine's own executions, whose names come with them."
ANY_VERSION = "Every version of a function that the settings name with a star in the place of its version."
WATCHED_QUEUE = "It is the queue for what could not be delivered; an alarm watches it."
HISTORY_IS_KEPT = (
    "Step Functions keeps the history for 90 days; the log has errors, and what was processed is in neither."
)


def acknowledge(construct: IConstruct, findings: Iterable[str], because: str) -> None:
    """Say why what is found about a construct, or about what is in it, is as it is.

    Args:
        construct: that it is about.
        findings: such as ``S1`` or ``IAM5[Resource::*]``.
        because: a sentence.
    """
    acknowledged = [cdk.Acknowledgment(id=f"{PACK}-{finding}", reason=because) for finding in findings]
    cdk.Validations.of(construct).acknowledge(*acknowledged)


def acknowledge_wildcards(holder: IConstruct, resource_arns: Iterable[str], because: str) -> None:
    """Say why there are stars in the resources of a policy.

    Args:
        holder: the policy, or the role that has it.
        resource_arns: those without a star are left out.
        because: a sentence.
    """
    # All at once: each word to the CDK's own process takes its time, and there are hundreds.
    written = map(as_rules_write, cdk.Stack.of(holder).resolve(list(resource_arns)))
    acknowledge(holder, [f"IAM5[Resource::{each}]" for each in written if "*" in each], because)


def allow(
    grantee: lambda_.Function | iam.Role | iam.Policy,
    actions: Sequence[str],
    resource_arns: Sequence[str],
    *,
    because: str | None = None,
    conditions: Mapping[str, Any] | None = None,
) -> None:
    """Grant actions on resources.

    Args:
        grantee: who may.
        actions: written out.
        resource_arns: of what.
        because: why there are stars in them; None where there are none.
        conditions: as in a statement.
    """
    iam.Grant.add_to_principal(
        grantee=grantee, actions=list(actions), resource_arns=list(resource_arns), conditions=conditions
    ).assert_success()
    if because is not None:
        holder = grantee.role if isinstance(grantee, lambda_.Function) else grantee
        if holder is None:
            raise TypeError(f"{grantee.node.path} has no role that could be granted anything")
        acknowledge_wildcards(holder, resource_arns, because)


def as_rules_write(value: Any) -> str:
    """A resolved value as the name of a finding has it: references in angle brackets."""
    match value:
        case str():
            return value.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [delimiter, [*items]]}:
            return str(delimiter).join(map(as_rules_write, items))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{as_rules_write(resource)}.{as_rules_write(attribute)}>"
        case {"Ref": name}:
            return f"<{as_rules_write(name)}>"
        case _:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
