"""The clock of the embedded Bedrock: how long a client waits for what a model would take."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

from local.bedrock.question import Reply

_MOST_PIECES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A piece of a stream, due so many milliseconds after the request."""

    due_ms: float
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast time passes.

    Attributes:
        factor: seconds of waiting for each second that a model would take; 1 is real time, 0 is no waiting.
    """

    factor: float = 1.0

    @property
    def is_real_time(self) -> bool:
        return self.factor == 1.0

    async def wait(self, since: float, due_ms: float) -> None:
        """Wait until a moment after ``since``, which is a time of the running event loop."""
        left = since + due_ms / 1000 * self.factor - asyncio.get_running_loop().time()
        if self.factor > 0 and left > 0:
            await asyncio.sleep(left)

    async def play(self, since: float, moments: Iterable[Moment]) -> AsyncIterator[bytes]:
        """The pieces when they are due; all at once where there is no waiting."""
        if self.factor <= 0:
            yield b"".join(moment.data for moment in moments)
            return
        for moment in moments:
            await self.wait(since, moment.due_ms)
            yield moment.data


def pieces(reply: Reply) -> Iterator[tuple[float, str]]:
    """The text as a stream brings it: several pieces, evenly from the first token to the end."""
    count = min(_MOST_PIECES, max(2, reply.output_tokens), len(reply.text))
    flowing = reply.latency_ms - reply.first_token_ms
    for number in range(count):
        begin, end = (len(reply.text) * step // count for step in (number, number + 1))
        yield reply.first_token_ms + flowing * number / max(1, count - 1), reply.text[begin:end]
