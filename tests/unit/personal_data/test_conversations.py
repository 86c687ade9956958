"""Personal data in turns, passages and results of tools: found, counted, redacted alike, and nothing else touched."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.cases import Case
from brainswap.core.conversations import AssistantTurn
from brainswap.core.personal_data.finding import find
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.personal_data.redaction import found_in, redact
from tests.fakes.conversations import TOOL

KEY = b"k" * 32
MAIL = "jane.doe@mail.org"
HOLDING = {
    "messages": [
        {"role": "user", "content": f"Mail {MAIL}.", "attachments": [{"file": "jane.doe@mail.org.pdf", "name": MAIL}]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "4111111111111111", "name": "send", "arguments": {"to": MAIL, MAIL: 1}}],
        },
        {"role": "tool", "tool_call_id": "4111111111111111", "content": {"sent": [MAIL]}},
    ],
    "tool_results": [{"name": "send", "arguments": {"to": MAIL}, "result": f"to {MAIL}"}],
    "context": ["Nothing.", {"title": MAIL, "text": f"{MAIL} writes."}],
    "attachments": [{"file": "a.pdf", "name": f"{MAIL} report.pdf"}],
    "tools": [TOOL],
}


def case_of(**fields: Any) -> Case:
    return Case.model_validate({"id": "case-1", "input": {"question": "Who?"}, **fields})


def test_a_value_has_one_token_wherever_it_stands_in_a_conversation() -> None:
    redacted = redact(case_of(**HOLDING, reference=MAIL), KEY, {"question"})

    made = redacted.case.model_dump(mode="json", exclude_defaults=True)
    turn = redacted.case.messages[1]
    assert isinstance(turn, AssistantTurn)
    assert turn.tool_calls[0].arguments == {"to": "[E-MAIL-A]", "[E-MAIL-A]": 1}
    assert made["messages"][2]["content"] == {"sent": ["[E-MAIL-A]"]}
    assert made["tool_results"][0] == {"name": "send", "arguments": {"to": "[E-MAIL-A]"}, "result": "to [E-MAIL-A]"}
    assert made["context"][1] == {"title": "[E-MAIL-A]", "text": "[E-MAIL-A] writes."}
    assert made["attachments"] == [{"file": "a.pdf", "name": "[E-MAIL-A] report.pdf"}]
    assert made["reference"] == "[E-MAIL-A]"
    assert redacted.found == {Kind.EMAIL: 10}
    assert redacted.redacted == {Kind.EMAIL: 11}


def test_names_by_which_things_are_found_stay() -> None:
    made = redact(case_of(**HOLDING), KEY, {"question"}).case.model_dump(mode="json", exclude_defaults=True)

    assert made["messages"][0]["attachments"][0] == {"file": "jane.doe@mail.org.pdf", "name": "[E-MAIL-A]"}
    assert made["messages"][1]["tool_calls"][0]["id"] == made["messages"][2]["tool_call_id"] == "4111111111111111"
    assert made["tools"] == [TOOL]


def test_what_a_model_would_be_sent_is_counted() -> None:
    assert found_in(case_of(**HOLDING)) == {Kind.EMAIL: 10}
    assert not found_in(case_of(reference=MAIL))


def test_the_recorded_answers_of_steps_are_redacted() -> None:
    recorded = {"old": {"output": "", "steps": {"draft": {"output": f"I wrote to {MAIL}.", "stop_reason": MAIL}}}}

    made = redact(case_of(recorded=recorded), KEY, {"question"}).case

    step = made.recorded["old"].steps["draft"]
    assert (step.output, step.stop_reason) == ("I wrote to [E-MAIL-A].", "[E-MAIL-A]")


def test_a_recorded_call_is_redacted() -> None:
    recorded = {"old": {"output": "", "tool_calls": [{"name": "send", "arguments": {"to": MAIL}}]}}

    made = redact(case_of(recorded=recorded), KEY, {"question"}).case

    assert made.recorded["old"].tool_calls[0].arguments == {"to": "[E-MAIL-A]"}


TEXTS = st.lists(
    st.sampled_from([MAIL, "4111 1111 1111 1111", "+49 30 1234567", " ", "@", "1", "[CARD-A]", "text"]),
    min_size=1,
    max_size=6,
).map("".join)


@given(said=TEXTS, returned=st.dictionaries(TEXTS, TEXTS, max_size=2), passage=TEXTS)
def test_nothing_is_found_after_redacting_and_twice_is_the_same_as_once(
    said: str, returned: dict[str, str], passage: str
) -> None:
    turns = [{"role": "user", "content": said}, {"role": "assistant", "content": said}]
    results = [{"name": "t", "arguments": returned, "result": returned}]
    case = case_of(messages=turns, tool_results=results, context=[passage])

    once = redact(case, KEY, {"question"}).case

    assert not found_in(once)
    assert redact(once, KEY, {"question"}).case == once
    assert not find(json.dumps(once.model_dump(mode="json")["messages"], ensure_ascii=False))
