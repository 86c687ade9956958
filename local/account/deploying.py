"""What ``brainswap deploy`` does: look, show, ask, change the stack, and tell how that goes."""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.settings import PREFIX
from local.account.assembly import Assembly, read_assembly
from local.account.change_sets import (
    DeploymentFailedError,
    Proposal,
    Stack,
    carry_out,
    find_stack,
    follow,
    is_up_to_date,
    last_event,
    propose,
    withdraw,
)
from local.account.findings import Finding, documents_of, lines_of
from local.account.identity import Caller, error_words, identify, with_role
from local.account.preflight import Synthesise, Wanted, look
from local.account.publishing import publish
from local.account.stack import VARIABLE
from local.account.talking import CannotDeployError, Talk, terminal

CONFIGURATION = Path(__file__).resolve().parents[2] / "cdk.json"
_STACK_NAME = f"{PREFIX}stack-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to go about it.

    Attributes:
        only_look: change nothing.
        resume: follow a change that is under way to its end first.
        replace: go on although something that people rely on would be replaced or removed.
    """

    only_look: bool = False
    resume: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """How it ended; ``stack`` is None where nothing was to be done but look."""

    stack: Stack | None
    changed: bool
    findings: tuple[Finding, ...]

    @property
    def document(self) -> dict[str, Any]:
        return {
            "stack": None if self.stack is None else self.stack.name,
            "status": None if self.stack is None else self.stack.status,
            "changed": self.changed,
            "outputs": {} if self.stack is None else dict(self.stack.outputs),
            "findings": documents_of(self.findings),
        }

    def lines(self) -> Iterator[str]:
        """The result for people; findings have been told before."""
        if self.stack is None:
            yield "Nothing speaks against deploying. Nothing was changed."
            return
        yield f"{self.stack.name} is {'deployed' if self.changed else 'up to date'}."
        for name, value in sorted(self.stack.outputs.items()):
            yield f"  {name}: {value}"


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``deploy``."""
    deploying: argparse.ArgumentParser = commands.add_parser(
        "deploy",
        help="deploy into your AWS account, or bring what is there up to date",
        description="Deploy into your AWS account. First everything that could go wrong is looked at, and nothing is "
        "created while something speaks against it; then the change is shown, and you are asked.",
    )
    add_stack(deploying)
    deploying.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="a setting, such as alarm-email=ops@example.com; may be given several times (default: as in cdk.json)",
    )
    deploying.add_argument("--account", metavar="ID", help="the only account that is meant")
    add_workload_option(deploying)
    deploying.add_argument("--check", action="store_true", help="only look, and change nothing")
    deploying.add_argument("--resume", action="store_true", help="follow a deployment that is under way first")
    deploying.add_argument(
        "--allow-replacement",
        action="store_true",
        help="go on although bucket, tables, bus, topic or machine would be replaced or removed",
    )
    deploying.add_argument("--yes", action="store_true", help="do not ask")
    deploying.set_defaults(command=_deploy)
    return [deploying]


def add_stack(parser: argparse.ArgumentParser) -> None:
    """The option that names a stack."""
    parser.add_argument("--stack", metavar="NAME", help=f"of the stack (default: {VARIABLE}, or what cdk.json says)")


def add_workload_option(parser: argparse.ArgumentParser) -> None:
    """The option that names workloads whose models are looked at."""
    parser.add_argument(
        "--workload",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="look at access to the models of this workload as well; may be given several times",
    )


def context_of(stack: str | None, settings: Sequence[str]) -> tuple[dict[str, Any], frozenset[str]]:
    """The context of a deployment, and the names of the settings that were said.

    Raises:
        CannotDeployError: something is no ``KEY=VALUE``.
    """
    context = dict(json.loads(CONFIGURATION.read_text("utf-8"))["context"])
    said: dict[str, str] = {}
    for each in settings:
        key, equals, value = each.partition("=")
        if not equals:
            raise CannotDeployError(f"--set {each}: write KEY=VALUE, such as --set log-level=DEBUG.")
        said[key.removeprefix(PREFIX)] = value
    named = stack or os.environ.get(VARIABLE)
    if named:
        context[_STACK_NAME] = named
    return {**context, **{f"{PREFIX}{key}": value for key, value in said.items()}}, frozenset(said)


def _deploy(chosen: argparse.Namespace) -> int:
    context, said = context_of(chosen.stack, chosen.settings)
    wanted = Wanted(context=context, said=said, account=chosen.account, workloads=tuple(chosen.workload))
    options = Options(only_look=chosen.check, resume=chosen.resume, replace=chosen.allow_replacement)
    done = deploy(wanted, options, terminal(yes=chosen.yes), _synthesise)
    print(json.dumps(done.document, indent=1) if chosen.json else "\n".join(done.lines()))
    return 0


def _synthesise(folder: str, context: Mapping[str, Any]) -> str:
    from app import synthesise  # noqa: PLC0415 - starts Node.js, which no other command needs

    return synthesise(folder, context)


