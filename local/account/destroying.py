"""What ``brainswap destroy`` does: the stack goes, and its data stays or goes as was said."""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from local.account.account_checks import DESCRIPTION
from local.account.change_sets import DeploymentFailedError, Stack, find_stack, follow, last_event
from local.account.identity import Caller, error_words, identify
from local.account.named_checks import deployed_settings
from local.account.stack import NAME, VARIABLE, add_stack_option
from local.account.stored import Stored, delete_stored, empty_bucket, find_stored
from local.account.talking import CannotDeployError, Talk, terminal

_RUNNING_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to go about it.

    Attributes:
        delete_data: bucket, tables, logs, the people of the portal and the routes of applications go as well.
        bucket: the bucket's name, written out by whoever wants that; None where somebody is asked.
        stop_runs: stop what is under way, instead of refusing.
    """

    delete_data: bool = False
    bucket: str | None = None
    stop_runs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What went and what stayed."""

    stack: str
    data: Literal["kept", "deleted", "none"]
    stored: Stored

    @property
    def document(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "data": self.data,
            "buckets": list(self.stored.buckets),
            "tables": list(self.stored.tables),
            "log_groups": list(self.stored.log_groups),
            "user_pools": list(self.stored.user_pools),
            "routes": list(self.stored.routes),
        }

    def lines(self) -> Iterator[str]:
        """The result for people."""
        yield f"{self.stack} is gone."
        if self.data == "kept":
            yield "Kept, and paid for as long as it is there:"
            yield from self.stored.lines()
            yield "`brainswap destroy --delete-data` with the same --stack deletes it, within ninety days."
        if self.data == "deleted":
            yield "Its data is deleted."


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``destroy``."""
    destroying: argparse.ArgumentParser = commands.add_parser(
        "destroy",
        help="take the stack out of your AWS account",
        description="Take the stack out of your AWS account. Its data stays unless you say otherwise.",
    )
    add_stack_option(destroying)
    data = destroying.add_mutually_exclusive_group()
    data.add_argument(
        "--keep-data", action="store_true", help="leave bucket, tables, logs, people and routes (the default)"
    )
    data.add_argument("--delete-data", action="store_true", help="delete them, once you have written the bucket's name")
    destroying.add_argument("--bucket", metavar="NAME", help="the name of the bucket that --delete-data deletes")
    destroying.add_argument("--stop-runs", action="store_true", help="stop the runs that are under way")
    destroying.add_argument("--yes", action="store_true", help="do not ask, except for the name of the bucket")
    destroying.set_defaults(command=_destroy)
    return [destroying]


def _destroy(chosen: argparse.Namespace) -> int:
    options = Options(delete_data=chosen.delete_data, bucket=chosen.bucket, stop_runs=chosen.stop_runs)
    done = destroy(chosen.stack or os.environ.get(VARIABLE) or NAME, options, terminal(yes=chosen.yes))
    print(json.dumps(done.document, indent=1) if chosen.json else "\n".join(done.lines()))
    return 0


def destroy(name: str, options: Options, talk: Talk) -> Destroyed:
    """Delete a stack, and its data if that was said.

    Raises:
        CannotDeployError: something speaks against it, or somebody said no; nothing was changed.
        NoAccountError: the account cannot be reached.
        DeploymentFailedError: the account said no on the way; the same command goes on.
    """
    try:
        return _Destruction(identify(), name, options, talk).carry_out()
    except (ClientError, BotoCoreError) as error:
        raise DeploymentFailedError(f"{error_words(error)}. The same command goes on.") from error


class _Destruction:
    def __init__(self, caller: Caller, name: str, options: Options, talk: Talk) -> None:
        self._client = cache(caller.client)
        self._caller = caller
        self._name = name
        self._options = options
        self._talk = talk

    def carry_out(self) -> Destroyed:
        stack = find_stack(self._client("cloudformation"), self._name)
        if stack is None:
            return self._delete_what_was_left()
        self._refuse(stack)
        stored = find_stored(self._client, stack.stack_id)
        self._agree(stack, stored)
        for each in self._running(stack):
            self._client("stepfunctions").stop_execution(executionArn=each["executionArn"], cause="The stack goes.")
        if self._goes_with_the_stack(stack):
            for bucket in stored.buckets:  # CloudFormation deletes none that holds something
                empty_bucket(self._client("s3"), bucket, self._talk.say)
        since = last_event(self._client("cloudformation"), stack.stack_id)
        self._client("cloudformation").delete_stack(StackName=stack.stack_id)
        follow(self._client("cloudformation"), stack.stack_id, self._talk.say, since=since, pause=self._talk.pause)
        if not stored:
            return Destroyed(stack=self._name, data="none", stored=stored)
        if not self._options.delete_data:
            return Destroyed(stack=self._name, data="kept", stored=stored)
        delete_stored(self._client, find_stored(self._client, stack.stack_id), self._talk.say)
        return Destroyed(stack=self._name, data="deleted", stored=stored)

    def _refuse(self, stack: Stack) -> None:
        """Say what speaks against it, before anything is changed."""
        if not stack.description.startswith(DESCRIPTION):
            raise CannotDeployError(f"{stack.name} is somebody else's stack: {stack.description or 'undescribed'}")
        if stack.is_changing and stack.status != "DELETE_IN_PROGRESS":
            raise CannotDeployError(f"{stack.name} is {stack.status}. Wait for its end, then say it again.")
        if stack.protected:
            raise CannotDeployError(
                f"{stack.name} is protected from deletion. Lift that with `aws cloudformation "
                f"update-termination-protection --no-enable-termination-protection --stack-name {stack.name}`."
            )
        if self._goes_with_the_stack(stack) and not self._options.delete_data:
            raise CannotDeployError(
                "This stack was deployed with removal-policy=destroy, so that its data goes with it. To keep it, run "
                f"`brainswap deploy --stack {stack.name} --set removal-policy=retain` first; else say --delete-data."
            )
        locked_days = self._settings(stack).get("object-lock-days")
        if locked_days and self._options.delete_data:
            raise CannotDeployError(
                f"Reports and decisions are locked for {locked_days} days, and nobody deletes their bucket before. "
                "Say --keep-data, and delete the bucket when the last of them is free."
            )
        running = self._running(stack)
        if running and not self._options.stop_runs:
            names = ", ".join(each["name"] for each in running[:_RUNNING_SHOWN])
            raise CannotDeployError(
                f"{len(running)} runs are under way ({names}{', …' if len(running) > _RUNNING_SHOWN else ''}). "
                "Wait for them, or say --stop-runs."
            )

    def _goes_with_the_stack(self, stack: Stack) -> bool:
        return self._settings(stack).get("removal-policy") == "destroy"

    def _settings(self, stack: Stack) -> Mapping[str, Any]:
        template = self._client("cloudformation").get_template(StackName=stack.stack_id, TemplateStage="Original")
        return deployed_settings(template["TemplateBody"])

    def _running(self, stack: Stack) -> list[dict[str, Any]]:
        machines = [stack.outputs.get(name) for name in ("StateMachineArn", "RolloutMachineArn")]
        return [each for machine in machines if machine is not None for each in self._running_of(machine)]

    def _running_of(self, machine: str) -> list[dict[str, Any]]:
        """None of a machine that went before the deletion of its stack failed, which still names it."""
        pages = self._client("stepfunctions").get_paginator("list_executions")
        try:
            listed = list(pages.paginate(stateMachineArn=machine, statusFilter="RUNNING"))
        except ClientError as error:
            if error.response["Error"]["Code"] != "StateMachineDoesNotExist":
                raise
            return []
        return [each for page in listed for each in page["executions"]]

    def _agree(self, stack: Stack, stored: Stored) -> None:
        place = self._caller.place
        self._talk.say(f"{stack.name} in {place.region} of {place.account} goes.")
        if stored:
            self._talk.say("With it goes" if self._options.delete_data else "What stays:")
            for line in stored.lines():
                self._talk.say(line)
        if self._options.delete_data and stored.buckets:
            self._agree_to_lose(stored.buckets[0])
        elif not self._talk.confirm(f"Delete the stack {stack.name}?"):
            raise CannotDeployError("Nothing was changed.")

    def _agree_to_lose(self, bucket: str) -> None:
        written = self._options.bucket or self._talk.name(f"All versions of all files go. Write {bucket} to agree:")
        if written != bucket:
            raise CannotDeployError(f"Nothing was changed: {written or 'nothing'} is not {bucket}.")

    def _delete_what_was_left(self) -> Destroyed:
        """Of the newest stack of that name that has been deleted."""
        if not self._options.delete_data:
            raise CannotDeployError(f"There is no stack {self._name} in {self._caller.place.region}.")
        pages = (
            self._client("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
        )
        deleted = [each for page in pages for each in page["StackSummaries"] if each["StackName"] == self._name]
        ours = [each for each in deleted if each.get("TemplateDescription", DESCRIPTION).startswith(DESCRIPTION)]
        for each in sorted(ours, key=lambda each: each["CreationTime"], reverse=True):
            stored = find_stored(self._client, each["StackId"])
            if stored:
                for line in ("Left of a stack that is gone:", *stored.lines()):
                    self._talk.say(line)
                if stored.buckets:
                    self._agree_to_lose(stored.buckets[0])
                elif not self._talk.confirm("Delete it?"):
                    raise CannotDeployError("Nothing was changed.")
                delete_stored(self._client, stored, self._talk.say)
                return Destroyed(stack=self._name, data="deleted", stored=stored)
        missing = f"There is no stack {self._name} in {self._caller.place.region}"
        raise CannotDeployError(f"{missing}, and none that left data within ninety days.")
