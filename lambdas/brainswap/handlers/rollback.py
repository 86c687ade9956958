"""State ``RollBack``: send all traffic to the source, because the figures say so."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell, parse
from brainswap.ports import Dependencies
from brainswap.rollout.contracts import RolloutRequest
from brainswap.rollout.going_back import NothingToGoBackToError, go_back
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BY = "the analysis of the roll-out"


def run(request: RolloutRequest, using: Dependencies) -> NothingToTell:
    """Go back for the reason that the analysis left in the record; what a person has done already stays done."""
    item = using.rollout_records.current(request.workload) or {}
    if item.get("run_id") == request.run_id and item.get("status") in {"running", "rolling_back"}:
        try:
            reason = str(item.get("reason") or "no reason was kept")
            go_back(request.workload, using, reason=reason, by=BY, run_id=request.run_id)
        except NothingToGoBackToError:
            pass  # a person was faster, between the two looks at the record
    return NothingToTell()


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RolloutRequest, event), dependencies()).model_dump(mode="json")
