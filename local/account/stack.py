"""The deployed stack, as the command line finds it: by its name, in the region of botocore's settings."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from brainswap.core.errors import BrainswapError

NAME = "Brainswap"
VARIABLE = "BRAINSWAP_STACK"
_GONE = {"DELETE_COMPLETE", "DELETE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_IN_PROGRESS"}


class NoStackError(Exception):
    """There is no stack to speak to; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack.

    Attributes:
        session: of the caller, in the region of the stack.
        outputs: by name.
    """

    name: str
    region: str
    session: boto3.Session
    outputs: dict[str, str]

    @property
    def bucket(self) -> str:
        return self.output("BucketName")

    @property
    def ledger_table(self) -> str:
        return self.output("LedgerTableName")

    @property
    def bus(self) -> str:
        return self.output("BusName")

    @property
    def topic(self) -> str:
        return self.output("TopicArn")

    @property
    def machine(self) -> str:
        return self.output("StateMachineArn")

    def output(self, name: str) -> str:
        """What the stack says of itself.

        Raises:
            NoStackError: it does not say this, because it is of another version.
        """
        if name not in self.outputs:
            raise NoStackError(
                f"The stack {self.name} in {self.region} says nothing of {name}: it is of another version, or of "
                "something else. Deploy this version, or name another stack with --stack."
            )
        return self.outputs[name]

    def client(self, service: str, **more: Any) -> Any:
        return self.session.client(service, **more)  # type: ignore[call-overload]  # its types know names alone

    def caller(self) -> str:
        """The ARN of who is speaking, who answers for what is decided here."""
        with speaking():
            return str(self.client("sts").get_caller_identity()["Arn"])


def add_stack_option(command: argparse.ArgumentParser) -> None:
    """Let the caller name the stack."""
    command.add_argument(
        "--stack", metavar="NAME", help=f"the deployed stack (default: ${VARIABLE}, or else {NAME})", default=None
    )


def find_stack(name: str | None = None) -> Stack:
    """Find a stack by its name, that of `VARIABLE`, or `NAME`.

    Raises:
        NoStackError: there is none, or nobody can be asked.
    """
    wanted = name or os.environ.get(VARIABLE) or NAME
    with speaking():
        session = boto3.Session()
        # Asked for as a client has it: a profile and AWS_REGION count there, and not in every version of a session.
        client = session.client("cloudformation", region_name=os.environ.get("AWS_REGION") or session.region_name)
        region = client.meta.region_name
        try:
            (found,) = client.describe_stacks(StackName=wanted)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise NoStackError(_missing(wanted, region)) from None
    if found["StackStatus"] in _GONE:
        raise NoStackError(f"{_missing(wanted, region)} What is there under that name is {found['StackStatus']}.")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return Stack(name=wanted, region=region, session=boto3.Session(region_name=region), outputs=outputs)


def _missing(name: str, region: str) -> str:
    return (
        f"There is no stack {name} in {region}. Deploy one with brainswap deploy, name another with --stack or "
        f"{VARIABLE}, or set AWS_REGION to the region where it is."
    )


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what keeps a caller from speaking to his account into words.

    Raises:
        NoStackError: there are no credentials, no region, no way, or no right.
    """
    try:
        yield
    except NoCredentialsError:
        raise NoStackError(
            "There are no AWS credentials here: sign in with aws sso login, or set AWS_PROFILE or the keys."
        ) from None
    except NoRegionError:
        raise NoStackError("No region is set: set AWS_REGION to that of the stack.") from None
    except ProfileNotFound as error:
        raise NoStackError(f"{error}. Set AWS_PROFILE to one that is configured.") from None
    except EndpointConnectionError as error:
        raise NoStackError(f"AWS cannot be reached: {error}") from None
    except ClientError as error:
        told = error.response["Error"]
        raise NoStackError(
            f"The account refuses {error.operation_name}: {told.get('Code')}: {told.get('Message')}"
        ) from None
    except (BotoCoreError, S3UploadFailedError, BrainswapError) as error:
        raise NoStackError(f"The account cannot be spoken to: {error}") from None
