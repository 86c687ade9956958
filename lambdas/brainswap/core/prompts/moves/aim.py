"""Whom a prompt is translated for, and how parts are changed in place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.models.profiles import Profile
from brainswap.core.prompts.structure.parsing import parse
from brainswap.core.prompts.structure.parts import Part, Turn, render
from brainswap.core.prompts.template import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The target.

    Attributes:
        vendor: the target's, as in its id: ``anthropic``, ``openai``.
        source_vendor: whose model the prompt was written for; None where nobody says.
        thinks: whether the model reasons before it answers without being asked to.
    """

    profile: Profile
    vendor: str
    source_vendor: str | None = None
    thinks: bool = False


Move = Callable[[Prompt, Aim, Mapping[str, Any]], Prompt]


def with_parts(prompt: Prompt, change: Callable[[Turn, Part], Part]) -> Prompt:
    """The prompt with each part changed where it stands."""
    structure = parse(prompt)
    turns = tuple(replace(turn, parts=tuple(change(turn, part) for part in turn.parts)) for turn in structure.turns)
    return render(replace(structure, turns=turns))


def with_texts(prompt: Prompt, change: Callable[[str], str]) -> Prompt:
    """The prompt with the texts of the system and of the user changed; what the assistant says stays."""
    messages = tuple(
        turn if turn.role == "assistant" else replace(turn, content=change(turn.content)) for turn in prompt.messages
    )
    return replace(prompt, system=None if prompt.system is None else change(prompt.system), messages=messages)
