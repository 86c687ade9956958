"""What the measuring server sends, read by the clients that it is made for."""

import json

from botocore.eventstream import EventStreamBuffer

from benchmarks.asking import wires

TEXT = "".join(wires.ANSWER)


def head_and_body(response: bytes) -> tuple[str, bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    return head.decode(), body


def unchunked(pieces: bytes) -> bytes:
    body = b""
    while True:
        size, _, rest = pieces.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            assert rest == b"\r\n"
            return body
        body += rest[:length]
        pieces = rest[length + 2 :]


def test_the_streamed_answer_is_an_event_stream_that_botocore_reads() -> None:
    _, chunks = head_and_body(b"".join(wires.converse().pieces))

    buffer = EventStreamBuffer()
    buffer.add_data(unchunked(chunks))
    read = [event.to_response_dict() for event in buffer]
    events = [(event["headers"][":event-type"], json.loads(event["body"])) for event in read]

    names = [name for name, _ in events]
    assert names == ["messageStart", *["contentBlockDelta"] * 4, "contentBlockStop", "messageStop", "metadata"]
    assert "".join(event["delta"]["text"] for name, event in events if name == "contentBlockDelta") == TEXT
    assert events[-1][1]["usage"]["outputTokens"] == 5


def test_the_server_sent_events_end_with_their_usage_and_done() -> None:
    _, chunks = head_and_body(b"".join(wires.chat_completions().pieces))

    *events, last, rest = unchunked(chunks).decode().split("\n\n")
    read = [json.loads(event.removeprefix("data: ")) for event in events]

    assert (last, rest) == ("data: [DONE]", "")
    assert "".join(choice["delta"].get("content", "") for event in read for choice in event["choices"]) == TEXT
    assert [event["usage"] for event in read][:-1] == [None] * 5
    assert read[-1]["usage"]["completion_tokens"] == 5


def test_a_whole_answer_says_how_long_it_is_and_what_the_stream_says() -> None:
    for wire in (wires.converse(), wires.chat_completions()):
        head, body = head_and_body(wire.whole)

        assert f"content-length: {len(body)}\r\n" in head
        assert TEXT in body.decode()


def test_a_throttled_request_gets_what_the_vendor_would_say() -> None:
    aws, _ = head_and_body(wires.converse().throttled)
    openai, body = head_and_body(wires.chat_completions().throttled)

    assert aws.startswith("HTTP/1.1 429 ")
    assert "x-amzn-errortype: ThrottlingException" in aws
    assert openai.startswith("HTTP/1.1 429 ")
    assert json.loads(body)["error"]["code"] == "rate_limit_exceeded"
