"""The gate that requests pass, with a pace that all workers share."""

import asyncio
import time

import pytest

from brainswap.gate import GIVE_UP_S, Gate
from tests.fakes.workers import MemoryPaces

MODEL = "m.one"


def test_workers_share_the_pace_by_the_calls_that_they_may_have_in_flight() -> None:
    paces = MemoryPaces()
    paces.change(MODEL, 0, rate=400.0, period_s=1.0, held_until=0.0)

    async def sent_in(gate: Gate, seconds: float) -> int:
        ends, sent = time.time() + seconds, 0
        while await gate.passed(1.0, lambda: ends - time.time()) is not None:
            sent += 1
        return sent

    async def both() -> tuple[int, int]:
        async with Gate(paces, MODEL, "one", in_flight=30) as one, Gate(paces, MODEL, "two", in_flight=10) as two:
            await asyncio.sleep(0.2)
            return await asyncio.gather(sent_in(one, 1.0), sent_in(two, 1.0))

    large, small = asyncio.run(both())

    assert large == pytest.approx(3 * small, rel=0.4)


def test_a_refusal_slows_the_other_workers_too() -> None:
    paces = MemoryPaces()

    async def main() -> None:
        async with Gate(paces, MODEL, "one", in_flight=4) as one, Gate(paces, MODEL, "two", in_flight=4) as two:
            sent_at = await one.passed(100.0, lambda: 10.0)
            assert sent_at is not None
            one.throttled(100.0, sent_at, retry_after_s=30.0)
            await asyncio.sleep(0.4)

            assert await two.passed(100.0, lambda: 1.0) is None

    asyncio.run(main())


def test_who_found_much_less_than_the_first_to_tell_has_the_last_word() -> None:
    paces = MemoryPaces()

    async def main() -> None:
        async with Gate(paces, MODEL, "one", in_flight=4) as gate:
            sent_at = await gate.passed(1.0, lambda: 10.0)
            assert sent_at is not None
            paces.change(MODEL, 0, rate=1e6, period_s=1.0, held_until=0.0)
            gate.throttled(1.0, sent_at, retry_after_s=None)
            await asyncio.sleep(0.2)

    asyncio.run(main())

    pace = paces.beat(MODEL, "two", 3, 10.0)
    assert pace.version == 2
    assert pace.rate is not None
    assert pace.rate < 1000


def test_who_is_refused_for_long_is_let_go() -> None:
    now = [1000.0]

    async def main() -> None:
        async with Gate(MemoryPaces(), MODEL, "one", in_flight=4, clock=lambda: now[0]) as gate:
            sent_at = await gate.passed(1.0, lambda: 900.0)
            assert sent_at is not None
            gate.throttled(1.0, sent_at, retry_after_s=20.0)
            now[0] += GIVE_UP_S + 1
            sent_at = await gate.passed(1.0, lambda: 900.0)
            assert sent_at is not None
            gate.throttled(1.0, sent_at, None)

            assert await gate.passed(1.0, lambda: 900.0) is None
            assert gate.closed_s > GIVE_UP_S
            assert gate.refused == 2

    asyncio.run(main())


def test_who_leaves_is_no_longer_counted() -> None:
    paces = MemoryPaces()

    async def main() -> None:
        async with Gate(paces, MODEL, "one", in_flight=4):
            pass

    asyncio.run(main())

    assert paces.beat(MODEL, "two", 3, 10.0).in_flight == 3
