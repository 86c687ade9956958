"""The rule packs hold together."""

import re
from datetime import date

import pytest

from brainswap.core.models.registry import profile_of, profiles
from brainswap.core.prompts.dialects.packs import (
    COMMON,
    Pack,
    Rule,
    family_names,
    listed_rules,
    pack_for,
    packs,
    rule_ids,
    rules_for,
)
from brainswap.core.prompts.translation import MOVES

RULES = [(pack, rule) for pack in packs().values() for rule in pack.rules]
FAMILIES = {profile.family for profile in profiles().values()}


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_a_rule_says_what_it_does_why_and_who_says_so(pack: Pack, rule: Rule) -> None:
    assert rule.does in MOVES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert all(text.endswith(".") for text in (rule.what, rule.why))
    assert rule.source
    assert date.fromisoformat(rule.date) <= date.fromisoformat(pack.version)
    assert set(rule.families) <= FAMILIES


def test_ids_are_unique_and_every_move_is_some_rules() -> None:
    assert len(rule_ids()) == len(RULES)
    assert {rule.does for _, rule in RULES} == set(MOVES)


def test_there_is_a_pack_for_each_of_nine_families() -> None:
    assert family_names() == ("claude", "nova", "llama", "mistral", "deepseek", "qwen", "gpt-oss", "gpt", "cohere")


def test_the_families_of_a_pack_are_in_the_registry() -> None:
    for pack in packs().values():
        for name in pack.families:
            assert any(family == name or family.startswith(f"{name}-") for family in FAMILIES), (pack.name, name)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("us.anthropic.claude-sonnet-5", "claude"),
        ("anthropic.claude-9-of-2031", "claude"),
        ("amazon.nova-2-lite-v1:0", "nova"),
        ("meta.llama4-scout-17b-instruct-v1:0", "llama"),
        ("mistral.magistral-small-2509", "mistral"),
        ("deepseek.v3.2", "deepseek"),
        ("qwen.qwen3-32b-v1:0", "qwen"),
        ("openai.gpt-oss-20b-1:0", "gpt-oss"),
        ("openai.gpt-6-sol", "gpt"),
        ("openai:gpt-4.1", "gpt"),
        ("cohere.command-r-v1:0", "cohere"),
        ("google.gemma-3-27b-it", None),
        ("brainswap.sim-strong-v1:0", None),
        ("nobody", None),
    ],
)
def test_a_model_has_the_pack_of_its_family(model: str, name: str | None) -> None:

    pack = pack_for(model, profile_of(model))

    assert (pack.name if pack else None) == name


def test_what_holds_for_every_model_comes_first_and_generations_have_their_own() -> None:
    older = [rule.id for rule in rules_for("anthropic.claude-3-haiku-20240307-v1:0")]
    newer = [rule.id for rule in rules_for("anthropic.claude-sonnet-4-6")]
    unknown = [rule.id for rule in rules_for("anthropic.claude-9-of-2031")]

    assert older[: len(packs()[COMMON].rules)] == [rule.id for rule in packs()[COMMON].rules]
    assert set(newer) - set(older) == {"claude-calm-tools"}
    assert unknown == older


def test_rules_are_listed_for_one_model_or_all() -> None:
    assert [rule.id for _, rule in listed_rules()] == [rule.id for _, rule in RULES]
    assert {pack.name for pack, _ in listed_rules("deepseek.r1-v1:0")} == {COMMON, "deepseek"}
