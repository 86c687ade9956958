from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.casebook import References
from local.bedrock.mistakes import wrong

SCALARS = st.one_of(st.text(max_size=20), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6), st.booleans())
REFERENCES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=6,
)


def references_of(*known: Any) -> References:
    references = References()
    for reference in known:
        references.add(reference)
    return references


@given(right=REFERENCES, others=st.lists(REFERENCES, max_size=4), seed=st.integers())
def test_a_mistake_is_never_right_and_always_the_same(right: Any, others: list[Any], seed: int) -> None:
    references = references_of(right, *others)

    mistake = wrong(right, references, seed)

    assert mistake != right
    assert wrong(right, references, seed) == mistake


def test_a_wrong_field_holds_what_another_case_expects_there() -> None:
    references = references_of({"label": "a", "stars": 1}, {"label": "b", "stars": 2})

    mistakes = [wrong({"label": "a", "stars": 1}, references, seed) for seed in range(50)]

    assert all(
        mistake in ({"label": "b", "stars": 1}, {"label": "a", "stars": 2}, {"label": "b", "stars": 2})
        for mistake in mistakes
    )
    assert {tuple(mistake.values()) for mistake in mistakes} == {("b", 1), ("a", 2), ("b", 2)}


@pytest.mark.parametrize("right", ["64", "1,200", "-3", "2.50", 7, 0.5])
def test_a_wrong_number_is_off_and_keeps_its_form(right: Any) -> None:
    mistake = wrong(right, references_of(right, *range(1000, 1100)), 1)

    assert type(mistake) is type(right)
    assert abs(float(str(mistake).replace(",", "")) - float(str(right).replace(",", ""))) in {1.0, 2.0, 10.0}
    assert ("," in str(mistake)) == ("," in str(right))


def test_the_number_of_a_closed_set_is_another_one_of_the_set() -> None:
    assert wrong("5", references_of("1", "5"), 1) == "1"


def test_without_any_other_answer_a_model_says_that_it_is_not_sure() -> None:
    assert wrong("the only one", references_of("the only one"), 1) == "I am not sure."
