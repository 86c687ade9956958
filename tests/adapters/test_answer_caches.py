"""The answer cache: the same contract for DynamoDB, for SQLite and for the fake."""

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from brainswap.adapters.dynamodb import DynamoAnswerCache
from brainswap.adapters.s3 import S3Artifacts
from brainswap.adapters.sqlite_answers import SqliteAnswerCache
from brainswap.core.answers import Answer, AnswerStatus, Origin, Usage
from brainswap.ports import AnswerCache
from local.cloud import ANSWERS, BUCKET
from tests.fakes.memory import MemoryAnswerCache


@pytest.fixture(params=["dynamodb", "sqlite", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnswerCache]:
    if request.param == "memory":
        yield MemoryAnswerCache()
    elif request.param == "sqlite":
        sqlite = SqliteAnswerCache(tmp_path / "deep" / "answers.sqlite")
        yield sqlite
        sqlite.close()
    else:
        request.getfixturevalue("aws")
        artifacts = S3Artifacts(boto3.client("s3"), BUCKET)
        yield DynamoAnswerCache(boto3.client("dynamodb"), ANSWERS, artifacts, days=1)


def answer(text: str = "yes") -> Answer:
    return Answer(
        case_id="case-1",
        text=text,
        status=AnswerStatus.ANSWERED,
        origin=Origin.LIVE,
        stop_reason="end_turn",
        usage=Usage(input_tokens=3, output_tokens=4, cache_read_tokens=1, estimated=True),
        latency_ms=12.5,
        first_token_ms=3.25,
    )


def keys(count: int) -> list[str]:
    return [secrets.token_hex(32) for _ in range(count)]


def test_an_answer_comes_back_as_it_was(cache: AnswerCache) -> None:
    (key,) = keys(1)

    cache.put(key, answer())

    assert cache.get_many([key]) == {key: answer()}


def test_unknown_keys_are_left_out(cache: AnswerCache) -> None:
    known, unknown = keys(2)
    cache.put(known, answer())

    assert set(cache.get_many([unknown, known, unknown])) == {known}
    assert cache.get_many([]) == {}


def test_more_keys_than_one_request_takes(cache: AnswerCache) -> None:
    many = keys(230)
    for key in many:
        cache.put(key, answer(key))

    found = cache.get_many(many)

    assert {key: one.text for key, one in found.items()} == {key: key for key in many}


def test_a_very_long_answer_is_kept_whole(cache: AnswerCache) -> None:
    (key,) = keys(1)
    long = answer("é" * 400_000)

    cache.put(key, long)

    assert cache.get_many([key])[key] == long


@pytest.mark.parametrize("text", ["", "\x00", "🙂", '"}\n{', "\u202e"])
def test_any_text_survives(cache: AnswerCache, text: str) -> None:
    (key,) = keys(1)

    cache.put(key, answer(text))

    assert cache.get_many([key])[key].text == text


def test_writers_side_by_side_lose_nothing(cache: AnswerCache) -> None:
    many = keys(40)
    threads = [threading.Thread(target=cache.put, args=(key, answer(key))) for key in many]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(cache.get_many(many)) == len(many)


def test_the_file_outlives_whoever_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    first = SqliteAnswerCache(path)
    (key,) = keys(1)
    first.put(key, answer())

    second = SqliteAnswerCache(path)

    assert second.get_many([key]) == {key: answer()}
    first.close()
    second.close()


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(("days", "found"), [(1, 1), (-1, 0)])
def test_an_answer_in_dynamodb_is_gone_once_it_has_expired(days: int, found: int) -> None:
    cache = DynamoAnswerCache(boto3.client("dynamodb"), ANSWERS, S3Artifacts(boto3.client("s3"), BUCKET), days=days)
    (key,) = keys(1)

    cache.put(key, answer())

    assert len(cache.get_many([key])) == found
