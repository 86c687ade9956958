from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.differing import MOST_WORDS, new_words

WORDS = st.lists(st.sampled_from(["the", "queue", "is", "billing", "returns", ",", "\n", " "]), max_size=30).map(
    "".join
)


def test_new_words_are_told_from_known_ones() -> None:
    pieces = new_words("The queue is returns, I think.", "The queue is billing, I think.")

    assert pieces == [("The queue is ", False), ("returns", True), (", I think.", False)]


def test_neighbouring_new_words_are_one_piece() -> None:
    pieces = new_words("It is on the way to you.", "It is to you.")

    assert pieces is not None
    assert [each for each, new in pieces if new] == ["on the way "]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("the same", "the same"),
        ("", "something"),
        ("something", ""),
        ("nothing in common at all", "quite other words"),
        ("shorter", "shorter and more"),
        ("word " * MOST_WORDS, "word " * (MOST_WORDS - 1) + "last"),
    ],
)
def test_texts_that_are_alike_unlike_or_endless_get_no_marks(text: str, before: str) -> None:
    assert new_words(text, before) is None


@given(WORDS, WORDS)
def test_the_pieces_are_the_text(text: str, before: str) -> None:
    pieces = new_words(text, before)

    if pieces is not None:
        assert "".join(each for each, _ in pieces) == text
        assert all(each for each, _ in pieces)
        assert any(new for _, new in pieces)
        assert all(one[1] != other[1] for one, other in pairwise(pieces))
