"""A look at everything that a deployment needs, before anything is created."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.settings import Settings
from local.account.account_checks import (
    check_account,
    check_bootstrap,
    check_concurrency,
    look_for_stack,
    not_found_out,
)
from local.account.assembly import Assembly, read_assembly
from local.account.change_sets import GOOD, Stack
from local.account.findings import Finding
from local.account.identity import Caller, NoAccountError, identify, with_role
from local.account.machine_checks import check_machine, read_settings
from local.account.model_checks import asked_by, check_models, read_workloads, registered_models
from local.account.named_checks import check_confirmations, check_drift, check_named, deployed_settings
from local.account.template_checks import check_template

Synthesise = Callable[[str, Mapping[str, Any]], str]
"""``app.synthesise``: from a folder and context to the name of the stack whose assembly is then in the folder."""

Say = Callable[[str], None]

UNBUILT: Mapping[str, Any] = {"aws:cdk:bundling-stacks": []}
"""Context with which no layer is built; the template is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants deployed.

    Attributes:
        context: settings by their whole key, cdk.json's with the command's laid over them.
        said: names of the settings that the command itself sets, without their prefix.
        account: the only one that is meant; None for that of the credentials.
        workloads: folders whose models are looked at as well.
    """

    context: Mapping[str, Any]
    said: frozenset[str] = frozenset()
    account: str | None = None
    workloads: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What was found; what is None could not be found out, and then something blocks."""

    findings: tuple[Finding, ...]
    settings: Settings | None = None
    caller: Caller | None = None
    assembly: Assembly | None = None
    stack: Stack | None = None

    @property
    def blocked(self) -> bool:
        return any(finding.weight == "blocks" for finding in self.findings)


def look(wanted: Wanted, synthesise: Synthesise, say: Say) -> Outlook:
    """Look at machine, settings, account and template; nothing is changed anywhere.

    Args:
        wanted: what is to be deployed.
        synthesise: writes the assembly.
        say: hears what is being looked at.
    """
    say("Looking at this machine and the settings")
    findings = list(check_machine())
    settings, problems = read_settings(wanted.context)
    workloads, mistakes = read_workloads(wanted.workloads)
    findings += [*problems, *mistakes]
    try:
        caller = identify()
    except NoAccountError as error:
        findings.append(Finding(weight="blocks", about="account", wrong=error.wrong, remedy=error.remedy))
        return Outlook(findings=tuple(findings), settings=settings)
    say(f"Looking at {caller.place.account} in {caller.place.region} as {caller.arn}")
    findings += check_account(caller, wanted.account)
    findings += check_concurrency(caller.client("lambda"))
    if settings is None or any(finding.about == "this machine" for finding in findings):
        return Outlook(findings=tuple(findings), settings=settings, caller=caller)
    findings += check_named(settings, caller)
    say("Synthesising the template")
    with tempfile.TemporaryDirectory() as folder:
        name = synthesise(folder, {**wanted.context, **UNBUILT})
        assembly = read_assembly(Path(folder), name, caller.place)
    findings += check_template(assembly.template)
    stack, more = _look_at_stack(caller, assembly, settings, wanted.said)
    findings += more
    registered, unread = registered_models(caller, stack.outputs.get("LedgerTableName") if stack is not None else None)
    models = list(dict.fromkeys([*asked_by(workloads), *registered]))
    if models:
        say("Looking at the models that workloads ask")
    findings += [*unread, *check_models(caller, models, settings.model_regions)]
    return Outlook(findings=tuple(findings), settings=settings, caller=caller, assembly=assembly, stack=stack)


def _look_at_stack(
    caller: Caller, assembly: Assembly, settings: Settings, said: frozenset[str]
) -> tuple[Stack | None, Sequence[Finding]]:
    client_with = with_role(caller)
    findings = list(
        check_bootstrap(
            client_with("ssm", assembly.deploy_role),
            caller.place,
            parameter=assembly.bootstrap_parameter,
            needed=assembly.bootstrap_version,
        )
    )
    cloudformation = client_with("cloudformation", assembly.deploy_role)
    stack, more = look_for_stack(cloudformation, settings.stack_name)
    findings += more
    if stack is not None and stack.status in GOOD and not any(finding.weight == "blocks" for finding in more):
        try:
            template = cloudformation.get_template(StackName=stack.stack_id, TemplateStage="Original")["TemplateBody"]
            findings += check_drift(deployed_settings(template), settings.document(), said)
            topics = {"how runs end": stack.outputs["TopicArn"]} if "TopicArn" in stack.outputs else {}
            findings += check_confirmations(caller.client("sns"), topics)
        except (ClientError, BotoCoreError) as error:
            findings.append(not_found_out("stack", error, "Allow cloudformation:GetTemplate, or go on."))
    return stack, findings
