from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.calls import Settings
from brainswap.core.declared_models import ChosenTool, Parameters
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import profiles
from brainswap.core.models.thinking import FORMS
from brainswap.core.prompts.template import Message, Output, Prompt, Tool

SUPPORT = st.sampled_from(["yes", "no", "unknown"])
INVENTED = st.builds(
    Profile,
    family=st.just("invented"),
    endpoint=st.sampled_from(["runtime", "openai"]),
    sampling=st.sampled_from(["both", "one", "none"]),
    top_k=st.sampled_from([None, "top_k", "inferenceConfig.topK"]),
    max_temperature=st.sampled_from([0.5, 1.0, 2.0]),
    min_max_tokens=st.sampled_from([1, 16]),
    max_output_tokens=st.none() | st.integers(16, 20_000),
    stop_sequences=st.none() | st.integers(0, 3),
    blank_stops=SUPPORT,
    strict_roles=st.booleans(),
    system=SUPPORT,
    tools=SUPPORT,
    tool_choice=st.lists(st.sampled_from(["auto", "any", "tool"]), unique=True).map(tuple),
    native_output=SUPPORT,
    prefill=SUPPORT,
    thinking=st.sampled_from(["none", "optional", "default_on", "always"]),
    thinking_form=st.none() | st.sampled_from(sorted(FORMS)),
    service_tiers=st.lists(st.sampled_from(["default", "priority", "flex"]), unique=True).map(tuple),
    optimised_latency=SUPPORT,
    source=st.just("its maker"),
    checked_on=st.just("2026-11-22"),
)
PROFILES = INVENTED | st.sampled_from([UNPROFILED, *profiles().values()])
PARAMETERS = st.builds(
    Parameters,
    max_tokens=st.integers(1, 300_000),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    top_k=st.none() | st.integers(0, 500),
    stop_sequences=st.lists(st.text(" \nEN", min_size=1, max_size=3), max_size=5).map(tuple),
    thinking=st.sampled_from(["off", "low", "medium", "high"]),
    tool_choice=st.sampled_from([None, "auto", "any", ChosenTool(tool="a")]),
    service_tier=st.sampled_from([None, "default", "priority", "flex", "reserved"]),
    latency=st.sampled_from(["standard", "optimised"]),
)
TEXTS = st.sampled_from(["Hi", "{{q}}", "as {{ other }} has it"])
SCHEMAS = st.sampled_from(
    [
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}},
        {"type": "object", "description": "{{q}}"},
        {"type": "array"},
    ]
)
OF_A_CASE = Message(role="case", content="")
TURNS = st.lists(
    st.builds(Message, role=st.sampled_from(["user", "assistant", "system"]), content=TEXTS), min_size=1, max_size=5
)


@st.composite
def with_turns_of_a_case(draw: st.DrawFn) -> tuple[Message, ...]:
    turns = draw(TURNS)
    turns.insert(draw(st.integers(0, len(turns))), OF_A_CASE)
    return tuple(turns)


PROMPTS = st.builds(
    Prompt,
    system=st.none() | TEXTS,
    messages=TURNS.map(tuple) | with_turns_of_a_case(),
    tools=st.sampled_from([(), (Tool(name="a", input_schema={"type": "object"}),)]),
    output=st.none() | st.builds(Output, json_schema=SCHEMAS),
)


def call_of(declared: Parameters, prompt: Prompt, profile: Profile) -> Fitted | None:
    try:
        return fit(declared, prompt, profile, model="a.model")
    except ModelRefusesRequestError:
        assert profile.endpoint == "mantle" or (profile.tools == "no" and prompt.tools)
        return None


def at(fields: Any, path: str | None) -> Any:
    for step in (path or "?").split("."):
        fields = fields.get(step) if isinstance(fields, dict) else None
    return fields


def differing(declared: Parameters, prompt: Prompt, profile: Profile, call: Fitted) -> set[str]:
    """The parameters that are not sent as they were declared."""
    settings, sent = call.settings, call.prompt
    form = FORMS[profile.thinking_form] if profile.thinking_form and profile.thinking != "none" else None
    switched = {key: value for key, value in settings.fields.items() if key not in ("top_k", "inferenceConfig", "k")}
    if declared.thinking != "off":
        thinks = form is not None and set(switched) == set(form.on(declared.thinking, 1))
        level_kept = thinks and form is not None and (form.budgeted or switched == form.on(declared.thinking, 1))
    else:
        level_kept = switched == ((form.off if form else None) or {}) and profile.thinking != "always"
    choice = declared.tool_choice
    return {
        name
        for name, same in {
            "max_tokens": settings.max_tokens == declared.max_tokens,
            "temperature": settings.temperature == declared.temperature,
            "top_p": settings.top_p == declared.top_p,
            "top_k": declared.top_k is None or at(settings.fields, profile.top_k) == declared.top_k,
            "stop_sequences": settings.stop_sequences == tuple(dict.fromkeys(declared.stop_sequences)),
            "thinking": level_kept,
            "tool_choice": settings.tool_choice
            == (f"tool:{choice.tool}" if isinstance(choice, ChosenTool) else choice),
            "service_tier": settings.service_tier == declared.service_tier,
            "latency": settings.optimised_latency == (declared.latency == "optimised"),
            "prompt.output": prompt.output is None or (settings.output == "native" and sent.output == prompt.output),
            "prompt.messages or prompt.system or prompt.output": (sent.system, sent.messages)
            == (prompt.system, prompt.messages),
        }.items()
        if not same
    }


