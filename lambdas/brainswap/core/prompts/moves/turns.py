"""Moves between system text, turns and markup; words keep their order."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brainswap.core.models.turns import prefill_of, with_instruction
from brainswap.core.prompts.anchors import whole
from brainswap.core.prompts.moves.aim import Aim
from brainswap.core.prompts.structure.parsing import parse, parts_of
from brainswap.core.prompts.structure.parts import Kind, Part
from brainswap.core.prompts.structure.spans import SLOT
from brainswap.core.prompts.template import Message, Prompt

_GAP = "\n\n"
_ROLE_LABEL = re.compile(r"\s*(?:Assistant|Bot|AI|Answer)?\s*:?\s*")
_CONTROL = re.compile(r"\{%|\{\{[#/^]")
_JSON_OPENING = re.compile(r"(?:`{3}(?:json)?\s*)?[\[{]+\s*")
_PREAMBLE = re.compile(r"[^\n<{\[]{3,120}:\s*")
_INSTRUCTIONS: frozenset[Kind] = frozenset({"role", "task", "rules", "output", "examples"})
_DEPTH = 3  # chat templates that are written out inside one another


def without_markup(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Turn markup of a chat template into the turns that it stands for."""
    return unmarked(prompt)


def unmarked(prompt: Prompt) -> Prompt:
    """A prompt whose turns are messages, whatever template they were written out in."""
    for _ in range(_DEPTH):
        if not parse(prompt).marked:
            break
        prompt = _once_unmarked(prompt)
    return prompt


def _once_unmarked(prompt: Prompt) -> Prompt:
    structure = parse(prompt)
    marked = {turn.place for turn in structure.turns if turn.marked}
    system: list[str] = []
    messages: list[Message] = []
    for turn in structure.turns:
        content = turn.content.strip() if turn.place in marked else turn.content
        if turn.role == "assistant" and turn.place in marked and _ROLE_LABEL.fullmatch(content):
            continue  # the answer that the template opens for the model
        if not content.strip() and turn.place in marked:
            continue
        if turn.role == "system" and (turn.place is None or turn.place in marked):
            system.append(content)
        else:
            messages.append(Message(role=turn.role, content=content))
    return replace(prompt, system=_GAP.join(system) if system else None, messages=tuple(messages))


def prefill_in_words(prompt: Prompt, aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Ask for the beginning of the answer where the model refuses to go on from one and no schema takes its place."""
    prefill = prefill_of(prompt)
    if prefill is None or aim.profile.prefill != "no" or prompt.output is not None:
        return prompt
    count = len(prompt.messages)
    while count and prompt.messages[count - 1].role == "assistant":
        count -= 1
    begun = prefill.strip()
    if not begun:
        return replace(prompt, messages=prompt.messages[:count])
    if _JSON_OPENING.fullmatch(begun):
        opening = re.sub(r"^`{3}(?:json)?\s*", "", begun)[0]
        asked = f"Answer with nothing but JSON; its first character is {opening}"
    elif _PREAMBLE.fullmatch(begun):
        asked = f"Answer directly with what would follow these words, without repeating them: {begun}"
    else:
        asked = f"Begin your answer with exactly this text:\n{begun}"
    return with_instruction(replace(prompt, messages=prompt.messages[:count]), asked)


def role_in_system(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Put the paragraph that gives the model its role into the system text, if there is none."""
    parts = _parts_of_only_turn(prompt)
    if not parts or parts[0].kind != "role" or parts[0].form != "prose":
        return prompt
    return _with_first_in_system(prompt, parts, 1)


def static_in_system(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Put what stands before the first slot into the system text, if there is none.

    Where instructions follow the slot as well, they stay together, and no more than the role moves.
    """
    parts = _parts_of_only_turn(prompt)
    static = next((place for place, part in enumerate(parts) if SLOT.search(part.text)), 0)
    if any(part.kind in _INSTRUCTIONS for part in parts[static:]):
        static = 1 if static and parts[0].kind == "role" else 0
    return _with_first_in_system(prompt, parts, static) if static else prompt


def _parts_of_only_turn(prompt: Prompt) -> tuple[Part, ...]:
    """Of a prompt of one user text, perhaps with a prefill, in which no template's condition could be cut in two."""
    if prompt.system is not None or [turn.role for turn in prompt.messages] not in (["user"], ["user", "assistant"]):
        return ()
    content = prompt.messages[0].content
    return () if _CONTROL.search(content) or parse(prompt).marked else parts_of(content)


def _with_first_in_system(prompt: Prompt, parts: tuple[Part, ...], count: int) -> Prompt:
    first = "".join(part.text for part in parts[:count])
    rest = "".join(part.text for part in parts[count:])
    if SLOT.search(first) or not first.strip() or not rest.strip():
        return prompt
    return replace(
        prompt, system=first.strip(), messages=(Message(role="user", content=rest.strip()), *prompt.messages[1:])
    )


def system_in_user(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Put the system text in front of the first words of the user."""
    if prompt.system is None or not whole(prompt).strip():
        return prompt
    first = prompt.messages[0] if prompt.messages else None
    if first is None or first.role != "user":
        return replace(prompt, system=None, messages=(Message(role="user", content=prompt.system), *prompt.messages))
    joined = Message(role="user", content=prompt.system.rstrip() + _GAP + first.content)
    return replace(prompt, system=None, messages=(joined, *prompt.messages[1:]))
