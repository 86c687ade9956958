"""The page holds text from everywhere, loads nothing, and runs nothing but its own script."""

import base64
import hashlib
from dataclasses import replace

import pytest

from brainswap.report.html import to_html
from brainswap.report.model import Report
from brainswap.report.untrusted import LONGEST, visible
from brainswap.report.views import PromptView
from tests.fakes.hostile_reports import HOSTILE, hostile, hostile_case
from tests.fakes.pages import read
from tests.fakes.reports import (
    lost_cases,
    report,
)
from tests.unit.report.shown_pages import EVERY, assert_harmless, shown


@EVERY
def test_a_page_nests_and_loads_nothing(found: Report) -> None:
    assert_harmless(shown(found))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_on_the_page_as_text_and_nothing_else(text: str) -> None:
    cases = [hostile_case(text)]

    page = shown(hostile(text), cases)

    assert_harmless(page)
    assert page.text.count(visible(text)) > 20
    assert page.styles == shown(report()).styles


def test_hostile_text_adds_no_element_and_no_attribute() -> None:
    def skeleton(text: str) -> list[tuple[str, tuple[str, ...]]]:
        page = shown(hostile(text), [hostile_case(text)])
        return [(start.tag, tuple(start.attributes)) for start in page.starts]

    plain = skeleton("harmless")

    assert all(skeleton(text) == plain for text in HOSTILE)


def test_the_policy_knows_the_stylesheet_by_its_hash() -> None:
    page = shown(report())

    (style,) = page.styles
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [start.attributes["content"] for start in page.starts if "http-equiv" in start.attributes]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")


def test_an_answer_of_five_megabytes_is_cut_with_a_note() -> None:
    (case,) = lost_cases(1, report().contenders)
    answers = tuple(replace(answer, text=letter * 5_000_000) for letter, answer in zip("yz", case.answers, strict=True))

    markup = to_html(report(), [replace(case, answers=answers)])

    assert len(markup) < 100_000
    assert markup.count(f"cut here: {5_000_000 - LONGEST:,} more characters") == len(answers)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_prompt_is_text(text: str) -> None:
    view = PromptView(contender=text, original="[user]\nplain\n", text=f"[user]\n{text}\n", reasons=[text])

    page = read(to_html(report(), [], [view]))

    assert_harmless(page)
    assert visible(text) in page.text
