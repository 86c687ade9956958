"""State ``Look``: look at the scores so far, and list the shards of the targets that are not settled by them."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import LookRequest, ShardResult, parse
from brainswap.core.errors import InvalidRequestError
from brainswap.evaluating import Replay
from brainswap.listing import list_shards, plan_of
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: LookRequest, using: Dependencies) -> ShardResult:
    """Say which shards come next, or that there are none, because the verdict on every target stands.

    Everything is worked out from the scores, so that a look that is taken again says the same.

    Raises:
        InvalidRequestError: there is nothing to look at.
        IncompleteEvaluationError: a shard has no scores.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen, listed = files.run(), files.shard_list()
    if listed is None:
        raise InvalidRequestError("there is nothing to look at: the run has no shards")
    contenders = {name: files.contender(name) for name in listed.contenders}
    looking = Replay(files, frozen, listed, contenders).take(request.look)
    now = listed.model_copy(update={"looks": request.look, "settled": looking.settled})
    if looking.finished:
        files.write_shard_list(now)
        key = files.shards_key(request.look)
        return ShardResult(key=key, shards=0, side_by_side=plan_of(frozen).side_by_side, look=request.look)
    return list_shards(files, frozen, now.model_copy(update={"looks": request.look + 1}), using)


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(LookRequest, event), dependencies()).model_dump(mode="json")
