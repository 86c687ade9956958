"""What people and judges are told of a conversation, and what scorers see of it."""

from dataclasses import replace
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus, Origin, ToolCall, Usage
from brainswap.core.judging.exhibit import Exhibit, compile_exhibit
from brainswap.core.prompts.telling import told
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import PiiSpec, RubricSpec
from brainswap.core.scoring.subject import subject_of
from brainswap.report.rows import Row
from tests.fakes.conversations import TURNS, conversation
from tests.fakes.samples import sample

TALK: dict[str, Any] = {
    "messages": [{**TURNS[0], "attachments": [{"file": "a.png"}]}, *TURNS[1:]],
    "context": ["It is hot."],
    "tool_results": [
        {"name": "weather", "arguments": {"city": "Oslo"}, "result": "cold"},
        {"name": "weather", "result": {"degrees": 1}},
    ],
    "attachments": [{"file": "docs/b.pdf", "name": "b.pdf", "size": 1200}],
}
ANSWER = Answer(
    case_id="c",
    text="Yes.",
    status=AnswerStatus.ANSWERED,
    origin=Origin.LIVE,
    tool_calls=(ToolCall(name="weather", arguments='{"city": "Oslo"}'),),
    rounds=2,
    usage=Usage(input_tokens=1, output_tokens=1),
)
SAMPLE = sample(case_id="c")


def test_a_conversation_is_told_in_short() -> None:
    assert told(conversation(**TALK)) == {
        "context": "[1]\nIt is hot.",
        "conversation": "user attaches a.png\n"
        "user: Is it warm in Rome?\n"
        "assistant: Let me see.\n"
        'assistant calls weather({"city": "Rome"})\n'
        'tool: {"degrees": 31}\n'
        "assistant: It is.",
        "tool_results": 'weather({"city": "Oslo"}): cold\nweather(…): {"degrees": 1}',
        "files": "b.pdf (1,200 bytes)",
    }


def test_of_a_case_that_is_nothing_but_an_input_nothing_is_told() -> None:
    assert told(conversation()) == {}


def test_a_judge_is_shown_the_conversation_and_a_plain_case_as_before() -> None:
    spec = RubricSpec.model_validate(
        {"name": "good", "type": "rubric", "judge": {"model": "m.one"}, "criteria": [{"name": "a", "description": "b"}]}
    )
    look = compile_exhibit(spec)

    talk = look(subject_of(conversation(**TALK), ANSWER, None), None)
    plain = look(subject_of(conversation(), ANSWER, None), None)

    assert isinstance(talk, Exhibit)
    assert isinstance(plain, Exhibit)
    assert plain.input == "And tomorrow?"
    assert talk.input.startswith("question:\nAnd tomorrow?\n\ncontext:\n[1]\nIt is hot.\n\nconversation:\n")


def test_personal_data_that_the_conversation_holds_is_not_the_models_own() -> None:
    scored = compiled(PiiSpec(name="private", type="pii"))
    answer = replace(ANSWER, text="Write to jane.doe@mail.org.")
    known = conversation(messages=[{"role": "user", "content": "I am jane.doe@mail.org."}, TURNS[3]])

    assert scored(subject_of(known, answer, None)).value == 1.0
    assert scored(subject_of(conversation(), answer, None)).value == 0.0


def test_a_row_shows_calls_with_their_rounds_and_what_the_case_holds() -> None:
    row = Row(case=conversation(**TALK), answers={"source": [(ANSWER, SAMPLE)]})

    document, view = row.document(), row.view()

    (answer,) = document["contenders"]["source"]
    assert answer["tool_calls"] == [{"round": 1, "name": "weather", "arguments": '{"city": "Oslo"}'}]
    assert answer["rounds"] == 2
    assert document["files"] == "b.pdf (1,200 bytes)"
    assert "conversation: user attaches a.png" in view.input
    assert view.answers[0].text == '[calls weather({"city": "Oslo"})]\nYes.'


def test_a_row_of_a_plain_case_has_no_new_keys() -> None:
    answer = replace(ANSWER, tool_calls=(), rounds=1)

    document = Row(case=conversation(), answers={"source": [(answer, SAMPLE)]}).document()

    assert set(document) == {"id", "segment", "critical", "input", "reference", "contenders"}
    assert not {"rounds", "tool_calls"} & set(document["contenders"]["source"][0])
