"""State ``JudgeSample``: have a judge look at a sample of the answers of both variants."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import parse
from brainswap.rollout.contracts import PlaceRequest
from brainswap.rollout.judging import judge
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(PlaceRequest, event)
    place = judge(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return place.model_dump(mode="json")
