from collections.abc import Callable
from typing import Any, Literal

import pytest

from brainswap.core.models.fitting import Fitted
from brainswap.core.models.turns import prefill_of
from brainswap.core.prompts.template import Message, Output, Prompt

Fit = Callable[..., Fitted]
Role = Literal["user", "assistant", "system", "case"]


def prompt_of(*turns: tuple[Role, str], system: str | None = None, **more: Any) -> Prompt:
    return Prompt(system=system, messages=tuple(Message(role=role, content=text) for role, text in turns), **more)


def turns_of(fitted: Fitted) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in fitted.prompt.messages]


def test_neighbours_of_one_role_become_one_turn(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")))

    assert turns_of(call) == [("user", "a\n\nb"), ("assistant", "c"), ("user", "d")]
    assert [note.parameter for note in call.adjustments] == ["prompt.messages"]


def test_a_conversation_that_the_assistant_begins_gets_a_beginning(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("assistant", "Hello!"), ("user", "a")))

    assert turns_of(call) == [("user", "Begin."), ("assistant", "Hello!"), ("user", "a")]
    assert [note.parameter for note in call.adjustments] == ["prompt.messages"]


def test_turns_stay_as_they_are_where_roles_are_free(fitted: Fit) -> None:
    prompt = prompt_of(("assistant", "Hello!"), ("user", "a"), ("user", "b"), ("system", "c"), ("user", "d"))

    call = fitted(prompt=prompt, profile={"endpoint": "openai", "strict_roles": False})

    assert (call.prompt, call.adjustments) == (prompt, ())


def test_system_turns_join_the_system_text_on_bedrock(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("system", "b"), ("user", "c"), system="a"))

    assert (call.prompt.system, turns_of(call)) == ("a\n\nb", [("user", "c")])
    assert [(note.parameter, note.loses) for note in call.adjustments] == [("prompt.messages", None)]


def test_a_system_turn_in_the_middle_loses_its_place(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("user", "a"), ("system", "b"), ("user", "c")))

    assert (call.prompt.system, turns_of(call)) == ("b", [("user", "a\n\nc")])
    assert call.adjustments[0].loses == "the places of system texts among the turns"


def test_a_prompt_of_system_turns_alone_still_asks_something(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("system", "Say OK.")))

    assert (call.prompt.system, turns_of(call)) == ("Say OK.", [("user", "Begin.")])


@pytest.mark.parametrize("endpoint", ["runtime", "openai"])
def test_system_texts_go_before_the_first_words_of_the_user_where_none_are_taken(fitted: Fit, endpoint: str) -> None:
    prompt = prompt_of(("system", "b"), ("user", "c"), ("assistant", "d"), ("user", "e"), system="a")

    call = fitted(prompt=prompt, profile={"system": "no", "endpoint": endpoint})

    assert call.prompt.system is None
    assert turns_of(call) == [("user", "a\n\nb\n\nc"), ("assistant", "d"), ("user", "e")]
    assert {note.parameter for note in call.adjustments} == {"prompt.system", "prompt.messages"}


def test_a_system_text_begins_the_conversation_where_the_assistant_would(fitted: Fit) -> None:
    prompt = prompt_of(("assistant", "b"), ("user", "c"), system="a")

    assert turns_of(fitted(prompt=prompt, profile={"system": "no"})) == [
        ("user", "a"),
        ("assistant", "b"),
        ("user", "c"),
    ]


def test_a_refused_beginning_of_the_answer_becomes_an_instruction(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("user", "{{q}}"), ("assistant", '{"{{key}}":')), profile={"prefill": "no"})

    assert turns_of(call) == [("user", '{{q}}\n\nBegin your answer with exactly this text:\n{"{{key}}":')]
    assert call.adjustments[0].loses == "an answer that goes on from its given beginning: it repeats it"


def test_a_beginning_of_the_answer_stays_where_it_is_taken_or_nobody_knows(fitted: Fit) -> None:
    prompt = prompt_of(("user", "a"), ("assistant", "b"))

    for known in ("yes", "unknown"):
        call = fitted(prompt=prompt, profile={"prefill": known})
        assert (call.prompt, call.adjustments) == (prompt, ())


@pytest.mark.parametrize("native", ["yes", "no"])
def test_a_schema_takes_the_place_of_a_beginning_of_the_answer(fitted: Fit, native: str) -> None:
    output = Output(json_schema={"type": "object", "properties": {"a": {}}, "additionalProperties": False})
    prompt = prompt_of(("user", "a"), ("assistant", "{"), output=output)

    call = fitted(prompt=prompt, profile={"native_output": native})

    assert turns_of(call) == [("user", "a")]
    assert call.adjustments[-1].reason == "the schema of the output takes its place"


def test_several_beginnings_of_the_answer_are_one() -> None:
    prompt = prompt_of(("user", "a"), ("assistant", "b"), ("assistant", "c"))

    assert prefill_of(prompt) == "b\n\nc"


CASE: tuple[Role, str] = ("case", "")


def test_what_a_case_brings_parts_neighbours_of_one_role(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("user", "a"), ("user", "b"), CASE, ("user", "c"), ("user", "d")))

    assert turns_of(call) == [("user", "a\n\nb"), CASE, ("user", "c\n\nd")]


def test_a_system_text_that_becomes_words_of_the_user_stays_before_what_a_case_brings(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(CASE, ("user", "a"), system="Be brief."), profile={"system": "no"})

    assert turns_of(call) == [("user", "Be brief."), CASE, ("user", "a")]


def test_an_instruction_comes_behind_what_a_case_brings(fitted: Fit) -> None:
    call = fitted(prompt=prompt_of(("user", "a"), CASE, ("assistant", "{")), profile={"prefill": "no"})

    assert [role for role, _ in turns_of(call)] == ["user", "case", "user"]


def test_tools_in_cases_keep_a_model_free_to_call_them(fitted: Fit) -> None:
    prompt = prompt_of(("user", "a"), output=Output(json_schema={"type": "object"}))

    assert fitted(prompt=prompt, profile={"native_output": "no"}).settings.output == "tool"
    assert fitted(prompt=prompt, profile={"native_output": "no"}, tools_in_cases=True).settings.output == "text"
