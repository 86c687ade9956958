import base64
import hashlib
import itertools
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from brainswap.report import appearance, rendering
from brainswap.report.html import to_html
from brainswap.report.model import NearDuplicateCases, Report
from brainswap.report.people import JudgedScorer
from brainswap.report.untrusted import LONGEST, visible
from brainswap.report.views import CaseView, PromptView
from tests.fakes.calibrated_reports import calibrated
from tests.fakes.cut_short_reports import cut_short
from tests.fakes.hostile_reports import HOSTILE, hostile, hostile_case
from tests.fakes.pages import Page, read
from tests.fakes.reports import (
    contender,
    gate,
    hold,
    inconclusive,
    large,
    lost_cases,
    provenance,
    refused,
    report,
    score,
    target,
    unknowns,
)

REPORTS = [report(), hold(), inconclusive(), refused(), unknowns(), large(), cut_short(), calibrated()]
EVERY = pytest.mark.parametrize(
    "found", REPORTS, ids=["migrate", "hold", "inconclusive", "refused", "unknowns", "large", "cut short", "calibrated"]
)
ALLOWED_URLS = {"data:,", "cases.jsonl", "report.xlsx"}


def shown(found: Report, cases: list[CaseView] | None = None) -> Page:
    return read(to_html(found, lost_cases(2, found.contenders) if cases is None else cases))


def assert_harmless(page: Page) -> None:
    assert page.scripts == [appearance.script()]
    assert [start.tag for start in page.starts].count("script") == 1
    assert page.tags().isdisjoint({"iframe", "object", "embed", "img", "form", "base", "input", "math"})
    for start in page.starts:
        assert not [name for name in start.attributes if name.startswith("on") or name in ("style", "src", "srcdoc")]
    links = page.attributes("href")
    assert {link for link in links if not link.startswith("#")} <= ALLOWED_URLS
    assert {link[1:] for link in links if link.startswith("#")} <= set(page.attributes("id"))
    assert not re.search(r"url\(|@import|https?:", "".join(page.styles))


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


def test_the_parts_come_in_the_order_in_which_they_are_read() -> None:
    page = shown(report())

    places = [start.attributes["id"] for start in page.starts if start.tag == "section"]
    assert places == [
        "verdict",
        "contenders",
        "fairness",
        "gates",
        "comparison",
        "latency",
        "answers",
        "segments",
        "cases",
        "checks",
        "settings",
        "spend",
        "provenance",
    ]
    assert page.text.index("Answers from Amazon Bedrock") < page.text.index("migration report")


def test_a_refused_run_says_why_before_anything_else() -> None:
    page = shown(refused())

    body = page.text[page.text.index("Verdict") :]
    why = body.index("12 cases hold e-mail addresses, the first in line 4")
    assert why < body.index("Checks beforehand")
    assert "Why it was refused" in body
    assert [start.attributes["id"] for start in page.starts if start.tag == "section"] == [
        "verdict",
        "checks",
        "spend",
        "provenance",
    ]


@EVERY
def test_every_figure_of_a_contender_is_on_the_page(found: Report) -> None:
    text = shown(found).text

    for each in found.contenders:
        assert each.model in text
        for summary in each.scores.values():
            assert rendering.percentage(summary.mean) in text
        if each.latency_ms is not None:
            assert rendering.duration(each.latency_ms.p50) in text
            assert rendering.duration(each.latency_ms.p95) in text
            assert rendering.duration(each.latency_ms.first_token_p95) in text
        if each.cost is not None:
            assert rendering.dollars(each.cost.per_1000_requests_usd) in text
            assert rendering.dollars(each.cost.monthly_usd) in text
        for compared in each.comparison.values():
            assert rendering.points(compared.difference) in text
        for one in each.gates:
            assert one.gate in text
            assert one.detail in text


