from pathlib import Path

import pytest

from brainswap.report import wording
from brainswap.report.html import to_html
from brainswap.report.junit import to_junit
from brainswap.report.model import Latency, Report, Spend
from brainswap.report.shortfall import cap_line, unasked_lines
from local.telling import report_lines
from tests.fakes.cut_short_reports import adjusted, cut_short
from tests.fakes.pages import Page, read
from tests.fakes.reports import HAIKU, contender, gate, refused, report, target, unknowns

SHORT = "claude-3-5-haiku-20241022 · translated was not asked 312 of 1,000 questions: the money of the run was used up."


def shown(found: Report) -> Page:
    return read(to_html(found, []))


def latency(**changes: object) -> Latency:
    known = contender().latency_ms
    assert known is not None
    return known.model_copy(update=changes)


def part(page: Page, place: str) -> str:
    """The text of the page from the heading of a section on."""
    headings = {"latency": "Only answers that a contender gave", "answers": "What became", "spend": "Forecast"}
    return page.text[page.text.index(headings[place]) :]


def test_a_parameter_that_differs_says_what_was_declared_what_is_sent_why_and_who_says_so() -> None:
    text = shown(cut_short()).text

    assert "Sent otherwise to claude-3-5-haiku-20241022 · translated" in text
    assert "temperaturelost determinism cannot be requested0.0not sent" in text
    assert "the model refuses temperature while it thinksthe vendor's guide, 2026-11-02" in text
    assert "1 of 2 changes loses something." in text


def test_a_change_that_loses_nothing_is_not_marked_as_a_loss() -> None:
    page = shown(report(contenders=[contender(adjustments=[adjusted(loses=None, declared="")]), target()]))

    assert "temperaturenothingnothing declarednot sent" in page.text
    assert "Nothing is lost by it." in page.text
    assert "lost determinism" not in page.text


def test_nothing_is_said_of_parameters_where_nothing_differs() -> None:
    page = shown(report())

    assert "adjustments" not in page.attributes("id")
    assert "Parameters that differ" not in page.text


def test_contenders_that_differ_alike_share_a_table() -> None:
    alike = [target("a", prompt="translated", adjustments=[adjusted()]), target("b", adjustments=[adjusted()])]

    text = shown(report(contenders=[contender(), *alike])).text

    assert text.count("determinism cannot be requested") == 1
    assert "translated (a), claude-3-5-haiku-20241022 · translated (b)" in text


def test_times_stand_with_their_interval_their_number_and_what_was_left_out() -> None:
    text = part(shown(report()), "latency")

    assert "5982 first calls left out842 ms815 ms to 871 ms1.89 s1.70 s to 2.31 s310 ms640 ms790 ms7.4" in text
    assert "those of earlier runs, taken from the cache, say nothing about today" in text


def test_a_sample_too_small_for_an_interval_says_that_it_has_none() -> None:
    few = contender(latency_ms=latency(n=3, cold=1, p95_low=None, p95_high=None))

    text = part(shown(report(contenders=[few, target()])), "latency")

    assert "31 first call left out842 ms815 ms to 871 ms1.89 sno interval" in text


def test_a_rate_and_a_server_time_that_are_unknown_are_not_zero() -> None:
    reasons = {"latency_ms.answers_per_s": "no clock", "latency_ms.server_p50": "the service gives none"}
    each = contender(latency_ms=latency(server_p50=None, answers_per_s=None), unknown=reasons)

    text = part(shown(report(contenders=[each, target()])), "latency")

    assert "640 msunknownthe service gives noneunknownno clock" in text


def test_a_contender_that_was_not_timed_says_why() -> None:
    untimed = contender(latency_ms=None, unknown={"latency_ms": "every answer is one of an earlier run"})

    text = part(shown(report(contenders=[untimed, target()])), "latency")

    assert "claude-3-haiku-20240307 · original not timed: every answer is one of an earlier run" in text


def test_where_nobody_was_timed_there_is_no_table_of_times() -> None:
    assert "Times of the answers" not in shown(unknowns()).text


def test_batch_jobs_have_a_price_of_their_own_and_no_latency() -> None:
    text = shown(cut_short()).text

    assert "batch jobs" in text
    assert "nonebatch jobs" in text
    assert "$0.123batch price" in text
    assert "claude-3-5-haiku-20241022 · translated asked by batch jobs at the batch price; no latency" in text


def test_questions_that_were_not_asked_are_counted_apart() -> None:
    text = part(shown(cut_short()), "answers")

    assert "Not asked" in text
    assert "31231.2 %" in text


def test_a_run_that_was_cut_short_says_so_beside_the_verdict() -> None:
    page = shown(cut_short())

    assert wording.headline(cut_short()) == "This run was cut short"
    assert "until it is complete, stay with claude-3-haiku-20240307." in page.text
    assert "cut short Not every question was asked. Of the run's cap of $5.00, $4.98 was used." in page.text
    assert page.text.index(SHORT) < page.text.index("In numbers")


def test_a_complete_run_has_nothing_to_say_of_being_cut_short() -> None:
    assert "cut-short" not in shown(report()).attributes("class")
    assert not unasked_lines(report())


