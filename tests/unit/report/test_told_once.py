"""What several contenders share in a case is told once, and nothing is lost by it."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.markup import Child, Element, render
from brainswap.report.sections.case_fold import Among, Change, case_fold
from brainswap.report.views import CaseAnswer, CaseView

LONG = "The parcel is on its way, and will be with you on Monday at the latest, as your mail of Friday asks."
NAMES = {"source": "the model in use", "a": "first target", "b": "second target"}


def answer(contender: str, text: str = LONG, **changes: Any) -> CaseAnswer:
    plain: dict[str, Any] = {"scores": {"right": 1.0}, "reasons": {"right": "as expected"}}
    return CaseAnswer(contender=contender, text=text, status="answered", **{**plain, **changes})


def fold(*answers: CaseAnswer) -> Element:
    case = CaseView(case_id="c-1", input="?", reference="", segment=None, critical=False, answers=answers)
    among = Among(names=NAMES, targets=["a", "b"], segments=[])
    return case_fold(case, Change(), ["case"], among)


def parts(element: Child, wanted: str) -> list[Element]:
    """Elements of a tag or of a class."""
    if not isinstance(element, Element):
        return []
    own = [element] if wanted in {element.tag, element.attributes.get("class")} else []
    return [*own, *(found for child in element.children for found in parts(child, wanted))]


def told(element: Element) -> dict[str, str]:
    """The scores that stand in it, with their reasons."""
    found: dict[str, str] = {}
    for pairs in parts(element, "dl"):
        names, values = parts(pairs, "dt"), parts(pairs, "dd")
        found |= {render(name): render(value) for name, value in zip(names, values, strict=True)}
    return found


def test_a_score_that_is_the_same_for_all_is_told_once() -> None:
    shown = render(fold(answer("source"), answer("a", LONG + "!"), answer("b", LONG + "?")))

    assert shown.count("as expected") == 1
    assert "The same for all" in shown


def test_another_value_or_another_reason_is_told_beside_each() -> None:
    others: list[dict[str, Any]] = [
        {"scores": {"right": 0.0}},
        {"reasons": {"right": "nearly as expected"}},
        {"scores": {}},
    ]
    for changes in others:
        shown = render(fold(answer("source"), answer("a", **changes), answer("b")))

        assert "The same for all" not in shown
        assert shown.count("<dt>right</dt>") == 3 - (changes == {"scores": {}})


def test_a_case_of_one_answer_has_nothing_to_share() -> None:
    assert "The same for all" not in render(fold(answer("source")))


def test_targets_that_say_the_same_refer_to_the_first_of_them() -> None:
    shown = render(fold(answer("source"), answer("a", LONG + "!"), answer("b", LONG + "!")))

    assert shown.count(f"{LONG}!") == 1
    assert "Word for word what first target said." in shown


def test_the_source_is_named_as_such_and_short_answers_are_repeated() -> None:
    same = render(fold(answer("source"), answer("a"), answer("b")))
    short = render(fold(answer("source", "yes"), answer("a", "yes"), answer("b", "yes")))

    assert same.count("Word for word what the source said.") == 2
    assert short.count(">yes<") == 3


def test_a_beginning_that_is_the_same_of_texts_of_other_lengths_is_no_same_text() -> None:
    shown = render(fold(answer("source", length=500), answer("a", length=500), answer("b", length=501)))

    assert shown.count("Word for word") == 1


kept = st.dictionaries(
    st.sampled_from("xyz"), st.tuples(st.sampled_from([None, 0.0, 0.5]), st.sampled_from(["p", "q"]))
)


@given(st.lists(kept, min_size=1, max_size=3))
def test_every_score_stands_beside_its_answer_or_among_those_of_all(scores: list[Mapping[str, Any]]) -> None:
    answers = [
        answer(name, scores={k: v for k, (v, _) in one.items()}, reasons={k: r for k, (_, r) in one.items()})
        for name, one in zip(NAMES, scores, strict=False)
    ]

    shown = fold(*answers)

    alike = [told(part) for part in parts(shown, "alike")]
    common = alike[0] if alike else {}
    for article, one in zip(parts(shown, "article"), answers, strict=True):
        own = told(article)
        assert not own.keys() & common.keys()
        alone = told(parts(fold(one), "article")[0])
        assert own | {name: value for name, value in common.items() if name in alone} == alone
        assert common.keys() <= alone.keys()
