import json
from collections.abc import Mapping
from typing import Any

import pytest

from brainswap.core.errors import (
    BrainswapError,
    ModelAccessError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from tests.fakes.chat_wire import DONE, ask, called, chunk, completion, refused
from tests.fakes.scripted_server import Scripted, cut_short, streamed, whole


@pytest.mark.parametrize(
    "scripted",
    [
        streamed(chunk({"content": "Vie"})),
        streamed(chunk({"content": "Vie"}), DONE),
        streamed(chunk({"content": "Vie"}), chunk({}, "stop")[:-9]),
        streamed(chunk({"content": "Vie"}), ending="closed"),
        streamed(chunk({"content": "Vie"}), ending="reset"),
        streamed(chunk({"content": "Vie"}), ending="hung"),
        streamed(chunk({"content": ["Vie"]}, "stop"), DONE),
        streamed(chunk(called(None, "{}"), "stop"), DONE),
        streamed(b"data: []\n\n", chunk({}, "stop"), DONE),
        streamed(chunk({}, "stop", usage={"prompt_tokens": "1"}), DONE),
        cut_short("closed"),
        whole(200, {"choices": []}),
        whole(200, b"<html>"),
    ],
    ids=range(13),
)
def test_a_stream_that_is_not_whole_breaks_off(scripted: Scripted) -> None:
    with pytest.raises(ModelBrokeOffError):
        ask(scripted)


@pytest.mark.parametrize(
    "scripted",
    [
        whole(200, b"<html>"),
        whole(200, {}),
        whole(200, {"choices": []}),
        completion({"content": [{"text": "a"}]}),
        completion({"content": "a"}, usage={"prompt_tokens": -1}),
        cut_short("reset"),
    ],
    ids=range(6),
)
def test_a_completion_that_makes_no_sense_breaks_off(scripted: Scripted) -> None:
    with pytest.raises(ModelBrokeOffError):
        ask(scripted, streams=False)


@pytest.mark.parametrize(
    ("scripted", "ours"),
    [
        (refused(400, type="invalid_request_error"), ModelRefusesRequestError),
        (refused(422), ModelRefusesRequestError),
        (refused(401, code="invalid_api_key"), ModelAccessError),
        (refused(402), ModelAccessError),
        (refused(403), ModelAccessError),
        (refused(404, code="model_not_found"), ModelAccessError),
        (refused(408), ModelUnavailableError),
        (refused(409), ModelUnavailableError),
        (refused(429, code="rate_limit_exceeded"), ModelThrottledError),
        (refused(429, code="insufficient_quota"), ModelAccessError),
        (refused(500), ModelUnavailableError),
        (refused(529), ModelUnavailableError),
        (whole(429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}]), ModelThrottledError),
        (whole(404, {"object": "error", "message": "no such model", "code": 404}), ModelAccessError),
        (whole(404, {"error": "model not found"}), ModelAccessError),
        (whole(502, b"<html>"), ModelUnavailableError),
        (whole(307, b"", {"Location": "https://elsewhere.invalid/"}), ModelAccessError),
    ],
    ids=range(17),
)
def test_each_refusal_becomes_ours(scripted: Scripted, ours: type[BrainswapError]) -> None:
    with pytest.raises(BrainswapError) as caught:
        ask(scripted)

    assert type(caught.value) is ours


@pytest.mark.parametrize(
    ("error", "at_first", "later"),
    [
        ({"message": "m", "type": "server_error"}, ModelUnavailableError, ModelBrokeOffError),
        ({"message": "m", "code": 503}, ModelUnavailableError, ModelBrokeOffError),
        ({"code": "rate_limit_exceeded"}, ModelThrottledError, ModelThrottledError),
        ({"code": None, "type": "invalid_request_error"}, ModelRefusesRequestError, ModelRefusesRequestError),
        ("out of memory", ModelUnavailableError, ModelBrokeOffError),
    ],
)
def test_an_error_in_a_stream_counts_by_whether_something_was_generated(
    error: Any, at_first: type[BrainswapError], later: type[BrainswapError]
) -> None:
    failure = b"data: " + json.dumps({"error": error}).encode() + b"\n\n"

    with pytest.raises(BrainswapError) as early:
        ask(streamed(failure))
    with pytest.raises(BrainswapError) as late:
        ask(streamed(chunk({"content": "Vie"}), failure))

    assert (type(early.value), type(late.value)) == (at_first, later)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5),
        ({"retry-after-ms": "soon", "Retry-After": "2"}, 2.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms"}, 0.02),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "6m0.5s",
            },
            360.5,
        ),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7"}, 7.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7 s or so"}, None),
        ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "7s"}, None),
    ],
)
def test_a_throttled_call_says_how_long_to_wait(headers: Mapping[str, str], seconds: float | None) -> None:
    with pytest.raises(ModelThrottledError) as caught:
        ask(refused(429, headers))

    assert caught.value.retry_after_s == seconds
