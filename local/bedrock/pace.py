"""The clock of the embedded Bedrock: how long a client waits for what a model would take."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass

from local.bedrock.faults import BrokenOffError
from local.bedrock.question import Reply

_MOST_PIECES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A piece of a stream, due so many milliseconds after the request.

    Attributes:
        tokens: of the answer's output, up to and with this piece.
        resets: the connection is reset instead.
    """

    due_ms: float
    data: bytes
    tokens: int = 0
    resets: bool = False


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

    async def play(
        self, since: float, moments: Iterable[Moment], ended: Callable[[int], None] | None = None
    ) -> AsyncIterator[bytes]:
        """The pieces when they are due; all at once where there is no waiting.

        Args:
            since: when the request came.
            moments: in their order.
            ended: called with the tokens that were told, once no more are, whoever ended it.

        Raises:
            BrokenOffError: a moment says so.
        """
        told = 0
        try:
            if self.factor <= 0:
                at_once = tuple(moments)
                told = at_once[-1].tokens if at_once else 0
                yield b"".join([moment.data for moment in at_once])
                if at_once and at_once[-1].resets:
                    raise BrokenOffError
                return
            for moment in moments:
                await self.wait(since, moment.due_ms)
                if moment.resets:
                    raise BrokenOffError
                told = moment.tokens
                yield moment.data
        finally:
            if ended is not None:
                ended(told)


def pieces(reply: Reply) -> Iterator[tuple[float, str]]:
    """The text as a stream brings it: several pieces, evenly from its first token to the end."""
    begins_ms = reply.text_begins_ms
    return spread(reply, reply.text, reply.text_tokens, begins_ms, reply.latency_ms - reply.stall_ms)


def thoughts(reply: Reply) -> Iterator[tuple[float, str]]:
    """The reasoning as a stream brings it, before the text."""
    return spread(reply, reply.reasoning, reply.reasoning_tokens, reply.first_token_ms, reply.text_begins_ms)


def spread(reply: Reply, text: str, tokens: int, from_ms: float, until_ms: float) -> Iterator[tuple[float, str]]:
    """A text in pieces over a span; past the middle of a reply that stalls, so much later."""
    count = min(_MOST_PIECES, max(2, tokens), len(text))
    flowing = until_ms - from_ms
    middle_ms = (reply.first_token_ms + reply.latency_ms - reply.stall_ms) / 2
    for number in range(count):
        begin, end = (len(text) * step // count for step in (number, number + 1))
        due_ms = from_ms + flowing * number / max(1, count - 1)
        yield due_ms + (reply.stall_ms if due_ms > middle_ms else 0.0), text[begin:end]
