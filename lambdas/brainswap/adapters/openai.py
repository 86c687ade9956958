"""Models behind an OpenAI-compatible endpoint: ids such as ``openai:gpt-4o-mini``."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from brainswap.adapters.replies import Reply, answer_of
from brainswap.core.answers import Answer, Usage
from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.ports import Clock, Question

PREFIX = "openai:"

_BY_STATUS: Mapping[int, type[BrainswapError]] = {
    401: ModelAccessError,
    403: ModelAccessError,
    404: ModelAccessError,
    408: ModelUnavailableError,
    409: ModelUnavailableError,
    429: ModelThrottledError,
}
_OK = 200
_SERVER_ERROR = 500


class OpenAIModels:
    """Answers through ``POST /chat/completions``, streamed so that the first token can be timed."""

    def __init__(self, pool: urllib3.PoolManager, base_url: str, key: str | None, clock: Clock) -> None:
        self._pool = pool
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {"content-type": "application/json", "accept": "text/event-stream"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._clock = clock

    def ask(self, question: Question) -> Answer:
        try:
            return answer_of(question, self._reply(_body(question)))
        except HTTPError as error:
            raise ModelUnavailableError(f"{question.model}: {type(error).__name__}") from error

    def _reply(self, body: Mapping[str, Any]) -> Reply:
        started = self._clock.monotonic_ms()
        response = self._pool.request(
            "POST",
            self._url,
            body=json.dumps(body).encode(),
            headers=self._headers,
            preload_content=False,
            retries=False,
        )
        try:
            if response.status != _OK:
                raise _refusal(str(body["model"]), response.status, response.read(2000))
            pieces: list[str] = []
            first: float | None = None
            stop_reason: str | None = None
            usage: Usage | None = None
            for event in _events(response):
                for choice in event.get("choices", ()):
                    text = choice.get("delta", {}).get("content")
                    if text:
                        first = self._clock.monotonic_ms() - started if first is None else first
                        pieces.append(text)
                    stop_reason = choice.get("finish_reason") or stop_reason
                usage = _usage(event.get("usage")) or usage
            return Reply(
                text="".join(pieces),
                stop_reason=stop_reason,
                usage=usage,
                headers={name.lower(): value for name, value in response.headers.items()},
                latency_ms=self._clock.monotonic_ms() - started,
                first_token_ms=first,
            )
        finally:
            response.release_conn()


def _body(question: Question) -> dict[str, Any]:
    prompt, parameters = question.prompt, question.parameters
    messages = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    if prompt.system is not None:
        messages.insert(0, {"role": "system", "content": prompt.system})
    wanted = {
        "model": question.model.removeprefix(PREFIX),
        "messages": messages,
        "max_completion_tokens": parameters.max_tokens,
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
        "stop": list(parameters.stop_sequences) or None,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _events(response: urllib3.BaseHTTPResponse) -> Iterator[Mapping[str, Any]]:
    """The JSON of each server-sent ``data:`` line, up to ``[DONE]``."""
    pending = b""
    for chunk in response.stream(1 << 16):
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            data = line.strip().removeprefix(b"data:").strip()
            if not line.startswith(b"data:"):
                continue
            if data == b"[DONE]":
                return
            try:
                yield json.loads(data)
            except ValueError as error:
                raise ModelUnavailableError("the stream broke off in the middle of an event") from error


def _refusal(model: str, status: int, body: bytes) -> BrainswapError:
    otherwise = ModelUnavailableError if status >= _SERVER_ERROR else ModelRefusesRequestError
    return _BY_STATUS.get(status, otherwise)(f"{model}: HTTP {status} {body[:300].decode('utf-8', 'replace')}")


def _usage(usage: Mapping[str, Any] | None) -> Usage | None:
    if not usage:
        return None
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Usage(
        input_tokens=usage["prompt_tokens"] - cached, output_tokens=usage["completion_tokens"], cache_read_tokens=cached
    )
