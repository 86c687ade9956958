"""State ``BeginRollout``: publish both versions and lay the way back, or say why the traffic must not move."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import parse
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import RolloutRequest
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return begin(parse(RolloutRequest, event), dependencies()).model_dump(mode="json")
