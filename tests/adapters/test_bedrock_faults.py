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
from local.bedrock.eventstream import event, frame
from tests.fakes.asking import question
from tests.fakes.bedrock_wire import START, STOP, ask, converse, delta, failure, message, refused
from tests.fakes.scripted_server import Scripted, cut_short, streamed, whole


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException"])
def test_refused_credentials_are_renewed_once(code: str) -> None:
    script = [refused(403, code), message({"text": "yes"})]

    (answer,), received = converse(script, [question(streams=False)], keys=["OLD", "NEW"])

    assert answer.text == "yes"
    assert [" Credential=NEW/" in it.headers["authorization"] for it in received] == [False, True]


@pytest.mark.parametrize("bearer_token", [None, "b"])
def test_credentials_that_stay_refused_are_no_access(bearer_token: str | None) -> None:
    with pytest.raises(ModelAccessError, match="ExpiredTokenException"):
        converse([refused(403, "ExpiredTokenException")], [question()], bearer_token=bearer_token)


def test_no_credentials_are_no_access() -> None:
    with pytest.raises(ModelAccessError, match="no AWS credentials"):
        ask([message()], question(), keys=[None])


@pytest.mark.parametrize(
    ("scripted", "ours"),
    [
        (refused(429, "ThrottlingException"), ModelThrottledError),
        (refused(429, "SomethingNew"), ModelThrottledError),
        (refused(429, "ModelNotReadyException"), ModelUnavailableError),
        (refused(503, "ServiceUnavailableException"), ModelUnavailableError),
        (refused(500, "InternalServerException"), ModelUnavailableError),
        (refused(502, "SomethingNew"), ModelUnavailableError),
        (refused(408, "ModelTimeoutException"), ModelUnavailableError),
        (refused(408, ""), ModelUnavailableError),
        (refused(424, "ModelErrorException"), ModelUnavailableError),
        (refused(424, "ModelErrorException", originalStatusCode=500), ModelUnavailableError),
        (refused(424, "ModelErrorException", originalStatusCode=403), ModelRefusesRequestError),
        (refused(424, "ModelErrorException", originalStatusCode=429), ModelThrottledError),
        (refused(424, "ModelErrorException", originalStatusCode="400"), ModelUnavailableError),
        (refused(400, "ValidationException"), ModelRefusesRequestError),
        (refused(400, "ConflictException"), ModelRefusesRequestError),
        (refused(413, "SomethingNew"), ModelRefusesRequestError),
        (refused(400, "ServiceQuotaExceededException"), ModelAccessError),
        (refused(403, "AccessDeniedException"), ModelAccessError),
        (refused(403, "SomethingNew"), ModelAccessError),
        (refused(404, "ResourceNotFoundException"), ModelAccessError),
        (refused(403, "InvalidSignatureException"), ModelAccessError),
        (whole(429, {"__type": "com.amazon#ModelNotReadyException"}), ModelUnavailableError),
        (whole(400, {"__type": "ThrottlingException", "Message": "m"}), ModelThrottledError),
        (whole(429, b"<html>"), ModelThrottledError),
        (whole(503, b"[1]"), ModelUnavailableError),
        (whole(302, b"", {"Location": "/elsewhere"}), ModelAccessError),
        (whole(204, b""), ModelBrokeOffError),
    ],
    ids=range(27),
)
@pytest.mark.parametrize("streams", [True, False])
def test_each_refusal_becomes_ours(scripted: Scripted, ours: type[BrainswapError], *, streams: bool) -> None:
    with pytest.raises(BrainswapError) as caught:
        ask([scripted], question(streams=streams))

    assert type(caught.value) is ours