def test_a_verdict_that_another_target_carries_stands_though_one_was_stopped() -> None:
    (_, stopped) = cut_short().contenders
    found = report(contenders=[contender(), target(), stopped.model_copy(update={"id": "stopped"})])

    assert wording.headline(found).startswith("Move to ")
    assert "cut-short" in shown(found).attributes("class")


def test_the_source_and_a_target_that_were_both_stopped_each_have_a_line() -> None:
    detail = "the source was not asked 3 of 600 questions: access was denied: no such model."
    counts = contender().answers.model_copy(update={"unasked": 3})
    missing = gate("every question asked", "inconclusive", 0.005, 0.0, detail)

    lines = unasked_lines(report(contenders=[contender(answers=counts), target(answers=counts, gates=[missing])]))

    assert lines == [
        "claude-3-haiku-20240307 · original was not asked 3 of 600 questions: access was denied: no such model.",
        "claude-3-5-haiku-20241022 · translated was not asked 3 of 600 questions.",
    ]


def test_a_run_without_a_cap_has_no_line_about_it() -> None:
    assert cap_line(report()) is None


def test_what_was_not_asked_is_a_share_and_never_a_count() -> None:
    found = cut_short().contenders[1]

    assert wording.gate_line(found, found.gates[0]) == "“every question asked” (31.2 % unasked; bound 0)"
    assert 'message="inconclusive: measured 31.2 % unasked, bound 0"' in to_junit(cut_short())


def test_a_contender_whose_every_call_failed_is_said_to_have_answered_nothing() -> None:
    failed = gate("any question answered", "inconclusive", 0.0, 1.0, "every call to the target failed: no such model")

    line = wording.gate_line(target(gates=[failed]), failed)

    assert line == "“any question answered” (0.0 % answered; bound any)"


def test_money_is_shown_by_purpose_and_against_the_cap() -> None:
    text = shown(cut_short()).text

    assert "Spent$4.98for source$3.11for targets$1.87Forecast$6.40Cap$5.0099.6 % of it used" in text
    assert "Calls1,276From the cache12" in text


def test_a_run_without_a_cap_says_none() -> None:
    assert "CapnoneCalls" in shown(report()).text


def test_simulated_answers_are_said_to_have_cost_nobody_anything() -> None:
    found = report(spend=Spend(usd=1.5, forecast_usd=None, calls=9, cached=0, notional=True))

    text = shown(found).text

    assert "Simulated answers at list prices; nobody was paid." in text
    assert "At list prices$1.50" in text
    assert "Spent" not in text


def test_an_amount_without_a_price_is_unknown() -> None:
    found = report(spend=Spend(usd=None, forecast_usd=None, calls=9, cached=0, usd_by_purpose={"targets": None}))

    assert "Spentunknowna price is not knownfor targetsunknowna price is not known" in shown(found).text


def test_a_cap_of_nothing_is_shown_without_a_share() -> None:
    found = report(spend=Spend(usd=0.0, forecast_usd=None, calls=0, cached=0, budget_usd=0.0))

    assert "Cap$0Calls" in shown(found).text


@pytest.mark.parametrize(
    ("spend", "line"),
    [
        (cut_short().spend, "Spend: 1,276 calls, 12 answers from the cache, $4.98 of a cap of $5.00."),
        (
            Spend(usd=0.5, forecast_usd=None, calls=1, cached=1, notional=True),
            "Spend: 1 call, 1 answer from the cache, $0.50. Simulated answers at list prices; nobody was paid.",
        ),
        (
            Spend(usd=None, forecast_usd=None, calls=2, cached=0),
            "Spend: 2 calls, 0 answers from the cache, an unknown price.",
        ),
    ],
)
def test_the_terminal_says_what_was_spent(spend: Spend, line: str) -> None:
    assert line in list(report_lines(report(spend=spend), Path("out")))


def test_the_terminal_says_what_was_cut_short_and_that_batches_have_no_latency() -> None:
    lines = list(report_lines(cut_short(), Path("out")))

    assert f"Cut short: {SHORT}" in lines
    assert [line.split() for line in lines if line.startswith(HAIKU)] == [
        [HAIKU, "91.2", "%", "99.7", "%", "0.1235", "batch", "inconclusive"]
    ]


def test_a_refused_run_has_its_spend_in_the_terminal_and_no_table() -> None:
    lines = list(report_lines(refused(), Path("out")))

    assert "Spend: 0 calls, 0 answers from the cache, $0." in lines
    assert not [line for line in lines if line.startswith("contender")]


def test_what_a_model_calls_itself_and_what_its_service_says_cannot_steer_the_terminal() -> None:
    (_, stopped) = cut_short().contenders
    said = gate("every question asked", "inconclusive", 0.3, 0.0, "the target was not asked: \x1b[31mred")
    found = report(contenders=[contender(), stopped.model_copy(update={"model": "x\x1b[31m", "gates": [said]})])

    cut = [line for line in report_lines(found, Path("out")) if line.startswith("Cut short")]

    assert cut
    assert "\x1b" not in cut[0]
