import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from brainswap.report.markdown import as_text, to_markdown
from brainswap.report.model import Report
from brainswap.report.untrusted import one_line
from tests.fakes.calibrated_reports import calibrated
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.hostile_reports import hostile
from tests.fakes.hostile_texts import EVERY_HOSTILE
from tests.fakes.reports import hold, inconclusive, large, refused, report, unknowns

READER = MarkdownIt("gfm-like", {"linkify": False})
OURS = {"<!-- -->", "<details>", "<summary>", "</summary>", "</details>", "<sub>", "</sub>"}
LONGEST_COMMENT = 65_536  # characters, of GitHub
# What GitHub makes links of in text that is no markup: mentions, references and bare addresses.
LINKED = re.compile(r"@[\w-]|(?<![&\w])#\d|GH-\d|https?://|www\.|mailto:|xmpp:", re.IGNORECASE)


def tokens(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def shown(text: str) -> str:
    """What a reader sees of one line of Markdown."""
    return "".join(token.content for token in tokens(text) if token.type == "text")


def assert_harmless(text: str) -> None:
    for token in tokens(text):
        assert token.type not in {"link_open", "image", "code_inline", "fence", "code_block", "s_open", "em_open"}
        if token.type in ("html_inline", "html_block"):
            assert set(re.findall(r"<[^>]*>", token.content)) <= OURS
        if token.type == "text":
            assert not LINKED.search(token.content)


@pytest.mark.parametrize(
    "found", [report(), hold(), inconclusive(), refused(), unknowns(), large(40), cut_short(), calibrated()]
)
def test_a_report_fits_a_comment_and_reads_as_tables(found: Report) -> None:
    text = to_markdown(found)

    assert len(text) < LONGEST_COMMENT
    assert_harmless(text)
    assert "table_open" in {token.type for token in tokens(text)}


@pytest.mark.parametrize("text", EVERY_HOSTILE, ids=lambda text: repr(text[:30]))
def test_hostile_text_is_text_in_a_comment(text: str) -> None:
    found = to_markdown(hostile(text))

    assert_harmless(found)
    assert len(found) < LONGEST_COMMENT
    plain = to_markdown(hostile("harmless"))
    assert [token.type for token in READER.parse(found)] == [token.type for token in READER.parse(plain)] or not text


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_reader_sees_what_the_text_says(text: str) -> None:
    written = as_text(text)

    assert_harmless(f"- {written}")
    assert " ".join(shown(f"- {written}").split()) == " ".join(one_line(text, 600).split())


@given(st.text("-+*>#=~`|_[](){}!$^&<@:/.1aw\\ \t", max_size=24))
def test_no_choice_of_signs_becomes_markup(text: str) -> None:
    written = as_text(text)

    assert_harmless(f"- {written}\n\n| a |\n| --- |\n| {written} |\n\n{written}")
    assert shown(f"- {written}") == one_line(text, 600)


def test_the_banner_of_simulated_answers_stands_before_the_verdict_is_explained() -> None:
    text = to_markdown(unknowns())

    assert text.index("SIMULATED") < text.index("Quality") if "Quality" in text else "SIMULATED" in text
    assert text.splitlines()[2].startswith("> **SIMULATED answers")


def test_lost_cases_are_folded_and_critical_ones_come_first() -> None:
    found = report()
    changed = [
        found.changed[0].model_copy(update={"case_id": "plain"}),
        found.changed[0].model_copy(update={"case_id": "grave", "critical": True}),
    ]

    text = to_markdown(found.model_copy(update={"changed": changed}))

    assert text.index("<details>") < text.index("| grave |") < text.index("| plain |") < text.index("</details>")


def test_a_refused_run_says_why() -> None:
    text = to_markdown(refused())

    assert "12 cases hold e-mail addresses, the first in line 4" in text
    assert "| residency | not made |" in text
