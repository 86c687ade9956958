"""Whether an account can take the stack; everything here only reads."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.account.assembly import Place
from local.account.change_sets import Stack, find_stack
from local.account.findings import Finding
from local.account.identity import Caller, error_words

DESCRIPTION = "Brainswap:"
"""How the description of every stack of ours begins."""

FEW_AT_ONCE = 50
"""Below so many functions at once, a run is slowed down by them rather than by models."""

_MISSING_PARAMETER = "ParameterNotFound"


def check_account(caller: Caller, account: str | None) -> Iterator[Finding]:
    """Whether it is the account that was meant, in a region that has Bedrock."""
    if account is not None and account != caller.place.account:
        yield Finding(
            weight="blocks",
            about="account",
            wrong=f"the credentials are of {caller.place.account} ({caller.arn}), and {account} is meant",
            remedy="Choose other credentials (AWS_PROFILE), or another --account.",
        )
    known = caller.session.get_available_regions("bedrock", partition_name=caller.place.partition)
    if caller.place.region not in known:
        yield Finding(
            weight="warns",
            about="region",
            wrong=f"nothing is known of Amazon Bedrock in {caller.place.region}",
            remedy="Compare AWS_REGION; regions with Bedrock are " + ", ".join(known) + ".",
        )


def check_bootstrap(client: Any, place: Place, *, parameter: str, needed: int) -> Iterator[Finding]:
    """Whether CDK has its bucket and roles in the account, and new enough.

    Args:
        client: of Systems Manager.
        place: account and region.
        parameter: that holds the version.
        needed: the oldest version that will do.
    """
    bootstrap = f"`npx aws-cdk bootstrap aws://{place.account}/{place.region}`"
    try:
        version = int(client.get_parameter(Name=parameter)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == _MISSING_PARAMETER:
            yield Finding(
                weight="blocks",
                about="bootstrap",
                wrong=f"{place.region} of {place.account} has not been prepared for CDK",
                remedy=f"Have an administrator run {bootstrap} once.",
            )
        else:
            yield not_found_out("bootstrap", error, "Allow ssm:GetParameter on /cdk-bootstrap/*, or go on.")
        return
    if version < needed:
        yield Finding(
            weight="blocks",
            about="bootstrap",
            wrong=f"{place.region} of {place.account} is prepared for CDK by version {version}, and {needed} is needed",
            remedy=f"Have an administrator run {bootstrap} again.",
        )


def look_for_stack(client: Any, name: str) -> tuple[Stack | None, list[Finding]]:
    """The stack of that name, and what speaks against changing it."""
    try:
        stack = find_stack(client, name)
    except ClientError as error:
        return None, [not_found_out("stack", error, "Allow cloudformation:DescribeStacks.", weight="blocks")]
    return stack, list(_state_of(stack)) if stack is not None and stack.is_there else []


def _state_of(stack: Stack) -> Iterator[Finding]:
    if not stack.description.startswith(DESCRIPTION):
        yield Finding(
            weight="blocks",
            about="stack",
            wrong=f"the name {stack.name} is taken by a stack of somebody else's: {stack.description or 'undescribed'}",
            remedy="Choose another name: --stack NAME.",
        )
    elif stack.is_changing:
        yield _bad(stack, f"Wait for its end: `brainswap deploy --stack {stack.name} --resume` follows it and goes on.")
    elif stack.status == "ROLLBACK_COMPLETE":
        yield Finding(
            weight="warns",
            about="stack",
            wrong=f"{stack.name} could not be created the last time, and nothing of it works",
            remedy="What is left of it is deleted before it is created anew.",
        )
    elif stack.status in {"ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        yield _bad(stack, f"Take it away (`brainswap destroy --stack {stack.name} --keep-data`), then deploy again.")
    elif stack.status == "UPDATE_ROLLBACK_FAILED":
        again = f"`aws cloudformation continue-update-rollback --stack-name {stack.name}`"
        yield _bad(stack, f"Remove the reason and run {again}, then deploy again.")
    elif stack.status == "UPDATE_FAILED":
        yield _bad(stack, f"Run `aws cloudformation rollback-stack --stack-name {stack.name}`, then deploy again.")


def _bad(stack: Stack, remedy: str) -> Finding:
    reason = f": {stack.reason}" if stack.reason else ""
    return Finding(weight="blocks", about="stack", wrong=f"{stack.name} is {stack.status}{reason}", remedy=remedy)


def check_concurrency(client: Any) -> Iterator[Finding]:
    """How many functions may run at once; the client is Lambda's."""
    try:
        limits = client.get_account_settings()["AccountLimit"]
    except (ClientError, BotoCoreError) as error:
        yield not_found_out("Lambda", error, "Allow lambda:GetAccountSettings, or go on.")
        return
    at_once = limits["UnreservedConcurrentExecutions"]
    if at_once < FEW_AT_ONCE:
        yield Finding(
            weight="warns",
            about="Lambda",
            wrong=f"{at_once} functions may run at once in this account and region",
            remedy="Runs wait for each other; ask for more of `Concurrent executions` in Service Quotas.",
        )


def not_found_out(about: str, error: ClientError | BotoCoreError, remedy: str, *, weight: Any = "unknown") -> Finding:
    """Somebody who may not ask, or was not answered, has not been told that all is well."""
    return Finding(weight=weight, about=about, wrong=f"could not be looked at ({error_words(error)})", remedy=remedy)
