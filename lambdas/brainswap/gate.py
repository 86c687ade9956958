"""The gate that every request to a model passes: one pace for all workers, kept in step through the ledger."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Self

from brainswap.core.pacing import Pacer
from brainswap.ports import Pace, Paces

FIRST_BEAT_S = 0.1  # workers that begin together learn of each other soon; later ones wait twice as long …
BEAT_S = 2.0  # … up to this …
MANY_WORKERS = 32  # … times how often there are so many of them: each beat costs the more, the more they are
MEMBER_S = 10.0  # that a worker counts as one without another word
LONGEST_SLEEP_S = 0.5
GIVE_UP_S = 30.0  # of refusals alone: waiting longer is not a worker's job


class Gate:
    """Lets requests to one model pass when it is time for them.

    Args:
        worker: a name that no other worker has.
        ceiling: quota tokens per second that are never passed; None for no such limit.
        clock: seconds since 1970, about the same for all workers.
    """

    def __init__(
        self,
        paces: Paces,
        model: str,
        worker: str,
        *,
        in_flight: int,
        ceiling: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._paces = paces
        self._model = model
        self._worker = worker
        self._in_flight = in_flight
        self._clock = clock
        self._pacer = Pacer(in_flight=in_flight, now=clock(), ceiling=ceiling, jitter=random.random)
        self._turn = asyncio.Lock()
        self._telling: asyncio.Task[None] | None = None
        self._to_tell = False
        self._beating: asyncio.Task[None] | None = None
        self._workers = 1.0

    async def __aenter__(self) -> Self:
        await self._beat()
        self._beating = asyncio.create_task(self._keep_beating())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self._beating, self._telling):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(self._paces.leave, self._model, self._worker)

    @property
    def refused(self) -> int:
        """Requests that were refused for coming too fast."""
        return self._pacer.refused

    @property
    def closed_s(self) -> float:
        """For how long now every request has been refused."""
        return self._pacer.held_for(self._clock())

    async def passed(self, weight: float, time_left_s: Callable[[], float]) -> float | None:
        """Wait for one's turn; the time of it, or None when there is no more time or nothing passes any more.

        Args:
            weight: quota tokens that the request takes.
            time_left_s: in which it has to be sent.
        """
        async with self._turn:
            while True:
                now = self._clock()
                wait = self._pacer.wait(now)
                if wait <= 0:
                    self._pacer.sent(weight, now)
                    return now
                if time_left_s() < wait or self._pacer.held_for(now) > GIVE_UP_S:
                    return None
                await asyncio.sleep(min(wait, LONGEST_SLEEP_S))

    def accepted(self, sent_at: float) -> None:
        """A request was answered, or failed for another reason than its pace."""
        self._pacer.accepted(sent_at)

    def throttled(self, weight: float, sent_at: float, retry_after_s: float | None) -> None:
        """A request was refused for coming too fast."""
        if self._pacer.throttled(weight, sent_at, self._clock(), retry_after_s):
            self._to_tell = True
            if self._telling is None or self._telling.done():
                self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        """Tell the other workers; who was first decides, unless somebody found something else altogether."""
        while self._to_tell:
            self._to_tell = False
            pacer, version = self._pacer, self._pacer.version
            rate, period_s = pacer.rate, pacer.period_s
            standing = await asyncio.to_thread(
                self._paces.change, self._model, version, rate=rate, period_s=period_s, held_until=pacer.held_until
            )
            if standing.version == version + 1 and standing.rate == rate:
                pacer.version, pacer.share = standing.version, self._share(standing)
            else:
                self._adopt(standing)
                self._to_tell |= pacer.insist(rate, period_s, version, self._clock())

    async def _keep_beating(self) -> None:
        pause = FIRST_BEAT_S
        while True:
            await asyncio.sleep(pause)
            await self._beat()
            pause = min(2 * pause, BEAT_S * self._crowd())

    async def _beat(self) -> None:
        seconds = MEMBER_S * self._crowd()
        self._adopt(await asyncio.to_thread(self._paces.beat, self._model, self._worker, self._in_flight, seconds))

    def _crowd(self) -> float:
        return max(1.0, self._workers / MANY_WORKERS)

    def _adopt(self, pace: Pace) -> None:
        self._workers = pace.in_flight / self._in_flight
        self._pacer.adopt(
            rate=pace.rate,
            period_s=pace.period_s,
            version=pace.version,
            changed_at=pace.changed_at,
            held_until=pace.held_until,
            share=self._share(pace),
        )

    def _share(self, pace: Pace) -> float:
        return self._in_flight / max(pace.in_flight, self._in_flight)
