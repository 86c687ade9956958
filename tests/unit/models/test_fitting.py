from collections.abc import Callable
from typing import Any, Literal

import pytest

from brainswap.core.calls import Adjustment, Settings
from brainswap.core.declared_models import ChosenTool, Parameters
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.models.registry import profile_of
from brainswap.core.prompts.template import Message, Output, Prompt, Tool

Fit = Callable[..., Fitted]
Role = Literal["user", "assistant", "system"]

ASKED = Prompt(system="Be brief.", messages=(Message(role="user", content="{{question}}"),))
TOOL = Tool(name="look_up", description="Look up.", input_schema={"type": "object", "properties": {}})
OTHER_TOOL = Tool(name="add", input_schema={"type": "object", "properties": {}})


def noted(fitted: Fitted, parameter: str) -> Adjustment:
    (found,) = [note for note in fitted.adjustments if note.parameter == parameter]
    return found


def prompt_of(*turns: tuple[Role, str], **more: Any) -> Prompt:
    messages = tuple(Message(role=role, content=content) for role, content in turns)
    return Prompt(**{"system": None, "messages": messages, **more})


def test_what_the_model_accepts_is_sent_as_declared(fitted: Fit) -> None:
    call = fitted(max_tokens=100, temperature=0.3, top_p=0.9, top_k=40, stop_sequences=("END",))

    assert call.adjustments == ()
    assert call.prompt == ASKED
    assert call.settings == Settings(
        max_tokens=100, temperature=0.3, top_p=0.9, stop_sequences=("END",), fields={"top_k": 40}
    )


def test_an_unprofiled_model_is_asked_as_declared_with_a_bound_of_its_answer() -> None:
    declared = Parameters(temperature=1.5, top_p=0.9, top_k=7, service_tier="reserved", latency="optimised")

    call = fit(declared, ASKED, UNPROFILED, model="new.model")

    assert call.adjustments == ()
    assert call.settings == Settings(
        max_tokens=1024,
        temperature=1.5,
        top_p=0.9,
        fields={"top_k": 7},
        service_tier="reserved",
        optimised_latency=True,
    )


def test_temperature_goes_before_top_p_where_only_one_is_taken(fitted: Fit) -> None:
    call = fitted(profile={"sampling": "one"}, temperature=0.2, top_p=0.9)

    assert (call.settings.temperature, call.settings.top_p) == (0.2, None)
    assert noted(call, "top_p").declared == "0.9"


def test_top_p_alone_is_sent_where_only_one_is_taken(fitted: Fit) -> None:
    assert fitted(profile={"sampling": "one"}, top_p=0.9).settings.top_p == 0.9


def test_refused_sampling_is_dropped_and_the_lost_determinism_is_said(fitted: Fit) -> None:
    call = fitted(profile={"sampling": "none"}, temperature=0, top_p=0.5, top_k=1)

    assert call.settings == Settings(max_tokens=1024)
    assert noted(call, "temperature").loses == "determinism cannot be requested"
    assert noted(call, "temperature").source == "its maker, 2026-11-22"
    assert noted(call, "top_k").sent == ""


def test_a_temperature_above_the_highest_is_lowered(fitted: Fit) -> None:
    call = fitted(temperature=1.7)

    assert call.settings.temperature == 1.0
    assert (noted(call, "temperature").declared, noted(call, "temperature").sent) == ("1.7", "1.0")


def test_top_k_goes_into_the_field_of_the_vendor(fitted: Fit) -> None:
    assert fitted(profile={"top_k": "inferenceConfig.topK"}, top_k=9).settings.fields == {
        "inferenceConfig": {"topK": 9}
    }


def test_top_k_is_dropped_where_the_model_takes_none(fitted: Fit) -> None:
    call = fitted(profile={"top_k": None}, top_k=9)

    assert call.settings.fields == {}
    assert noted(call, "top_k").reason == "the model takes no top_k"


@pytest.mark.parametrize(("declared", "sent"), [(4, 16), (16, 16), (64, 64), (65, 64)])
def test_the_bound_of_the_answer_stays_between_floor_and_ceiling(fitted: Fit, declared: int, sent: int) -> None:
    call = fitted(profile={"min_max_tokens": 16, "max_output_tokens": 64}, max_tokens=declared)

    assert call.settings.max_tokens == sent
    assert [note.parameter for note in call.adjustments] == ([] if declared == sent else ["max_tokens"])


def test_a_lowered_bound_says_that_answers_are_cut_off(fitted: Fit) -> None:
    loses = noted(fitted(profile={"max_output_tokens": 64}, max_tokens=65), "max_tokens").loses

    assert loses == "long answers: they are cut off earlier"


