"""Contenders as they are kept with a run: their prompts, and what their answers cost."""

from collections.abc import Callable
from decimal import Decimal

from brainswap.contracts import Contender, FrozenMessage, FrozenPrompt
from brainswap.core.answers import Usage
from brainswap.core.calls import Settings
from brainswap.core.money.costs import cost_of_calls
from brainswap.core.prompts.template import Message, Prompt

SOURCE = "source"


def prompt_of(frozen: FrozenPrompt) -> Prompt:
    return Prompt(
        name=frozen.name,
        earlier=tuple(prompt_of(step) for step in frozen.earlier),
        takes=tuple(frozen.takes),
        system=frozen.system,
        messages=tuple(Message(role=turn.role, content=turn.content) for turn in frozen.messages),
        tools=tuple(frozen.tools),
        output=frozen.output,
    )


def frozen_prompt(prompt: Prompt) -> FrozenPrompt:
    return FrozenPrompt(
        name=prompt.name,
        earlier=[frozen_prompt(step) for step in prompt.earlier],
        takes=list(prompt.takes),
        system=prompt.system,
        messages=[
            FrozenMessage.model_validate({"role": turn.role, "content": turn.content}) for turn in prompt.messages
        ],
        tools=list(prompt.tools),
        output=prompt.output,
    )


def settings_at(contender: Contender, step: str) -> Settings:
    """How a contender is asked at a step of a chain; the last one, and that of a prompt without any, is its own."""
    return contender.earlier_settings.get(step, contender.settings)


def costing(contender: Contender) -> Callable[[Usage], Decimal | None] | None:
    """What an answer of a contender costs, in the way that it is asked; None without a price."""
    return cost_of_calls(contender.price, contender.settings, inference=contender.inference)
