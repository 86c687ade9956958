"""Whether what the settings name is there, and what becomes different from what is deployed."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from brainswap.core.wording import shown
from infrastructure.settings import Settings
from local.account.account_checks import not_found_out
from local.account.findings import Finding
from local.account.identity import Caller

METADATA = "Brainswap"
"""The key of the template's metadata under which settings and version of the code are."""

_NOT_FOUND = frozenset({"404", "NoSuchBucket", "ResourceNotFoundException", "NotFoundException"})
_WHAT_LOSES = "removal-policy"


def check_named(settings: Settings, caller: Caller) -> Iterator[Finding]:
    """Buckets and functions of the settings; what is another account's may only be told by a refusal."""
    s3 = caller.client("s3")
    for bucket in settings.attachment_buckets:
        yield from _check(f"bucket {bucket}", partial(s3.head_bucket, Bucket=bucket), "attachment-buckets")
    for function in settings.scoring_functions:
        client = caller.client("lambda", function.split(":")[3])
        ask = partial(client.get_function_configuration, FunctionName=function.removesuffix(":*"))
        yield from _check(f"function {function}", ask, "scoring-functions")
    yield from check_key(settings, caller)


def check_key(settings: Settings, caller: Caller) -> Iterator[Finding]:
    """The key of the settings: whether it is there, in the region of the stack, and may be used."""
    if settings.kms_key_arn is None:
        return
    correct = "Correct it after --set kms-key-arn=, or in cdk.json."
    about = f"key {settings.kms_key_arn}"
    if settings.kms_key_arn.split(":")[3] != caller.place.region:
        wrong = f"it is not in {caller.place.region}, where the stack is"
        yield Finding(weight="blocks", about=about, wrong=wrong, remedy=correct)
        return
    try:
        key = caller.client("kms").describe_key(KeyId=settings.kms_key_arn)["KeyMetadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_FOUND:
            yield Finding(weight="blocks", about=about, wrong="there is no such thing", remedy=correct)
        else:
            yield not_found_out(about, error, "Allow kms:DescribeKey, or go on.")
        return
    if key["KeyState"] != "Enabled" or key.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        wrong = f"it is {key['KeyState']} and {key.get('KeySpec', 'of an unknown kind')}, and nothing can be encrypted"
        yield Finding(weight="blocks", about=about, wrong=wrong, remedy=correct)


def check_confirmations(client: Any, topic_arns: Mapping[str, str]) -> Iterator[Finding]:
    """E-mail addresses that have not yet said that they want messages.

    Args:
        client: of SNS.
        topic_arns: by what the topic tells.
    """
    for tells, arn in topic_arns.items():
        for page in client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn):
            for each in page["Subscriptions"]:
                if each["SubscriptionArn"] == "PendingConfirmation":
                    yield Finding(
                        weight="warns",
                        about="e-mail",
                        wrong=f"{each['Endpoint']} has not confirmed that it wants to hear of {tells}",
                        remedy="Follow the link in the message from AWS Notifications; deploy again for a new one.",
                    )


def check_drift(deployed: Mapping[str, Any], wanted: Mapping[str, Any], said: frozenset[str]) -> Iterator[Finding]:
    """Settings that would change although nobody said so in this command.

    Args:
        deployed: the settings of the stack as it is.
        wanted: those that a deployment would have.
        said: names of those that the command itself sets.
    """
    for name in sorted(deployed.keys() & wanted.keys()):
        if deployed[name] != wanted[name] and (name not in said or name == _WHAT_LOSES):
            yield Finding(
                weight="warns",
                about="settings",
                wrong=f"{name} is {shown(deployed[name])} in the account and becomes {shown(wanted[name])}",
                remedy=f"Keep it with --set {name}={_written(deployed[name])}, or write it in cdk.json."
                if name not in said
                else "With destroy, bucket, tables and logs go when the stack goes.",
            )


def deployed_settings(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings that a template was made with; none where it was not made by this version."""
    found = template.get("Metadata", {}).get(METADATA, {}).get("settings", {})
    return found if isinstance(found, dict) else {}


def _written(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)


def _check(about: str, ask: Callable[[], object], setting: str) -> Iterator[Finding]:
    try:
        ask()
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_FOUND:
            yield Finding(
                weight="blocks",
                about=about,
                wrong="there is no such thing",
                remedy=f"Correct it after --set {setting}=, or in cdk.json.",
            )
        else:
            yield not_found_out(about, error, "Allow reading it, or go on if it is another account's.")
