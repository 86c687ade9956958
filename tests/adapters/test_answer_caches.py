"""The answer cache: the same contract for DynamoDB, for SQLite and for the fake."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from brainswap.adapters.dynamodb_answers import ATTEMPTS, DynamoAnswerCache
from brainswap.adapters.s3 import S3Artifacts
from brainswap.adapters.sqlite_state import SqliteState
from brainswap.core.answers import Answer, AnswerStatus, Origin, Usage
from brainswap.core.errors import StorageAccessError, StorageThrottledError
from brainswap.ports import AnswerCache
from local.atomic_tables import atomic_tables
from local.cloud import ANSWERS, BUCKET
from tests.fakes.clocks import StandingClock, SteppedClock
from tests.fakes.stores import MemoryArtifacts
from tests.fakes.workers import MemoryAnswerCache

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

DAY = 86_400


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture(params=["dynamodb", "sqlite", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path, clock: SteppedClock) -> Iterator[AnswerCache]:
    if request.param == "memory":
        yield MemoryAnswerCache(clock=clock)
    elif request.param == "sqlite":
        state = SqliteState(tmp_path / "deep" / "state.sqlite", clock=clock)
        yield state.answers
        state.close()
    else:
        request.getfixturevalue("aws")
        with atomic_tables():
            yield dynamo(clock)


def dynamo(clock: SteppedClock) -> DynamoAnswerCache:
    artifacts = S3Artifacts(boto3.client("s3"), BUCKET, StandingClock())
    return DynamoAnswerCache(boto3.client("dynamodb"), ANSWERS, artifacts, days=1, clock=clock)


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

    cache.put_many({key: answer()})

    assert cache.get_many([key]) == {key: answer()}


def test_unknown_keys_are_left_out(cache: AnswerCache) -> None:
    known, unknown = keys(2)
    cache.put_many({known: answer()})

    assert set(cache.get_many([unknown, known, unknown])) == {known}
    assert cache.get_many([]) == {}


def test_nothing_to_do_is_no_error(cache: AnswerCache) -> None:
    cache.put_many({})
    cache.release_many([], "one")

    assert list(cache.claim_many([], "one", 60)) == []


def test_more_keys_than_one_request_takes(cache: AnswerCache) -> None:
    many = keys(230)
    cache.put_many({key: answer(key) for key in many})

    found = cache.get_many(many)

    assert {key: one.text for key, one in found.items()} == {key: key for key in many}


def test_a_newer_answer_takes_the_place_of_an_older_one(cache: AnswerCache) -> None:
    (key,) = keys(1)
    cache.put_many({key: answer("é" * 400_000)})

    cache.put_many({key: answer("newer")})

    assert cache.get_many([key])[key].text == "newer"


def test_long_and_short_answers_are_kept_whole_side_by_side(cache: AnswerCache) -> None:
    # Just below the limit of an item, so that a batch is full by its size; and beyond it.
    texts = dict.fromkeys(keys(12), "é" * 148_000) | dict.fromkeys(keys(2), "é" * 400_000) | dict.fromkeys(keys(2), "")

    cache.put_many({key: answer(text) for key, text in texts.items()})

    assert {key: one.text for key, one in cache.get_many(list(texts)).items()} == texts


@pytest.mark.parametrize("text", ["", "\x00", "🙂", '"}\n{', "\u202e"])
def test_any_text_survives(cache: AnswerCache, text: str) -> None:
    (key,) = keys(1)

    cache.put_many({key: answer(text)})

    assert cache.get_many([key])[key].text == text


def test_writers_side_by_side_lose_nothing(cache: AnswerCache) -> None:
    many = keys(80)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda start: cache.put_many({key: answer(key) for key in many[start::8]}), range(8)))

    assert len(cache.get_many(many)) == len(many)


def test_a_claimed_key_is_asked_for_by_one_worker_alone(cache: AnswerCache) -> None:
    many = keys(30)

    first = cache.claim_many(many[:20], "one", 60)
    second = cache.claim_many(many[10:], "two", 60)

    assert set(first) == set(many[:20])
    assert set(second) == set(many[20:])


def test_workers_side_by_side_never_hold_the_same_key(cache: AnswerCache) -> None:
    many = keys(20)

    with ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(lambda worker: cache.claim_many(many, f"worker-{worker}", 60), range(8)))

    assert Counter(key for held in claimed for key in held) == Counter(many)


def test_a_key_that_is_given_twice_is_claimed_once(cache: AnswerCache) -> None:
    (key,) = keys(1)

    assert list(cache.claim_many([key, key], "one", 60)) == [key]


def test_a_claim_is_no_answer(cache: AnswerCache) -> None:
    (key,) = keys(1)

    cache.claim_many([key], "one", 60)

    assert cache.get_many([key]) == {}


def test_a_claim_ends_with_its_time(cache: AnswerCache, clock: SteppedClock) -> None:
    (key,) = keys(1)
    cache.claim_many([key], "one", 60)

    clock.seconds += 59.5
    early = cache.claim_many([key], "two", 60)
    clock.seconds += 0.5
    late = cache.claim_many([key], "two", 60)

    assert (list(early), list(late)) == ([], [key])


def test_a_claim_that_is_renewed_lasts_longer(cache: AnswerCache, clock: SteppedClock) -> None:
    (key,) = keys(1)
    cache.claim_many([key], "one", 60)
    clock.seconds += 50
    renewed = cache.claim_many([key], "one", 60)

    clock.seconds += 50

    assert list(renewed) == [key]
    assert list(cache.claim_many([key], "two", 60)) == []


def test_an_answer_is_never_claimed_over(cache: AnswerCache) -> None:
    (key,) = keys(1)
    cache.claim_many([key], "one", 60)
    cache.put_many({key: answer()})

    assert list(cache.claim_many([key], "one", 60)) == []
    assert list(cache.claim_many([key], "two", 60)) == []
    assert cache.get_many([key]) == {key: answer()}


def test_an_answer_takes_the_place_of_any_claim(cache: AnswerCache) -> None:
    (key,) = keys(1)
    cache.claim_many([key], "one", 60)

    cache.put_many({key: answer()})

    assert cache.get_many([key]) == {key: answer()}


def test_a_released_key_is_free_for_others(cache: AnswerCache) -> None:
    (key,) = keys(1)
    cache.claim_many([key], "one", 60)

    cache.release_many([key], "one")

    assert list(cache.claim_many([key], "two", 60)) == [key]


def test_a_worker_releases_nothing_but_its_own_claims(cache: AnswerCache) -> None:
    held, answered, unknown = keys(3)
    cache.claim_many([held], "one", 60)
    cache.put_many({answered: answer()})

    cache.release_many([held, answered, unknown], "two")

    assert list(cache.claim_many([held], "two", 60)) == []
    assert cache.get_many([answered]) == {answered: answer()}


def test_a_file_holds_its_answers_and_forgets_its_claims_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    first = SqliteState(path)
    known, claimed = keys(2)
    first.answers.put_many({known: answer()})
    first.answers.claim_many([claimed], "one", 60)
    first.close()

    second = SqliteState(path)

    assert second.answers.get_many([known]) == {known: answer()}
    assert list(second.answers.claim_many([claimed], "two", 60)) == [claimed]
    second.close()


def test_a_file_belongs_to_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    first = SqliteState(path)

    with pytest.raises(StorageAccessError, match="another run is using"):
        SqliteState(path)

    first.close()
    SqliteState(path).close()


def test_a_file_of_another_kind_is_refused_and_left_to_others(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_text("a letter to a friend, which is no database at all\n" * 100)

    for _ in range(2):
        with pytest.raises(StorageAccessError, match="not a database"):
            SqliteState(path)


@pytest.mark.usefixtures("aws")
def test_an_answer_in_dynamodb_is_gone_once_it_has_expired(clock: SteppedClock) -> None:
    cache = dynamo(clock)
    short, long = keys(2)
    cache.put_many({short: answer(), long: answer("é" * 400_000)})

    clock.seconds += DAY

    assert cache.get_many([short, long]) == {}
    assert list(cache.claim_many([short], "one", 60)) == [short]


class Reluctant:
    """A client whose table leaves the last of the wanted undone, or all of it, and minds the limits of a request."""

    def __init__(self, *, stuck: bool) -> None:
        self.stuck = stuck
        self.items: dict[str, Any] = {}
        self.requests = 0

    def batch_write_item(self, RequestItems: Mapping[str, Sequence[Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.requests += 1
        wanted = list(RequestItems["t"])
        assert len(wanted) <= 25
        assert len(json.dumps(wanted)) < 16_000_000
        done = [] if self.stuck else wanted[: max(1, len(wanted) // 2)]
        self.items |= {one["PutRequest"]["Item"]["pk"]["S"]: one["PutRequest"]["Item"] for one in done}
        return {"UnprocessedItems": {"t": wanted[len(done) :]} if len(done) < len(wanted) else {}}

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.requests += 1
        wanted = RequestItems["t"]["Keys"]
        assert len(wanted) <= 100
        done = [] if self.stuck else wanted[: max(1, len(wanted) // 2)]
        left = {"t": {**RequestItems["t"], "Keys": wanted[len(done) :]}} if len(done) < len(wanted) else {}
        return {"Responses": {"t": [self.items[key["pk"]["S"]] for key in done]}, "UnprocessedKeys": left}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("brainswap.adapters.dynamodb_answers.time.sleep", taken.append)
    return taken


def reluctant(*, stuck: bool) -> tuple[Reluctant, DynamoAnswerCache]:
    client = Reluctant(stuck=stuck)
    return client, DynamoAnswerCache(cast("DynamoDBClient", client), "t", MemoryArtifacts(), days=1)


@pytest.mark.usefixtures("pauses")
def test_what_a_table_leaves_undone_is_asked_for_again() -> None:
    _, cache = reluctant(stuck=False)
    answers = {key: answer(key) for key in keys(120)} | {key: answer("\x7fé" * 90_000) for key in keys(40)}

    cache.put_many(answers)

    assert cache.get_many(list(answers)) == answers


def test_a_table_that_does_nothing_is_asked_more_and_more_slowly_and_then_given_up(pauses: list[float]) -> None:
    client, cache = reluctant(stuck=True)

    with pytest.raises(StorageThrottledError):
        cache.put_many({key: answer() for key in keys(3)})

    assert client.requests == ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1
    assert pauses[-1] > 10 * pauses[0]
