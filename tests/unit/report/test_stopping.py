"""A report says that a run looked at its scores on the way, how far it went, and why it ended there."""

from typing import Any

from brainswap.report.html import to_html
from brainswap.report.model import Report, Stopping, TargetLooks
from brainswap.report.stopping import stopping_reasons
from tests.fakes.pages import read
from tests.fakes.reports import report, target


def stopping(**changes: Any) -> Stopping:
    fields: dict[str, Any] = {
        "planned": [0.25, 0.5, 0.75, 1.0],
        "looks": 2,
        "cases": 500,
        "of": 1000,
        "early": True,
        "asked_ahead": 0,
        "targets": {target().id: TargetLooks(look=2, share=0.5, settled=True, confidence=0.9895)},
        "rule": "share of the cases to the power of 2",
    }
    return Stopping(**(fields | changes))


def text(found: Report) -> str:
    return " ".join(read(to_html(found, [])).text.split())


def test_a_run_that_stopped_early_says_after_how_much_and_why_beside_the_verdict() -> None:
    page = text(report(stopping=stopping()))

    said = "The run stopped early, at look 2 of 4, after 500 of 1,000 test cases (50%): the verdict stood."
    assert said in page
    assert page.index(said) < page.index("In numbers")


def test_the_plan_and_every_target_are_on_record() -> None:
    page = text(report(stopping=stopping()))

    assert "2 of 4, planned after 25%, 50%, 75%, 100% of the test cases" in page
    assert "settled at look 2, after 50% of the test cases, at 98.95 %" in page


def test_critical_cases_that_were_asked_ahead_are_told_apart() -> None:
    *_, last = stopping_reasons(stopping(asked_ahead=12))

    assert last.startswith("12 more critical cases asked ahead of their turn")


def test_a_run_that_went_to_the_end_says_which_targets_did_not() -> None:
    others = {
        "a": TargetLooks(look=1, share=0.25, settled=True, confidence=0.99),
        "b": TargetLooks(look=4, share=1.0, settled=False, confidence=0.95),
    }
    (said,) = stopping_reasons(stopping(early=False, looks=4, cases=1000, targets=others))

    assert said == (
        "the run went through all 4 looks, to 1,000 of 1,000 test cases (100%); "
        "1 of 2 targets were settled before and asked no more"
    )


def test_a_run_without_looks_says_nothing_of_them() -> None:
    assert "stopped early" not in text(report())
    assert "Looks" not in text(report())
    assert not list(stopping_reasons(None))
