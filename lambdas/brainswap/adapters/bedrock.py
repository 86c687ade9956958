"""Models on Amazon Bedrock through the Converse API."""

import json
from collections.abc import Mapping
from functools import lru_cache

from brainswap.adapters import converse
from brainswap.adapters.aws_calls import Refusal, headers_of, message_of, refusal, status_inside
from brainswap.adapters.bedrock_access import BedrockAccess, Grant
from brainswap.adapters.event_stream import EventStream, Frame
from brainswap.adapters.http import Exchange, HttpClient
from brainswap.adapters.replies import Reply, Said, Warmth, answer_of
from brainswap.adapters.service_errors import OK, after_its_beginning, making_sense, service_error
from brainswap.adapters.signing import Target, target
from brainswap.adapters.urls import url
from brainswap.core.answers import Answer
from brainswap.core.errors import ModelBrokeOffError
from brainswap.ports import Clock, Question

# Of the errors that a stream may hold; everything else is the service's own.
_STATUS_IN_STREAM: Mapping[str, int] = {
    "throttlingexception": 429,
    "validationexception": 400,
    "modelstreamerrorexception": 424,
    "serviceunavailableexception": 503,
}


class BedrockModels:
    """Answers through ``ConverseStream``, or ``Converse`` where a model does not stream."""

    def __init__(self, http: HttpClient, access: BedrockAccess, clock: Clock) -> None:
        self._http = http
        self._access = access
        self._clock = clock
        self._warmth = Warmth()

    async def warm_up(self, question: Question) -> None:  # noqa: ARG002 - all models are asked with the same
        await self._access.grant()

    async def ask(self, question: Question) -> Answer:
        body = converse.request_body(question)
        cold = self._warmth.is_cold(question)
        grant = await self._access.grant()
        came = await self._send(question, body, grant, cold=cold)
        if isinstance(came, Refusal) and came.renewable:
            renewed = await self._access.renew(grant)
            came = came if renewed is None else await self._send(question, body, renewed, cold=cold)
        if isinstance(came, Refusal):
            raise came.error
        self._warmth.ended_well(question)
        return answer_of(question, came)

    async def _send(self, question: Question, body: bytes, grant: Grant, *, cold: bool) -> Reply | Refusal:
        to = _to(grant.place.endpoint, question.model, "converse-stream" if question.streams else "converse")
        headers = headers_of(to, body, grant, self._clock)
        async with self._http.post(
            question.model, url(to.url), headers=headers, body=body, trust=grant.place.trust
        ) as exchange:
            if exchange.status != OK:
                return refusal(question.model, exchange.status, exchange.headers, await exchange.refusal())
            said = await (_streamed if question.streams else _whole)(question.model, exchange)
            latency_ms = exchange.elapsed_ms()
        return Reply(said=said, headers=exchange.headers, latency_ms=latency_ms, sent_at=exchange.sent_at, cold=cold)


@lru_cache(maxsize=256)
def _to(endpoint: str, model: str, operation: str) -> Target:
    return target(endpoint, "model", model, operation)


async def _whole(model: str, exchange: Exchange) -> Said:
    body = await exchange.body()
    with making_sense(model):
        return converse.read(json.loads(body))


async def _streamed(model: str, exchange: Exchange) -> Said:
    stream, listening = EventStream(), converse.Listening(exchange.elapsed_ms)
    while data := await exchange.piece():
        with making_sense(model):
            for frame in stream.feed(data):
                _hear(model, frame, listening)
    with making_sense(model):
        stream.finish()
        said = listening.said()
    if not listening.whole:
        raise ModelBrokeOffError(f"{model}: the stream ended before the message did")
    return said


def _hear(model: str, frame: Frame, listening: converse.Listening) -> None:
    kind = frame.headers.get(":message-type")
    if kind == "event":
        listening.hear(frame.headers[":event-type"], json.loads(frame.payload))
        return
    code = frame.headers.get(":exception-type") or frame.headers[":error-code"]
    said = json.loads(frame.payload) if frame.payload else {"message": frame.headers.get(":error-message", "")}
    status = _STATUS_IN_STREAM.get(code.lower(), 500)
    error = service_error(
        model, status=status, code=code, message=message_of(said), status_inside=status_inside(code, said)
    )
    raise after_its_beginning(error) if listening.begun else error
