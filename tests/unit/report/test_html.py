"""What the page says: figures, their reasons, and what is unknown."""

import itertools
import json
import re
from collections import Counter
from typing import Any

import pytest

from brainswap.report import rendering
from brainswap.report.html import to_html
from brainswap.report.model import NearDuplicateCases, Report
from brainswap.report.people import JudgedScorer
from tests.fakes.reports import (
    contender,
    gate,
    large,
    provenance,
    refused,
    report,
    score,
    target,
    unknowns,
)
from tests.unit.report.shown_pages import EVERY, shown


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


def test_quality_stands_against_cost_with_what_nothing_beats() -> None:
    found = report(pareto_front=["haiku-translated"])

    page = shown(found)

    classes = Counter(page.attributes("class"))
    assert classes["point front"] == 1
    assert "1: claude-3-haiku-20240307 · original, $0.388, 90.0 % (87.5 to 92.1)." in page.text


def test_without_two_prices_nothing_stands_against_cost() -> None:
    assert "against the cost" not in shown(unknowns()).text


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
