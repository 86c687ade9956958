"""Models behind an OpenAI-compatible endpoint: ids such as ``openai:gpt-4o-mini``."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from brainswap.adapters import chat_completions
from brainswap.adapters.http import Exchange, HttpClient
from brainswap.adapters.replies import Reply, Said, Warmth, answer_of, made
from brainswap.adapters.service_errors import (
    OK,
    after_its_beginning,
    making_sense,
    positive,
    retry_after_s,
    service_error,
)
from brainswap.adapters.urls import Url
from brainswap.core.answers import Answer
from brainswap.core.errors import BrainswapError, ModelAccessError, ModelBrokeOffError
from brainswap.ports import Endpoint, Question

OPENAI = "https://api.openai.com/v1"
Keys = Callable[[Endpoint], Awaitable[str | None]]

_AZURE = ".openai.azure.com"
_DONE = b"[DONE]"
_SERVER_ERROR = 500
# Both say by their code what their status does not: no money left, and an answer that a filter forbade.
_NO_MONEY = "insufficient_quota"
_FILTERED = "content_filter"
_STATUS_BY_CODE: Mapping[str, int] = {"rate_limit_exceeded": 429, "invalid_request_error": 400}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """How an endpoint wants to be asked.

    Attributes:
        url: of its chat completions, with the query of its base URL.
        limit_name: of the greatest number of tokens; only OpenAI's own models refuse the old one.
    """

    url: Url
    azure: bool
    limit_name: str

    def headers(self, key: str | None) -> dict[str, str]:
        said = {"Content-Type": "application/json"}
        key = key.strip() if key else ""
        if not key.isprintable():
            raise ModelAccessError(f"the key to {self.url.host} holds characters that no key has")
        if key and self.azure:
            said["api-key"] = key
        elif key:
            said["Authorization"] = f"Bearer {key}"
        return said


class OpenAIModels:
    """Answers through ``POST /chat/completions``, streamed where the model can.

    Args:
        http: sends the requests.
        keys: finds the key to an endpoint, at every call; None where there is none.
        base_url: of questions that name no endpoint.
    """

    def __init__(self, http: HttpClient, keys: Keys, *, base_url: str = OPENAI) -> None:
        self._http = http
        self._keys = keys
        self._base_url = base_url
        self._warmth = Warmth()

    async def warm_up(self, question: Question) -> None:
        await self._keys(question.endpoint)

    async def ask(self, question: Question) -> Answer:
        model = question.model
        host = host_of(question.endpoint.base_url or self._base_url)
        headers = host.headers(await self._keys(question.endpoint))
        body = await made(question, partial(chat_completions.request_body, question, limit_name=host.limit_name))
        cold = self._warmth.is_cold(question)
        async with self._http.post(model, host.url, headers=headers, body=body) as exchange:
            if exchange.status != OK:
                said = _refused(model, exchange.status, exchange.headers, await exchange.refusal())
            else:
                said = await (_streamed if question.streams else _whole)(model, exchange)
            latency_ms = exchange.elapsed_ms()
            if question.streams:
                await exchange.take_leave()
        self._warmth.ended_well(question)
        reply = Reply(said=said, headers=exchange.headers, latency_ms=latency_ms, sent_at=exchange.sent_at, cold=cold)
        return answer_of(question, reply)


@lru_cache(maxsize=64)
def host_of(base_url: str) -> Host:
    """Look at a base URL.

    Raises:
        ModelAccessError: it is none, or a key would travel to it in the clear.
    """
    try:
        base = Url.parse(base_url)
    except ValueError as error:
        raise ModelAccessError("the base URL of the endpoint is no http or https URL with a host") from error
    if base.user:
        raise ModelAccessError("the base URL of the endpoint may have no user")
    if base.scheme != "https" and not base.is_loopback:
        raise ModelAccessError(
            f"{base.host}: only https, or this machine itself, is asked; keys travel with the request"
        )
    azure = base.host.endswith(_AZURE)
    newest = azure or base.host == "api.openai.com" or base.host.endswith(".api.openai.com")
    return Host(
        url=replace(base, path=f"{base.path.rstrip('/')}/chat/completions"),
        azure=azure,
        limit_name="max_completion_tokens" if newest else "max_tokens",
    )


async def _whole(model: str, exchange: Exchange) -> Said:
    body = await exchange.body()
    with making_sense(model):
        return chat_completions.read(json.loads(body))


async def _streamed(model: str, exchange: Exchange) -> Said:
    events, listening = chat_completions.ServerSentEvents(), chat_completions.Listening(exchange.elapsed_ms)
    done = False
    while not done:
        data = await exchange.piece()
        with making_sense(model):
            for event in events.feed(data) if data else events.finish():
                if event == _DONE:
                    done = True
                    break
                _hear(model, json.loads(event), listening)
        done = done or not data
    with making_sense(model):
        said = listening.said()
    if not listening.whole:
        raise ModelBrokeOffError(f"{model}: the stream ended before the answer did")
    return said


def _hear(model: str, chunk: Mapping[str, Any], listening: chat_completions.Listening) -> None:
    if chunk.get("error"):
        error = _error_in_stream(model, chunk)
        raise after_its_beginning(error) if listening.begun else error
    listening.hear(chunk)


def _error_in_stream(model: str, chunk: Mapping[str, Any]) -> BrainswapError:
    codes = _codes(chunk)
    numbers = (int(code) for code in codes if code.isdecimal())
    known = (_STATUS_BY_CODE[code] for code in codes if code in _STATUS_BY_CODE)
    status = next(numbers, None) or next(known, _SERVER_ERROR)
    return service_error(model, status=status, code=codes[0] if codes else "", message=_message(chunk))


def _refused(model: str, status: int, headers: Mapping[str, str], body: bytes) -> Said:
    """What a filter refused is an answer that is no good.

    Raises:
        BrainswapError: everything else.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    codes, message = _codes(said), _message(said)
    if _FILTERED in codes:
        return Said(text="", stop_reason=_FILTERED)
    if _NO_MONEY in codes:
        raise ModelAccessError(str(service_error(model, status=status, code=_NO_MONEY, message=message)))
    code = codes[0] if codes else ""
    raise service_error(model, status=status, code=code, message=message, retry_after_s=_to_wait_s(headers))


