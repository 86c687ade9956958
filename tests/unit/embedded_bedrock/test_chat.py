import json
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local.bedrock.server import EmbeddedBedrock

CARD = "I have been waiting for my new card for two weeks now."


def call(bedrock: EmbeddedBedrock, path: str, body: Any = None, key: str | None = "Bearer sk-any") -> tuple[Any, bytes]:
    request = Request(  # noqa: S310 - the scheme is the test server's http
        f"{bedrock.url}/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | ({} if key is None else {"Authorization": key}),
    )
    with urlopen(request, timeout=10) as response:  # noqa: S310 - see above
        return response.headers, response.read()


def refusal(bedrock: EmbeddedBedrock, body: Any, key: str | None = "Bearer sk-any") -> tuple[int, dict[str, Any]]:
    with pytest.raises(HTTPError) as caught:
        call(bedrock, "chat/completions", body, key)
    with caught.value as response:
        return response.code, json.loads(response.read())["error"]


def chat(text: str, model: str = "gpt-4o-mini", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}]} | fields


def test_a_recorded_answer_comes_as_a_chat_completion(bedrock: EmbeddedBedrock) -> None:
    headers, body = call(bedrock, "chat/completions", chat(f"Classify: {CARD}"))

    completion = json.loads(body)
    assert completion["object"] == "chat.completion"
    assert completion["model"] == "gpt-4o-mini"
    assert completion["choices"][0]["message"] == {
        "role": "assistant",
        "content": "It is about the arrival of a card.",
        "refusal": None,
    }
    assert completion["choices"][0]["finish_reason"] == "stop"
    assert completion["usage"] == {"prompt_tokens": 16, "completion_tokens": 9, "total_tokens": 25}
    assert headers["x-brainswap-origin"] == "recorded"
    assert headers["x-brainswap-estimated"] == "tokens,latency"


def test_messages_in_parts_and_the_case_named_in_the_metadata_are_understood(bedrock: EmbeddedBedrock) -> None:
    parts = [{"type": "text", "text": "Classify:"}, {"type": "text", "text": CARD}]
    body = chat("", messages=[{"role": "developer", "content": "Short."}, {"role": "user", "content": parts}])

    _, answer = call(bedrock, "chat/completions", body | {"metadata": {"brainswap-case": "card"}})

    assert "arrival" in json.loads(answer)["choices"][0]["message"]["content"]


def events(body: bytes) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in body.decode().split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_a_stream_comes_as_server_sent_events_and_ends_with_the_usage(bedrock: EmbeddedBedrock) -> None:
    headers, body = call(bedrock, "chat/completions", chat(CARD, stream=True, stream_options={"include_usage": True}))

    *chunks, last, usage = events(body)
    assert headers["content-type"] == "text/event-stream"
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks) == "It is about the arrival of a card."
    assert len(chunks) > 2
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (usage["choices"], usage["usage"]["completion_tokens"]) == ([], 9)
    assert len({chunk["id"] for chunk in (*chunks, last, usage)}) == 1


def test_a_stream_says_nothing_of_the_usage_unasked(bedrock: EmbeddedBedrock) -> None:
    _, body = call(bedrock, "chat/completions", chat(CARD, stream=True))

    assert not any("usage" in chunk for chunk in events(body))


def test_limits_of_the_request_are_obeyed_by_simulated_models(bedrock: EmbeddedBedrock) -> None:
    _, cut = call(bedrock, "chat/completions", chat("Hi", "pretend", max_completion_tokens=2))
    _, stopped = call(bedrock, "chat/completions", chat("Hi", "pretend", stop="simulated"))

    assert json.loads(cut)["choices"][0]["finish_reason"] == "length"
    assert json.loads(cut)["usage"]["completion_tokens"] == 2
    assert json.loads(stopped)["choices"][0]["message"]["content"] == "This is a "


def test_a_response_format_decides_the_form_of_a_simulated_answer(bedrock: EmbeddedBedrock) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"properties": {"label": {}}}}}

    for wanted, key in ((schema, "label"), ({"type": "json_object"}, "answer")):
        _, body = call(bedrock, "chat/completions", chat("Hi", "pretend", response_format=wanted))
        assert list(json.loads(json.loads(body)["choices"][0]["message"]["content"])) == [key]


def test_the_models_of_this_wire_are_listed_by_their_names(bedrock: EmbeddedBedrock) -> None:
    _, body = call(bedrock, "models")

    assert [model["id"] for model in json.loads(body)["data"]] == ["gpt-4o-mini", "pretend"]


def test_a_model_of_bedrock_is_none_of_this_wire(bedrock: EmbeddedBedrock) -> None:
    status, error = refusal(bedrock, chat("Hi", "brainswap.sim-strong-v1:0"))

    assert (status, error["code"], error["type"]) == (HTTPStatus.NOT_FOUND, "model_not_found", "invalid_request_error")


def test_a_case_without_a_recording_is_an_error_of_the_server(bedrock: EmbeddedBedrock) -> None:
    status, error = refusal(bedrock, chat("Why did you charge me a fee for taking out cash?"))

    assert (status, error["type"]) == (HTTPStatus.FAILED_DEPENDENCY, "server_error")
    assert "Nothing is recorded" in error["message"]


def test_a_caller_without_a_key_is_turned_away(bedrock: EmbeddedBedrock) -> None:
    for key in (None, "Basic abc", "Bearer "):
        status, error = refusal(bedrock, chat("Hi"), key=key)
        assert (status, error["type"]) == (HTTPStatus.UNAUTHORIZED, "authentication_error")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"messages": [{"role": "user", "content": "Hi"}]},
        chat("Hi", messages=[]),
        chat("Hi", messages=[{"role": "robot", "content": "Hi"}]),
        chat("Hi", messages=[{"role": ["user"], "content": "Hi"}]),
        chat("Hi", messages=[{"role": "user"}]),
        chat("Hi", messages=[{"role": "user", "content": ["Hi"]}]),
        chat("Hi", max_tokens=0),
        chat("Hi", max_tokens=True),
        chat("Hi", temperature=3),
        chat("Hi", n=2),
        chat("Hi", stop=""),
        chat("Hi", stop=["a"] * 5),
        chat("Hi", stream="yes"),
        chat("Hi", metadata="case"),
        chat("Hi", metadata={"brainswap-case": ["card"]}),
        chat("Hi", stream_options=[]),
    ],
)
def test_a_malformed_request_is_refused(bedrock: EmbeddedBedrock, body: Any) -> None:
    status, error = refusal(bedrock, body)

    assert (status, error["type"]) == (HTTPStatus.BAD_REQUEST, "invalid_request_error")
