"""An event loop in a thread of its own."""

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

STORING_AT_ONCE = 32  # requests to cache, purse and paces, of all workers of a process

T = TypeVar("T")


class LoopThread:
    """Connections that were opened on it outlive the invocation that opened them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(STORING_AT_ONCE, thread_name_prefix="storing"))
        self._thread = threading.Thread(target=self._loop.run_forever, name="asking", daemon=True)
        self._thread.start()

    def complete(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to its end in a copy of the caller's context."""
        context = contextvars.copy_context()

        async def within() -> T:
            return await asyncio.create_task(work, context=context)

        return asyncio.run_coroutine_threadsafe(within(), self._loop).result()

    def close(self) -> None:
        """End the loop and what still runs on it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
