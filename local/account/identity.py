"""Who calls, for which account and region, and with the rights of which roles."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as UnreachableError,
)
from botocore.loaders import create_loader

from brainswap.core.wording import printable
from local.account.assembly import Place

_ENDED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset({"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "AuthFailure"})
_SESSION_NAME = "brainswap"
_LONG = 300


class NoAccountError(Exception):
    """The account cannot be reached as somebody; the message says what is wrong, ``remedy`` what to do."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(f"{wrong}. {remedy}")
        self.wrong, self.remedy = wrong, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody in an account, and the region that is meant."""

    arn: str
    place: Place
    session: boto3.Session

    def client(self, service: str, region: str | None = None) -> Any:
        return self.session.client(service, region_name=region or self.place.region)  # type: ignore[call-overload]


def identify(region: str | None = None) -> Caller:
    """Ask AWS who calls.

    Args:
        region: goes before the session's own.

    Raises:
        NoAccountError: there are no credentials, they have ended or are wrong, there is no region, or nobody answers.
    """
    try:
        session = new_session(region_name=region or os.environ.get("AWS_REGION"))
        if session.region_name is None:
            raise NoRegionError
        said = session.client("sts").get_caller_identity()
    except BotoCoreError as error:
        raise _without_answer(error) from error
    except ClientError as error:
        raise _refused(error) from error
    place = Place(account=said["Account"], region=session.region_name, partition=said["Arn"].split(":")[1])
    return Caller(arn=said["Arn"], place=place, session=session)


def with_role(caller: Caller) -> Callable[[str, str | None], Any]:
    """Clients by service and role: with the rights of the role, or the caller's own where it may not be assumed.

    The CDK's own command does the same: administrators need no role, and everybody else has nothing but roles.
    """

    @cache
    def session_of(role: str | None) -> boto3.Session:
        if role is None:
            return caller.session
        try:
            given = caller.client("sts").assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME)["Credentials"]
        except ClientError:
            return caller.session
        return new_session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=caller.place.region,
        )

    return cache(lambda service, role: session_of(role).client(service))


@cache
def _models() -> Any:
    """Of the services, read once for all sessions: that takes longer than all that is asked of them."""
    return create_loader(botocore.session.Session().get_config_variable("data_path"))


def new_session(**settings: str | None) -> boto3.Session:
    """A session that has the models of services from the others."""
    core = botocore.session.Session()
    core.register_component("data_loader", _models())
    return boto3.Session(botocore_session=core, **settings)


def error_words(error: ClientError | BotoCoreError) -> str:
    """What AWS said, in one line."""
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return printable(f"{told.get('Code', 'error')}: {told.get('Message', '')}", _LONG)
    return printable(str(error), _LONG)


def _without_answer(error: BotoCoreError) -> NoAccountError:
    match error:
        case NoRegionError():
            return NoAccountError(
                "no region is chosen", "Set AWS_REGION, or `region` in the profile, to where the stack shall be."
            )
        case ProfileNotFound():
            return NoAccountError(
                f"there is no such profile ({printable(str(error), _LONG)})",
                "Set AWS_PROFILE to one that `aws configure list-profiles` shows.",
            )
        case NoCredentialsError() | PartialCredentialsError():
            return NoAccountError(
                "there are no AWS credentials",
                "Sign in (`aws sso login`, `aws login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret.",
            )
        case SSOError() | TokenRetrievalError():
            return NoAccountError(f"the sign-in has ended ({printable(str(error), _LONG)})", "Run `aws sso login`.")
        case HTTPClientError() | UnreachableError():
            return NoAccountError(
                f"AWS does not answer ({printable(str(error), _LONG)})",
                "Look at the network, at HTTPS_PROXY, and at whether the region exists.",
            )
        case _:
            return NoAccountError(
                printable(str(error), _LONG), "Compare AWS_PROFILE and the files of your AWS settings."
            )


def _refused(error: ClientError) -> NoAccountError:
    code = error.response["Error"]["Code"]
    if code in _ENDED:
        return NoAccountError("the credentials have ended", "Sign in again (`aws sso login`), or fetch new ones.")
    if code in _INVALID:
        return NoAccountError(
            f"AWS does not know these credentials ({error_words(error)})",
            "Compare the access key, its secret and, for temporary ones, AWS_SESSION_TOKEN; a region that has to be "
            "enabled for the account refuses them as well.",
        )
    return NoAccountError(
        f"AWS refuses to say who calls ({error_words(error)})", "Ask whoever gave you the credentials."
    )
