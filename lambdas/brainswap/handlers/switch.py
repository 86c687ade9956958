"""State ``Switch``: start moving the traffic, where the workload says how."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import NothingToTell, RunRequest, parse
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: RunRequest, using: Dependencies) -> NothingToTell:
    """Start the machine that moves traffic, or say in the run's record why nothing moves."""
    frozen = RunFiles(using.artifacts, request.run_id).run()
    if frozen.workload.rollout is None:
        using.ledger.note(request.run_id, {"rollout": "not_declared"})
    elif using.rollouts is None:
        using.ledger.note(request.run_id, {"rollout": "not_here"})  # a laptop has no applications to tell
    else:
        # Before the machine can say more of it: what it declines at once must not read as if it were about to begin.
        using.ledger.note(request.run_id, {"rollout": "starting"})
        using.rollouts.start(request.run_id, frozen.workload.name)
    return NothingToTell()


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(RunRequest, event), dependencies()).model_dump(mode="json")
