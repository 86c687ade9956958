"""A customer's function: what it is sent, how much at a time, and what it may say."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from brainswap.core.answers import ToolCall
from brainswap.core.calling import functions
from brainswap.core.calling.function_messages import MisshapenAnswerError, asked_ids, message_schemas, read_scores
from brainswap.core.calling.scorers import plan_calls
from brainswap.core.cases import Case
from brainswap.core.scoring.scorers import spec_problem
from brainswap.core.scoring.specs import FunctionSpec
from tests.fakes.calling import OURS, answer, asked, failed, scored
from tests.fakes.functions import DRAFT, FUNCTION

SCHEMAS = {name: Draft202012Validator(schema) for name, schema in message_schemas().items()}


def several(count: int, repeats: int = 1) -> list[tuple[Case, Any]]:
    return [
        asked(f"answer {number}", case_id=f"case-{number}", repeat=repeat)
        for number in range(count)
        for repeat in range(repeats)
    ]


def test_a_function_sees_the_whole_case_and_not_who_answered() -> None:
    case = Case(id="c", input={"q": "?"}, reference={"r": [1]}, segment="s", meta={"m": 1})
    said = answer("yes", "c", tool_calls=(ToolCall(name="t", arguments="{}"),), stop_reason="end_turn")

    (call,) = plan_calls(OURS, [(case, said)]).calls

    assert call.model == f"lambda:{FUNCTION}"
    assert call.fields == {"timeout_s": 60}
    assert json.loads(call.text) == {
        "schema": "brainswap.score-request/1",
        "scorer": "ours",
        "cases": [
            {
                "id": "c",
                "input": {"q": "?"},
                "reference": {"r": [1]},
                "answer": "yes",
                "tool_calls": [{"name": "t", "arguments": "{}"}],
                "stop_reason": "end_turn",
                "segment": "s",
                "meta": {"m": 1},
            }
        ],
    }
    SCHEMAS["score-request.schema.json"].validate(json.loads(call.text))


def test_a_batch_holds_so_many_cases_each_once() -> None:
    plan = plan_calls(OURS, several(4, repeats=2))

    assert [asked_ids(call.text) for call in plan.calls] == [
        ["case-0", "case-1", "case-2"],
        ["case-3"],
        ["case-0", "case-1", "case-2"],
        ["case-3"],
    ]


def test_scores_come_back_to_their_answers_in_whatever_order_they_are_given() -> None:
    plan = plan_calls(OURS, several(4, repeats=2))

    scores = plan.scores(
        [
            scored(
                {"id": "case-2", "score": 0.2, "reason": "so"},
                {"id": "case-0", "score": 0},
                {"id": "case-1", "score": 1},
            ),
            scored({"id": "case-3", "score": None, "reason": "who knows"}),
            scored(*({"id": f"case-{number}", "score": 0.5} for number in range(3))),
            scored(),
        ]
    )

    assert [score.value for score in scores] == [0.0, 0.5, 1.0, 0.5, 0.2, 0.5, None, None]
    assert scores[4].reason == "so"
    assert scores[6].reason == "who knows"
    assert scores[7].reason == "the function says nothing of this case"


def test_a_call_that_failed_leaves_all_of_its_answers_unscored_and_the_others_alone() -> None:
    plan = plan_calls(OURS, several(4))

    scores = plan.scores([failed("it raised KeyError"), scored({"id": "case-3", "score": 1.0})])

    assert [score.value for score in scores] == [None, None, None, 1.0]
    assert {score.reason for score in scores[:3]} == {"it raised KeyError"}


def test_an_inverted_function_is_turned_round() -> None:
    spec = OURS.model_copy(update={"inverted": True})

    (score,) = plan_calls(spec, [asked("x")]).scores([scored({"id": "a", "score": 0.25})])

    assert score.value == 0.75


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "does not fit brainswap.score-answer/1 at (root)"),
        ("null", "(root)"),
        ('{"scores": []}', "at schema"),
        ('{"schema": "brainswap.score-answer/2", "scores": []}', "at schema"),
        ('{"schema": "brainswap.score-answer/1", "scores": [], "more": 1}', "at more"),
        ('{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": 1.01}]}', "at scores.0.score"),
        ('{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": NaN}]}', "at scores.0.score"),
        ('{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": true}]}', "at scores.0.score"),
        ('{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": "1"}]}', "at scores.0.score"),
        ('{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": null}]}', "at scores.0"),
        (
            '{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": null, "reason": " "}]}',
            "at scores.0",
        ),
        ('{"schema": "brainswap.score-answer/1", "scores": [{"id": "b", "score": 1}]}', "not asked about: b"),
        (
            '{"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": 1}, {"id": "a", "score": 1}]}',
            "a case twice: a",
        ),
    ],
)
def test_an_answer_of_another_form_is_none_and_never_a_score(said: str, words: str) -> None:
    with pytest.raises(MisshapenAnswerError) as caught:
        read_scores(said, ["a"])
    (score,) = plan_calls(OURS, [asked("x")]).scores([answer(said)])

    assert words in str(caught.value)
    assert score.value is None
    assert words in score.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["schema", "scores", "id"]), inner),
    max_leaves=6,
)


@given(JSON.map(json.dumps) | st.text() | st.binary().map(repr))
def test_whatever_a_function_says_gives_a_score_or_a_reason(said: str) -> None:
    (score,) = plan_calls(OURS, [asked("x")]).scores([answer(said)])

    assert score.value is None or 0 <= score.value <= 1
    assert score.reason


def test_the_published_schema_holds_what_is_read() -> None:
    schema = SCHEMAS["score-answer.schema.json"]
    good = {"schema": "brainswap.score-answer/1", "scores": [{"id": "a", "score": 0.5}]}

    assert schema.is_valid(good)
    assert not schema.is_valid({**good, "more": 1})
    assert not schema.is_valid({"scores": []})
    assert not schema.is_valid({**good, "scores": [{"id": "a", "score": 2}]})
    assert not schema.is_valid({**good, "scores": [{"id": "a"}]})


@settings(max_examples=60)
@given(lengths=st.lists(st.integers(0, 1200), min_size=1, max_size=12), batch=st.integers(1, 5))
def test_no_request_is_larger_than_a_call_takes_and_none_is_lost_that_fits(lengths: list[int], batch: int) -> None:
    answers = [asked("\u00e9" * length, case_id=f"case-{number}") for number, length in enumerate(lengths)]
    spec = OURS.model_copy(update={"batch": batch})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions, "MOST_BYTES", 5_000)
        plan = plan_calls(spec, answers)
        scores = plan.scores(
            [scored(*({"id": name, "score": 1.0} for name in asked_ids(call.text))) for call in plan.calls]
        )

    assert all(len(call.text.encode()) <= 5_000 for call in plan.calls)
    assert all(1 <= len(asked_ids(call.text)) <= batch for call in plan.calls)
    for length, score in zip(lengths, scores, strict=True):
        fits = 6 * length + functions.ENVELOPE + 200 <= 5_000  # a character beyond ASCII takes six bytes of JSON
        assert score.value == 1.0 or not fits
        assert score.value is not None or "longer than" in score.reason


@pytest.mark.parametrize(
    ("arn", "pinned"), [(FUNCTION, True), (DRAFT, False), (f"{DRAFT}:$LATEST", False), (f"{DRAFT}:live-2", False)]
)
def test_only_a_numbered_version_is_the_same_tomorrow(arn: str, *, pinned: bool) -> None:
    spec = FunctionSpec(name="f", type="lambda", function=arn)

    assert spec.pinned is pinned
    assert spec_problem(spec) is None


@pytest.mark.parametrize(
    "arn",
    [
        "score",
        "arn:aws:lambda:eu-west-1:123456789012:function:*",
        "arn:aws:lambda:eu-west-1:1234:function:score",
        "arn:aws:lambda:eu-west-1:123456789012:layer:score:7",
        f"{FUNCTION}\n",
        f"{FUNCTION}/../other",
    ],
)
def test_what_is_no_arn_of_a_function_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="function"):
        FunctionSpec(name="f", type="lambda", function=arn)
