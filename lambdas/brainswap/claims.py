"""Answers that several workers want: who gets which."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Self

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.keeping import Keeper
from brainswap.ports import AnswerCache

FRESH = "~"  # between a key and the run that asks for an answer of its own
CLAIM_S = 60.0
RENEWED_AFTER_S = 40.0
LOOK_S = 5.0  # for claims to renew


class Claims:
    """One worker's part of the answers of a run.

    Args:
        worker: a name that no other worker has.
    """

    def __init__(self, cache: AnswerCache, *, run_id: str, worker: str) -> None:
        self._cache = cache
        self._run_id = run_id
        self._worker = worker
        self._held: dict[str, float] = {}  # and since when

    def key(self, key: str, *, fresh: bool) -> str:
        """Under which an answer is looked for; a fresh one is known to its own run alone."""
        return f"{key}{FRESH}{self._run_id}" if fresh else key

    async def known(self, keys: Sequence[str]) -> dict[str, Answer]:
        """What has been answered already."""
        found = await asyncio.to_thread(self._cache.get_many, keys)
        return {
            key: replace(answer, cached=answer.asked_in != self._run_id, reused=True) for key, answer in found.items()
        }

    async def keep(self, key: str, answer: Answer, keeper: Keeper, then: Callable[[], None]) -> None:
        """Have an answer written down, and call ``then`` when it is safe; what is no answer is not kept."""
        if not is_kept(answer):
            then()
            return

        def safe() -> None:
            self._held.pop(key, None)
            then()

        # What a fresh run learns takes the place of what others knew.
        await keeper.keep(dict.fromkeys({key, key.partition(FRESH)[0]}, answer), safe)

    async def claim(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that nobody else is asking for."""
        began = time.monotonic()
        claimed = set(await asyncio.to_thread(self._cache.claim_many, keys, self._worker, CLAIM_S)) if keys else set()
        self._held |= dict.fromkeys(claimed, began)
        return claimed

    @contextlib.asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """Keep the claims of answers that take long, and let others have what is still held at the end."""
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            if self._held:
                await asyncio.to_thread(self._cache.release_many, list(self._held), self._worker)
                self._held.clear()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            old = time.monotonic() - RENEWED_AFTER_S
            await self.claim([key for key, since in self._held.items() if since < old])


class ClaimedKeys:
    """Keys to ask for, handed out one at a time to the tasks of a worker; entered and left around them.

    Args:
        found: gets what others answer meanwhile.
        goes_on: whether there is still use in asking.
        in_flight: calls at once; as many keys are claimed together, when half of those before have been handed out.
        look_again_s: for an answer that another worker is getting.
    """

    def __init__(
        self,
        claims: Claims,
        keys: Sequence[str],
        found: dict[str, Answer],
        goes_on: Callable[[], bool],
        *,
        in_flight: int,
        look_again_s: float,
    ) -> None:
        self._claims = claims
        self._ours: deque[str] = deque()
        self._unclaimed = deque(keys)
        self._elsewhere: list[str] = []
        self._found = found
        self._goes_on = goes_on
        self._in_flight = in_flight
        self._look_again_s = look_again_s
        self._claiming: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._claiming is not None:  # a claim that is under way is made, and can only be released afterwards
            await asyncio.gather(self._claiming, return_exceptions=True)

    @property
    def to_come(self) -> int:
        """Keys that may still be handed out, without those that others are asking for."""
        return len(self._ours) + len(self._unclaimed)

    async def next(self) -> str | None:
        """The next key; None when there is none left, or no going on."""
        while self._goes_on():
            if self._ours:
                key = self._ours.popleft()
                if self._unclaimed and len(self._ours) < self._in_flight / 2:
                    self._claim_more()
                return key
            if not (self._unclaimed or self._elsewhere or self._under_way):
                return None
            await asyncio.shield(self._claim_more())
        return None

    @property
    def _under_way(self) -> bool:
        return self._claiming is not None and not self._claiming.done()

    def _claim_more(self) -> asyncio.Task[None]:
        if self._claiming is not None and self._claiming.done():
            self._claiming.result()  # what went wrong while nobody waited is told now
        if self._claiming is None or self._claiming.done():
            self._claiming = asyncio.create_task(self._claim_batch())
        return self._claiming

    async def _claim_batch(self) -> None:
        if self._unclaimed:
            batch = [self._unclaimed.popleft() for _ in range(min(len(self._unclaimed), self._in_flight))]
        else:
            await asyncio.sleep(self._look_again_s)
            self._found.update(await self._claims.known(self._elsewhere))
            batch = [key for key in self._elsewhere if key not in self._found]
            self._elsewhere.clear()
        claimed = await self._claims.claim(batch)
        self._ours.extend(key for key in batch if key in claimed)
        self._elsewhere.extend(key for key in batch if key not in claimed)


def is_kept(answer: Answer) -> bool:
    """Whether an answer is one that later runs may use."""
    return answer.status not in {AnswerStatus.FAILED, AnswerStatus.UNASKED}
