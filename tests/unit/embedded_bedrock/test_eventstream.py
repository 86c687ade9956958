from typing import Any

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.eventstream import event


def parsed(data: bytes) -> list[Any]:
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


@given(name=st.sampled_from(["messageStart", "metadata"]), text=st.text(max_size=300))
def test_botocore_reads_what_was_written(name: str, text: str) -> None:
    (read,) = parsed(event(name, {"text": text}))

    assert read.headers == {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    assert read.payload == event(name, {"text": text})[-4 - len(read.payload) : -4]


@pytest.mark.parametrize("place", [0, 9, 30, -1])
def test_botocore_notices_any_damage(place: int) -> None:
    damaged = bytearray(event("messageStop", {"stopReason": "end_turn"}))
    damaged[place] ^= 1

    with pytest.raises(ChecksumMismatch):
        parsed(bytes(damaged))
