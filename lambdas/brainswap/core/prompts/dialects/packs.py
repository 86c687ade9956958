"""The rule packs: which rule does what for whom, why, and who says so."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import profile_of, vendor_of

COMMON = "every"
_FILES = ("every", "claude", "nova", "llama", "mistral", "deepseek", "qwen", "gpt-oss", "gpt", "cohere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that a dialect wants otherwise.

    Attributes:
        id: unique over all packs; what a workload rejects it by.
        does: the move that it makes, a name in `brainswap.core.prompts.translation.MOVES`.
        options: of the move.
        what: it changes, in a sentence.
        why: in a sentence.
        source: who says so.
        date: when that was looked up (ISO 8601).
        families: of the model registry that it is for; all of the pack's where it is empty.
    """

    id: str
    does: str
    what: str
    why: str
    source: str
    date: str
    families: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rules of one family.

    Attributes:
        name: such as ``nova``.
        title: as people call it.
        version: changes whenever a rule does (ISO 8601).
        vendor: as in the ids of its models.
        families: of the model registry, by the beginnings of their names.
        remark: what its documentation leaves as it is.
    """

    name: str
    title: str
    version: str
    vendor: str
    families: tuple[str, ...]
    remark: str
    rules: tuple[Rule, ...]


@cache
def packs() -> Mapping[str, Pack]:
    """All packs by name; ``every`` holds what is true for every model."""
    return {name: _read(name) for name in _FILES}


@cache
def rule_ids() -> frozenset[str]:
    return frozenset(rule.id for pack in packs().values() for rule in pack.rules)


def pack_for(model: str, profile: Profile | None) -> Pack | None:
    """The pack of a model's family, by the registry, or else by the vendor in its id."""
    family = profile.family if profile is not None else ""
    for pack in packs().values():
        if any(family == name or family.startswith(f"{name}-") for name in pack.families):
            return pack
    if profile is not None and profile.family != UNPROFILED.family:
        return None
    vendor = vendor_of(model)
    return next((pack for pack in packs().values() if vendor and pack.vendor == vendor), None)


def rules_for(model: str, profile: Profile | None = None) -> tuple[Rule, ...]:
    """The rules for a model in the order in which they are applied.

    Of a model that nobody looked at, the vendor tells the pack; rules for certain generations are left out.
    """
    known = profile or profile_of(model)
    pack = pack_for(model, known)
    family = known.family if known is not None else ""
    own = pack.rules if pack is not None else ()
    return (*packs()[COMMON].rules, *(rule for rule in own if not rule.families or family in rule.families))


def pack_named(name: str) -> Pack | None:
    """By its name, for those who say where a prompt comes from."""
    return packs().get(name) if name != COMMON else None


def family_names() -> tuple[str, ...]:
    return tuple(name for name in _FILES if name != COMMON)


def listed_rules(model: str | None = None) -> Iterator[tuple[Pack, Rule]]:
    """Every rule with its pack, or those for one model."""
    wanted = None if model is None else {rule.id for rule in rules_for(model)}
    for pack in packs().values():
        yield from ((pack, rule) for rule in pack.rules if wanted is None or rule.id in wanted)


def _read(name: str) -> Pack:
    data = json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))
    rules = tuple(Rule(**{**rule, "families": tuple(rule.get("families", ()))}) for rule in data.pop("rules"))
    return Pack(**{**data, "name": name, "families": tuple(data["families"]), "rules": rules})