@given(PARAMETERS, PROMPTS, PROFILES)
def test_nothing_changes_in_silence(declared: Parameters, prompt: Prompt, profile: Profile) -> None:
    call = call_of(declared, prompt, profile)
    if call is None:
        return

    noted = {note.parameter for note in call.adjustments}

    for name in differing(declared, prompt, profile, call):
        assert noted & set(name.split(" or ")), name
    assert all(note.reason and note.source for note in call.adjustments)


@given(PARAMETERS, PROMPTS, PROFILES)
def test_a_call_holds_nothing_that_the_profile_refuses(declared: Parameters, prompt: Prompt, profile: Profile) -> None:
    call = call_of(declared, prompt, profile)
    if call is None:
        return

    settings, sent = call.settings, call.prompt
    assert not sampling_objections(settings, profile)
    if settings.max_tokens is not None:
        assert profile.min_max_tokens <= settings.max_tokens <= (profile.max_output_tokens or settings.max_tokens)
    if profile.stop_sequences is not None:
        assert len(settings.stop_sequences) <= profile.stop_sequences
    assert profile.blank_stops != "no" or all(stop.strip() for stop in settings.stop_sequences)
    assert set(declared.stop_sequences) == {*settings.stop_sequences, *settings.cut_at}
    assert settings.tool_choice is None or settings.tool_choice.partition(":")[0] in profile.tool_choice
    assert settings.output != "native" or profile.native_output == "yes"
    assert settings.output != "tool" or (profile.tools == "yes" and "tool" in profile.tool_choice and not sent.tools)
    assert profile.prefill != "no" or not sent.messages or sent.messages[-1].role != "assistant"
    assert profile.system != "no" or (sent.system is None and "system" not in {turn.role for turn in sent.messages})
    assert settings.service_tier in (None, *profile.service_tiers)
    assert not settings.optimised_latency or profile.optimised_latency != "no"
    if profile.strict_roles:
        assert sent.messages[0].role != "assistant"
        neighbours = zip(sent.messages, sent.messages[1:], strict=False)
        assert all(one.role != other.role for one, other in neighbours)


def sampling_objections(settings: Settings, profile: Profile) -> list[str]:
    given = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "top_k": at(settings.fields, "top_k") or at(settings.fields, "inferenceConfig.topK"),
    }
    sent = [name for name, value in given.items() if value is not None]
    thinking = settings.fields.get("thinking", {}).get("type") in ("enabled", "adaptive")
    level = settings.fields.get("reasoningConfig", {}).get("maxReasoningEffort")
    if profile.sampling == "none" or thinking or level == "high":
        return sent
    if profile.top_k is None and "top_k" in sent:
        return ["top_k"]
    if settings.temperature is not None and settings.temperature > profile.max_temperature:
        return ["temperature"]
    return sent if profile.sampling == "one" and {"temperature", "top_p"} <= set(sent) else []


@given(PARAMETERS, PROMPTS, PROFILES)
def test_a_budget_for_thinking_leaves_tokens_for_the_answer(
    declared: Parameters, prompt: Prompt, profile: Profile
) -> None:
    call = call_of(declared, prompt, profile)
    budget = None if call is None else at(call.settings.fields, "thinking.budget_tokens")
    if call is None or budget is None:
        return

    assert call.settings.max_tokens is not None
    assert 1024 <= budget < call.settings.max_tokens


@given(PARAMETERS, PROMPTS, PROFILES)
def test_fitting_again_changes_nothing(declared: Parameters, prompt: Prompt, profile: Profile) -> None:
    call = call_of(declared, prompt, profile)
    if call is None:
        return

    assert call_of(declared, prompt, profile) == call
    again = call_of(declared, call.prompt, profile)
    assert again is not None
    assert again.prompt == call.prompt


@given(PARAMETERS, PROMPTS, PROFILES)
def test_the_values_of_a_case_still_have_their_places(declared: Parameters, prompt: Prompt, profile: Profile) -> None:
    call = call_of(declared, replace(prompt, output=None), profile)
    if call is None:
        return

    assert call.prompt.placeholders == prompt.placeholders
    assert call.prompt.messages.count(OF_A_CASE) == prompt.messages.count(OF_A_CASE)
