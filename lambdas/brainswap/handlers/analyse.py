"""State ``Analyse``: go on, hold, or go back, by what applications report of both variants."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import parse
from brainswap.rollout.contracts import PlaceRequest
from brainswap.rollout.moving import look
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return look(parse(PlaceRequest, event), dependencies()).model_dump(mode="json")