def deploy(wanted: Wanted, options: Options, talk: Talk, synthesise: Synthesise) -> Deployed:
    """Look, and where nothing speaks against it, change the account's stack to what is wanted.

    Raises:
        CannotDeployError: something speaks against it, or somebody said no; nothing was changed.
        DeploymentFailedError: the account said no on the way.
    """
    try:
        if options.resume:
            _follow_to_its_end(wanted.context, talk)
        outlook = look(wanted, synthesise, talk.say)
        for line in lines_of(outlook.findings):
            talk.say(line)
        if outlook.blocked or outlook.caller is None:
            raise CannotDeployError("Nothing was created or changed.")
        if options.only_look:
            return Deployed(stack=None, changed=False, findings=outlook.findings)
        stack, changed = _bring_up_to_date(wanted, options, talk, synthesise, outlook.caller)
    except (ClientError, BotoCoreError) as error:
        raise DeploymentFailedError(error_words(error)) from error
    return Deployed(stack=stack, changed=changed, findings=outlook.findings)


def _bring_up_to_date(
    wanted: Wanted, options: Options, talk: Talk, synthesise: Synthesise, caller: Caller
) -> tuple[Stack, bool]:
    """The stack as it is afterwards, and whether anything had to change."""
    client_with = with_role(caller)
    with tempfile.TemporaryDirectory() as folder:
        talk.say("Building what is to be uploaded; the first time, that takes minutes")
        assembly = read_assembly(Path(folder), synthesise(folder, wanted.context), caller.place)
        client = client_with("cloudformation", assembly.deploy_role)
        stack = find_stack(client, assembly.stack_name)
        if stack is not None and is_up_to_date(client, stack, assembly):
            return stack, False
        publish(assembly.files, lambda role: client_with("s3", role), talk.say, account=caller.place.account)
    exists = stack is not None and stack.is_there
    if stack is not None and stack.status == "ROLLBACK_COMPLETE":
        _delete_what_is_left(client, stack, talk)
        exists = False
    return _propose_and_carry_out(client, assembly, options, talk, exists=exists), True


def _propose_and_carry_out(client: Any, assembly: Assembly, options: Options, talk: Talk, *, exists: bool) -> Stack:
    proposal = propose(client, assembly, exists=exists, name=f"brainswap-{time.time_ns()}", pause=talk.pause)
    try:
        for line in proposal.lines():
            talk.say(line)
        refused_because = _refused_because(
            proposal, options, talk, f"{'Change' if exists else 'Create'} {assembly.stack_name}?"
        )
    except (CannotDeployError, KeyboardInterrupt):
        withdraw(client, proposal)
        raise
    if refused_because is not None:
        withdraw(client, proposal)
        raise CannotDeployError(refused_because)
    since = last_event(client, proposal.stack_id)
    carry_out(client, proposal)
    return follow(client, proposal.stack_id, talk.say, since=since, pause=talk.pause)


def _refused_because(proposal: Proposal, options: Options, talk: Talk, question: str) -> str | None:
    lost = [change.logical_id for change in proposal.changes if change.loses_state]
    if lost and not options.replace:
        return (
            f"This would replace or remove {', '.join(lost)}, on which data or subscriptions hang. "
            "Nothing was changed. If that is meant, say --allow-replacement."
        )
    return None if talk.confirm(question) else "Nothing was changed."


def _delete_what_is_left(client: Any, stack: Stack, talk: Talk) -> None:
    if not talk.confirm(f"Delete what is left of {stack.name}, which could not be created?"):
        raise CannotDeployError("Nothing was changed.")
    since = last_event(client, stack.stack_id)
    client.delete_stack(StackName=stack.stack_id)
    follow(client, stack.stack_id, talk.say, since=since, pause=talk.pause)


def _follow_to_its_end(context: Mapping[str, Any], talk: Talk) -> None:
    """With the rights of the bootstrap's role, as everything else: whoever deploys by a pipeline has no others."""
    caller, name = identify(), str(context[_STACK_NAME])
    client = with_role(caller)("cloudformation", caller.place.fill(deploy_role_of(context)))
    stack = find_stack(client, name)
    if stack is not None and stack.is_changing:
        talk.say(f"{name} is {stack.status}: following it")
        follow(client, stack.stack_id, talk.say, since=last_event(client, stack.stack_id), pause=talk.pause)


def deploy_role_of(context: Mapping[str, Any]) -> str:
    """The role that CDK will name in the assembly, which takes half a minute to make (its default synthesiser)."""
    qualifier = context.get("@aws-cdk/core:bootstrapQualifier", "hnb659fds")
    account, region = "${AWS::AccountId}", "${AWS::Region}"
    return f"arn:${{AWS::Partition}}:iam::{account}:role/cdk-{qualifier}-deploy-role-{account}-{region}"