def test_stop_sequences_beyond_the_limit_cut_the_answer_here(fitted: Fit) -> None:
    call = fitted(profile={"stop_sequences": 2}, stop_sequences=("A", "B", "C"))

    assert (call.settings.stop_sequences, call.settings.cut_at) == (("A", "B"), ("C",))
    assert "2 stop sequences at most" in noted(call, "stop_sequences").reason


def test_a_model_without_stop_sequences_has_its_answer_cut_here(fitted: Fit) -> None:
    call = fitted(profile={"stop_sequences": 0}, stop_sequences=("A",))

    assert (call.settings.stop_sequences, call.settings.cut_at) == ((), ("A",))


def test_a_line_end_cuts_the_answer_here_where_the_model_takes_no_blank_stops(fitted: Fit) -> None:
    call = fitted(profile={"blank_stops": "no"}, stop_sequences=("\n\n", "END"))

    assert (call.settings.stop_sequences, call.settings.cut_at) == (("END",), ("\n\n",))


def test_tools_of_a_model_that_takes_none_are_refused_with_the_reason(fitted: Fit) -> None:
    with pytest.raises(ModelRefusesRequestError, match=r"a\.model takes no tools, and the prompt has 1 \(its maker"):
        fitted(profile={"tools": "no", "tool_choice": ()}, prompt=prompt_of(("user", "Hi"), tools=(TOOL,)))


def test_a_model_of_an_endpoint_that_is_not_supported_is_refused(fitted: Fit) -> None:
    with pytest.raises(ModelRefusesRequestError, match="bedrock-mantle"):
        fitted(profile={"endpoint": "mantle"})


@pytest.mark.parametrize(
    ("wanted", "accepted", "tools", "sent", "loses"),
    [
        (ChosenTool(tool="add"), ("auto", "any", "tool"), (TOOL, OTHER_TOOL), "tool:add", None),
        (ChosenTool(tool="add"), ("auto", "any"), (TOOL, OTHER_TOOL), "any", "which tool is called"),
        (ChosenTool(tool="add"), ("auto", "any"), (OTHER_TOOL,), "any", None),
        (ChosenTool(tool="add"), ("auto",), (TOOL, OTHER_TOOL), "auto", "that a tool is called at all"),
        ("any", ("auto", "tool"), (TOOL,), "tool:look_up", None),
        ("any", ("auto", "tool"), (TOOL, OTHER_TOOL), "auto", "that a tool is called at all"),
        ("any", (), (TOOL,), None, "that a tool is called at all"),
        ("auto", (), (TOOL,), None, None),
    ],
)
def test_a_choice_of_tools_becomes_the_nearest_that_the_model_takes(
    fitted: Fit, *, wanted: Any, accepted: tuple[str, ...], tools: tuple[Tool, ...], sent: str | None, loses: str | None
) -> None:
    call = fitted(profile={"tool_choice": accepted}, prompt=prompt_of(("user", "Hi"), tools=tools), tool_choice=wanted)

    assert call.settings.tool_choice == sent
    assert [note.loses for note in call.adjustments if note.loses] == ([loses] if loses else [])


def test_a_choice_of_tools_is_dropped_where_there_are_none(fitted: Fit) -> None:
    call = fitted(tool_choice="any")

    assert call.settings.tool_choice is None
    assert noted(call, "tool_choice").reason == "the prompt has no tools"


def test_an_unknown_tier_is_dropped(fitted: Fit) -> None:
    call = fitted(service_tier="flex")

    assert call.settings.service_tier is None
    assert noted(call, "service_tier").declared == "flex"


def test_latency_optimised_inference_is_asked_for_only_where_it_is(fitted: Fit) -> None:
    without, having = (fitted(profile={"optimised_latency": has}, latency="optimised") for has in ("no", "yes"))

    assert (without.settings.optimised_latency, having.settings.optimised_latency) == (False, True)
    assert [note.parameter for note in without.adjustments] == ["latency"]
    assert having.adjustments == ()


def test_an_application_moved_from_claude_3_to_claude_opus_5_loses_its_sampling_and_its_prefill() -> None:
    declared = Parameters(temperature=0, top_p=0.9, stop_sequences=("\n",))
    prompt = Prompt(
        system="Be brief.",
        messages=(Message(role="user", content="{{question}}"), Message(role="assistant", content="{")),
        output=Output(json_schema={"type": "object", "properties": {"a": {"type": "string"}}}),
    )
    profile = profile_of("global.anthropic.claude-opus-5")
    assert profile is not None

    call = fit(declared, prompt, profile, model="global.anthropic.claude-opus-5")

    assert call.settings == Settings(
        max_tokens=1024, cut_at=("\n",), output="tool", fields={"thinking": {"type": "disabled"}}
    )
    assert call.prompt.messages == (Message(role="user", content="{{question}}"),)
    assert [note.parameter for note in call.adjustments] == [
        "prompt.output",
        "prompt.messages",
        "stop_sequences",
        "temperature",
        "top_p",
    ]
