"""What people are asked, and what their marks come to."""

import pytest

from brainswap.core.judging.templates import RELATIONS
from brainswap.core.labelling.questions import (
    OF_TEXT,
    aspects,
    can_be_labelled,
    levels,
    marks_problem,
    question_sha256,
    score_of,
)
from brainswap.core.scoring.specs import ExactSpec, LatencySpec, ScorerSpec, SetSpec, ToolCallSpec
from brainswap.core.workload import Workload
from tests.fakes.judges import CLOSED_QA, CRITERIA, FACTUALITY, OTHER_JUDGE, PAIRWISE, RUBRIC, SPECS

EXACT = ExactSpec(name="same", type="exact")


@pytest.mark.parametrize(
    ("spec", "marks", "score"),
    [
        (RUBRIC, {"right": "5", "kind": "5"}, 1.0),
        (RUBRIC, {"right": "1", "kind": "5"}, 0.25),
        (RUBRIC, {"right": "4", "kind": "2"}, (3 * 0.75 + 0.25) / 4),
        (FACTUALITY, {"relation": "subset"}, 0.4),
        (FACTUALITY, {"relation": "contradicts"}, 0.0),
        (CLOSED_QA, {"meets": "yes"}, 1.0),
        (CLOSED_QA, {"meets": "no"}, 0.0),
        (CLOSED_QA.model_copy(update={"inverted": True}), {"meets": "no"}, 1.0),
        (PAIRWISE, {"better": "this"}, 1.0),
        (PAIRWISE, {"better": "other"}, 0.0),
        (PAIRWISE, {"better": "equal"}, 0.5),
        (EXACT, {"score": "0.75"}, 0.75),
    ],
)
def test_marks_come_to_the_score_that_a_judge_would_have_given(
    spec: ScorerSpec, marks: dict[str, str], score: float
) -> None:
    assert score_of(spec, marks) == pytest.approx(score)
    assert marks_problem(spec, marks) is None


def test_marks_on_another_question_come_to_nothing_and_are_no_mistake() -> None:
    assert score_of(RUBRIC, {"right": "5"}) is None
    assert marks_problem(RUBRIC, {"right": "5"}) is None


def test_a_mark_that_is_not_offered_is_a_mistake() -> None:
    problem = marks_problem(RUBRIC, {"right": "6", "kind": "1"})

    assert problem is not None
    assert "`5`" in problem
    assert score_of(RUBRIC, {"right": "6", "kind": "1"}) is None


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)
def test_every_judged_scorer_can_be_labelled_and_every_mark_is_in_range(spec: ScorerSpec) -> None:
    assert can_be_labelled(spec)
    assert all(0 <= mark.value <= 1 for aspect in aspects(spec) for mark in aspect.marks)
    assert [value for _, value in levels(spec)] == sorted({value for _, value in levels(spec)})


@pytest.mark.parametrize(
    "spec",
    [
        SetSpec(name="all", type="set", members={"same": 1}),
        LatencySpec(name="fast", type="latency", at_most_ms=1),
        ToolCallSpec(name="calls", type="tool_call"),
    ],
    ids=lambda spec: spec.type,
)
def test_what_is_no_matter_of_the_text_cannot_be_labelled(spec: ScorerSpec) -> None:
    assert not can_be_labelled(spec)


def test_of_every_type_of_scorer_it_is_known_whether_people_can_label_by_it() -> None:
    types = set(Workload.model_json_schema()["properties"]["scorers"]["items"]["discriminator"]["mapping"])

    assert types - OF_TEXT == {
        *("set", "latency", "cost", "length", "finish", "refusal", "tool_call", "pii", "guardrail", "toxicity"),
    }
    assert types >= OF_TEXT


def test_people_are_told_what_the_judge_is_told() -> None:
    right, _ = aspects(RUBRIC)

    assert right.wording == "Is the answer right?"
    assert [mark.means for mark in right.marks] == ["all wrong", "", "", "", "all right"]
    assert [mark.name for mark in aspects(FACTUALITY)[0].marks] == list(RELATIONS)


def test_levels_of_a_pair_say_what_they_mean_for_the_target() -> None:
    assert levels(PAIRWISE) == [("worse", 0.0), ("as good", 0.5), ("better", 1.0)]
    assert levels(FACTUALITY)[-1] == ("same or differs_without_matter", 1.0)


def test_another_judge_or_other_weights_ask_the_same_question() -> None:
    reweighted = RUBRIC.model_copy(
        update={
            "judge": OTHER_JUDGE,
            "name": "x",
            "criteria": [CRITERIA[0].model_copy(update={"weight": 1}), CRITERIA[1]],
        }
    )

    assert question_sha256(reweighted) == question_sha256(RUBRIC)


def test_another_wording_or_anchor_is_another_question() -> None:
    asked: list[ScorerSpec] = [
        RUBRIC,
        RUBRIC.model_copy(update={"criteria": CRITERIA[:1]}),
        RUBRIC.model_copy(update={"criteria": [CRITERIA[0].model_copy(update={"anchors": {}}), CRITERIA[1]]}),
        CLOSED_QA,
        CLOSED_QA.model_copy(update={"criterion": "It is rude."}),
    ]

    assert len({question_sha256(spec) for spec in asked}) == len(asked)
