import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters.batch_records import outcome, record
from brainswap.core.answers import AnswerStatus, Origin, ToolCall, Usage
from brainswap.ports import Question
from tests.fakes.asking import CITY, question
from tests.fakes.batches import converse_output

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def asked(record_id: str) -> Question | None:
    return question() if record_id == "a" else None


def said(line: Any) -> Any:
    return outcome(json.dumps(line).encode(), asked)


def test_a_record_is_a_request_without_a_model_and_without_what_a_job_does_not_know() -> None:
    line = record("000001-00002", question(service_tier="flex", optimised_latency=True))

    written = json.loads(line)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert written["recordId"] == "000001-00002"
    assert set(written["modelInput"]) == {"messages", "system", "inferenceConfig"}


def test_an_answer_has_its_tokens_and_no_latency() -> None:
    found = said({"recordId": "a", "modelOutput": converse_output("Vienna")})

    assert (found.record, found.answer.text, found.answer.status) == ("a", "Vienna", AnswerStatus.ANSWERED)
    assert found.answer.usage == Usage(input_tokens=10, output_tokens=2)
    assert (found.answer.latency_ms, found.answer.first_token_ms, found.answer.server_latency_ms) == (None, None, None)
    assert found.answer.sent_at is None
    assert found.answer.origin is Origin.LIVE


def test_an_answer_in_the_form_of_a_tool_is_read_as_when_it_is_live() -> None:
    content = [{"toolUse": {"toolUseId": "t", "name": "city", "input": {"city": "Vienna"}}}]
    output = converse_output("")
    output["output"]["message"]["content"] = content

    found = outcome(
        json.dumps({"recordId": "a", "modelOutput": output}).encode(), lambda _: question(output=CITY, form="tool")
    )

    assert found is not None
    assert found.answer is not None
    assert found.answer.text == '{"city":"Vienna"}'
    assert found.answer.tool_calls == tuple[ToolCall, ...]()


def test_a_simulators_answer_says_what_it_is() -> None:
    marks = {"origin": "simulated", "estimated": ["tokens", "latency"]}

    found = said({"recordId": "a", "modelOutput": converse_output("Vienna"), "brainswap": marks})

    assert found.answer.origin is Origin.SIMULATED
    assert found.answer.usage.estimated


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"errorCode": 429, "errorMessage": "slow\ndown"}, "429 slow down"),
        ({}, "an error without a message"),
        (None, "neither an answer nor an error"),
        ("no", "neither an answer nor an error"),
    ],
)
def test_a_record_without_an_answer_has_a_reason(error: Any, reason: str) -> None:
    found = said({"recordId": "a", "error": error})

    assert (found.answer, found.reason) == (None, reason)


@given(line=st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_a_line_of_anything_is_of_no_record(line: bytes) -> None:
    assert outcome(line, asked) is None


@given(output=ANYTHING, marks=ANYTHING)
def test_an_output_of_anything_is_an_outcome_of_its_record(output: Any, marks: Any) -> None:
    found = said({"recordId": "a", "modelOutput": output, "brainswap": marks})

    assert found.record == "a"
    assert found.answer is None
    assert found.reason


@given(marks=ANYTHING)
def test_marks_of_anything_never_break_an_answer(marks: Any) -> None:
    found = said({"recordId": "a", "modelOutput": converse_output("Vienna"), "brainswap": marks})

    assert found.answer.text == "Vienna"


@given(marks=st.dictionaries(st.sampled_from(["origin", "estimated"]), ANYTHING))
def test_marks_with_any_values_never_break_an_answer(marks: Any) -> None:
    assert said({"recordId": "a", "modelOutput": converse_output("Vienna"), "brainswap": marks}).answer is not None
