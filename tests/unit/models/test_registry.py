import json
import re
from collections import Counter
from dataclasses import fields
from importlib import resources
from typing import Any

import pytest
from pydantic import TypeAdapter

from brainswap.core.models import registry
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import GEOGRAPHIES, kin_of, profile_of, profiles, unprofiled, vendor_of
from brainswap.core.models.thinking import FORMS
from brainswap.core.money.prices import known_models
from local.bedrock.personas import SIMULATED_IDS


def pairs_of_table() -> Any:
    """The registry as it is written, every object as its pairs, so that none hides another."""
    text = resources.files(registry.__package__).joinpath("registry.json").read_text("utf-8")
    return json.loads(text, object_pairs_hook=list)


def bare_id(model_id: str) -> str:
    label, _, rest = model_id.partition(".")
    return rest if label in GEOGRAPHIES else model_id


TABLE = dict(pairs_of_table())
FAMILIES = [(name, dict(row)) for name, row in TABLE["families"]]


@pytest.mark.parametrize(("name", "row"), FAMILIES, ids=[name for name, _ in FAMILIES])
def test_every_family_says_who_says_so_and_when(name: str, row: dict[str, Any]) -> None:
    assert row["source"].strip(), name
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", row["checked_on"]), name


def test_no_family_and_no_id_is_there_twice() -> None:
    families = Counter(name for name, _ in FAMILIES)
    ids = Counter([model_id for _, row in FAMILIES for model_id, _ in row["models"]] + TABLE["unprofiled"])

    assert [name for name, count in (families + ids).items() if count > 1] == []


def test_every_row_is_a_profile_with_fields_of_the_right_types() -> None:
    adapter = TypeAdapter(Profile)

    assert len(profiles()) > 100
    for profile in profiles().values():
        plain = {name.name: getattr(profile, name.name) for name in fields(profile)}
        assert adapter.validate_json(json.dumps(plain), strict=True) == profile


def test_forms_of_thinking_are_known_and_belong_to_models_that_think() -> None:
    for model_id, profile in profiles().items():
        assert profile.thinking_form is None or profile.thinking_form in FORMS, model_id
        assert profile.thinking_form is None or profile.thinking != "none", model_id
        assert profile.thinking in ("none", "always") or profile.thinking_form is not None, model_id


def test_models_without_tools_have_no_choice_of_tools() -> None:
    assert [name for name, profile in profiles().items() if profile.tools == "no" and profile.tool_choice] == []


def test_limits_hold_together() -> None:
    for model_id, profile in profiles().items():
        if profile.max_output_tokens is not None and profile.context_tokens is not None:
            assert profile.min_max_tokens < profile.max_output_tokens, model_id
            assert profile.max_output_tokens <= profile.context_tokens, model_id


def test_every_model_with_a_price_is_profiled_or_said_not_to_be() -> None:
    unknown = {name for name in known_models() if profile_of(name) is None}

    assert {bare_id(name) for name in unknown} == unprofiled()


def test_the_simulated_models_have_a_profile() -> None:
    assert {profile.family for name in SIMULATED_IDS if (profile := profile_of(name))} == {"simulated"}
    assert None not in [profile_of(name) for name in SIMULATED_IDS]


@pytest.mark.parametrize(
    "model_id",
    [
        "us.anthropic.claude-opus-4-8",
        "global.anthropic.claude-opus-4-8",
        "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-8",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-8",
    ],
)
def test_an_inference_profile_accepts_what_its_model_does(model_id: str) -> None:
    assert profile_of(model_id) == profile_of("anthropic.claude-opus-4-8")


def test_a_row_for_a_geography_goes_before_that_of_the_model() -> None:
    anywhere, gov = profile_of("us.anthropic.claude-opus-4-8"), profile_of("us-gov.anthropic.claude-opus-4-8")

    assert anywhere is not None
    assert anywhere.native_output == "yes"
    assert gov is not None
    assert gov.native_output == "no"


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic.claude-opus-4-8-v1",
        "anthropic.claude-opus-4",
        "mars.anthropic.claude-opus-4-8",
        "us.us.anthropic.claude-opus-4-8",
        "anthropic.claude-opus-4-5-20251101-v1:0:200k",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
        "arn:aws:sagemaker:us-east-1:123456789012:endpoint/anthropic.claude-opus-4-8",
        "together:gpt-4o",
        "",
    ],
)
def test_an_id_that_is_only_like_another_is_unprofiled(model_id: str) -> None:
    assert profile_of(model_id) is None


def test_an_unknown_model_of_a_compatible_endpoint_gets_a_cautious_profile() -> None:
    profile = profile_of("openai:somebody/their-model-7b")

    assert profile is not None
    assert (profile.family, profile.endpoint, profile.tools) == ("openai-compatible", "openai", "unknown")


def test_a_known_model_of_openai_has_its_own_row() -> None:
    profile = profile_of("openai:gpt-5-mini")

    assert profile is not None
    assert (profile.family, profile.sampling) == ("openai-gpt-5", "none")


def test_the_newest_claudes_take_no_sampling_parameters() -> None:
    for name in ("opus-4-7", "opus-5", "opus-5-5", "sonnet-5", "fable-5", "mythos-5-1"):
        profile = profile_of(f"anthropic.claude-{name}")
        assert profile is not None
        assert (profile.sampling, profile.prefill, profile.burndown) == ("none", "no", 5), name


def test_an_unprofiled_model_is_taken_to_accept_what_is_declared() -> None:
    assert (UNPROFILED.family, UNPROFILED.sampling, UNPROFILED.thinking) == ("unprofiled", "both", "none")


@pytest.mark.parametrize(
    ("model_id", "vendor"),
    [("us.anthropic.claude-x", "anthropic"), ("amazon.nova-x", "amazon"), ("arn:aws:bedrock:x:1:imported-model/a", "")],
)
def test_the_vendor_is_the_first_label_after_the_geography(model_id: str, vendor: str) -> None:
    assert vendor_of(model_id) == vendor


@pytest.mark.parametrize(
    ("one", "other", "related"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-opus-5", True),
        ("openai.gpt-5.4", "openai:gpt-5", True),
        ("openai:gpt-4o", "openai.gpt-oss-20b-1:0", True),
        ("amazon.nova-lite-v1:0", "amazon.titan-text-lite-v1", True),
        ("openai:my-own", "openai:my-own", True),
        ("anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", False),
        ("openai:my-own", "openai:gpt-4o", False),
        ("openai:my-own", "openai:not-mine", False),
        ("brainswap.sim-strong-v1:0", "brainswap.sim-even-v1:0", False),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/a", "amazon.nova-lite-v1:0", False),
    ],
)
def test_models_of_a_vendor_or_of_a_line_are_kin(one: str, other: str, *, related: bool) -> None:
    assert bool(kin_of(one) & kin_of(other)) == related
    assert kin_of(one) & kin_of(one)
