"""``OptimizePrompt`` of Amazon Bedrock: a prompt as one text, rewritten for a model, over an event stream."""

import json
from collections.abc import Mapping
from typing import Any

from brainswap.adapters.aws_calls import AwsCalls, message_of
from brainswap.adapters.event_stream import EventStream, Frame
from brainswap.adapters.replies import told_origin
from brainswap.adapters.service_errors import making_sense, service_error
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.errors import ModelBrokeOffError
from brainswap.core.rewriting.one_text import OPTIMIZE, Optimised, packed
from brainswap.ports import Question

SERVICE = "bedrock-agent-runtime"

# Status by the name of an exception in the stream (botocore's service model, 1.44.5); everything else is the service's.
_STATUS_IN_STREAM: Mapping[str, int] = {
    "accessdeniedexception": 403,
    "badgatewayexception": 502,
    "dependencyfailedexception": 424,
    "throttlingexception": 429,
    "validationexception": 400,
}


class BedrockOptimizePrompt:
    """Answers with the rewritten text and what the service says about the old one, packed as text."""

    def __init__(self, calls: AwsCalls) -> None:
        self._calls = calls

    async def warm_up(self, question: Question) -> None:  # noqa: ARG002 - all are asked with the same
        await self._calls.warm_up()

    async def ask(self, question: Question) -> Answer:
        model = question.model.removeprefix(OPTIMIZE)
        what = f"OptimizePrompt for {model}"
        text = question.prompt.messages[0].content
        body = {"input": {"textPrompt": {"text": text}}, "targetModelId": model}
        came = await self._calls.post(what, json.dumps(body).encode(), "optimize-prompt")
        said: dict[str, str] = {}
        stream = EventStream()
        with making_sense(what):
            for frame in stream.feed(came.body):
                said |= _heard(what, frame)
            stream.finish()
        if not said.get("text"):
            raise ModelBrokeOffError(f"{what}: the stream ended before the prompt came")
        return Answer(
            case_id=question.case.id,
            text=packed(Optimised(text=said["text"], analysis=said.get("analysis", ""))),
            status=AnswerStatus.ANSWERED,
            origin=told_origin(came.headers),
            latency_ms=came.latency_ms,
            repeat=question.repeat,
            sent_at=came.sent_at,
        )


def _heard(what: str, frame: Frame) -> dict[str, str]:
    """What an event says; kinds that nobody needs, or that are new, say nothing.

    Raises:
        ModelThrottledError, ModelUnavailableError, ModelRefusesRequestError, ModelAccessError: as of
            `brainswap.ports.Models`.
    """
    said: Any = json.loads(frame.payload) if frame.payload else {}
    if frame.headers.get(":message-type") == "event":
        match frame.headers[":event-type"]:
            case "optimizedPromptEvent":
                return {"text": _text(said["optimizedPrompt"]["textPrompt"]["text"])}
            case "analyzePromptEvent":
                return {"analysis": _text(said.get("message", ""))}
            case _:
                return {}
    code = frame.headers.get(":exception-type") or frame.headers[":error-code"]
    message = message_of(said) or frame.headers.get(":error-message", "")
    raise service_error(what, status=_STATUS_IN_STREAM.get(code.lower(), 500), code=code, message=message)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("something that should be text is none")
    return value