@EVERY
def test_what_the_numbers_rest_on_is_on_the_page(found: Report) -> None:
    text = shown(found).text
    facts = found.provenance

    for fact in (facts.workload_sha256, facts.cases_sha256, facts.gates_sha256, facts.code_version, found.run_id):
        assert fact in text
    for check in facts.checks:
        assert check.detail in text
    for model, price in facts.prices.items():
        assert model in text
        assert (price or "no price is known") in text
    for warning in facts.warnings:
        assert warning in text
    assert f"Seed{facts.seed}" in text


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "all cases are in the test split, and nobody looked"),
        (NearDuplicateCases(cases=0, groups=0, largest=0, apart=0), "none were found"),
        (
            NearDuplicateCases(cases=1234, groups=5, largest=9, apart=0),
            "1,234 cases in 5 groups, the largest of 9; each group in one split",
        ),
        (
            NearDuplicateCases(cases=12, groups=1, largest=12, apart=12),
            "12 cases in 1 group, the largest of 12; 12 cases with one in another split",
        ),
    ],
)
def test_near_duplicates_are_counted(found: NearDuplicateCases | None, words: str) -> None:
    assert words in shown(report(provenance=provenance(near_duplicates=found))).text


def test_checks_that_could_not_be_made_are_said() -> None:
    text = shown(report()).text

    assert "4 checks before any money was spent; 1 of them could not be made." in text
    assert "not made" in text


def test_what_became_of_the_questions_is_counted() -> None:
    page = shown(report())

    assert Counter(page.attributes("class"))["amiss"] == 6
    for outcome in ("Truncated", "Empty", "Refused", "Filtered", "Failed"):
        assert outcome in page.text


def test_conversations_without_an_end_are_counted_where_there_are_any() -> None:
    counts = contender().answers.model_copy(update={"unfinished": 7})

    with_any = to_html(report(contenders=[contender(answers=counts), target()]), [])

    assert "Unfinished" in with_any
    assert "ended in a call of a tool for which the case holds no result" in with_any
    assert "Unfinished" not in to_html(report(), [])


def test_what_is_unknown_says_so_with_its_reason_and_is_never_zero() -> None:
    text = shown(unknowns(), []).text

    for reason in (
        "no latency was recorded",
        "nobody counted them",
        "no price of this model",
        "no case has a reference",
    ):
        assert f"unknown{reason}" in text
    assert "$0" not in text
    assert "0 ms" not in text
    assert "None" not in text


def test_one_time_that_is_unknown_among_others_that_are_known_says_why() -> None:
    each = contender(unknown={"latency_ms.first_token_p95": "the model does not stream"})
    assert each.latency_ms is not None
    latency = each.latency_ms.model_copy(update={"first_token_p95": None})

    text = shown(report(contenders=[each.model_copy(update={"latency_ms": latency}), target()])).text

    assert "310 msunknownthe model does not stream790 ms" in text


def test_simulated_figures_are_marked_where_they_stand() -> None:
    each = contender(origin="simulated")
    assert each.latency_ms is not None
    assert each.tokens is not None
    estimated = each.model_copy(
        update={
            "latency_ms": each.latency_ms.model_copy(update={"estimated": True}),
            "tokens": each.tokens.model_copy(update={"estimated": True}),
        }
    )

    text = shown(report(models="simulated", contenders=[estimated, target()])).text

    assert "842 ms815 ms to 871 mssimulated" in text
    assert "812estimated" in text


def test_a_value_that_misses_its_bound_by_a_hair_does_not_read_like_it() -> None:
    near = gate("correct not worse by 0.02", "fail", -0.02001, -0.02)

    text = shown(report(contenders=[contender(), target(gates=[near])])).text

    assert "\u22122.001 points" in text
    assert "\u22122.000 points" in text


def test_each_status_is_a_word_beside_its_sign() -> None:
    page = shown(large())

    marks = [start for start in page.starts if start.attributes.get("class", "").startswith("mark ")]
    signs = [start for start in page.starts if start.attributes.get("class") == "sign"]
    assert len(marks) == len(signs)
    assert all(word in page.text for word in ("migrate", "hold", "inconclusive", "pass", "fail"))


