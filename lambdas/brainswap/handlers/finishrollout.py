"""State ``FinishRollout``: all traffic is at the target; close the record and tell who wants to know."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell, parse
from brainswap.rollout.contracts import RolloutRequest
from brainswap.rollout.moving import finish
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    finish(parse(RolloutRequest, event), dependencies())
    return NothingToTell().model_dump(mode="json")
