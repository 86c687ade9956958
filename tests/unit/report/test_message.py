"""What is told of a run by a message."""

import json
from datetime import UTC, datetime

import pytest

from brainswap.report.message import SUBJECT_LENGTH, Places, message_of
from brainswap.report.model import Report
from tests.fakes.hostile_reports import HOSTILE
from tests.fakes.reports import hold, inconclusive, refused, report

PLACES = Places(
    lasting="https://console.invalid/r",
    index="https://console.invalid/index",
    links={"report.html": "https://signed.invalid/r"},
    until=datetime(2026, 11, 1, 12, 30, tzinfo=UTC),
)


@pytest.mark.parametrize("whole", [report(), hold(), inconclusive(), refused()], ids=lambda whole: whole.verdict)
def test_a_message_says_the_verdict_first_and_where_the_report_is(whole: Report) -> None:
    message = message_of(whole, PLACES)

    assert message.subject.startswith(f"{whole.workload}: ")
    assert message.text.splitlines()[0] in message.subject + "."
    assert "\nhttps://console.invalid/r\n" in message.text
    assert "\nhttps://console.invalid/index\n" in message.text
    assert "at the latest until 1 November 2026, 12:30 UTC" in message.text
    assert "report.html: https://signed.invalid/r" in message.text
    assert message.document["verdict"] == whole.verdict
    assert json.loads(json.dumps(message.document)) == message.document


def test_simulated_answers_are_called_that() -> None:
    message = message_of(report().model_copy(update={"models": "simulated"}), PLACES)

    assert "SIMULATED" in message.text
    assert message.document["models"] == "simulated"


@pytest.mark.parametrize("text", [*HOSTILE, "a\r\nBcc: all@example.com", "\u202eevil", "Ä" * 300])
def test_a_subject_is_one_short_line_of_ascii(text: str) -> None:
    message = message_of(hold().model_copy(update={"workload": text}), PLACES)

    assert message.subject.isascii()
    assert message.subject.isprintable()
    assert 0 < len(message.subject) <= SUBJECT_LENGTH
    assert not any(ord(sign) < 32 and sign != "\n" for sign in message.text)
    assert "\u202e" not in message.text
