import json
import struct
from itertools import pairwise
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters.event_stream import BrokenStreamError, EventStream, Frame
from local.bedrock import eventstream as written

NAMES = st.sampled_from(["messageStart", "contentBlockDelta", "metadata"])
EVENTS = st.lists(st.tuples(NAMES, st.dictionaries(st.text(max_size=5), st.text(max_size=40), max_size=3)), max_size=6)
ONE = written.event("messageStop", {"stopReason": "end_turn"})


def frames(*pieces: bytes) -> list[Frame]:
    stream = EventStream()
    found = [frame for piece in pieces for frame in stream.feed(piece)]
    stream.finish()
    return found


@given(events=EVENTS, cuts=st.lists(st.integers(0, 1000), max_size=8))
def test_frames_are_the_same_wherever_the_stream_is_cut(
    events: list[tuple[str, dict[str, str]]], cuts: list[int]
) -> None:
    data = b"".join(written.event(name, payload) for name, payload in events)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    theirs = EventStreamBuffer()
    theirs.add_data(data)

    found = frames(*(data[start:end] for start, end in pairwise(places)))

    assert [(it.headers[":event-type"], json.loads(it.payload)) for it in found] == events
    expected = [(str(it.headers), it.payload) for it in theirs]
    assert [(str(it.headers), it.payload) for it in found] == expected


@given(place=st.integers(0, len(ONE) - 1), change=st.integers(1, 255), step=st.integers(1, len(ONE)))
def test_no_changed_byte_goes_unseen(place: int, change: int, step: int) -> None:
    damaged = ONE[:place] + bytes([ONE[place] ^ change]) + ONE[place + 1 :]

    with pytest.raises(BrokenStreamError):
        frames(*(damaged[start : start + step] for start in range(0, len(damaged), step)))


@pytest.mark.parametrize("length", [1, 11, 12, len(ONE) - 1])
def test_a_stream_that_ends_within_a_frame_is_broken(length: int) -> None:
    with pytest.raises(BrokenStreamError, match="within a frame"):
        frames(ONE, ONE[:length])


def test_only_headers_of_text_are_kept() -> None:
    headers = (
        b"\x01a\x00\x01b\x01\x01c\x02!\x01d\x03!!\x01e\x04!!!!\x01f\x05!!!!!!!!\x01g\x06\x00\x02!!"
        b"\x01h\x08!!!!!!!!\x01i\x09!!!!!!!!!!!!!!!!\x01j\x07\x00\x04text"
    )

    found = frames(written.frame(headers, b"payload"))

    assert found == [Frame(headers={"j": "text"}, payload=b"payload")]


@pytest.mark.parametrize(
    "headers", [b"\x05ab", b"\x01a", b"\x01a\x0a", b"\x01a\x07\x00", b"\x01a\x07\x00\x09text", b"\x01\xff\x07\x00\x00"]
)
def test_headers_that_make_no_sense_break_the_stream(headers: bytes) -> None:
    with pytest.raises(BrokenStreamError):
        frames(written.frame(headers, b""))


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (20, 10), (25 << 20, 0)])
def test_a_length_that_cannot_be_breaks_the_stream_at_once(total: int, headers: int) -> None:
    prelude = struct.pack("!II", total, headers)

    with pytest.raises(BrokenStreamError, match="length"):
        EventStream().feed(prelude + struct.pack("!I", crc32(prelude)))


def test_a_damaged_length_is_seen_at_once() -> None:
    with pytest.raises(BrokenStreamError, match="checksum of a prelude"):
        EventStream().feed(b"\x01" + ONE[1:12])
