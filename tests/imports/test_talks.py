"""Conversations with earlier turns and tools, out of training data and invocation logs, as cases of a workload."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.cases import Case
from brainswap.core.loading.conversation_checks import conversation_faults
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import Prompt, Tool
from local.imports import bedrock_logs, openai_fine_tuning
from local.imports.drafts import CannotUseError
from local.imports.talks import talk_of
from tests.imports.test_bedrock_logs import HAIKU, answer, log
from tests.imports.writing import WrittenFolder, dropped, json_lines, told, written

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}}
OPENAI_TOOL = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
MISMATCH = "a conversation whose calls of tools and results do not belong together"
BEDROCK_TOOL = {"toolSpec": {"name": "weather", "inputSchema": {"json": WEATHER}}}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str | None, city: str | None = None, call_id: str = "call_9") -> dict[str, Any]:
    if city is None:
        return {"role": "assistant", "content": text}
    function = {"name": "weather", "arguments": json.dumps({"city": city})}
    return {
        "role": "assistant",
        "content": text,
        "tool_calls": [{"id": call_id, "type": "function", "function": function}],
    }


def returned(text: str, call_id: str = "call_9") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


SYSTEM = {"role": "system", "content": "You know the weather."}


def example(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [SYSTEM, *messages], "tools": [OPENAI_TOOL]}


def said(folder: WrittenFolder, place: int) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in rendered(folder.loaded.prompt, folder.cases[place]).messages]


def test_conversations_of_any_length_are_cases_of_one_prompt(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "train.jsonl",
        example(user("Rome?"), assistant("Warm.")),
        example(user("Oslo?"), assistant("Cold."), user("And Rome?"), assistant("Warm.")),
        example(user("A?"), assistant("a"), user("B?"), assistant("b"), user("C?"), assistant("c")),
    )

    imported = openai_fine_tuning.read(file)
    folder = written(imported, tmp_path / "workload")

    assert not dropped(imported)
    assert folder.loaded.prompt.system == "You know the weather."
    assert [len(case.messages) for case in folder.cases] == [0, 2, 4]
    assert said(folder, 1) == [("user", "Oslo?"), ("assistant", "Cold."), ("user", "And Rome?")]
    assert imported.account.mapped["earlier turns"] == 2


def test_calls_and_results_of_earlier_turns_come_along(tmp_path: Path) -> None:
    talk = (user("Oslo?"), assistant(None, "Oslo"), returned("-3"), assistant("Cold."), user("And Rome?"))
    file = json_lines(tmp_path / "train.jsonl", *(example(*talk, assistant("Warm.")) for _ in range(2)))

    folder = written(openai_fine_tuning.read(file), tmp_path / "workload")

    made = rendered(folder.loaded.prompt, folder.cases[0])
    assert [turn.role for turn in made.messages] == ["user", "assistant", "tool", "assistant", "user"]
    assert [(call.id, call.name, call.arguments) for call in made.messages[1].tool_calls] == [
        ("call-1", "weather", '{"city": "Oslo"}')
    ]
    assert (made.messages[2].call_id, made.messages[2].content) == ("call-1", "-3")


def test_an_answer_to_the_result_of_a_tool_is_asked_where_it_was_given(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "train.jsonl",
        *(
            example(user(f"{city}?"), assistant(None, city), returned("31"), assistant("Warm."))
            for city in ("Rome", "Bari")
        ),
    )

    folder = written(openai_fine_tuning.read(file), tmp_path / "workload")

    assert [turn.role for turn in folder.loaded.prompt.messages] == ["case"]
    assert [role for role, _ in said(folder, 1)] == ["user", "assistant", "tool"]
    assert said(folder, 1)[0] == ("user", "Bari?")


def test_an_answer_that_calls_a_tool_is_scored_by_its_call(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "train.jsonl", *(example(user(f"{city}?"), assistant(None, city)) for city in ("Rome", "Oslo"))
    )

    imported = openai_fine_tuning.read(file)
    folder = written(imported, tmp_path / "workload")

    assert imported.declaration["scorers"] == [{"name": "calls", "type": "tool_call", "reference": "calls"}]
    assert folder.cases[1].reference == {"calls": [{"name": "weather", "arguments": {"city": "Oslo"}}]}
    assert imported.account.mapped["calls of tools"] == 2


def test_answers_in_words_and_in_calls_have_a_scorer_each(tmp_path: Path) -> None:
    words = [example(user(f"Is {n} warm?"), assistant(("yes", "no")[n % 2])) for n in range(6)]
    file = json_lines(tmp_path / "train.jsonl", *words, example(user("Oslo?"), assistant(None, "Oslo")))

    imported = openai_fine_tuning.read(file)
    folder = written(imported, tmp_path / "workload")

    assert imported.declaration["scorers"] == [
        {"name": "label", "type": "label", "labels": ["no", "yes"], "reference": "text", "optional": True},
        {"name": "calls", "type": "tool_call", "reference": "calls", "optional": True},
    ]
    assert folder.cases[0].reference == {"text": "yes"}
    assert folder.summary.inapplicable == {"label": 1, "calls": 6}


def test_worked_examples_that_all_conversations_begin_with_belong_to_the_prompt(tmp_path: Path) -> None:
    shown = (user("What is {{x}}?"), assistant("An example."))
    file = json_lines(
        tmp_path / "train.jsonl",
        *(example(*shown, user(f"Question {n}?"), assistant(f"Answer {n}.")) for n in range(2)),
        example(*shown, user("Oslo?"), assistant("Cold."), user("Question 2?"), assistant("Answer 2.")),
    )

    folder = written(openai_fine_tuning.read(file), tmp_path / "workload")

    assert [turn.role for turn in folder.loaded.prompt.messages] == ["user", "assistant", "user"]
    assert [len(case.messages) for case in folder.cases] == [0, 0, 2]
    assert said(folder, 2) == [
        ("user", "What is {{x}}?"),
        ("assistant", "An example."),
        ("user", "Oslo?"),
        ("assistant", "Cold."),
        ("user", "Question 2?"),
    ]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (
            (user("a"), assistant("", "Rome"), user("b")),
            "a conversation whose calls of tools and results do not belong together",
        ),
        ((user("a"), returned("31")), "a conversation whose calls of tools and results do not belong together"),
        (
            (assistant(None, "Rome"), returned("31"), user("b")),
            "a conversation with tools that the user does not begin",
        ),
        (
            (user("a"), assistant(None, "Rome"), returned("31"), SYSTEM, user("b")),
            "a conversation with tools and a system text in its middle",
        ),
        (
            (user("a"), assistant(None, "Rome"), returned("31"), assistant("It is")),
            "a conversation with tools that ends with the assistant's own words",
        ),
        (
            (user("a"), {"role": "assistant", "function_call": {"name": "clock", "arguments": "{}"}}, user("b")),
            "a call of a tool that is not declared",
        ),
        (
            (user("a"), {"role": "assistant", "function_call": {"name": "weather", "arguments": "Rome"}}, user("b")),
            "a turn with a call of a tool whose arguments are no JSON object",
        ),
        ((user("a"), {"role": "assistant", "content": [{"image": {}}]}, user("b")), "a turn with an image"),
    ],
)
def test_what_no_case_can_hold_is_named(messages: tuple[dict[str, Any], ...], reason: str) -> None:
    with pytest.raises(CannotUseError) as caught:
        talk_of([SYSTEM, *messages], tools=json.dumps([OPENAI_TOOL]))

    assert str(caught.value) == reason


def test_calls_of_tools_that_no_workload_can_have_are_named() -> None:
    tools = json.dumps([{"type": "function", "function": {"name": "weather", "parameters": {"type": "text"}}}])

    with pytest.raises(CannotUseError, match="definitions no workload can have"):
        talk_of([user("a"), assistant(None, "Rome"), returned("31"), user("b")], tools=tools)
    assert talk_of([user("a"), assistant("b"), user("c")], tools=tools).earlier


KEYS = (
    *("role", "content", "text", "type", "tool_calls", "function", "name", "arguments", "id", "tool_call_id"),
    *("toolUse", "toolResult", "toolUseId", "input", "json", "status", "tool_use_id", "function_call"),
)
WORDS = st.sampled_from(["user", "assistant", "tool", "weather", "a", "", "{}"])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
SPOKEN = st.sampled_from(
    [SYSTEM, user("a"), user("b"), assistant("c"), assistant(None, "Rome"), assistant("d", "Oslo"), returned("31")]
)


@given(messages=st.lists(SPOKEN | ANY, max_size=6) | ANY, system=ANY)
def test_whatever_is_said_makes_a_valid_case_or_is_named(messages: Any, system: Any) -> None:
    try:
        talk = talk_of(messages, system, json.dumps([OPENAI_TOOL]))
    except CannotUseError:
        return

    case = Case.model_validate({"id": "c", "input": {}, "messages": list(talk.earlier)})
    prompt = Prompt(system=None, messages=talk.turns, tools=(Tool(name="weather", input_schema={"type": "object"}),))
    assert not list(conversation_faults("here", case, prompt))


def test_a_conversation_of_texts_that_the_assistant_begins_stays_as_it_was() -> None:
    talk = talk_of([assistant("Hello!"), user("Hi."), assistant("And?"), user("Nothing.")])

    assert [turn.role for turn in talk.turns] == ["assistant", "user", "assistant", "user"]
    assert not talk.earlier


USED = {"name": "weather", "input": {"city": "Oslo"}}
CONVERSE = [
    {"role": "user", "content": [{"text": "Oslo?"}]},
    {
        "role": "assistant",
        "content": [
            {"text": "Let me see."},
            {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Oslo"}}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "t1", "content": [{"json": {"degrees": -3}}], "status": "error"}},
            {"text": "Well?"},
        ],
    },
]
ANTHROPIC = [
    {"role": "user", "content": "Oslo?"},
    {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": '{"degrees": -3}', "is_error": True},
            {"type": "text", "text": "Well?"},
        ],
    },
]


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"messages": CONVERSE, "toolConfig": {"tools": [BEDROCK_TOOL]}}, {"degrees": -3}),
        (
            {"messages": ANTHROPIC, "tools": [{"name": "weather", "input_schema": WEATHER}], "max_tokens": 9},
            '{"degrees": -3}',
        ),
    ],
)
def test_a_logged_conversation_with_tools_is_a_case(tmp_path: Path, body: dict[str, Any], content: Any) -> None:
    file = json_lines(tmp_path / "log.json", *(log(number, body, answer("Cold.")) for number in range(3)))

    imported = bedrock_logs.read(file)
    folder = written(imported, tmp_path / "workload")

    turns = folder.cases[0].messages
    assert not dropped(imported)
    assert [turn.role for turn in turns] == ["user", "assistant", "tool"]
    assert (turns[2].content, turns[2].model_dump()["error"]) == (content, True)
    assert said(folder, 0)[-1] == ("user", "Well?")
    assert folder.cases[0].recorded[HAIKU].output == "Cold."


CALLED = {"name": "weather", "arguments": {"city": "Oslo"}}


@pytest.mark.parametrize(
    "answered",
    [
        {
            "output": {
                "message": {"content": [{"toolUse": {"toolUseId": "t", "name": "weather", "input": {"city": "Oslo"}}}]}
            },
            "stopReason": "tool_use",
        },
        {
            "content": [{"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Oslo"}}],
            "stop_reason": "tool_use",
        },
        {"choices": [{"message": assistant(None, "Oslo"), "finish_reason": "tool_use"}]},
        [
            {
                "contentBlockStart": {
                    "contentBlockIndex": 0,
                    "start": {"toolUse": {"toolUseId": "t", "name": "weather"}},
                }
            },
            {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"city":'}}}},
            {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": ' "Oslo"}'}}}},
            {"messageStop": {"stopReason": "tool_use"}},
        ],
        [
            {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "weather"}},
            {"type": "content_block_delta", "index": 1, "delta": {"partial_json": '{"city": "Oslo"}'}},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        ],
    ],
)
def test_a_logged_answer_that_calls_a_tool_is_recorded_with_its_call(tmp_path: Path, answered: Any) -> None:
    asked = {"messages": [{"role": "user", "content": [{"text": "Oslo?"}]}], "toolConfig": {"tools": [BEDROCK_TOOL]}}
    file = json_lines(tmp_path / "log.json", *(log(number, asked, answered) for number in range(3)))

    imported = bedrock_logs.read(file)
    folder = written(imported, tmp_path / "workload")

    recorded = folder.cases[0].recorded[HAIKU]
    assert not dropped(imported)
    assert [call.model_dump() for call in recorded.tool_calls] == [CALLED]
    assert (recorded.output, recorded.stop_reason) == ("", "tool_use")
    assert "right answers" in told(imported)
