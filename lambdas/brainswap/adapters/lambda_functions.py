"""Customers' own functions, invoked in AWS Lambda."""

import asyncio
import json
from collections.abc import Callable, Sequence

from brainswap.adapters.aws_calls import AwsCalls, Response
from brainswap.adapters.service_errors import printable
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.calling.function_messages import MisshapenAnswerError, asked_ids, read_scores
from brainswap.core.calling.plans import FUNCTION
from brainswap.core.errors import ModelAccessError, ModelRefusesRequestError
from brainswap.ports import Question

VERSION = "2015-03-31"  # of Lambda's own interface
FUNCTION_ERROR = "X-Amz-Function-Error"
_REGION = 3  # the part of an ARN that says where it is


class LambdaFunctions:
    """Answers with what a function says of the question's only message, a `ScoreRequest`.

    A function that fails, is too slow or says something else has refused the request: it would do so again.

    Args:
        calls: to Lambda in a region.
        allowed: ARNs, of which the last part may be ``*`` for any version or alias; None for whatever the account of
            the caller may invoke.
        refused_because: why no function is invoked here at all.
    """

    def __init__(
        self,
        calls: Callable[[str], AwsCalls],
        *,
        allowed: Sequence[str] | None,
        refused_because: str | None = None,
    ) -> None:
        self._calls = calls
        self._allowed = allowed
        self._refused_because = refused_because

    async def warm_up(self, question: Question) -> None:
        function = self._permitted(question)
        await self._calls(_region(function)).warm_up()

    async def ask(self, question: Question) -> Answer:
        function, request = self._permitted(question), question.prompt.messages[0].content
        timeout_s = float(question.settings.fields["timeout_s"])
        path = (VERSION, "functions", function, "invocations")
        try:
            async with asyncio.timeout(timeout_s):
                came = await self._calls(_region(function)).post(function, request.encode(), *path)
        except TimeoutError:
            raise ModelRefusesRequestError(f"{function}: no answer in {timeout_s:g} seconds") from None
        return Answer(
            case_id=question.case.id,
            text=_said(function, came, request),
            status=AnswerStatus.ANSWERED,
            origin=Origin.LIVE,
            latency_ms=came.latency_ms,
            repeat=question.repeat,
            sent_at=came.sent_at,
        )

    def _permitted(self, question: Question) -> str:
        function = question.model.removeprefix(FUNCTION)
        if self._refused_because is not None:
            raise ModelAccessError(f"{function}: {self._refused_because}")
        if self._allowed is not None and not any(_fits(function, each) for each in self._allowed):
            raise ModelAccessError(
                f"{function}: this deployment may not invoke it; name it in the setting brainswap:scoring-functions "
                "and deploy again"
            )
        return function


def _said(function: str, came: Response, request: str) -> str:
    if came.headers.get(FUNCTION_ERROR):
        raise ModelRefusesRequestError(f"{function}: the function failed: {_failure(came.body)}")
    try:
        text = came.body.decode("utf-8")
        read_scores(text, asked_ids(request))
    except UnicodeDecodeError:
        raise ModelRefusesRequestError(f"{function}: the function's answer is no text") from None
    except MisshapenAnswerError as error:
        raise ModelRefusesRequestError(f"{function}: the function's answer is none: {error}") from None
    return text


def _failure(body: bytes) -> str:
    """What Lambda says of a function that failed."""
    try:
        said = json.loads(body)
        return printable(f"{said.get('errorType') or 'Error'}: {said.get('errorMessage') or 'no message'}")
    except (ValueError, AttributeError, RecursionError):
        return "it does not say why"


def _region(function: str) -> str:
    return function.split(":")[_REGION]


def _fits(function: str, allowed: str) -> bool:
    """Whether an ARN is the one allowed; a star in the place of a version stands for any, and for none other."""
    if not allowed.endswith(":*"):
        return function == allowed
    return function.startswith(allowed[:-1])
