"""Who asks for which answer, and how answers are written down meanwhile."""

import asyncio
import threading
import time
from collections.abc import Collection, Mapping, Sequence

import pytest

from brainswap.claims import ClaimedKeys, Claims
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.errors import StorageThrottledError
from brainswap.keeping import Keeper
from tests.fakes.workers import MemoryAnswerCache

RUN = "run"


def answer(key: str, status: AnswerStatus = AnswerStatus.ANSWERED) -> Answer:
    return Answer(case_id=key, text=key, status=status, origin=Origin.LIVE, asked_in=RUN)


class SlowCache(MemoryAnswerCache):
    """Takes its time over each write, and counts them."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.writes: list[int] = []

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        time.sleep(self.seconds)
        self.writes.append(len(answers))
        super().put_many(answers)


class FailingCache(MemoryAnswerCache):
    """Refuses writes, or claims after the first ones."""

    def __init__(self, *, claims: int | None = None) -> None:
        super().__init__()
        self._claims_left = claims

    def put_many(self, answers: Mapping[str, Answer]) -> None:
        raise StorageThrottledError(f"{len(answers)} answers too many")

    def claim_many(self, keys: Sequence[str], worker: str, seconds: float) -> Collection[str]:
        if self._claims_left == 0:
            raise StorageThrottledError("too many claims")
        if self._claims_left is not None:
            self._claims_left -= 1
        return super().claim_many(keys, worker, seconds)


def test_answers_that_come_together_are_written_together_and_all_are_safe_at_the_end() -> None:
    cache, safe = SlowCache(0.05), list[str]()

    async def main() -> None:
        async with Keeper(cache, room=100) as keeper:
            for number in range(40):
                await keeper.keep({f"k{number}": answer(f"k{number}")}, lambda: safe.append("k"))
            assert not safe

    asyncio.run(main())

    assert len(safe) == len(cache.answers) == 40
    assert cache.writes == [40]


def test_a_store_that_falls_behind_is_waited_for() -> None:
    cache = SlowCache(0.1)

    async def main() -> int:
        async with Keeper(cache, room=4) as keeper:
            began = time.monotonic()
            for number in range(12):
                await keeper.keep({f"k{number}": answer(f"k{number}")}, lambda: None)
            return int((time.monotonic() - began) / 0.1)

    assert asyncio.run(main()) >= 1
    assert cache.writes[0] == 4
    assert sum(cache.writes) == 12


def test_no_more_answers_than_there_is_room_for_are_ever_unsafe() -> None:
    safe: list[None] = []
    unsafe: list[int] = []

    async def main() -> None:
        async with Keeper(SlowCache(0.05), room=4) as keeper:
            for number in range(20):
                await keeper.keep({f"k{number}": answer(f"k{number}")}, lambda: safe.append(None))
                unsafe.append(number + 1 - len(safe))

    asyncio.run(main())

    assert max(unsafe) == 4
    assert len(safe) == 20


def test_what_the_store_says_is_told_to_whoever_keeps_on() -> None:
    kept: list[int] = []

    async def main() -> None:
        async with Keeper(FailingCache(), room=1) as keeper:
            for number in range(10):
                await keeper.keep({"a": answer("a")}, lambda: None)
                kept.append(number)

    with pytest.raises(StorageThrottledError, match="1 answers"):
        asyncio.run(main())

    assert len(kept) < 3


def test_what_the_store_says_to_the_last_answer_is_told_at_the_end() -> None:
    async def main() -> None:
        async with Keeper(FailingCache(), room=9) as keeper:
            await keeper.keep({"a": answer("a")}, lambda: None)

    with pytest.raises(StorageThrottledError, match="1 answers"):
        asyncio.run(main())


def taken(claims: Claims, keys: Sequence[str], *, in_flight: int = 4, go_on: int = 1_000) -> tuple[list[str], set[str]]:
    """The keys that a worker was handed, and what others had answered meanwhile."""
    handed: list[str] = []
    found: dict[str, Answer] = {}

    async def main() -> None:
        async with ClaimedKeys(
            claims, keys, found, lambda: len(handed) < go_on, in_flight=in_flight, look_again_s=0.02
        ) as queue:
            while (key := await queue.next()) is not None:
                handed.append(key)

    asyncio.run(main())
    return handed, set(found)


def test_two_workers_share_keys_without_a_double() -> None:
    cache = MemoryAnswerCache()
    keys = [f"k{number}" for number in range(30)]
    handed: dict[str, list[str]] = {"one": [], "two": []}

    def work(name: str) -> None:
        claims = Claims(cache, run_id=RUN, worker=name)

        async def main() -> None:
            queue = ClaimedKeys(claims, keys, {}, lambda: True, in_flight=3, look_again_s=0.01)
            async with queue, Keeper(cache, room=4) as keeper:
                while (key := await queue.next()) is not None:
                    handed[name].append(key)
                    await asyncio.sleep(0.001)
                    await claims.keep(key, answer(key), keeper, lambda: None)

        asyncio.run(main())

    threads = [threading.Thread(target=work, args=(name,)) for name in handed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(handed["one"] + handed["two"]) == sorted(keys)


def test_no_more_keys_are_claimed_than_will_soon_be_asked_for() -> None:
    cache = MemoryAnswerCache()

    handed, _ = taken(Claims(cache, run_id=RUN, worker="one"), [f"k{number}" for number in range(50)], go_on=6)

    assert len(handed) == 6
    assert len(cache.claims) <= 12


def test_what_another_worker_answers_is_found_and_not_asked_again() -> None:
    cache = MemoryAnswerCache()
    cache.claim_many(["k1"], "another", 60)
    threading.Timer(0.1, lambda: cache.put_many({"k1": answer("k1")})).start()

    handed, found = taken(Claims(cache, run_id=RUN, worker="one"), ["k0", "k1", "k2"])

    assert (sorted(handed), found) == (["k0", "k2"], {"k1"})


def test_a_claim_that_fails_ahead_of_its_need_is_told() -> None:
    claims = Claims(FailingCache(claims=1), run_id=RUN, worker="one")

    with pytest.raises(StorageThrottledError, match="too many claims"):
        taken(claims, [f"k{number}" for number in range(20)], in_flight=4)
