from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.decision.samples import Sample
from brainswap.report import carrying
from brainswap.report.carrying import Carrying
from brainswap.report.changes import kinds
from brainswap.report.fitting import SHORTEST, longest_that_fits
from brainswap.report.places import place_of
from brainswap.report.rows import Row
from brainswap.report.untrusted import LONGEST
from brainswap.report.views import CaseAnswer, CaseView
from tests.fakes.reports import change, contender, report, target
from tests.fakes.samples import sample

FOUND = report(contenders=[contender(), target("other")], changed=[change(case_id="named", contender="other")])


def row(
    case_id: str,
    *,
    source: float | None = 1.0,
    other: float | None = 1.0,
    critical: bool = False,
    status: AnswerStatus = AnswerStatus.ANSWERED,
    text: str = "said",
) -> Row:
    def said(score: float | None, of: AnswerStatus) -> tuple[Answer, Sample]:
        answer = Answer(case_id=case_id, status=of, text=text, origin=Origin.RECORDED)
        scored = sample(
            case_id=case_id,
            critical=critical,
            status=of,
            origin=Origin.RECORDED,
            scores={"correct": score},
            reasons={"correct": "because"},
        )
        return answer, scored

    return Row(
        case=Case(id=case_id, input={"question": text}, critical=critical),
        answers={"source": [said(source, AnswerStatus.ANSWERED)], "other": [said(other, status)]},
    )


def ids(rows: list[Row]) -> tuple[list[str], int]:
    taking = Carrying(FOUND)
    for one in rows:
        taking.add(one)
    carried = taking.carried()
    return [case.case_id for case in carried.cases], carried.of


WORTH = [
    row("plain"),
    row("cut", status=AnswerStatus.TRUNCATED),
    row("gained", source=0.0),
    row("grave", source=0.0, other=0.0, critical=True),
    row("lost", other=0.0),
    row("named"),
]


def test_few_cases_are_all_there_and_those_worth_looking_at_come_first() -> None:
    assert ids(WORTH) == (["named", "lost", "grave", "gained", "cut", "plain"], 6)


def test_of_many_cases_only_those_worth_looking_at_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "MOST_CASES", 10)
    monkeypatch.setattr(carrying, "MOST_PICKED", 4)
    plain = [row(f"plain-{number}") for number in range(30)]
    gained = [row(f"gained-{number}", source=0.0) for number in range(30)]

    found, of = ids([*plain, *gained, *WORTH])

    assert found == ["named", "lost", "grave", "gained-0"]
    assert of == 66


def test_no_more_is_held_than_a_page_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "MOST_CASES", 10)
    monkeypatch.setattr(carrying, "MOST_PICKED", 4)
    taking = Carrying(FOUND)

    for number in range(1000):
        taking.add(row(f"lost-{number}", other=0.0))
        assert len(taking._kept) <= 10

    assert [case.case_id for case in taking.carried().cases] == ["lost-0", "lost-1", "lost-2", "lost-3"]


def test_of_an_endless_answer_the_beginning_is_held_and_its_length_known() -> None:
    taking = Carrying(FOUND)
    taking.add(row("one", text="y" * 5_000_000))

    (case,) = taking.carried().cases

    assert {len(answer.text) for answer in case.answers} == {LONGEST}
    assert {answer.length for answer in case.answers} == {5_000_000}
    assert case.input_length == len("question: ") + 5_000_000


@pytest.mark.parametrize(
    ("scores", "before", "found"),
    [
        ({"a": 0.0}, {"a": 1.0}, {"lost"}),
        ({"a": 1.0}, {"a": 0.5}, {"gained"}),
        ({"a": 0.0}, {"a": 0.0}, {"shared"}),
        ({"a": 0.5}, {"a": 0.5}, set()),
        ({"a": None}, {"a": 1.0}, set()),
        ({"a": 0.0}, {}, set()),
        ({"a": 0.0, "b": 1.0, "c": 0.0}, {"a": 1.0, "b": 0.0, "c": 0.0}, {"lost", "gained", "shared"}),
    ],
)
def test_what_became_of_a_case(
    scores: Mapping[str, float | None], before: Mapping[str, float | None], found: set[str]
) -> None:
    assert kinds(scores, before) == found


def view(text: str) -> CaseView:
    said = CaseAnswer(contender="source", text=text, status="answered", scores={}, reasons={})
    return CaseView(case_id="x", segment=None, critical=False, input=text, reference=None, answers=(said,))


@given(st.lists(st.tuples(st.sampled_from("xé日😀"), st.integers(0, 6000)), max_size=8), st.integers(1000, 50_000))
def test_texts_are_as_long_as_fits_and_no_longer(texts_of: list[tuple[str, int]], room: int) -> None:
    texts = [sign * length for sign, length in texts_of]
    cases = [view(text) for text in texts]

    longest = longest_that_fits(cases, room)

    def size(limit: int) -> int:
        return sum(2 * len(text[:limit].encode()) for text in texts)

    assert SHORTEST <= longest <= LONGEST
    assert longest == SHORTEST or size(longest) <= room
    assert longest == LONGEST or size(longest + 1) > room


def test_few_texts_are_as_long_as_any_text_may_be() -> None:
    assert longest_that_fits([view("x" * 10_000)] * 10) == LONGEST


@given(st.lists(st.text(), unique=True, max_size=20))
def test_no_two_cases_have_one_address(names: list[str]) -> None:
    assert len({place_of(name) for name in names}) == len(names)


def test_an_address_is_the_id_where_it_can_be() -> None:
    assert place_of("mail-0001.b_c") == "case-mail-0001.b_c"
    assert place_of("a b") != place_of("a  b")
    assert place_of("a b").startswith("case-a-b-")