@pytest.mark.parametrize(
    ("code", "members", "at_first", "later"),
    [
        ("throttlingException", {}, ModelThrottledError, ModelThrottledError),
        ("validationException", {}, ModelRefusesRequestError, ModelRefusesRequestError),
        ("internalServerException", {}, ModelUnavailableError, ModelBrokeOffError),
        ("serviceUnavailableException", {}, ModelUnavailableError, ModelBrokeOffError),
        ("modelStreamErrorException", {}, ModelUnavailableError, ModelBrokeOffError),
        ("modelStreamErrorException", {"originalStatusCode": 400}, ModelRefusesRequestError, ModelRefusesRequestError),
        ("modelTimeoutException", {}, ModelUnavailableError, ModelBrokeOffError),
        ("somethingNew", {}, ModelUnavailableError, ModelBrokeOffError),
    ],
)
def test_an_error_in_a_stream_counts_by_whether_something_was_generated(
    code: str, members: Mapping[str, Any], at_first: type[BrainswapError], later: type[BrainswapError]
) -> None:
    error = failure(code, **members)

    with pytest.raises(BrainswapError) as early:
        ask([streamed(START, error)], question())
    with pytest.raises(BrainswapError) as late:
        ask([streamed(START, delta(text="Vie"), error)], question())

    assert (type(early.value), type(late.value)) == (at_first, later)


@pytest.mark.parametrize(
    "scripted",
    [
        streamed(START, delta(text="Vienna")),
        streamed(START, delta(text="Vienna"), STOP[:-1]),
        streamed(START, delta(text="Vienna")[:-1] + b"!", STOP),
        streamed(START, delta(text="Vienna"), ending="reset"),
        streamed(START, delta(text="Vienna"), ending="hung"),
        streamed(delta(text=5), STOP),
        streamed(delta(1, toolUse={"input": "{}"}), STOP),
        streamed(event("messageStop", {}), STOP),
        streamed(STOP, event("metadata", {"usage": {"inputTokens": "3"}})),
        streamed(frame(b"", b"{}"), STOP),
        streamed(),
        whole(200, b'{"message": "no stream"}'),
    ],
    ids=range(12),
)
def test_a_stream_that_is_not_whole_breaks_off(scripted: Scripted) -> None:
    with pytest.raises(ModelBrokeOffError):
        ask([scripted], question())


@pytest.mark.parametrize(
    "scripted",
    [
        Scripted(ending="closed"),
        cut_short("reset"),
        cut_short("hung"),
        whole(200, b"<html>"),
        whole(200, b"[" * 100_000),
        whole(200, {"output": {}}),
        whole(200, {"output": {"message": {"content": [{"text": None}]}}, "stopReason": "end_turn"}),
        whole(200, {"output": {"message": {"content": [{"toolUse": {}}]}}, "stopReason": "end_turn"}),
        whole(200, {"output": {"message": "text"}, "stopReason": "end_turn"}),
        whole(200, {"output": {"message": {}}, "stopReason": "end_turn", "usage": {"inputTokens": 1}}),
    ],
    ids=range(10),
)
def test_an_answer_that_makes_no_sense_breaks_off(scripted: Scripted) -> None:
    with pytest.raises(ModelBrokeOffError):
        ask([scripted], question(streams=False))


def test_a_message_quotes_no_more_than_a_line_of_what_the_service_said() -> None:
    with pytest.raises(ModelRefusesRequestError) as caught:
        ask([refused(400, "ValidationException", message="a\nb\x1b" + "c" * 1000)], question())

    assert "a b c" in str(caught.value)
    assert str(caught.value).isprintable()
    assert str(caught.value).count("c") < 320


def test_a_throttled_call_says_how_long_to_wait_where_the_service_does() -> None:
    later = {"Date": "Mon, 23 Nov 2026 10:00:00 GMT", "Retry-After": "Mon, 23 Nov 2026 10:01:30 GMT"}
    said = [{}, {"Retry-After": "7"}, later, {"Retry-After": "soon"}, {"Retry-After": "-1"}]

    waits = []
    for headers in said:
        with pytest.raises(ModelThrottledError) as caught:
            ask([whole(429, {}, headers)], question())
        waits.append(caught.value.retry_after_s)

    assert waits == [None, 7.0, 90.0, None, None]
