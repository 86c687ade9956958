"""A worker at the end of the money."""

import asyncio
from decimal import Decimal

import pytest

from brainswap import spending
from brainswap.core.answers import Usage
from brainswap.core.calls import Settings
from brainswap.core.prompts.template import AttachedFile, Message, Prompt
from brainswap.spending import Wallet
from tests.fakes.workers import MemoryPurse

RUN = "run"
CAP = Decimal(10)
CENT = Usage(input_tokens=1, output_tokens=0)


def wallet(purse: MemoryPurse, context_tokens: int | None = None) -> Wallet:
    """Each token costs a tenth of a dollar."""
    return Wallet(
        purse,
        run_id=RUN,
        purpose="targets",
        costing=lambda usage: Decimal(usage.input_tokens) / 10,
        cap=CAP,
        context_tokens=context_tokens,
    )


def test_what_a_call_leaves_is_used_by_the_next_at_once() -> None:
    async def main() -> bool:
        worker = wallet(MemoryPurse())
        worker._wait_s = 60.0  # nothing but the news that money came back can end the waiting in time
        assert await worker.take(Decimal(6), calls_to_come=1)
        second = asyncio.create_task(worker.take(Decimal(6), calls_to_come=1))
        await asyncio.sleep(0.05)
        assert not second.done()

        await worker.answered(Decimal(6), CENT)

        return await asyncio.wait_for(second, 10)

    assert asyncio.run(main())


def test_once_the_cap_has_refused_nothing_is_set_aside_before_it_is_needed() -> None:
    purse = MemoryPurse()
    purse.reserve(RUN, Decimal(4), CAP)

    async def main() -> None:
        assert await wallet(purse).take(Decimal(1), calls_to_come=16)

    asyncio.run(main())

    assert purse.balance(RUN).reserved == Decimal(5)


def test_nobody_waits_for_the_last_fiftieth_of_the_cap() -> None:
    purse = MemoryPurse()
    almost = (1 - spending.REST * 3 / 4) * CAP
    purse.reserve(RUN, almost, CAP)
    purse.settle(RUN, "source", reserved=almost, spent=almost, uncertain=Decimal(0), calls=1)
    purse.reserve(RUN, Decimal("0.1"), CAP)

    async def main() -> bool:
        return await asyncio.wait_for(wallet(purse).take(Decimal("0.1"), calls_to_come=1), 10)

    assert not asyncio.run(main())


@pytest.mark.parametrize(("context_tokens", "most"), [(None, 100_019.6), (2_000_000, 100_019.6), (200, 20.0)])
def test_no_prompt_is_counted_with_more_tokens_than_the_models_context(context_tokens: int | None, most: float) -> None:
    scan = AttachedFile(name="a.pdf", format="pdf", sha256="0" * 64, size=1_000_000, tokens=50_000, file="a.pdf")
    prompt = Prompt(system=None, messages=(Message(role="user", content="Cost", attachments=(scan,)),))

    found = wallet(MemoryPurse(), context_tokens).most(prompt, Settings(max_tokens=10))

    assert found == Decimal(str(most))