def test_each_scorer_that_was_compared_is_drawn_with_its_margin() -> None:
    page = shown(report())

    charts = [start for start in page.starts if start.attributes.get("role") == "img"]
    assert len(charts) == 7  # differences and segments of two scorers, costs, latencies, and what is no whole answer
    assert page.attributes("class").count("margin") == 1


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


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_prompt_is_text(text: str) -> None:
    view = PromptView(contender=text, original="[user]\nplain\n", text=f"[user]\n{text}\n", reasons=[text])

    page = read(to_html(report(), [], [view]))

    assert_harmless(page)
    assert visible(text) in page.text


def test_quality_stands_against_cost_with_what_nothing_beats() -> None:
    found = report(pareto_front=["haiku-translated"])

    page = shown(found)

    classes = Counter(page.attributes("class"))
    assert classes["point front"] == 1
    assert "1: claude-3-haiku-20240307 · original, $0.388, 90.0 % (87.5 to 92.1)." in page.text


def test_without_two_prices_nothing_stands_against_cost() -> None:
    assert "against the cost" not in shown(unknowns()).text


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


def test_agreement_with_oneself_is_shown_where_it_was_measured() -> None:
    measured = contender(self_agreement={"correct": 0.97})

    text = shown(report(contenders=[measured, target()])).text

    assert "How often a contender agrees with itself" in text
    assert "97.0 %" in text


def test_repeats_are_taken_apart_into_cases_and_chance() -> None:
    measured = contender(
        self_agreement={"correct": 0.97},
        repeats={"correct": {"cases": 1200, "most": 4, "within": 0.0400, "between": 0.1500, "always_right": 0.81}},
    )

    text = shown(report(contenders=[measured, target()])).text

    # Of a mean of four, 0.04 / 4 is chance, and 0.15 is not.
    for part in ("1,200", "up to 4 answers each", "0.1500", "0.0400", "6.2 %", "81.0 %", "pass^4"):
        assert part in text, part


def test_without_repeats_there_is_nothing_to_take_apart() -> None:
    assert "Variance between" not in shown(report()).text


def test_how_sure_judges_were_is_shown_where_anybody_judged() -> None:
    alone: dict[str, Any] = {"judges": ["a-judge"], "repeats": 1, "rubric_sha256": "f" * 64}
    tone = JudgedScorer(
        scorer="tone",
        type="rubric",
        **alone,
        judgements=80,
        unread=3,
        pairs=None,
        flips=None,
        flip_rate=None,
        agreement=None,
    )
    better = tone.model_copy(
        update={"scorer": "better", "pairs": 40, "flips": 5, "flip_rate": 0.125, "agreement": 0.75}
    )

    page = shown(report(judged=[tone, better]))

    assert "12.5 %5 of 40 pairs" in page.text
    assert "no pairs" in page.text
    assert "one opinion" in page.text
    assert "judges" not in [start.attributes.get("id") for start in shown(report()).starts]


def test_a_segment_that_a_contender_has_no_case_of_is_not_zero() -> None:
    other = target(segments={"shipping": {"correct": score(0.5, n=4)}})

    text = shown(report(contenders=[contender(), other])).text

    assert "shipping" in text
    assert "no cases" in text


def test_parameters_are_shown_as_they_were_sent() -> None:
    text = shown(report(contenders=[contender(parameters={"stop_sequences": ["</a>"]}), target()])).text

    assert json.dumps(["</a>"]) in text


@EVERY
def test_the_page_can_be_read_without_eyes(found: Report) -> None:
    page = shown(found)

    assert page.starts[0].attributes["lang"] == "en-GB"
    tags = Counter(start.tag for start in page.starts)
    assert tags["h1"] == tags["main"] == tags["nav"] == tags["footer"] == 1
    assert tags["caption"] == tags["table"]
    assert all(start.attributes["scope"] in ("col", "row") for start in page.starts if start.tag == "th")
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for labelled in page.attributes("aria-labelledby"):
        assert set(labelled.split()) <= set(ids)
    levels = [int(start.tag[1]) for start in page.starts if re.fullmatch(r"h\d", start.tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.starts[[start.tag for start in page.starts].index("body") + 1].attributes["href"] == "#verdict"
