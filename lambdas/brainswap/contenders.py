"""Contenders as they are kept with a run: their prompts, and what their answers cost."""

from collections.abc import Callable
from decimal import Decimal

from brainswap.contracts import Contender, FrozenMessage, FrozenPrompt
from brainswap.core.answers import Usage
from brainswap.core.money.costs import cost_of_calls
from brainswap.core.prompts.template import Message, Prompt

SOURCE = "source"


def prompt_of(frozen: FrozenPrompt) -> Prompt:
    return Prompt(
        system=frozen.system,
        messages=tuple(Message(role=turn.role, content=turn.content) for turn in frozen.messages),
        tools=tuple(frozen.tools),
        output=frozen.output,
    )


def frozen_prompt(prompt: Prompt) -> FrozenPrompt:
    return FrozenPrompt(
        system=prompt.system,
        messages=[
            FrozenMessage.model_validate({"role": turn.role, "content": turn.content}) for turn in prompt.messages
        ],
        tools=list(prompt.tools),
        output=prompt.output,
    )


def costing(contender: Contender) -> Callable[[Usage], Decimal | None] | None:
    """What an answer of a contender costs, in the way that it is asked; None without a price."""
    return cost_of_calls(contender.price, contender.settings, inference=contender.inference)
