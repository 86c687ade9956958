import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.scoring.scorers import compiled, minimum, reference_problem, score, spec_problem
from brainswap.core.scoring.specs import ContainsSpec, ExactSpec, Extract, NumberSpec, ScorerSpec
from brainswap.core.scoring.subject import Subject

ANSWER = Extract(json_path="answer")


def test_what_is_extracted_is_compared_and_kept() -> None:
    spec = ExactSpec(name="same", type="exact", extract=ANSWER)

    found = score(spec, '{"answer": "Paris"}', "Paris")

    assert (found.value, found.extracted) == (1.0, "Paris")


def test_an_extract_that_finds_nothing_scores_zero_even_inverted() -> None:
    for inverted in (False, True):
        spec = ContainsSpec(name="rival", type="contains", value="Acme", extract=ANSWER, inverted=inverted)

        found = score(spec, "no JSON at all", None)

        assert found.value == 0.0
        assert found.reason == "no JSON with a value at “answer” in “no JSON at all”"


def test_an_inverted_scorer_turns_its_value_round() -> None:
    spec = ContainsSpec(name="rival", type="contains", value="Acme", inverted=True)

    assert score(spec, "Buy from us.", None).value == 1.0
    assert score(spec, "Buy from Acme.", None).reason == "inverted: the answer contains “Acme”"


def test_an_inverted_scorer_leaves_the_unscored_unscored() -> None:
    spec = NumberSpec(name="total", type="number", inverted=True)

    assert score(spec, "64", None).value is None


def test_a_path_leads_into_a_structured_reference() -> None:
    spec = NumberSpec(name="total", type="number", reference="order.totals.1")

    assert score(spec, "64", {"order": {"totals": [1, 64]}}).value == 1.0
    assert reference_problem(spec, {"order": {"totals": [1, 64]}}) is None
    assert reference_problem(spec, {"order": {}}) == "the reference has nothing at “order.totals.1”"
    assert reference_problem(spec, "64") == "the reference has nothing at “order.totals.1”"
    assert score(spec, "64", {"order": {}}).value is None


def test_one_compiled_scorer_serves_many_answers() -> None:
    correct = compiled(NumberSpec(name="correct", type="number", extract=ANSWER))

    values = [correct(Subject(text=f'{{"answer": "{number}"}}', reference="2")).value for number in range(4)]

    assert values == [0.0, 0.0, 1.0, 0.0]


def test_an_answer_that_is_none_scores_the_minimum_even_inverted() -> None:
    plain = ExactSpec(name="same", type="exact")
    inverted = ExactSpec(name="same", type="exact", inverted=True)

    cut_off = minimum(plain, AnswerStatus.TRUNCATED, "the model stopped with max_tokens")
    empty = minimum(inverted, AnswerStatus.EMPTY, None)

    assert (cut_off.value, cut_off.reason) == (0.0, "truncated: the model stopped with max_tokens")
    assert (empty.value, empty.reason) == (0.0, "empty (the minimum, inverted or not)")


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (ExactSpec(name="same", type="exact", extract=ANSWER, reference="a.b"), None),
        (ExactSpec(name="same", type="exact", reference="a..b"), "reference 'a..b' is not a dotted path"),
        (ExactSpec(name="same", type="exact", extract=Extract(tag="a b")), "extract.tag 'a b' is not a tag name"),
    ],
)
def test_what_all_scorers_share_is_checked_too(spec: ScorerSpec, problem: str | None) -> None:
    found = spec_problem(spec)

    assert (found or "").startswith(problem or "")
    assert (found is None) == (problem is None)


def test_reasons_are_short_and_hold_nothing_unprintable() -> None:
    hostile = "\x1b[31m\u202e" + "x" * 1_000_000 + "\ud800"
    spec = ExactSpec(name="same", type="exact", extract=Extract(regex="(?s).+"))

    found = score(spec, hostile, "a\nb")

    assert len(found.reason) < 200
    assert found.reason.isprintable()
    assert found.extracted is not None
    assert len(found.extracted.encode()) <= 2_000
    assert score(spec, "\ud800", "a").extracted == "?"


@pytest.mark.parametrize("reference", [None, {}, {"total": None}, "64", {"other": 64}])
def test_an_optional_scorer_does_not_apply_where_the_reference_has_nothing_for_it(reference: object) -> None:
    spec = NumberSpec(name="total", type="number", reference="total", optional=True)

    found = score(spec, "64", reference)

    assert (found.value, found.reason, found.applies) == (None, "does not apply to this case", False)
    assert reference_problem(spec, reference) is None


def test_an_optional_scorer_applies_where_the_reference_has_something_for_it() -> None:
    spec = NumberSpec(name="total", type="number", reference="total", optional=True)

    assert score(spec, "64", {"total": 64}).value == 1.0
    assert score(spec, "64", {"total": 64}).applies
    assert reference_problem(spec, {"total": "many"}) is not None


def test_an_optional_scorer_says_nothing_of_a_case_even_where_there_is_no_answer() -> None:
    spec = ExactSpec(name="same", type="exact", reference="same", optional=True, inverted=True)

    found = compiled(spec)(Subject(text="", status=AnswerStatus.TRUNCATED))

    assert (found.value, found.applies) == (None, False)
