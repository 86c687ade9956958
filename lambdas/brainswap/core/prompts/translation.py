"""Translate a prompt into the dialect of another model family, rule by rule and without asking anybody."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import profile_of, vendor_of
from brainswap.core.prompts.anchors import losses
from brainswap.core.prompts.changes import Change, as_written
from brainswap.core.prompts.dialects.packs import Rule, rules_for
from brainswap.core.prompts.moves.aim import Aim, Move
from brainswap.core.prompts.moves.examples import examples_in_turns
from brainswap.core.prompts.moves.phrases import (
    calmed,
    without_foreign_identity,
    without_foreign_switches,
    without_steps,
)
from brainswap.core.prompts.moves.sections import examples_in_tags, inputs_in_tags, tags_in_headings
from brainswap.core.prompts.moves.turns import (
    prefill_in_words,
    role_in_system,
    static_in_system,
    system_in_user,
    without_markup,
)
from brainswap.core.prompts.template import Prompt, chained

MOVES: Mapping[str, Move] = {
    move.__name__: move
    for move in (
        calmed,
        examples_in_tags,
        examples_in_turns,
        inputs_in_tags,
        prefill_in_words,
        role_in_system,
        static_in_system,
        system_in_user,
        tags_in_headings,
        without_foreign_identity,
        without_foreign_switches,
        without_markup,
        without_steps,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A prompt in another dialect.

    Attributes:
        changes: in the order in which they were made; none where the prompt is fit as it is.
        held_back: rules that would have lost something, with what.
    """

    prompt: Prompt
    changes: tuple[Change, ...]
    held_back: tuple[str, ...] = ()


def translate(
    prompt: Prompt,
    model: str,
    *,
    profile: Profile | None = None,
    source_vendor: str | None = None,
    reject: Collection[str] = (),
    thinking_off: bool = False,
) -> Translation:
    """Apply the rules for a model, each to what the one before it made.

    A rule that loses a placeholder, a protected region, a number, an address, a quoted text or a fenced block is held
    back, whatever it says.

    Args:
        prompt: with its placeholders open.
        model: the target's id.
        profile: what the target accepts; from the registry where it is left out.
        source_vendor: whose model the prompt was written for, as in its id; None where nobody says.
        reject: ids of rules that are not applied.
        thinking_off: the target is told not to think, if it can be told.
    """
    known = profile or profile_of(model)
    aim = Aim(
        profile=known or UNPROFILED,
        vendor="openai" if model.startswith("openai:") else vendor_of(model),
        source_vendor=source_vendor,
        thinks=known is not None
        and (known.thinking == "always" or (known.thinking == "default_on" and not thinking_off)),
    )
    changes: list[Change] = []
    held_back: list[str] = []
    for rule in rules_for(model, known):
        if rule.id in reject:
            continue
        after = MOVES[rule.does](prompt, aim, rule.options)
        if after == prompt:
            continue
        lost = losses(prompt, after)
        if lost:
            held_back.append(f"{rule.id}: it would lose {', '.join(lost)}")
            continue
        changes.append(_change(rule, prompt, after))
        prompt = after
    return Translation(prompt=prompt, changes=tuple(changes), held_back=tuple(held_back))


def translate_steps(prompt: Prompt, model: str, **how: Any) -> Translation:
    """The same as `translate` for each step of a chain by itself; changes and reasons name the step.

    Args:
        prompt: a chain, or a prompt that is one call.
        model: the target's id.
        how: as `translate` takes it.
    """
    found = [translate(step, model, **how) for step in prompt.steps]
    if not prompt.earlier:
        return found[0]
    named = [(f"step `{step.name}`", one) for step, one in zip(prompt.steps, found, strict=True)]
    return Translation(
        prompt=chained([one.prompt for one in found]),
        changes=tuple(
            replace(change, what=f"{where}: {change.what}") for where, one in named for change in one.changes
        ),
        held_back=tuple(f"{where}: {reason}" for where, one in named for reason in one.held_back),
    )


def _change(rule: Rule, before: Prompt, after: Prompt) -> Change:
    lines = difflib.unified_diff(as_written(before).splitlines(), as_written(after).splitlines(), n=0, lineterm="")
    kept = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return Change(
        rule=rule.id, what=rule.what, why=rule.why, source=rule.source, date=rule.date, difference="\n".join(kept)
    )
