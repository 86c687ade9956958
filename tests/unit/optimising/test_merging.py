"""What several rewritings of a text changed is put together."""

from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.optimising.merging import merged, pieces_of

TEXT = "You sort messages. Take one label.\n\n- billing\n- delivery\n\nAnswer in JSON."


def together(*rewritings: str) -> str:
    return merged({"system": TEXT}, [{"system": one} for one in rewritings])["system"]


def test_two_additions_both_stay() -> None:
    made = together(f"## Task\n\n{TEXT}", f"{TEXT}\n\nBe concise.")

    assert made == f"## Task\n\n{TEXT}\n\nBe concise."


def test_additions_at_the_same_place_stand_one_behind_the_other() -> None:
    made = together(f"{TEXT} Be brief.", f"{TEXT}\nBe firm.")

    assert "Be brief." in made
    assert "Be firm." in made


def test_two_additions_in_the_place_of_the_last_blank_line_both_stay() -> None:
    base = f"{TEXT}\n"

    made = merged({"system": base}, [{"system": f"{TEXT}\n\nBe brief."}, {"system": f"{TEXT}\n\nBe firm."}])

    assert made == {"system": f"{TEXT}\n\nBe brief.\n\nBe firm."}


def test_an_addition_that_both_made_is_there_once() -> None:
    assert together(f"{TEXT}\n\nBe concise.", f"{TEXT}\n\nBe concise.").count("Be concise.") == 1


def test_where_two_change_the_same_sentence_the_first_counts() -> None:
    made = together(
        TEXT.replace("Take one label.", "Take exactly one label."), TEXT.replace("Take one label.", "One label.")
    )

    assert "Take exactly one label." in made
    assert "One label." not in made.replace("Take exactly one label.", "")


def test_a_rewriting_alone_is_what_comes_out() -> None:
    other = "Sort.\nAnswer in JSON."

    assert together(other) == other


def test_components_that_nobody_changed_stay() -> None:
    base = {"system": TEXT, "user": "{{message}}"}

    assert merged(base, [{"system": "Sort."}]) == {"system": "Sort.", "user": "{{message}}"}


@given(st.text(alphabet="ab .!?\n{}", max_size=80))
def test_pieces_are_the_text_again(text: str) -> None:
    assert "".join(pieces_of(text)) == text


@given(st.text(alphabet="ab .!?\n", max_size=60), st.text(alphabet="ab .!?\n", max_size=60))
def test_merging_one_rewriting_gives_it_letter_for_letter(base: str, other: str) -> None:
    made = merged({"a": base}, [{"a": other}])["a"]

    assert made.replace("\n", "") == other.replace("\n", "")
