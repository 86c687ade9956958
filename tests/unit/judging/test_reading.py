import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import AnswerStatus
from brainswap.core.judging.exhibit import AnyJudgedSpec
from brainswap.core.judging.reading import LONGEST, read
from brainswap.core.scoring.specs.judges import FactualityWeights
from tests.fakes.judges import CLOSED_QA, FACTUALITY, HONEST, PAIRWISE, RUBRIC, SPECS, said

each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)


def value_of(spec: AnyJudgedSpec, judgement: Any, *, swapped: bool = False) -> float | None:
    return read(spec, said(json.dumps(judgement)), swapped=swapped).value


def rubric(right: Any, kind: Any) -> dict[str, Any]:
    return {"right": {"reason": "r", "score": right}, "kind": {"reason": "k", "score": kind}}


@pytest.mark.parametrize(
    ("right", "kind", "value"), [(1, 1, 0.0), (5, 5, 1.0), (3, 3, 0.5), (5, 1, 0.75), (1, 5, 0.25), (2, 4, 0.375)]
)
def test_a_rubric_counts_its_criteria_by_weight(right: int, kind: int, value: float) -> None:
    assert value_of(RUBRIC, rubric(right, kind)) == value


@pytest.mark.parametrize(
    ("relation", "value"),
    [("subset", 0.4), ("superset", 0.6), ("same", 1.0), ("contradicts", 0.0), ("differs_without_matter", 1.0)],
)
def test_each_relation_of_facts_has_its_weight(relation: str, value: float) -> None:
    assert value_of(FACTUALITY, {"reason": "r", "relation": relation}) == value


def test_a_workload_may_weigh_relations_otherwise() -> None:
    lenient = FACTUALITY.model_copy(update={"weights": FactualityWeights(superset=1)})

    assert value_of(lenient, {"reason": "r", "relation": "superset"}) == 1.0


@pytest.mark.parametrize(("meets", "value"), [("yes", 1.0), ("no", 0.0)])
def test_a_criterion_is_met_or_not(meets: str, value: float) -> None:
    assert value_of(CLOSED_QA, {"reason": "r", "meets": meets}) == value


@pytest.mark.parametrize(
    ("better", "swapped", "value"),
    [
        ("first", False, 0.0),
        ("second", False, 1.0),
        ("first", True, 1.0),
        ("second", True, 0.0),
        ("equal", False, 0.5),
        ("equal", True, 0.5),
    ],
)
def test_the_better_of_a_pair_is_the_one_that_was_shown_there(better: str, *, swapped: bool, value: float) -> None:
    assert value_of(PAIRWISE, {"reason": "r", "better": better}, swapped=swapped) == value


@each_spec
@pytest.mark.parametrize("around", ["{}", " \n{}\n", "```json\n{}\n```", "Here it is:\n```\n{}\n```\nDone."])
def test_a_judgement_is_read_bare_or_out_of_its_only_fence(spec: AnyJudgedSpec, around: str) -> None:
    text = around.replace("{}", json.dumps(HONEST[spec.type]))

    assert read(spec, said(text)).value is not None


def test_raw_line_breaks_in_a_reason_do_no_harm() -> None:
    assert read(CLOSED_QA, said('{"reason": "one\ntwo", "meets": "yes"}')).value == 1.0


UNREADABLE = [
    "",
    "yes",
    "5",
    "I would give it a 5.",
    "null",
    "[]",
    '["yes"]',
    "{}",
    '{"reason": "r"}',
    '{"meets": "yes"}',
    '{"reason": "", "meets": "yes"}',
    '{"reason": " \\n", "meets": "yes"}',
    '{"reason": 1, "meets": "yes"}',
    '{"reason": "r", "meets": true}',
    '{"reason": "r", "meets": "YES"}',
    '{"reason": "r", "meets": "maybe"}',
    '{"reason": "r", "meets": ["yes"]}',
    '{"reason": "r", "meets": {"yes": 1}}',
    '{"reason": "r", "meets": "yes", "sure": true}',
    '{"reason": "r", "meets": "no", "meets": "yes"}',
    '{"reason": "r", "meets": "yes"} {"reason": "r", "meets": "no"}',
    'The judgement is {"reason": "r", "meets": "yes"}.',
    '```\n{"reason": "r", "meets": "yes"}\n```\n```\n{"reason": "r", "meets": "no"}\n```',
    '{"reason": "r", "meets": "yes"',
    '{"judgement": {"reason": "r", "meets": "yes"}}',
    "[" * 10_000,
    '{"a":' * 10_000,
    f'{{"reason": "{"r" * LONGEST}", "meets": "yes"}}',
    f'{{"reason": "r", "meets": {"9" * 5_000}}}',
]


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_beyond_doubt_is_no_judgement(text: str) -> None:
    found = read(CLOSED_QA, said(text))

    assert found.value is None
    assert found.why.startswith("the judge's answer cannot be read: ")


@pytest.mark.parametrize("score", [0, 6, -1, 3.0, 4.5, "5", True, None, [5], {"score": 5}, 10**30, float("nan")])
def test_a_score_off_the_scale_is_none(score: Any) -> None:
    assert value_of(RUBRIC, rubric(5, score)) is None


def test_a_rubric_that_leaves_a_criterion_out_is_not_read() -> None:
    found = read(RUBRIC, said(json.dumps({"right": {"reason": "r", "score": 5}})))

    assert (found.value, found.why) == (None, "the judge's answer cannot be read: it has no kind")


@each_spec
@pytest.mark.parametrize("status", [status for status in AnswerStatus if status is not AnswerStatus.ANSWERED])
def test_an_answer_that_is_none_is_no_judgement(spec: AnyJudgedSpec, status: AnswerStatus) -> None:
    found = read(spec, said(json.dumps(HONEST[spec.type]), status=status, reason="so it came"))

    assert (found.value, found.why) == (None, f"the judge's answer is {status}: “so it came”")


def test_a_reason_is_quoted_in_short_and_fit_to_print() -> None:
    found = read(CLOSED_QA, said(json.dumps({"reason": "\x1b[2J\ud800<b>" + "x" * 10_000, "meets": "yes"})))

    assert found.why.isprintable()
    assert len(found.why) < 220
    assert found.why.encode()


@given(
    st.text(max_size=100)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["reason", "meets", "right", "score", "better"]), inner)
        ),
    ).map(json.dumps)
)
def test_any_answer_of_a_judge_is_read_or_not(text: str) -> None:
    for spec in SPECS:
        found = read(spec, said(text))

        assert found.value is None or 0 <= found.value <= 1
        assert found.why.encode()
