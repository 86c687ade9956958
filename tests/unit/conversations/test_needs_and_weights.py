"""What models take, what files weigh, and what is seen of them in checks."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.attachments.kinds import FORMATS, format_of
from brainswap.core.attachments.weights import dimensions, estimated_tokens_of, most_tokens_of
from brainswap.core.models.needs import Needs, unmet
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import profile_of
from brainswap.core.preflight import ModelFacts, capability_check, personal_data_check
from brainswap.core.workload import Limits
from tests.fakes.conversations import PDF, png

NEEDS = Needs(tools=1, images=2, documents=3, attached=5, formats=("docx", "pdf"))


def known(model: str) -> Profile:
    profile = profile_of(model)
    assert profile is not None
    return profile


def facts(*modalities: str) -> ModelFacts:
    return ModelFacts(
        model_id="m",
        status="ACTIVE",
        end_of_life=None,
        streams=True,
        regions=(),
        unavailable_because=None,
        modalities=modalities or None,
    )


@pytest.mark.parametrize(
    ("model", "lacks"),
    [
        ("anthropic.claude-sonnet-4-20250514-v1:0", []),
        ("amazon.nova-micro-v1:0", ["sees no images", "reads no documents"]),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", ["sees no images"]),
        ("mistral.mistral-7b-instruct-v0:2", ["takes no tools", "sees no images"]),
        ("meta.llama3-2-11b-instruct-v1:0", []),
        ("openai:gpt-4o", ["docx"]),
    ],
)
def test_what_a_model_surely_does_not_take_is_told(model: str, lacks: list[str]) -> None:
    told = list(unmet(NEEDS, known(model)))

    assert len(told) == len(lacks)
    assert all(lack in line for lack, line in zip(lacks, told, strict=True))


@pytest.mark.parametrize(("modalities", "lacking"), [((), 0), (("TEXT",), 1), (("TEXT", "IMAGE"), 0)])
def test_the_catalogue_is_believed_of_a_model_that_nobody_looked_at(modalities: tuple[str, ...], lacking: int) -> None:
    assert len(list(unmet(Needs(images=1), UNPROFILED, modalities=modalities or None))) == lacking


def test_the_registry_goes_before_the_catalogue() -> None:
    assert not list(unmet(Needs(images=1), known("amazon.nova-pro-v1:0"), modalities=("TEXT",)))


@pytest.mark.parametrize(
    ("model", "needs", "status"),
    [
        ("amazon.nova-pro-v1:0", NEEDS, "passed"),
        ("amazon.nova-micro-v1:0", NEEDS, "refused"),
        ("google.gemma-3-4b-it", NEEDS, "warning"),
    ],
)
def test_a_check_says_whether_a_model_takes_what_the_cases_hold(model: str, needs: Needs, status: str) -> None:
    check = capability_check(model, known(model), facts(), needs)

    assert check is not None
    assert check.status == status


@pytest.mark.parametrize("needs", [Needs(), Needs(turns=3, results=2)])
def test_what_every_model_takes_needs_no_check(needs: Needs) -> None:
    assert capability_check("m", UNPROFILED, None, needs) is None


@pytest.mark.parametrize(
    ("limit", "attached", "status"),
    [("refuse", 2, "warning"), ("redact", 2, "warning"), ("allow", 2, "passed"), ("refuse", 0, "passed")],
)
def test_a_check_of_personal_data_says_that_files_are_not_looked_into(limit: Any, attached: int, status: str) -> None:
    check = personal_data_check(Limits(personal_data=limit), {}, ["m"], attached=attached)

    assert check.status == status
    assert ("files that go with 2 cases are not looked into" in check.detail) is bool(attached)


def test_files_that_nobody_is_sent_need_no_warning() -> None:
    check = personal_data_check(Limits(personal_data="refuse"), {}, [], attached=2)

    assert (check.status, "files" in check.detail) == ("passed", False)


@given(width=st.integers(1, 8_000), height=st.integers(1, 8_000))
def test_the_size_of_an_image_is_read_off_its_header(width: int, height: int) -> None:
    header = png()[:16] + struct.pack(">II", width, height)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width)
    gif = b"GIF89a" + struct.pack("<HH", width, height)
    webp = b"RIFF\0\0\0\0WEBP"
    lossy = webp + b"VP8 " + b"\0" * 10 + struct.pack("<HH", width, height)
    bits = (width - 1) | (height - 1) << 14
    lossless = webp + b"VP8L" + b"\0" * 4 + b"\x2f" + bits.to_bytes(4, "little")
    extended = webp + b"VP8X" + b"\0" * 8 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")

    assert {dimensions(each) for each in (header, jpeg, gif, lossy, lossless, extended)} == {(width, height)}


@given(st.sampled_from([b"\x89PNG", b"GIF8", b"\xff\xd8", b"RIFF\0\0\0\0WEBPVP8L", b""]), st.binary(max_size=40))
def test_no_bytes_break_the_reading_of_a_header(start: bytes, rest: bytes) -> None:
    found = dimensions(start + rest)

    assert found is None or len(found) == 2


@given(name=st.sampled_from(sorted(FORMATS)), data=st.binary(min_size=1, max_size=2_000))
def test_what_a_file_is_guessed_to_take_is_no_more_than_the_most(name: str, data: bytes) -> None:
    assert estimated_tokens_of(FORMATS[name], data) <= most_tokens_of(name, len(data))


def test_the_tokens_of_files() -> None:
    assert estimated_tokens_of(FORMATS["png"], png(750, 100)) == 100
    assert estimated_tokens_of(FORMATS["png"], png(3_000, 3_000)) == 1_600
    assert estimated_tokens_of(FORMATS["jpeg"], b"\xff\xd8") == 1_600
    assert estimated_tokens_of(FORMATS["txt"], b"x" * 401) == 101
    assert estimated_tokens_of(FORMATS["pdf"], PDF) == -(-len(PDF) // 20)
    assert most_tokens_of("pdf", 4_500_000) == 1_000_000


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_told_by_its_ending_and_its_media_type(name: str) -> None:
    wanted = FORMATS[name]

    assert all(format_of(f"a/b.c.{ending.upper()}", None) is wanted for ending in wanted.endings)
    assert format_of("no-ending", wanted.media_type) is wanted
    assert format_of("a.pdf", "text/unknown") is None
