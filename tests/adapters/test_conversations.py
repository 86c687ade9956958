"""Turns, tools and files on both wires: what is sent, what the embedded Bedrock takes, and what comes back."""

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters import batch_records, chat_completions, converse
from brainswap.adapters.recordings import RecordedModels
from brainswap.core.answers import Answer, AnswerStatus, ToolCall
from brainswap.core.cases import Case
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import AttachedFile, Message, Prompt
from brainswap.core.rounds import Rounds
from brainswap.ports import Question
from local.bedrock import chat_content, content
from local.bedrock.parameters import accepted_by
from local.bedrock.server import EmbeddedBedrock
from local.bedrock.server import Models as Known
from tests.adapters.test_models import ask
from tests.fakes.asking import question
from tests.fakes.conversations import PDF, TOOL, TURNS, conversation, png

BEDROCK = "brainswap.sim-strong-v1:0"
OPENAI = "openai:gpt-4o"
FILES = {"a report.v2.pdf": PDF, "b.png": png(3, 2), "c.csv": b"x,y\n1,2\n", "d.docx": b"PK\x03\x04"}
PROMPT = Prompt(system="Be brief.", messages=(Message(role="user", content="{{question}}"),))
RESULTS = [{"name": "weather", "arguments": {"city": "Rome"}, "result": {"degrees": 31}}]


def attached(*names: str) -> list[dict[str, Any]]:
    return [{"file": name, "sha256": "1" * 64, "size": len(FILES[name]), "tokens": 1} for name in names]


def asked_about(case: Case, model: str = BEDROCK, **changes: Any) -> Question:
    made = question(model, **changes)
    return replace(
        made,
        case=case,
        prompt=rendered(PROMPT, case),
        rounds=4,
        read=lambda file: FILES[file.file],
        labels={"case": case.id},
    )


def converse_messages(asked: Question) -> list[dict[str, Any]]:
    return list(json.loads(converse.request_body(asked))["messages"])


def chat_messages(asked: Question) -> list[dict[str, Any]]:
    return list(json.loads(chat_completions.request_body(asked, limit_name="max_tokens"))["messages"])


def test_a_conversation_in_the_form_of_converse() -> None:
    messages = converse_messages(asked_about(conversation(messages=TURNS, tools=[TOOL])))

    assert messages == [
        {"role": "user", "content": [{"text": "Is it warm in Rome?"}]},
        {
            "role": "assistant",
            "content": [
                {"text": "Let me see."},
                {"toolUse": {"toolUseId": "a1", "name": "weather", "input": {"city": "Rome"}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "a1", "content": [{"text": '{"degrees": 31}'}], "status": "success"}}
            ],
        },
        {"role": "assistant", "content": [{"text": "It is."}]},
        {"role": "user", "content": [{"text": "And tomorrow?"}]},
    ]


