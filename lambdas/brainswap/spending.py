"""One worker's hand in the purse of a run: money is set aside before a call and counted after it."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from decimal import Decimal

from brainswap.core.answers import Usage
from brainswap.core.calls import Settings
from brainswap.core.prompts.template import Prompt
from brainswap.core.prompts.weight import most_prompt_tokens
from brainswap.ports import Purse

CALLS_AT_ONCE = 16  # set aside together, so that a call costs the ledger less than a write
SETTLE_S = 1.0
FIRST_WAIT_S = 0.2  # for money to come back; it doubles …
LONGEST_WAIT_S = 5.0  # … up to this
REST = Decimal("0.02")  # of the cap, over which nobody waits for the last calls one by one
PATIENCE_S = 120.0  # for money that others have set aside: a worker that died will never give it back
ASSUMED_MOST_TOKENS = 64_000  # of an answer that nothing bounds

_NOTHING = Decimal(0)


class Wallet:
    """The money of one contender in one worker.

    Without a price nothing can be set aside, and only calls are counted. Without a cap nothing has to be.

    Args:
        purpose: what the money is spent for.
        costing: what an answer costs; None without a price.
        cap: of the whole run, in US dollars.
        context_tokens: that a prompt of the model can have; longer ones are refused, and cost nothing.
    """

    def __init__(
        self,
        purse: Purse,
        *,
        run_id: str,
        purpose: str,
        costing: Callable[[Usage], Decimal | None] | None,
        cap: Decimal | None,
        context_tokens: int | None = None,
    ) -> None:
        self._context_tokens = context_tokens
        self._purse = purse
        self._run_id = run_id
        self._purpose = purpose
        self._costing = costing
        self._cap = cap
        self._lock = asyncio.Lock()
        self._free = _NOTHING  # set aside and not yet given to a call
        self._back = _NOTHING  # set aside for calls that have ended
        self._spent = _NOTHING
        self._uncertain = _NOTHING
        self._calls = 0
        self._settled_at = time.monotonic()
        self._scarce = False
        self._came_back = asyncio.Event()
        self._wait_s = FIRST_WAIT_S
        self.exhausted = False

    def most(self, prompt: Prompt, settings: Settings) -> Decimal:
        """The most that a call can cost; 0 where nothing is set aside."""
        if self._costing is None or self._cap is None:
            return _NOTHING
        most = most_prompt_tokens(prompt)
        usage = Usage(
            input_tokens=most if self._context_tokens is None else min(most, self._context_tokens),
            output_tokens=settings.max_tokens or ASSUMED_MOST_TOKENS,
        )
        return self.cost(usage) or _NOTHING

    def cost(self, usage: Usage | None) -> Decimal | None:
        """What an answer cost; None where that is unknown."""
        return None if usage is None or self._costing is None else self._costing(usage)

    async def take(self, most: Decimal, *, calls_to_come: int) -> bool:
        """Set the money of one call aside; False when the cap allows no further call, now and later."""
        if self._cap is None or self._costing is None:
            return True
        async with self._lock:
            while not self.exhausted:
                if self._free >= most:
                    self._free -= most
                    return True
                calls = 1 if self._scarce else min(CALLS_AT_ONCE, max(calls_to_come, 1))
                if await self._reserve(most * calls):
                    continue
                self._scarce = True  # from now on, nothing is set aside before it is needed
                self.exhausted = not await self._affordable(most)
        return False

    async def answered(self, most: Decimal, usage: Usage | None) -> None:
        """A call was answered, and costs what it says."""
        cost = self.cost(usage)
        self._spent += _NOTHING if cost is None else cost
        self._uncertain += most if cost is None else _NOTHING
        self._calls += 1
        await self._ended(most)

    async def broke_off(self, most: Decimal) -> None:
        """A call may have to be paid, up to the most that it can cost."""
        self._uncertain += most
        await self._ended(most)

    async def came_to_nothing(self, most: Decimal) -> None:
        """A call was refused before it cost anything."""
        self._free += most
        self._came_back.set()

    async def close(self) -> None:
        """Count everything that has not been counted yet, and give back what is left."""
        async with self._lock:
            await self._give_back()

    async def _ended(self, most: Decimal) -> None:
        self._back += most
        self._came_back.set()
        if time.monotonic() - self._settled_at >= SETTLE_S and not self._lock.locked():
            async with self._lock:
                await self._settle()

    async def _reserve(self, amount: Decimal) -> bool:
        if self._cap is None or not await asyncio.to_thread(self._purse.reserve, self._run_id, amount, self._cap):
            return False
        self._free += amount
        self._wait_s = FIRST_WAIT_S
        return True

    async def _affordable(self, most: Decimal) -> bool:
        """Wait for the money of one call; False when there will be none.

        Money that is set aside for calls under way may come back, and is waited for; what is spent does not. A look
        costs the ledger less than a reservation that fails, and all workers wait at the same time.
        """
        waited_s = 0.0
        while self._cap is not None and waited_s <= PATIENCE_S:
            self._came_back.clear()
            await self._give_back()
            balance = await asyncio.to_thread(self._purse.balance, self._run_id)
            if balance.committed + most <= self._cap:
                return True
            if balance.committed - balance.reserved + max(most, REST * self._cap) > self._cap:
                break
            pause_s = self._wait_s * (0.5 + random.random() / 2)  # noqa: S311 - so that workers do not look all at once
            began = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came_back.wait(), pause_s)
            waited_s += time.monotonic() - began
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        return False

    async def _give_back(self) -> None:
        self._back, self._free = self._back + self._free, _NOTHING
        await self._settle()

    async def _settle(self) -> None:
        reserved, spent, uncertain, calls = self._back, self._spent, self._uncertain, self._calls
        self._settled_at = time.monotonic()
        if not (reserved or spent or uncertain or calls):
            return
        self._back = self._spent = self._uncertain = _NOTHING
        self._calls = 0
        await asyncio.to_thread(self._settle_now, reserved=reserved, spent=spent, uncertain=uncertain, calls=calls)

    def _settle_now(self, *, reserved: Decimal, spent: Decimal, uncertain: Decimal, calls: int) -> None:
        self._purse.settle(
            self._run_id, self._purpose, reserved=reserved, spent=spent, uncertain=uncertain, calls=calls
        )
