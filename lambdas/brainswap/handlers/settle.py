"""State ``Settle``: read what people said, end what nobody is waited for any longer, and tell what was decided."""

import math
from typing import TYPE_CHECKING, Any

from brainswap.contracts import SettleRequest, SettleResult, parse
from brainswap.core.approving.record import ApprovalRecord, with_time
from brainswap.core.errors import InvalidRequestError, StorageUnavailableError
from brainswap.ports import Dependencies
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

EVENTS = {"approved": "Migration Approved", "rejected": "Migration Rejected", "expired": "Approval Expired"}
_TRIES = 5  # to write what others may be writing


def run(request: SettleRequest, using: Dependencies) -> SettleResult:
    """Say what stands; the record first, for an event that is lost can be sent again from it.

    Raises:
        InvalidRequestError: nobody was asked.
    """
    record = _ended(request, using)
    if not record.settled:
        left = (record.expires_at - using.clock.now()).total_seconds()
        return SettleResult(status=record.status, seconds=max(1, math.ceil(left)))
    people = [{"person": word.person, "at": word.at.isoformat(), "approves": word.approves} for word in record.words]
    using.ledger.note(request.run_id, {"approval": record.status, "approval_by": people})
    using.events.publish(EVENTS[record.status], _told(record, people))
    return SettleResult(status=record.status, seconds=0)


def _ended(request: SettleRequest, using: Dependencies) -> ApprovalRecord:
    """The record; where the time is up and nobody has decided, it says so before it is returned."""
    for _ in range(_TRIES):
        kept = using.approvals.read(request.run_id)
        if kept is None:
            raise InvalidRequestError(f"nobody was asked to approve {request.run_id}")
        at = max(using.clock.now(), kept.record.expires_at) if request.time_is_up else using.clock.now()
        record = with_time(kept.record, at)
        if record is kept.record or using.approvals.write(record, after=kept.revision):
            return record
    raise StorageUnavailableError(f"the approval of {request.run_id} is being written by others all the time")


def _told(record: ApprovalRecord, people: list[dict[str, Any]]) -> dict[str, Any]:
    rejected = record.status == "rejected"
    return {
        "run_id": record.run_id,
        "workload": record.workload,
        "version": record.version,
        "recommended": {"contender": record.contender, "model": record.model, "prompt": record.prompt},
        "report_sha256": record.report_sha256,
        "decision_sha256": record.decision_sha256,
        "people": people,
        "expires_at": record.expires_at.isoformat(),
        **({"reason": record.words[-1].text} if rejected else {}),
    }


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(SettleRequest, event), dependencies()).model_dump(mode="json")
