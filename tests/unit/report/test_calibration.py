"""What the page and the terminal say of scorers beside people."""

from pathlib import Path

import pytest

from brainswap.report.html import to_html
from brainswap.report.model import Report
from brainswap.report.people import Calibration
from local.telling import report_lines
from tests.fakes.calibrated_reports import TOO_FEW, calibrated, calibration, little, nothing
from tests.fakes.pages import read
from tests.fakes.reports import report


def words(found: Report) -> str:
    return " ".join(read(to_html(found, [])).text.split())


def part(*found: Calibration) -> str:
    """What the page says between this section and the next."""
    return words(calibrated(calibration=list(found))).partition("Labels of people tell")[2].partition("Latency")[0]


def test_a_report_of_no_judge_and_no_label_has_no_such_section() -> None:
    assert "Beside people" not in words(report())


def test_agreement_stands_with_its_interval_and_with_that_of_people_among_themselves() -> None:
    shown = part(calibration())

    assert "2 people labelled 187 answers to 100 cases." in shown
    assert "kappa of people and scorer is 0.620 (0.520 to 0.720) at 95 %" in shown
    assert "Scorer less people: +4.0 points (+2.0 to +6.0)." in shown
    assert "People among themselves have a kappa of 0.710 on 50 answers." in shown


def test_confusion_has_a_row_for_each_level_of_people() -> None:
    assert "PeopleScorer: noScorer: yesno319yes3144" in part(calibration())


def test_means_and_differences_by_people_stand_beside_those_of_the_scorer() -> None:
    shown = part(calibration())

    assert "90.0 % (87.5 to 92.1)88.0 % (83.0 to 93.0)" in shown
    assert "+1.2 points (\u22120.7 to +3.1)\u22123.1 points (\u22128.1 to +1.9)" in shown
    assert "weight of the scorer 0.61" in shown


def test_what_is_not_corrected_says_why() -> None:
    shown = part(little())

    assert shown.count(TOO_FEW) == 3
    assert "kappa is unknown: all labels and scores are the same" in shown
    assert "4 labelled cases had not been drawn at random." in shown
    assert "3 labels fit nothing of this run." in shown


def test_a_judge_whom_nobody_has_checked_is_called_that() -> None:
    shown = part(nothing())

    assert "No person has labelled an answer of this run." in shown
    assert "brainswap label" in shown


def test_a_contender_that_the_report_does_not_have_is_passed_over() -> None:
    stranger = calibration().contenders[1].model_copy(update={"contender": "stranger"})

    assert "stranger" not in part(calibration(contenders=[stranger]))


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (calibration(), "correct: a kappa of 0.620 (0.520 to 0.720) with people, who labelled 100 cases."),
        (nothing(), "How far people agree with the judges of `polite` is unknown: see brainswap label --help."),
    ],
)
def test_the_terminal_says_it_too(found: Calibration, line: str, tmp_path: Path) -> None:
    assert line in list(report_lines(calibrated(calibration=[found]), tmp_path))
