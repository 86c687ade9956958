"""State ``Retreat``: the machine itself failed; send the traffic back, for nobody watches it any more."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell, parse
from brainswap.ports import Dependencies
from brainswap.rollout.contracts import RetreatRequest
from brainswap.rollout.going_back import NothingToGoBackToError, go_back, put_right
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BY = "the machine of the roll-out"


def run(request: RetreatRequest, using: Dependencies) -> NothingToTell:
    """Go back, unless nothing has moved or somebody has sent it back already."""
    try:
        reason = f"the roll-out failed: {request.error}: {request.cause}"
        go_back(request.workload, using, reason=reason, by=BY, run_id=request.run_id, failed=True)
    except NothingToGoBackToError as error:
        put_right(
            request.workload, using, run_id=request.run_id
        )  # a step that broke off may have come after the way back
        using.ledger.note(request.run_id, {"rollout_reason": str(error)})
    return NothingToTell()


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RetreatRequest, event), dependencies()).model_dump(mode="json")
