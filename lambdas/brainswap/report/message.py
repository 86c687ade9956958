"""What is told of a run by a message: the verdict first, and where the report is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from brainswap.report.model import Report
from brainswap.report.rendering import dollars, moment
from brainswap.report.untrusted import one_line
from brainswap.report.wording import banner, for_manager, headline

SUBJECT_LENGTH = 99  # Amazon SNS takes fewer than 100 characters of ASCII, without line breaks
_DETAIL = 2_000  # characters of a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a run's files are.

    Attributes:
        lasting: of the report, for whoever may read the bucket.
        index: of all runs of the workload, likewise.
        links: by the name of the file, for anybody who has the link …
        until: … at the latest until then; they end sooner where the session that signed them does.
    """

    lasting: str
    index: str
    links: Mapping[str, str]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message in the forms that subscribers take: a subject and a text for people, a document for machines."""

    subject: str
    text: str
    document: Mapping[str, Any]


def message_of(report: Report, places: Places) -> Message:
    """The message about a run that ended in a report."""
    words = f"{report.workload}: {headline(report)}"
    return Message(subject=subject(words), text=_text(report, places), document=_document(report, places))


def subject(words: str) -> str:
    """The words as a subject."""
    words = one_line(words, SUBJECT_LENGTH)
    return words.encode("ascii", "replace").decode("ascii")[:SUBJECT_LENGTH]


def _text(report: Report, places: Places) -> str:
    shown = banner(report)
    spend = "an unknown amount" if report.spend.usd is None else dollars(report.spend.usd)
    lines = [
        f"{headline(report)}.",
        "",
        one_line(for_manager(report), _DETAIL),
        "",
        f"{shown.title}. {shown.detail}",
        f"The run {one_line(report.run_id)} of {one_line(report.workload)} spent {spend}.",
        "",
        "The report, for whoever may read the bucket:",
        places.lasting,
        "All runs of the workload:",
        places.index,
        "",
        f"For anybody, at the latest until {moment(places.until)}:",
        *(f"{name}: {link}" for name, link in places.links.items()),
    ]
    return "\n".join(lines) + "\n"


def _document(report: Report, places: Places) -> dict[str, Any]:
    recommended = report.recommended
    return {
        "schema": "brainswap.message/1",
        "run_id": report.run_id,
        "workload": report.workload,
        "verdict": report.verdict,
        "models": report.models,
        "recommended": None if recommended is None else recommended.model_dump(),
        "sentence": one_line(for_manager(report), _DETAIL),
        "spend_usd": report.spend.usd,
        "report": places.lasting,
        "index": places.index,
        "links": dict(places.links),
        "links_until": places.until.isoformat(),
    }
