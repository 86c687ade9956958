import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.report.untrusted import one_line, visible

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("nul\x00", "nul␀"),
        ("del\x7f", "del␡"),
        ("csi\x9b", "csi⟨U+009B⟩"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("lone \ud800", "lone ⟨U+D800⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("line\r\nfeed", "line\nfeed"),
        ("lone\rreturn", "lone␍return"),
        ("tab\tstays", "tab\tstays"),
        ("\u06cc\u200c\u0647", "\u06cc\u200c\u0647"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(text=ANY_TEXT)
def test_nothing_shown_is_invisible_or_turns_the_direction(text: str) -> None:
    shown = visible(text)

    turning = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    assert not turning & {unicodedata.bidirectional(character) for character in shown}
    assert {unicodedata.category(character) for character in shown.replace("\n", "").replace("\t", "")}.isdisjoint(
        {"Cc", "Cs", "Zl", "Zp"}
    )


@given(text=ANY_TEXT)
def test_shown_text_can_be_written_and_does_not_change_when_shown_again(text: str) -> None:
    shown = visible(text)

    assert shown.encode("utf-8").decode("utf-8") == shown
    assert visible(shown) == shown


def test_a_text_of_five_megabytes_is_cut_and_says_so() -> None:
    shown = visible("x" * 5_000_000, limit=100)

    assert shown == "x" * 100 + " … [cut here: 4,999,900 more characters]"


@given(text=ANY_TEXT, limit=st.integers(10, 200))
def test_a_label_is_one_line_of_limited_length(text: str, limit: int) -> None:
    label = one_line(text, limit)

    assert len(label) <= limit
    assert "\n" not in label


def test_white_space_in_a_label_is_folded() -> None:
    assert one_line("  two\n\n words\t ") == "two words"
