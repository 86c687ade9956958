import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.judging.docket import docket
from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit
from brainswap.core.judging.judgement import Judgement, asks, judgement
from brainswap.core.scoring.scorers import compiled, reference_problem, spec_problem
from brainswap.core.scoring.specs import Extract
from brainswap.core.scoring.specs.judges import Criterion
from brainswap.core.scoring.subject import Subject
from tests.fakes.judges import CLOSED_QA, FACTUALITY, JUDGE, OTHER_JUDGE, PAIRWISE, RUBRIC, SPECS, said

PANEL = CLOSED_QA.model_copy(update={"judge": (JUDGE, OTHER_JUDGE)})
ANSWER = Subject(text="Three.", reference=2, input={"question": "1 + 1?"})
SOURCE = Subject(text="Two.", reference=2, input={"question": "1 + 1?"})


def judged(spec: AnyJudgedSpec, said_in_turn: Sequence[Mapping[str, Any] | str]) -> Judgement:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in said_in_turn]
    return judgement(spec, {ask: said(text) for ask, text in zip(asks(spec), texts, strict=True)})


def meets(word: str) -> dict[str, str]:
    return {"reason": f"I say {word}", "meets": word}


def better(word: str) -> dict[str, str]:
    return {"reason": f"I say {word}", "better": word}


def test_a_pair_takes_two_calls_of_each_judge_and_repeat_and_the_others_one() -> None:
    twice = {"judge": (JUDGE, OTHER_JUDGE), "repeats": 2}

    assert [len(asks(spec)) for spec in SPECS] == [1, 1, 1, 2]
    assert [len(asks(spec.model_copy(update=twice))) for spec in SPECS] == [4, 4, 4, 8]


@pytest.mark.parametrize(
    ("straight", "turned", "value", "flips"),
    [
        ("second", "first", 1.0, 0),
        ("first", "second", 0.0, 0),
        ("equal", "equal", 0.5, 0),
        ("first", "first", 0.5, 1),
        ("second", "second", 0.5, 1),
        ("equal", "first", 0.5, 1),
        ("first", "equal", 0.5, 1),
    ],
)
def test_a_pair_is_won_in_both_orders_or_not_at_all(straight: str, turned: str, value: float, flips: int) -> None:
    found = judged(PAIRWISE, [better(straight), better(turned)])

    assert (found.score.value, found.flips, found.unread) == (value, flips, 0)
    assert ("the two orders disagree" in found.score.reason) == bool(flips)


@pytest.mark.parametrize(("said_in_turn", "unread"), [([better("second"), "?"], 1), (["?", "?"], 2)])
def test_a_pair_of_which_one_order_cannot_be_read_is_unscored_and_not_equal(
    said_in_turn: list[Any], unread: int
) -> None:
    found = judged(PAIRWISE, said_in_turn)

    assert (found.score.value, found.flips, found.unread) == (None, 0, unread)
    assert "no judgement" in found.score.reason
    assert "cannot be read" in found.score.reason


def test_a_panel_gives_its_mean_and_how_far_it_agrees() -> None:
    split, united = judged(PANEL, [meets("yes"), meets("no")]), judged(PANEL, [meets("yes"), meets("yes")])

    assert (split.score.value, split.agreement) == (0.5, 0.0)
    assert (united.score.value, united.agreement) == (1.0, 1.0)
    assert split.score.reason == (
        f"agreement 0.00: 2 of 2 judges: {JUDGE.model} 1.00, yes, “I say yes”; {OTHER_JUDGE.model} 0.00, no, “I say no”"
    )


def test_a_judge_that_cannot_be_read_is_left_out_of_the_mean_and_counted() -> None:
    found = judged(PANEL, [meets("yes"), "I would rather not"])

    assert (found.score.value, found.unread, found.agreement) == (1.0, 1, None)
    assert found.score.reason.startswith(f"1 of 2 judges: {JUDGE.model} 1.00, ")
    assert f"{OTHER_JUDGE.model} no judgement, the judge's answer cannot be read" in found.score.reason


def test_a_panel_of_which_nobody_can_be_read_gives_no_score() -> None:
    found = judged(PANEL, ["?", ""])

    assert (found.score.value, found.unread) == (None, 2)
    assert found.score.reason.startswith("0 of 2 judges: ")


def test_the_repeats_of_a_judge_count_as_one_judge() -> None:
    spec = PANEL.model_copy(update={"repeats": 2})

    found = judged(spec, [meets("yes"), "?", meets("no"), meets("no")])

    assert found.score.value == 0.5  # and not one in three
    assert found.unread == 1
    assert found.agreement == pytest.approx(1 / 3)


