"""What is told of an approval that is wanted: what is to be approved, by whom, until when, and how."""

from typing import Any

from brainswap.core.approving.record import ApprovalRecord
from brainswap.report.message import Message, Places, subject
from brainswap.report.model import Report
from brainswap.report.rendering import count, moment
from brainswap.report.untrusted import one_line
from brainswap.report.wording import banner, for_manager, headline

_DETAIL = 2_000  # characters of a sentence


def approval_message(report: Report, record: ApprovalRecord, places: Places) -> Message:
    """The message to those who may approve; neither it nor the document holds what a task could be woken by."""
    return Message(
        subject=subject(f"Approval wanted for {report.workload}: {headline(report)}"),
        text=_text(report, record, places),
        document=approval_document(report, record, places.lasting),
    )


def approval_document(report: Report, record: ApprovalRecord, report_url: str) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schema": "brainswap.approval_wanted/1",
        "run_id": record.run_id,
        "workload": record.workload,
        "version": record.version,
        "verdict": report.verdict,
        "models": report.models,
        "recommended": {"contender": record.contender, "model": record.model, "prompt": record.prompt},
        "report_sha256": record.report_sha256,
        "decision_sha256": record.decision_sha256,
        "people": record.people,
        "approvers": None if record.approvers is None else list(record.approvers),
        "grades": None if record.grades is None else record.grades.model_dump(),
        "expires_at": record.expires_at.isoformat(),
        "report": report_url,
    }


def _text(report: Report, record: ApprovalRecord, places: Places) -> str:
    shown = banner(report)
    run = one_line(record.run_id)
    who = "Two people have" if record.people > 1 else "One person has"
    among = (
        "" if record.approvers is None else f" Who may: {', '.join(one_line(each, 300) for each in record.approvers)}."
    )
    lines = [
        f"{headline(report)}.",
        "",
        one_line(for_manager(report), _DETAIL),
        "",
        f"{shown.title}. {shown.detail}",
        "",
        f"{who} to approve before traffic moves, until {moment(record.expires_at)}.{among}",
        *_grades(record),
        "",
        "Read the report first, for whoever may read the bucket:",
        places.lasting,
        f"SHA-256 of report.json: {record.report_sha256}",
        "",
        "Then, in a terminal with the rights to it:",
        f"  brainswap approve {run}",
        f'  brainswap reject {run} --reason "..."',
        "",
        f"For anybody, at the latest until {moment(places.until)}:",
        *(f"{name}: {link}" for name, link in places.links.items()),
    ]
    return "\n".join(lines) + "\n"


def _grades(record: ApprovalRecord) -> list[str]:
    """What people have to compare before; nothing where they need not."""
    if record.grades is None:
        return []
    first = count(record.grades.people, "person has", "people have")
    worse = f"less than {record.grades.margin:g} worse"
    return [
        "",
        f"Before that, {first} to compare its answers blind, and to find them {worse}:",
        f"  brainswap blind {one_line(record.run_id)}",
    ]
