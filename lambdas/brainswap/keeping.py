"""Writing answers down while others are being asked for."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Self

from brainswap.core.answers import Answer
from brainswap.ports import AnswerCache

TOGETHER_S = 0.02  # answers that come so close to each other are written together


class Keeper:
    """Writes answers down, those together that come together; leaving it waits until all are safe.

    A call waits for its answer and not for the answer's being written, which would keep the model idle. So that a store
    that is slow cannot fall behind, and little is lost with a worker that dies, only so many answers may be unsafe.

    Args:
        room: answers that have come and are not safe yet, at the most.
    """

    def __init__(self, cache: AnswerCache, *, room: int) -> None:
        self._cache = cache
        self._room = room
        self._waiting: dict[str, Answer] = {}
        self._then: list[Callable[[], None]] = []
        self._unsafe = 0
        self._changed = asyncio.Event()
        self._freed = asyncio.Event()
        self._ending = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending = True
        self._changed.set()
        if self._task is not None:
            await self._task

    async def keep(self, answers: Mapping[str, Answer], then: Callable[[], None]) -> None:
        """Take answers as soon as there is room for them; ``then`` is called when they are safe.

        Raises:
            TransientError, PermanentError: what the cache said to earlier answers.
        """
        while self._unsafe >= self._room and not self._failed():
            self._freed.clear()
            await self._freed.wait()
        if self._failed() and self._task is not None:
            self._task.result()
        self._waiting.update(answers)
        self._then.append(then)
        self._unsafe += 1
        self._changed.set()

    def _failed(self) -> bool:
        return self._task is not None and self._task.done()

    async def _write_on(self) -> None:
        try:
            while not (self._ending and not self._waiting):
                await self._changed.wait()
                self._changed.clear()
                if not self._ending:
                    await asyncio.sleep(TOGETHER_S)
                await self._write()
        finally:
            self._freed.set()

    async def _write(self) -> None:
        batch, then = self._waiting, self._then
        if not batch:
            return
        self._waiting, self._then = {}, []
        await asyncio.to_thread(self._cache.put_many, batch)
        for each in then:
            each()
        self._unsafe -= len(then)
        self._freed.set()
