"""A prompt as it is asked about a case that brings turns, tools, passages and files."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import ToolCall
from brainswap.core.cases import Case
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.prompts.rendering import context_text, rendered
from brainswap.core.prompts.template import Message, Prompt, Tool
from brainswap.core.prompts.weight import estimated_prompt_tokens, most_prompt_tokens
from tests.fakes.conversations import TOOL, TURNS, conversation

EXAMPLE = (Message(role="user", content="An example."), Message(role="assistant", content="Its answer."))
ASKED = Message(role="user", content="{{question}}")
PROMPT = Prompt(system="Be brief.", messages=(*EXAMPLE, ASKED))


def said(prompt: Prompt) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in prompt.messages]


def test_the_turns_of_a_case_come_before_the_last_turn_of_the_user() -> None:
    made = rendered(PROMPT, conversation(messages=TURNS))

    assert said(made) == [
        ("user", "An example."),
        ("assistant", "Its answer."),
        ("user", "Is it warm in Rome?"),
        ("assistant", "Let me see."),
        ("tool", '{"degrees": 31}'),
        ("assistant", "It is."),
        ("user", "And tomorrow?"),
    ]
    assert made.messages[3].tool_calls == (ToolCall(id="a1", name="weather", arguments='{"city": "Rome"}'),)
    assert made.messages[4].call_id == "a1"


def test_a_prompt_may_say_where_the_turns_come() -> None:
    template = Prompt(system=None, messages=(Message(role="case", content=""), Message(role="assistant", content="{")))

    made = rendered(template, conversation(messages=TURNS[:3]))

    assert said(made)[-2:] == [("tool", '{"degrees": 31}'), ("assistant", "{")]


def test_a_prompt_that_says_where_leaves_nothing_there_for_a_case_without_turns() -> None:
    template = Prompt(system=None, messages=(Message(role="case", content=""), ASKED))

    assert said(rendered(template, conversation())) == [("user", "And tomorrow?")]


def test_what_looks_like_a_placeholder_in_a_turn_stays_text() -> None:
    turns = [{"role": "user", "content": "What is {{question}}?"}, {"role": "assistant", "content": "A {{name}}."}]

    made = rendered(PROMPT, conversation(messages=turns))

    assert said(made)[2:4] == [("user", "What is {{question}}?"), ("assistant", "A {{name}}.")]


def test_files_go_with_the_last_turn_of_the_user_even_where_that_is_the_cases_own() -> None:
    template = Prompt(system=None, messages=(Message(role="case", content=""),))
    files = [{"file": "a.png", "sha256": "0" * 64}]

    made = rendered(template, conversation(messages=TURNS[:1], attachments=files))

    assert [file.format for file in made.messages[-1].attachments] == ["png"]
    assert made.messages[-1].content == "Is it warm in Rome?"


def test_a_tool_of_a_case_takes_the_place_of_the_prompts_one_of_the_same_name() -> None:
    declared = (Tool(name="weather", input_schema={}), Tool(name="clock", input_schema={}))

    made = rendered(Prompt(system=None, messages=(ASKED,), tools=declared), conversation(tools=[TOOL]))

    assert [tool.name for tool in made.tools] == ["weather", "clock"]
    assert made.tools[0].description == "The weather of a city."


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ("As it is.", "As it is."),
        (["One.", {"title": "Two", "text": "2\n2"}], "[1]\nOne.\n\n[2] Two\n2\n2"),
        ([], ""),
    ],
)
def test_passages_are_shown_with_their_numbers_and_titles(context: Any, text: str) -> None:
    template = Prompt(system=None, messages=(Message(role="user", content="<{{context}}>"),))
    case = conversation(context=context)

    assert case.context is not None
    assert context_text(case.context) == text
    assert said(rendered(template, case)) == [("user", f"<{text}>")]


def test_a_context_of_the_input_is_a_value_like_any_other() -> None:
    template = Prompt(system=None, messages=(Message(role="user", content="{{context}}"),))

    assert said(rendered(template, conversation(input={"context": [1]}))) == [("user", "[1]")]


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": TURNS},
        {"messages": [{**TURNS[0], "attachments": [{"file": "a.png", "sha256": "1" * 64}]}]},
        {"tools": [TOOL]},
        {"attachments": [{"file": "a.png", "sha256": "0" * 64}]},
        {"attachments": [{"file": "a.png", "sha256": "1" * 64}]},
        {"attachments": [{"file": "a.png", "name": "b", "sha256": "1" * 64}]},
    ],
)
def test_whatever_a_case_brings_makes_it_another_question(changes: dict[str, Any]) -> None:
    plain = prompt_fingerprint(rendered(PROMPT, conversation()))
    failed: Any = [*TURNS[:2], {**TURNS[2], "error": True}, TURNS[3]]

    made = prompt_fingerprint(rendered(PROMPT, conversation(**changes)))

    assert made != plain
    assert made != prompt_fingerprint(rendered(PROMPT, conversation(messages=failed)))


def test_where_a_file_lies_makes_no_other_question() -> None:
    here, there = (
        conversation(attachments=[{"file": place, "name": "a.png", "sha256": "1" * 64}])
        for place in ("x/a.png", "attachments/1.png")
    )

    assert prompt_fingerprint(rendered(PROMPT, here)) == prompt_fingerprint(rendered(PROMPT, there))


TEXTS = st.text(min_size=1, max_size=40)


@given(
    turns=st.lists(st.tuples(TEXTS, TEXTS), max_size=5),
    before=st.integers(min_value=0, max_value=2),
    question=TEXTS,
)
def test_no_word_of_a_conversation_is_lost_and_its_order_stays(
    turns: list[tuple[str, str]], before: int, question: str
) -> None:
    messages = [
        turn
        for user, assistant in turns
        for turn in ({"role": "user", "content": user}, {"role": "assistant", "content": assistant})
    ]
    case = conversation(input={"question": question}, messages=messages)
    template = Prompt(system=None, messages=(*EXAMPLE * before, ASKED))

    made = rendered(template, case)

    own = [(turn["role"], turn["content"]) for turn in messages]
    assert said(made) == [*said(Prompt(system=None, messages=EXAMPLE * before)), *own, ("user", question)]
    assert Case.model_validate_json(case.model_dump_json(exclude_defaults=True)) == case


@given(arguments=st.dictionaries(st.text(max_size=8), TEXTS, max_size=4), results=st.lists(TEXTS, max_size=3))
def test_the_most_that_a_prompt_weighs_is_never_less_than_the_guess(
    arguments: dict[str, str], results: list[str]
) -> None:
    calls = [{"id": f"c{number}", "name": "weather", "arguments": arguments} for number in range(len(results))]
    answers = [
        {"role": "tool", "tool_call_id": f"c{number}", "content": result} for number, result in enumerate(results)
    ]
    asked = {"role": "user", "content": "?"}
    files = [{"file": "a.txt", "sha256": "1" * 64, "size": 4_000, "tokens": 1_000}]
    turns = [asked, {"role": "assistant", "content": "!", "tool_calls": calls}, *answers]
    prompt = rendered(PROMPT, conversation(messages=turns, attachments=files, tools=[TOOL]))
    bare = rendered(PROMPT, conversation())

    assert most_prompt_tokens(prompt) >= estimated_prompt_tokens(prompt)
    assert most_prompt_tokens(prompt) - most_prompt_tokens(bare) >= sum(len(result.encode()) for result in results)
    assert estimated_prompt_tokens(prompt) >= 1_000 + sum(map(len, arguments.values())) * len(results) // 4
