"""Cases and prompts on the page, side by side."""

from collections import Counter
from dataclasses import replace

from brainswap.report.html import to_html
from brainswap.report.views import PromptView
from tests.fakes.pages import read
from tests.fakes.reports import (
    large,
    lost_cases,
    report,
)
from tests.unit.report.shown_pages import assert_harmless, shown


def test_lost_cases_stand_side_by_side_and_say_who_lost_them() -> None:
    found = report()

    page = shown(found, lost_cases(3, found.contenders))

    classes = Counter(page.attributes("class"))
    assert classes["case lost critical by-1"] == 1
    assert classes["case lost gained by-1"] == 1  # the report names it as gained by another scorer
    assert classes["case lost by-1"] == 1
    assert classes["lost"] == 3
    assert [start.tag for start in page.starts].count("article") == 6
    assert "35 changes between a target and the source: 28 for the worse, 42 for the better." in page.text
    assert "names the queue" not in page.text
    assert "returns, expected billing" in page.text


def test_a_case_that_the_report_names_as_lost_is_marked_even_where_the_shown_answer_is_right() -> None:
    found = report()
    (case,) = lost_cases(1, found.contenders)
    right = tuple(replace(answer, scores={"correct": 1.0}) for answer in case.answers)

    page = shown(found, [replace(case, answers=right)])

    assert Counter(page.attributes("class"))["lost"] == 1


def test_the_cases_can_be_narrowed_to_the_lost_the_gained_and_the_critical_ones() -> None:
    found = report()
    one, other = lost_cases(2, found.contenders)
    better = tuple(
        replace(answer, scores={"correct": 0.0 if answer.contender == "source" else 1.0}) for answer in other.answers
    )

    page = shown(found, [one, replace(other, case_id="mail-0009", answers=better)])

    assert "All 2" in page.text
    assert "Lost 1" in page.text
    assert "Gained 1" in page.text
    assert "Critical and lost 1" in page.text
    assert {"cases-all", "cases-lost", "cases-gained", "cases-critical"} <= set(page.attributes("id"))
    assert "gained by 1 target" in page.text


def test_every_filter_has_its_rule_in_the_stylesheet_and_its_selector_for_the_script() -> None:
    page = shown(large(12))

    (style,) = page.styles
    filters = {
        start.attributes["id"]: start.attributes["data-shows"]
        for start in page.starts
        if start.tag == "a" and "data-shows" in start.attributes
    }
    by_target = [place for place in filters if place.startswith("cases-by-")]
    assert len(by_target) == 12
    for place, selector in filters.items():
        rule = f"#cases:has(#{place}:target)"
        if place == "cases-all":
            assert (selector, rule in style) == ("*", False)
        elif place == "cases-changed":
            assert (selector, f"{rule} .same" in style) == ("*:not(.same)", True)
        else:
            assert f"{rule} .case:not({selector.removeprefix('*')})" in style


def test_words_that_the_source_did_not_say_are_marked() -> None:
    found = report()

    text = to_html(found, lost_cases(1, found.contenders))

    assert text.count("<ins>") == 1
    assert '"queue": "<ins>returns</ins>"}' in text


def test_an_answer_without_text_and_without_a_score_says_so() -> None:
    found = report()
    (case,) = lost_cases(1, found.contenders)
    empty = tuple(
        replace(answer, text="", status="empty", scores={"correct": None}, reasons={"correct": "nothing to score"})
        for answer in case.answers
    )

    text = shown(found, [replace(case, answers=empty, reference=None, segment=None)]).text

    assert "No text." in text
    assert "unknownnothing to score" in text
    assert "Expected" not in text


def test_a_changed_prompt_is_shown_line_by_line_with_its_reasons() -> None:
    view = PromptView(
        contender="haiku-translated",
        original="[user]\nSort the mail.\nAnswer in JSON.\n",
        text="[user]\nSort the mail.\n<format>JSON</format>\n",
        reasons=["tags: puts the format into tags (the model's guide; 2026-11-01)"],
    )

    text = to_html(report(), [], [view])

    page = read(text)
    assert_harmless(page)
    assert "<ins>&lt;format&gt;JSON&lt;/format&gt;</ins>" in text
    assert "<del>Answer in JSON.</del>" in text
    assert "1 line added, 1 taken out" in page.text
    assert "tags: puts the format into tags" in page.text


def test_prompts_that_are_the_original_take_no_room() -> None:
    same = PromptView(contender="haiku-translated", original="[user]\nSort.\n", text="[user]\nSort.\n", reasons=[])

    assert 'id="prompts"' not in to_html(report(), [], [same])
