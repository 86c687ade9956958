"""What people are shown of an answer."""

from typing import Any

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.labelling.items import Showing, Shown
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import ExactSpec, ScorerSpec
from brainswap.core.scoring.specs.base import Extract
from tests.fakes.judges import CLOSED_QA, PAIRWISE

CASE = Case(id="c", input={"question": "Is 2 even?"}, reference="yes")


def answer(text: str, **changes: Any) -> Answer:
    fields = {"case_id": "c", "text": text, "status": AnswerStatus.ANSWERED, "origin": Origin.LIVE, **changes}
    return Answer(**fields)


def seen(spec: ScorerSpec, case: Case = CASE, **answers: Answer) -> dict[str, Score | Shown]:
    return dict(Showing(spec).of_case(case, answers, "source"))


def sha256(found: Score | Shown) -> str:
    assert isinstance(found, Shown)
    return found.sha256


def test_people_are_shown_what_the_judge_is_shown() -> None:
    tagged = CLOSED_QA.model_copy(update={"extract": Extract(tag="a")})

    found = seen(tagged, source=answer("<a>Yes.</a>, I think"))["source"]

    assert isinstance(found, Shown)
    assert (found.exhibit.input, found.exhibit.answer, found.exhibit.reference) == ("Is 2 even?", "Yes.", "yes")


def test_the_same_texts_are_the_same_whoever_said_them_and_wherever() -> None:
    elsewhere = CASE.model_copy(update={"id": "d", "segment": "s"})

    here = seen(CLOSED_QA, source=answer("Yes."), target=answer("Yes."))
    there = seen(CLOSED_QA, elsewhere, source=answer("No."), target=answer("Yes.", repeat=3))

    assert sha256(here["source"]) == sha256(here["target"]) == sha256(there["target"])
    assert sha256(there["source"]) != sha256(there["target"])


def test_another_request_or_reference_is_something_else() -> None:
    others = [
        CASE,
        CASE.model_copy(update={"input": {"question": "Is 3 even?"}}),
        CASE.model_copy(update={"reference": "no"}),
    ]

    assert len({sha256(seen(CLOSED_QA, case, source=answer("Yes."))["source"]) for case in others}) == 3


def test_a_pair_is_shown_with_the_sources_answer_and_the_source_with_nothing() -> None:
    found = seen(PAIRWISE, source=answer("Yes."), target=answer("No."))

    assert isinstance(found["source"], Score)
    assert found["source"].value == 0.5
    assert isinstance(found["target"], Shown)
    assert (found["target"].exhibit.answer, found["target"].exhibit.other) == ("No.", "Yes.")


def test_an_answer_that_is_none_is_not_shown() -> None:
    found = seen(CLOSED_QA, source=answer("", status=AnswerStatus.REFUSED), target=answer("Yes."))

    assert isinstance(found["source"], Score)
    assert found["source"].value == 0.0
    assert isinstance(found["target"], Shown)


def test_of_a_scorer_that_is_no_judge_people_see_the_whole_answer_beside_the_reference() -> None:
    exact = ExactSpec(name="same", type="exact", extract=Extract(tag="a"))

    found = seen(exact, source=answer("so: <a>yes</a>"), target=answer("x", status=AnswerStatus.EMPTY))

    assert isinstance(found["source"], Shown)
    assert (found["source"].exhibit.answer, found["source"].exhibit.reference) == ("so: <a>yes</a>", "yes")
    assert isinstance(found["target"], Score)


def test_a_case_that_an_optional_scorer_passes_over_is_not_shown() -> None:
    optional = CLOSED_QA.model_copy(update={"optional": True})

    found = seen(optional, CASE.model_copy(update={"reference": None}), source=answer("Yes."))["source"]

    assert isinstance(found, Score)
    assert not found.applies