def _codes(said: Any) -> list[str]:
    """Code and type of an error, the more exact first; Gemini puts it into a list, vLLM leaves out the envelope."""
    error = _error(said)
    return [str(error[name]) for name in ("code", "type", "status") if error.get(name)]


def _message(said: Any) -> str:
    return str(_error(said).get("message") or "")


def _error(said: Any) -> Mapping[str, Any]:
    first = said[0] if isinstance(said, list) and said else said
    inner = first.get("error", first) if isinstance(first, dict) else first
    if isinstance(inner, dict):
        return inner
    return {"message": inner} if isinstance(inner, str) else {}


def _to_wait_s(headers: Mapping[str, str]) -> float | None:
    """``retry-after-ms``, ``Retry-After``, or else when the limit is reset that leaves nothing."""
    precise = headers.get("retry-after-ms", "")
    if _PART.fullmatch(f"{precise}ms"):
        return positive(float(precise) / 1000)
    asked = retry_after_s(headers)
    if asked is not None:
        return asked
    resets = [
        _duration_s(headers.get(f"x-ratelimit-reset-{kind}", ""))
        for kind in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{kind}") == "0"
    ]
    return max((reset for reset in resets if reset is not None), default=None)


def _duration_s(said: str) -> float | None:
    """``6m0s``, ``20ms``; a number alone is seconds."""
    parts = _PART.findall(said if said[-1:].isalpha() else f"{said}s")
    if not parts or "".join(number + unit for number, unit in parts) not in {said, f"{said}s"}:
        return None
    return positive(sum(float(number) * _SECONDS[unit] for number, unit in parts))