def test_repeats_that_disagree_say_so() -> None:
    spec = CLOSED_QA.model_copy(update={"repeats": 3})

    found = judged(spec, [meets("yes"), meets("no"), meets("yes")])

    assert found.score.value == pytest.approx(2 / 3)
    assert found.score.reason == (f"agreement 0.33: {JUDGE.model} 0.67 in 3 judgements, yes, “I say yes”")


# What is judged at all


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)
def test_before_a_judge_has_spoken_there_is_no_score(spec: AnyJudgedSpec) -> None:
    found = compiled(spec)(ANSWER)

    assert (found.value, found.reason) == (None, "not judged yet")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)
@pytest.mark.parametrize("status", [status for status in AnswerStatus if status is not AnswerStatus.ANSWERED])
def test_an_answer_that_is_none_is_shown_to_no_judge(spec: AnyJudgedSpec, status: AnswerStatus) -> None:
    subject = Subject(text="", reference=2, status=status, because="cut off")

    assert docket(spec)(subject, SOURCE) == compiled(spec)(subject)
    assert compiled(spec)(subject).value == (None if status is AnswerStatus.UNASKED else 0.0)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)
def test_an_answer_is_shown_with_its_input_and_what_is_expected(spec: AnyJudgedSpec) -> None:
    found = docket(spec)(ANSWER, SOURCE)

    other = "Two." if spec.type == "pairwise" else None
    assert found == Exhibit(input="1 + 1?", answer="Three.", reference="2", other=other)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)
@pytest.mark.parametrize("reference", [None, "", " \n"])
def test_a_case_without_the_reference_that_a_judge_is_to_see_is_unusable(spec: AnyJudgedSpec, reference: Any) -> None:
    subject = Subject(text="Three.", reference=reference)

    assert reference_problem(spec, reference) == "the reference is missing"
    assert docket(spec)(subject, SOURCE) == compiled(spec)(subject)
    assert compiled(spec)(subject).reason == "the reference is missing"


def test_a_judge_that_sees_no_reference_needs_none() -> None:
    blind = CLOSED_QA.model_copy(update={"show_reference": False})

    assert reference_problem(blind, None) is None


def test_only_the_part_that_is_to_be_judged_is_shown() -> None:
    spec = PAIRWISE.model_copy(update={"extract": Extract(tag="a")})
    assert spec_problem(spec) is None
    assert compiled(spec)(Subject(text="<a>Three</a>", reference="2")).reason == "not judged yet"
    assert compiled(spec)(Subject(text="Three", reference="2")).value == 0.0
    look = docket(spec)
    tagged, bare = (Subject(text=text, reference="2") for text in ("<a>Three</a> or so", "Two."))

    assert look(tagged, Subject(text="hm <a>Two</a>")) == Exhibit(input="", answer="Three", reference="2", other="Two")
    nothing, alone = look(bare, tagged), look(tagged, bare)
    assert not isinstance(nothing, Exhibit)
    assert not isinstance(alone, Exhibit)
    assert (nothing.value, alone.value) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("source", "value", "reason"),
    [
        (None, 0.5, "the source's own answer"),
        (Subject(text=" Three. "), 0.5, "the source says the same"),
        (Subject(text="", status=AnswerStatus.REFUSED), 1.0, "the source's answer is refused"),
        (Subject(text="", status=AnswerStatus.UNASKED), None, "the source was not asked"),
    ],
)
def test_some_comparisons_need_no_judge(source: Subject | None, value: float | None, reason: str) -> None:
    found = docket(PAIRWISE)(ANSWER, source)

    assert not isinstance(found, Exhibit)
    assert (found.value, found.reason) == (value, reason)


def test_an_inverted_comparison_turns_what_needs_no_judge_as_well() -> None:
    found = docket(PAIRWISE.model_copy(update={"inverted": True}))(ANSWER, Subject(text="", status=AnswerStatus.EMPTY))

    assert not isinstance(found, Exhibit)
    assert found.value == 0.0


# What can never work


def test_a_panel_names_each_judge_once() -> None:
    for spec in SPECS:
        problem = spec_problem(spec.model_copy(update={"judge": (JUDGE, JUDGE)}))

        assert problem == "judge: the same judge is named twice; `repeats` asks one several times"


def test_criteria_have_names_of_their_own() -> None:
    twice = (Criterion(name="right", question="Is it?"), Criterion(name="right", question="Is it really?"))

    assert spec_problem(RUBRIC.model_copy(update={"criteria": twice})) == "criteria: two are called 'right'"
    assert [spec_problem(spec) for spec in (RUBRIC, FACTUALITY, CLOSED_QA, PAIRWISE)] == [None] * 4
