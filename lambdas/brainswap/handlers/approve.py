"""State ``Approve``: write down who is asked for what, tell them, and let the task wait for their word."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from brainswap.contracts import ApproveRequest, NothingToTell, parse
from brainswap.core.approving.record import ApprovalRecord, GradesWanted
from brainswap.core.errors import InvalidRequestError, StorageUnavailableError
from brainswap.linking import places_of
from brainswap.ports import Dependencies, KeptApproval
from brainswap.report.asking_for_approval import approval_document, approval_message
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_TRIES = 5  # to write what others may be writing


def run(request: ApproveRequest, using: Dependencies) -> NothingToTell:
    """Ask once, whichever attempt this is; the task goes on at once where people have decided before.

    Raises:
        InvalidRequestError: there is nothing to approve.
    """
    files = RunFiles(using.artifacts, request.run_id)
    text = files.read_text("report.json")
    report = from_json(text)
    kept = _keep(_wanted(request, report, text, files, using), using)
    using.approvals.keep_token(request.run_id, request.token)
    if not kept.record.announced and not kept.record.settled:
        _tell(report, kept.record, files, using)
        using.ledger.note(request.run_id, {"approval": "wanted", "approval_until": kept.record.expires_at.isoformat()})
        _note_told(request.run_id, using)
    # Looked at after the token is kept: whoever decides in between finds the token, or is seen here, or both.
    standing = using.approvals.read(request.run_id)
    if standing is not None and standing.record.settled:
        using.tasks.succeed(request.token)
    return NothingToTell()


def _wanted(request: ApproveRequest, report: Report, text: str, files: RunFiles, using: Dependencies) -> ApprovalRecord:
    if report.recommended is None:
        raise InvalidRequestError(f"{request.run_id} recommends nothing that could be approved")
    workload = files.run().workload
    now = using.clock.now()
    return ApprovalRecord(
        run_id=request.run_id,
        workload=report.workload,
        version=str((using.ledger.run(request.run_id) or {}).get("version", "")),
        contender=report.recommended.contender,
        model=report.recommended.model,
        prompt=report.recommended.prompt,
        report_sha256=_sha256(text),
        decision_sha256=_sha256(files.read_text("decision.json")),
        people=max(1, workload.approvals),
        approvers=workload.approval.approvers,
        grades=None
        if workload.approval.grades is None
        else GradesWanted(**workload.approval.grades.model_dump(), confidence=workload.confidence),
        wanted_at=now,
        expires_at=now + timedelta(seconds=request.seconds),
    )


def _keep(wanted: ApprovalRecord, using: Dependencies) -> KeptApproval:
    """Keep what is wanted, in place of what was wanted of other files; people's words on the same files stay."""
    for _ in range(_TRIES):
        kept = using.approvals.read(wanted.run_id)
        record = wanted
        if kept is not None and kept.record.is_of_same(wanted):
            if kept.record.settled or kept.record.expires_at >= wanted.expires_at:
                return kept
            record = kept.record.changed(expires_at=wanted.expires_at)
        after = kept.revision if kept else 0
        if using.approvals.write(record, after=after):
            return KeptApproval(record=record, revision=after + 1)
    raise StorageUnavailableError(f"the approval of {wanted.run_id} is being written by others all the time")


def _tell(report: Report, record: ApprovalRecord, files: RunFiles, using: Dependencies) -> None:
    """Twice is possible, where an attempt breaks off between telling and noting it; never is not."""
    using.events.publish("Approval Wanted", approval_document(report, record, files.key("report.html")))
    if using.messages is None:
        return
    message = approval_message(report, record, places_of(report, files, using))
    attributes = {"workload": report.workload, "verdict": report.verdict}
    using.messages.send(message.subject, message.text, message.document, attributes)


def _note_told(run_id: str, using: Dependencies) -> None:
    for _ in range(_TRIES):
        kept = using.approvals.read(run_id)
        if kept is None or kept.record.announced:
            return
        if using.approvals.write(kept.record.changed(announced=True), after=kept.revision):
            return


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(ApproveRequest, event), dependencies()).model_dump(mode="json")
