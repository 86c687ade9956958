"""``brainswap translate``: a prompt in another model's dialect, and the rules by which that is done."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from brainswap.core.calls import Adjustment
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.models.fitting import fit
from brainswap.core.models.registry import profile_of, profiles, vendor_of
from brainswap.core.prompts.changes import as_written, reasons
from brainswap.core.prompts.dialects.packs import (
    family_names,
    listed_rules,
    pack_for,
    pack_named,
    packs,
    rule_ids,
)
from brainswap.core.prompts.template import Prompt
from brainswap.core.prompts.translation import Translation, translate_steps
from brainswap.core.wording import printable, suggestion
from local.prompt_files import PromptFile, messages_of, read_prompt

_VENDORS = {"gpt-oss": "openai"}


class CannotTranslateError(Exception):
    """The command asks for something that is not known; the message says what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What the command tells.

    Attributes:
        family: whose rules were applied; None where only those for every model were.
        adjustments: of the parameters of a workload; empty for a prompt alone.
    """

    source: PromptFile
    model: str
    family: str | None
    translation: Translation
    adjustments: tuple[Adjustment, ...]


def translate_file(path: Path, model: str, *, source: str | None = None, reject: Collection[str] = ()) -> Translated:
    """Translate the prompt of a file or of a workload's folder; no model is asked.

    Args:
        path: of the file or the folder.
        model: the target's id.
        source: the family that the prompt was written for; that of a workload's source where it is left out.
        reject: ids of rules that are not applied.
    """
    for rule in reject:
        if rule not in rule_ids():
            raise CannotTranslateError(
                f"No rule is called `{printable(rule)}`. {suggestion(rule, rule_ids(), 'Rules')}"
            )
    check_model(model)
    read = read_prompt(path)
    declared = read.workload.workload if read.workload else None
    vendor = _vendor(source) if source is not None else vendor_of(declared.source.model) if declared else None
    rejected = {*reject, *(declared.improve.reject if declared else ())}
    off = declared is not None and (declared.source.parameters is None or declared.source.parameters.thinking == "off")
    translation = translate_steps(read.prompt, model, source_vendor=vendor or None, reject=rejected, thinking_off=off)
    pack = pack_for(model, profile_of(model))
    return Translated(
        source=read,
        model=model,
        family=pack.name if pack else None,
        translation=translation,
        adjustments=_adjustments(read, translation.prompt, model),
    )


def check_model(model: str) -> None:
    """Refuse an id that neither the registry nor a vendor's name tells anything of."""
    if profile_of(model) is None and pack_for(model, None) is None:
        raise CannotTranslateError(
            f"Nothing is known of the model `{printable(model)}`. {suggestion(model, set(profiles()), 'Models')}"
        )


def _vendor(family: str) -> str:
    pack = pack_named(family)
    if pack is None:
        raise CannotTranslateError(
            f"No family is called `{printable(family)}`. {suggestion(family, family_names(), 'Families')}"
        )
    return _VENDORS.get(pack.name, pack.vendor)


def _adjustments(read: PromptFile, prompt: Prompt, model: str) -> tuple[Adjustment, ...]:
    """What becomes of a workload's parameters at the target."""
    profile = profile_of(model)
    if read.workload is None or profile is None:
        return ()
    workload = read.workload.workload
    found: list[Adjustment] = []
    for step in prompt.steps:
        try:
            fitted = fit(workload.parameters_of(workload.source, step.name), step, profile, model=model)
        except ModelRefusesRequestError as error:
            raise CannotTranslateError(str(error)) from error
        at = f"steps.{step.name}." if step.name else ""
        found += [replace(one, parameter=f"{at}{one.parameter}") for one in fitted.adjustments]
    return tuple(found)


def translated_prompt(translated: Translated) -> str:
    """The prompt in the form in which it came: messages as JSON, and a text as a text unless there are turns now."""
    prompt = translated.translation.prompt
    if translated.source.shape == "messages":
        return json.dumps(messages_of(prompt), indent=1, ensure_ascii=False)
    if not prompt.earlier and prompt.system is None and [turn.role for turn in prompt.messages] == ["user"]:
        return prompt.messages[0].content.rstrip("\n")
    return as_written(prompt).rstrip("\n")


def translated_lines(translated: Translated) -> list[str]:
    """Each change with its reason, and what is left as it is."""
    lines = []
    for change, reason in zip(translated.translation.changes, reasons(translated.translation.changes), strict=True):
        lines.append(reason)
        lines += [f"    {line}" for line in _shown(change.difference)]
    lines += [f"held back: {held}" for held in translated.translation.held_back]
    lines += [
        f"{one.parameter}: {one.declared or 'nothing'} becomes {one.sent or 'nothing'}: {one.reason} ({one.source})"
        for one in translated.adjustments
    ]
    if not translated.translation.changes:
        lines.append("Nothing changes: the prompt is fit for the model as it is.")
    if translated.family is None:
        lines.append("No rules are known for the model's family; only those that hold for every model were applied.")
    elif profile_of(translated.model) is None:
        lines.append("Nobody looked at this very model: rules for certain generations were left out.")
    return lines


def _shown(difference: str, most: int = 12) -> Sequence[str]:
    lines = [printable(line, limit=110) for line in difference.splitlines()]
    return lines if len(lines) <= most else [*lines[:most], f"… and {len(lines) - most} more lines"]


def translated_document(translated: Translated) -> dict[str, Any]:
    """The same for machines."""
    prompt = translated.translation.prompt
    return {
        "model": translated.model,
        "family": translated.family,
        "messages": messages_of(prompt),
        **({"steps": {step.name: messages_of(step) for step in prompt.steps}} if prompt.earlier else {}),
        "changes": [asdict(change) for change in translated.translation.changes],
        "held_back": list(translated.translation.held_back),
        "adjustments": [asdict(one) for one in translated.adjustments],
    }


def rule_lines(model: str | None) -> list[str]:
    """Every rule with its reason and source, by family; those for a model if there is one."""
    lines: list[str] = []
    for pack in packs().values():
        rules = [rule for of, rule in listed_rules(model) if of.name == pack.name]
        applies = model is None or pack_for(model, profile_of(model)) == pack
        if not rules and not applies:
            continue
        lines += [f"{pack.title} (version {pack.version})", *([f"  {pack.remark}"] if pack.remark else [])]
        for rule in rules:
            lines += [f"  {rule.id}", f"    {rule.what}", f"    {rule.why}", f"    {rule.source}; {rule.date}"]
    return lines


def rule_documents(model: str | None) -> list[dict[str, Any]]:
    """The same for machines."""
    return [{"family": pack.name, "version": pack.version, **asdict(rule)} for pack, rule in listed_rules(model)]
