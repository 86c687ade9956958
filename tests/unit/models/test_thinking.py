from collections.abc import Callable, Mapping
from typing import Any

import pytest

from brainswap.core.calls import Settings, Thinking
from brainswap.core.declared_models import Parameters
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.registry import profile_of
from brainswap.core.models.thinking import LEAST_BUDGET
from brainswap.core.prompts.template import Message, Prompt, Tool

Fit = Callable[..., Fitted]

ASKED = Prompt(system=None, messages=(Message(role="user", content="Hi"),))


def asked(model: str, thinking: Thinking, **declared: Any) -> Fitted:
    profile = profile_of(model)
    assert profile is not None
    return fit(Parameters(thinking=thinking, **declared), ASKED, profile, model=model)


@pytest.mark.parametrize(
    ("model", "thinking", "fields"),
    [
        ("anthropic.claude-sonnet-5", "off", {"thinking": {"type": "disabled"}}),
        ("anthropic.claude-opus-4-8", "high", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "low", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ("amazon.nova-2-lite-v1:0", "off", {"reasoningConfig": {"type": "disabled"}}),
        ("amazon.nova-2-lite-v1:0", "low", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
        ("us.openai.gpt-5.6-sol", "off", {"reasoning": {"effort": "none"}}),
        ("us.openai.gpt-6-luna", "medium", {"reasoning": {"effort": "medium"}}),
        ("openai.gpt-oss-120b-1:0", "high", {"reasoning_effort": "high"}),
        ("openai:gpt-5.1", "off", {"reasoning_effort": "none"}),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", "off", {}),
        ("brainswap.sim-even-v1:0", "off", {}),
    ],
)
def test_each_family_is_told_in_its_own_words(model: str, thinking: Thinking, fields: Mapping[str, Any]) -> None:
    call = asked(model, thinking)

    assert call.settings.fields == fields
    assert [note for note in call.adjustments if note.parameter == "thinking"] == []


def test_there_is_room_for_thinking_on_top_of_the_answer() -> None:
    call = asked("anthropic.claude-opus-4-8", "medium", max_tokens=500)

    assert call.settings.max_tokens == 500 + 8192
    assert [note.parameter for note in call.adjustments] == ["max_tokens"]
    assert call.adjustments[0].loses is None


def test_a_budget_gives_way_to_the_answer_where_the_model_gives_too_little() -> None:
    call = asked("anthropic.claude-3-7-sonnet-20250219-v1:0", "high", max_tokens=4192)

    assert call.settings.max_tokens == 8192
    assert call.settings.fields == {"thinking": {"type": "enabled", "budget_tokens": 4000}}


def test_a_budget_is_never_less_than_the_least(fitted: Fit) -> None:
    profile = {"thinking": "optional", "thinking_form": "claude-budget", "max_output_tokens": 2000}

    call = fitted(profile=profile, thinking="high", max_tokens=2000)

    assert call.settings.fields == {"thinking": {"type": "enabled", "budget_tokens": LEAST_BUDGET}}
    assert call.settings.max_tokens == 2000


def test_thinking_is_given_up_where_nothing_would_be_left_for_the_answer(fitted: Fit) -> None:
    profile = {"thinking": "optional", "thinking_form": "claude-budget", "max_output_tokens": LEAST_BUDGET}

    call = fitted(profile=profile, thinking="high", max_tokens=10)

    assert call.settings == Settings(max_tokens=10, fields={"thinking": {"type": "disabled"}})
    assert [note.parameter for note in call.adjustments] == ["thinking"]


def test_a_claude_that_thinks_takes_no_sampling_no_prefill_and_no_demand_for_a_tool(fitted: Fit) -> None:
    tool = Tool(name="add", input_schema={"type": "object"})
    turns = (Message(role="user", content="Hi"), Message(role="assistant", content="Well,"))

    call = fitted(
        profile={"thinking": "optional", "thinking_form": "claude-adaptive"},
        prompt=Prompt(system=None, messages=turns, tools=(tool,)),
        thinking="low",
        temperature=0.5,
        tool_choice="any",
    )

    assert (call.settings.temperature, call.settings.tool_choice) == (None, "auto")
    assert call.prompt.messages == (
        Message(role="user", content="Hi\n\nBegin your answer with exactly this text:\nWell,"),
    )
    assert [note.parameter for note in call.adjustments] == [
        "tool_choice",
        "prompt.messages",
        "max_tokens",
        "temperature",
    ]


def test_nova_thinks_hard_only_without_bounds_and_sampling() -> None:
    call = asked("amazon.nova-2-lite-v1:0", "high", temperature=0.1, top_p=0.2, top_k=3, max_tokens=300)

    assert call.settings == Settings(
        max_tokens=None, fields={"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}
    )
    assert {note.parameter for note in call.adjustments} == {"temperature", "top_p", "top_k", "max_tokens"}


def test_nova_takes_sampling_while_it_thinks_less_hard() -> None:
    assert asked("amazon.nova-2-lite-v1:0", "medium", temperature=0.1).settings.temperature == 0.1


def test_a_model_that_always_thinks_is_asked_to_think_least() -> None:
    call = asked("anthropic.claude-fable-5", "off")

    assert call.settings.fields == {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}
    assert [(note.parameter, note.loses) for note in call.adjustments] == [
        ("thinking", "answers without thinking"),
        ("max_tokens", None),
    ]


@pytest.mark.parametrize("thinking", ["off", "low"])
def test_a_model_that_cannot_be_told_gets_room_and_a_note(thinking: Thinking) -> None:
    call = asked("deepseek.r1-v1:0", thinking, max_tokens=1000)

    assert (call.settings.fields, call.settings.max_tokens) == ({}, 9192)
    assert [note.parameter for note in call.adjustments] == ["thinking", "max_tokens"]


def test_thinking_is_dropped_where_nobody_knows_how_to_switch_it_on() -> None:
    call = asked("meta.llama4-scout-17b-instruct-v1:0", "high")

    assert call.settings.fields == {}
    assert [(note.parameter, note.sent) for note in call.adjustments] == [("thinking", "")]
