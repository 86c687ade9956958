"""``Recover``: a machine that moved traffic has ended before its end; send the traffic back, for nobody watches it.

A machine that was stopped, or that ran out of time, catches nothing and comes to no state any more. One that failed has
mostly been to ``Retreat``; where that could not go back either, this is the next attempt.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from brainswap.contracts import NothingToTell
from brainswap.ports import Dependencies
from brainswap.rollout.contracts import RolloutRequest
from brainswap.rollout.going_back import NothingToGoBackToError, go_back, put_right
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BY = "whoever hears of machines that broke off"
_WHY = {
    "ABORTED": "its machine was stopped",
    "TIMED_OUT": "its machine ran out of time",
    "FAILED": "its machine failed",
}


def run(event: Mapping[str, Any], using: Dependencies) -> NothingToTell:
    """Take an event of EventBridge; one that concerns no roll-out changes nothing."""
    match event:
        case {"source": "aws.states", "detail": {"status": str(status), "input": str(started_with)} as detail}:
            request = _request(started_with)
            if request is not None:
                _recover(request, f"{_WHY.get(status, status)}: {detail.get('cause') or 'no cause was given'}", using)
        case _:
            pass
    return NothingToTell()


def _request(started_with: str) -> RolloutRequest | None:
    """What the machine was started with; None where it is not what starts a roll-out."""
    try:
        return RolloutRequest.model_validate(json.loads(started_with))
    except (ValueError, ValidationError):
        return None


def _recover(request: RolloutRequest, why: str, using: Dependencies) -> None:
    """Go back, if nobody has: the traffic of a roll-out that has come to its end stays where it is."""
    reason = f"the roll-out broke off: {why}"
    try:
        go_back(request.workload, using, reason=reason, by=BY, run_id=request.run_id, failed=True)
    except NothingToGoBackToError:
        # A step that broke off may have come after the way back.
        put_right(request.workload, using, run_id=request.run_id)


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies()).model_dump(mode="json")
