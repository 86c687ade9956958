"""The parts of a prompt that may change by themselves: its system text, its turns, the descriptions of its tools."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from brainswap.core.prompts.template import Message, Prompt, chained

Component = Literal["system", "user", "tools"]
COMPONENTS: tuple[Component, ...] = ("system", "user", "tools")

SYSTEM = "system"
_TOOL = "tool "


def components(prompt: Prompt, allowed: Collection[Component] = COMPONENTS) -> dict[str, str]:
    """The texts that may change, by name: ``system``, ``user`` or ``turn 2``, ``tool NAME``; ``STEP.user`` in a chain.

    A prompt without a system text has an empty one, which a rewriter may fill. The place where the turns of a case come
    is no text.
    """
    if prompt.earlier:
        return {
            f"{step.name}.{name}": text for step in prompt.steps for name, text in components(step, allowed).items()
        }
    found: dict[str, str] = {}
    if "system" in allowed:
        found[SYSTEM] = prompt.system or ""
    if "user" in allowed:
        found |= {name: prompt.messages[place].content for place, name in _turns(prompt).items()}
    if "tools" in allowed:
        found |= {f"{_TOOL}{tool.name}": tool.description or "" for tool in prompt.tools}
    return found


def with_components(prompt: Prompt, texts: Mapping[str, str]) -> Prompt:
    """The prompt with other texts in the places of some of its components; names that it does not have are ignored."""
    if prompt.earlier:
        return chained([with_components(step, _of_step(texts, step.name)) for step in prompt.steps])
    names = _turns(prompt)
    system = texts.get(SYSTEM, prompt.system)
    messages = tuple(
        replace(turn, content=texts[names[place]]) if names.get(place) in texts else turn
        for place, turn in enumerate(prompt.messages)
    )
    tools = tuple(
        replace(tool, description=texts[f"{_TOOL}{tool.name}"] or None) if f"{_TOOL}{tool.name}" in texts else tool
        for tool in prompt.tools
    )
    return replace(prompt, system=system or None, messages=messages, tools=tools)


def with_tools_of(prompt: Prompt, other: Prompt) -> Prompt:
    """The prompt with the tools of another, for guards to whom any change of a tool is one too many."""
    steps = zip(prompt.steps, other.steps, strict=True)
    return chained([replace(step, tools=theirs.tools) for step, theirs in steps])


def in_step(name: str) -> str:
    """The step of a chain that a component belongs to; empty in a prompt that is one call."""
    step, dot, _ = name.partition(".")
    return step if dot and not name.startswith(_TOOL) else ""


def _of_step(texts: Mapping[str, str], step: str) -> dict[str, str]:
    return {name.removeprefix(f"{step}."): text for name, text in texts.items() if in_step(name) == step}


def descriptions(prompt: Prompt) -> Prompt:
    """The descriptions of the tools as turns of a prompt, so that guards look at them as at any other text."""
    return Prompt(
        system=None,
        messages=tuple(Message(role="user", content=tool.description or "(none)") for tool in prompt.tools),
    )


def _turns(prompt: Prompt) -> dict[int, str]:
    """Names of the turns that have words, by their place."""
    places = [place for place, turn in enumerate(prompt.messages) if turn.role != "case"]
    if len(places) == 1:
        return {places[0]: "user"}
    return {place: f"turn {number}" for number, place in enumerate(places, start=1)}
