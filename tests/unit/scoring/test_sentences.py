import pytest

from brainswap.core.scoring.instructions.sentences import count_sentences


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        (" \n ", 0),
        ("One", 1),
        ("One. Two! Three? Four", 4),
        ("One. two. three.", 3),
        ("One\n\nTwo", 1),
        ('He said: "Go." Then he went.', 2),
        ("(One.) (Two.)", 2),
        ("What?! No!", 2),
        ("Version 1.5 costs $2.50.", 1),
        ("See example.com for more.", 1),
    ],
)
def test_sentences_end_with_a_mark_that_space_follows(text: str, number: int) -> None:
    assert count_sentences(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mr. Jones.",
        "It opens at 9 a.m. on weekdays.",
        "The U.S. economy grew.",
        "J. R. Hartley wrote it.",
        "Apples, pears, etc. are fruit.",
        "Wait... what was that?",
    ],
)
def test_a_full_stop_of_an_abbreviation_ends_nothing(text: str) -> None:
    assert count_sentences(text) == 1


def test_an_abbreviation_ends_a_sentence_where_the_next_one_begins() -> None:
    assert count_sentences("It opens at 9 a.m. The doors are heavy.") == 2


def test_the_numbers_of_a_list_are_sentences_as_punkt_has_it() -> None:
    assert count_sentences("1. Apples\n2. Pears\n") == 3


def test_markdown_that_closes_after_the_last_full_stop_is_one_more() -> None:
    assert count_sentences("**All is well.**") == 2
    assert count_sentences('"All is well."') == 1