def test_a_conversation_in_the_form_of_chat_completions() -> None:
    messages = chat_messages(asked_about(conversation(messages=TURNS, tools=[TOOL]), OPENAI))

    function = {"name": "weather", "arguments": '{"city": "Rome"}'}
    assert messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Is it warm in Rome?"},
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [{"id": "a1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "a1", "content": '{"degrees": 31}'},
        {"role": "assistant", "content": "It is."},
        {"role": "user", "content": "And tomorrow?"},
    ]


def test_files_in_the_form_of_converse_have_names_that_it_takes_once_each() -> None:
    files = [*attached("a report.v2.pdf", "a report.v2.pdf", "b.png", "c.csv")]

    blocks = converse_messages(asked_about(conversation(attachments=files)))[0]["content"]

    documents = [block["document"] for block in blocks if "document" in block]
    assert [each["name"] for each in documents] == ["a report-v2", "a report-v2 (2)", "c"]
    assert [each["format"] for each in documents] == ["pdf", "pdf", "csv"]
    assert base64.b64decode(documents[0]["source"]["bytes"]) == PDF
    assert blocks[2] == {"image": {"format": "png", "source": {"bytes": base64.b64encode(FILES["b.png"]).decode()}}}
    assert blocks[-1] == {"text": "And tomorrow?"}


def test_files_in_the_form_of_chat_completions() -> None:
    asked = asked_about(conversation(attachments=attached("a report.v2.pdf", "b.png", "c.csv")), OPENAI)

    pdf, image, table, words = chat_messages(asked)[-1]["content"]

    assert pdf["file"] == {
        "filename": "a report.v2.pdf",
        "file_data": f"data:application/pdf;base64,{base64.b64encode(PDF).decode()}",
    }
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    assert table == {"type": "text", "text": "c.csv:\nx,y\n1,2\n"}
    assert words == {"type": "text", "text": "And tomorrow?"}


def test_chat_completions_refuse_what_they_cannot_carry_before_anything_is_sent() -> None:
    asked = asked_about(conversation(attachments=attached("d.docx")), OPENAI)

    with pytest.raises(ModelRefusesRequestError, match="docx"):
        chat_messages(asked)


def test_neighbours_of_one_role_are_one_message_of_converse() -> None:
    turns = [*TURNS[:3], {"role": "user", "content": "Well?"}]

    messages = converse_messages(asked_about(conversation(messages=turns, tools=[TOOL])))

    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert [next(iter(block)) for block in messages[-1]["content"]] == ["toolResult", "text", "text"]


TEXT = st.text(min_size=1, max_size=20).filter(str.strip)
CALLS = st.lists(st.dictionaries(st.text(max_size=5), TEXT, max_size=2), min_size=1, max_size=3)


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Any conversation that a case may hold, ending with the assistant."""
    turns: list[dict[str, Any]] = []
    for exchange in range(draw(st.integers(min_value=0, max_value=4))):
        turns.append({"role": "user", "content": draw(TEXT)})
        if draw(st.booleans()):
            calls = [
                {"id": f"x{exchange}-{number}", "name": "weather", "arguments": arguments}
                for number, arguments in enumerate(draw(CALLS))
            ]
            turns.append({"role": "assistant", "content": draw(st.just("") | TEXT), "tool_calls": calls})
            order = draw(st.permutations(calls))
            turns += [{"role": "tool", "tool_call_id": call["id"], "content": draw(TEXT)} for call in order]
        turns.append({"role": "assistant", "content": draw(TEXT)})
    return turns


@given(turns=conversations())
def test_any_conversation_alternates_on_converse_and_answers_each_call_at_once(turns: list[dict[str, Any]]) -> None:
    case = conversation(messages=turns, tools=[TOOL])

    messages = converse_messages(asked_about(case))

    assert [message["role"] for message in messages] == [
        ("user", "assistant")[place % 2] for place in range(len(messages))
    ]
    for message, following in pairwise(messages):
        calls = {block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block}
        results = {block["toolResult"]["toolUseId"] for block in following["content"] if "toolResult" in block}
        assert calls == results
    texts = [block["text"] for message in messages for block in message["content"] if "text" in block]
    own = [turn["content"] for turn in turns if turn["role"] != "tool" and turn["content"]]
    assert texts == [*own, "And tomorrow?"]
    assert not list(content.complaints(messages, accepted_by(BEDROCK), has_tools=True))


@given(turns=conversations())
def test_any_conversation_has_a_message_for_each_turn_on_chat_completions(turns: list[dict[str, Any]]) -> None:
    messages = chat_messages(asked_about(conversation(messages=turns, tools=[TOOL]), OPENAI))

    assert [message["role"] for message in messages] == ["system", *(turn["role"] for turn in turns), "user"]
    sent = [
        (call["id"], json.loads(call["function"]["arguments"]))
        for message in messages
        for call in message.get("tool_calls", ())
    ]
    own = [(call["id"], call["arguments"]) for turn in turns for call in turn.get("tool_calls", ())]
    assert sent == own
    assert not list(chat_content.complaints(messages, accepted_by(OPENAI)))


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedBedrock]:
    cases = [
        conversation(id="talk", input={"question": "And the day after?"}, messages=TURNS, tools=[TOOL]),
        conversation(
            id="files",
            input={"question": "What do the files say?"},
            reference="Nothing.",
            attachments=attached("b.png"),
        ),
        conversation(
            id="tools",
            input={"question": "How warm is it in Rome today?"},
            reference="31",
            tools=[TOOL],
            tool_results=RESULTS,
            recorded={"old": {"output": "31.", "tool_calls": [{"name": "weather", "arguments": {"city": "Rome"}}]}},
        ),
    ]
    known = Known(
        recordings={"amazon.nova-pro-v1:0": "old"}, simulated=(BEDROCK, OPENAI, "meta.llama3-1-8b-instruct-v1:0")
    )
    with EmbeddedBedrock(cases=cases, models=known, pace=0) as running:
        yield running


def talked(server: EmbeddedBedrock, asked: Question) -> Answer:
    """The whole conversation, round by round."""
    rounds = Rounds(asked.prompt, asked.settings, asked.results, asked.rounds)
    while rounds.take(ask(server, replace(asked, prompt=rounds.prompt, settings=rounds.settings))):
        pass
    return rounds.whole()


def tools_case(**changes: Any) -> Case:
    return conversation(
        id="tools", input={"question": "How warm is it in Rome today?"}, tools=[TOOL], tool_results=RESULTS, **changes
    )


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("model", [BEDROCK, OPENAI, "amazon.nova-pro-v1:0"])
def test_a_tool_is_called_and_its_result_answered_over_the_wire(
    server: EmbeddedBedrock, model: str, *, streams: bool
) -> None:
    answer = talked(server, asked_about(tools_case(), model, streams=streams))

    assert (answer.status, answer.rounds) == (AnswerStatus.ANSWERED, 2)
    assert answer.tool_calls == (ToolCall(name="weather", arguments=answer.tool_calls[0].arguments, round=1),)
    assert json.loads(answer.tool_calls[0].arguments) == {"city": "Rome"}
    assert "31" in answer.text


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("model", [BEDROCK, OPENAI])
def test_earlier_turns_and_files_are_taken_on_both_wires(server: EmbeddedBedrock, model: str) -> None:
    talk = conversation(id="talk", input={"question": "And the day after?"}, messages=TURNS, tools=[TOOL])
    files = conversation(
        id="files",
        input={"question": "What do the files say?"},
        attachments=attached("b.png", "a report.v2.pdf", "c.csv"),
    )

    answers = [ask(server, asked_about(case, model)) for case in (talk, files)]

    assert [answer.status for answer in answers] == [AnswerStatus.ANSWERED] * 2
    assert answers[1].usage is not None
    assert answers[1].usage.input_tokens > 3_000


def broken(change: Mapping[str, Any]) -> Question:
    asked = asked_about(tools_case())
    return replace(asked, prompt=replace(asked.prompt, **change))


USER = Message(role="user", content="How warm is it in Rome today?")
CALL = Message(role="assistant", content="", tool_calls=(ToolCall(id="a", name="weather", arguments="{}"),))
RESULT = Message(role="tool", content="31", call_id="a")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"messages": (USER, CALL, RESULT), "tools": ()}, "toolConfig field must be defined"),
        ({"messages": (USER, CALL, USER)}, "Expected toolResult blocks"),
        ({"messages": (USER, replace(RESULT, call_id="b"))}, "exceeds the number of toolUse"),
    ],
)
def test_the_embedded_bedrock_refuses_what_bedrock_refuses(
    server: EmbeddedBedrock, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelRefusesRequestError, match=said):
        ask(server, broken(change))


@pytest.mark.usefixtures("account")
def test_a_model_that_sees_no_images_refuses_them(server: EmbeddedBedrock) -> None:
    case = conversation(id="files", input={"question": "What do the files say?"}, attachments=attached("b.png"))

    with pytest.raises(ModelRefusesRequestError, match="image"):
        ask(server, asked_about(case, "meta.llama3-1-8b-instruct-v1:0"))


def test_a_record_of_a_batch_holds_its_files() -> None:
    asked = asked_about(conversation(attachments=attached("b.png")))

    record = json.loads(batch_records.record("r", asked))

    assert "image" in record["modelInput"]["messages"][0]["content"][0]


def test_a_recorded_answer_may_be_a_call_of_a_tool() -> None:
    recorded = {"old": {"output": "", "tool_calls": [{"name": "weather", "arguments": {"city": "Rome"}}]}}
    asked = replace(asked_about(tools_case(recorded=recorded)), recording="old")

    answer = asyncio.run(RecordedModels().ask(asked))

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.tool_calls == (ToolCall(name="weather", arguments='{"city": "Rome"}'),)


def thinking(*pieces: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for piece in pieces:
        yield "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": piece}}
    yield "contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "weather"}}}
    yield "contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{}"}}}
    yield "messageStop", {"stopReason": "tool_use"}


@pytest.mark.parametrize(
    ("pieces", "block"),
    [
        (
            ({"text": "I "}, {"text": "think."}, {"signature": "abc"}),
            {"reasoningText": {"text": "I think.", "signature": "abc"}},
        ),
        (({"redactedContent": "eA=="},), {"redactedContent": "eA=="}),
    ],
)
def test_what_a_model_thought_goes_back_with_the_result_of_its_call(
    pieces: tuple[Mapping[str, Any], ...], block: Mapping[str, Any]
) -> None:
    listening = converse.Listening(lambda: 1.0)
    for kind, event in thinking(*pieces):
        listening.hear(kind, event)
    said = listening.said()
    payload = {
        "output": {
            "message": {
                "content": [
                    {"reasoningContent": block},
                    {"toolUse": {"toolUseId": "t", "name": "weather", "input": {}}},
                ]
            }
        },
        "stopReason": "tool_use",
    }
    asked = asked_about(tools_case())
    turn = replace(CALL, thoughts=said.thoughts)

    messages = converse_messages(replace(asked, prompt=replace(asked.prompt, messages=(USER, turn, RESULT))))

    assert said.thoughts == ({"reasoningContent": block},)
    assert converse.read(payload).thoughts == said.thoughts
    assert messages[1]["content"][0] == {"reasoningContent": block}


def test_no_file_is_read_for_a_question_without_any() -> None:
    def nobody(file: AttachedFile) -> bytes:
        raise AssertionError(file)

    assert converse_messages(replace(asked_about(conversation()), read=nobody))
