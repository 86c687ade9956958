"""What has to be different about the template before moto's CloudFormation can deploy it."""

import copy
import re
from typing import Any

ASSET = {"S3Bucket": "assets", "S3Key": "code.zip"}
"""Where the code and the layers of a deployable template are; whoever deploys it puts a zip file there."""

UNSUPPORTED = frozenset(
    {
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::CloudWatch::Alarm",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Scheduler::Schedule",
    }
)
"""Types that moto cannot make; no other resource refers to one."""


ELSEWHERE = frozenset(
    {"AWS::AppConfig::Application", "AWS::AppConfig::Environment", "AWS::AppConfig::DeploymentStrategy"}
)
"""Types that moto cannot make and others refer to: a reference becomes the resource's own name in the template."""


def deployable(template: dict[str, Any], *, own_code: bool = False) -> dict[str, Any]:
    """The template as moto understands it; the one given stays as it is.

    Args:
        template: as synthesised.
        own_code: leave the code where the template has it, because somebody puts it there.

    What is different:

    - The check of the account's bootstrap version goes: nothing is bootstrapped here.
    - Resources of `UNSUPPORTED` types go.
    - Resources of types that are `ELSEWHERE` go, and references to them become texts.
    - All code comes from `ASSET` instead of from the bootstrap bucket.
    - ``DefinitionSubstitutions``, which moto ignores, become an ``Fn::Join`` of the definition.
    - ``Ref`` of an event bus, which moto answers with an object's address, becomes its ``Name``.
    """
    changed = copy.deepcopy(template)
    changed.pop("Parameters", None)
    changed.pop("Rules", None)
    resources = {
        logical_id: resource
        for logical_id, resource in changed["Resources"].items()
        if resource["Type"] not in UNSUPPORTED | ELSEWHERE
    }
    for resource in resources.values():
        _simplify(resource["Type"], resource.get("Properties", {}), own_code=own_code)
    buses = {key for key, resource in resources.items() if resource["Type"] == "AWS::Events::EventBus"}
    elsewhere = {key for key, resource in changed["Resources"].items() if resource["Type"] in ELSEWHERE}
    named: dict[str, Any] = _with_names({**changed, "Resources": resources}, buses, elsewhere)
    return named


def _simplify(kind: str, properties: dict[str, Any], *, own_code: bool) -> None:
    if kind == "AWS::Lambda::Function" and not own_code:
        properties["Code"] = ASSET
    elif kind == "AWS::Lambda::LayerVersion" and not own_code:
        properties["Content"] = ASSET
    elif kind == "AWS::StepFunctions::StateMachine":
        substitutions = properties.pop("DefinitionSubstitutions")
        # No ``Fn::Sub``, in which moto halves every ``$$``.
        parts = re.split(r"\$\{(\w+)\}", properties["DefinitionString"])
        texts = [substitutions[part] if index % 2 else part for index, part in enumerate(parts)]
        properties["DefinitionString"] = {"Fn::Join": ["", texts]}


def _with_names(value: Any, buses: set[str], elsewhere: set[str]) -> Any:
    match value:
        case {"Ref": str(name)} if name in elsewhere:
            return name.lower()
        case {"Ref": str(name)} if name in buses:
            return {"Fn::GetAtt": [name, "Name"]}
        case dict():
            return {key: _with_names(item, buses, elsewhere) for key, item in value.items()}
        case list():
            return [_with_names(item, buses, elsewhere) for item in value]
        case _:
            return value
