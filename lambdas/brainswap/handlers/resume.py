"""What events lead to: a batch job that ended wakes the task that waits for it, and a run that ended stops its jobs."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from brainswap.batches import BatchFiles, stop_jobs
from brainswap.contracts import BatchRef, NothingToTell
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(event: Mapping[str, Any], using: Dependencies) -> NothingToTell:
    """Take an event of EventBridge; one that concerns nobody here changes nothing."""
    match event:
        case {"source": "aws.bedrock", "detail": {"batchJobArn": str(job)}}:
            token = using.task_tokens.find(job)
            if token is not None:
                using.tasks.succeed(token)
        case {"source": "aws.states", "detail": {"input": str(started_with)}}:
            _stop_jobs(json.loads(started_with), using)
        case _:
            pass
    return NothingToTell()


def _stop_jobs(started_with: Any, using: Dependencies) -> None:
    match started_with:
        case {"run_id": str(run_id)} if using.batch_jobs is not None:
            listed = RunFiles(using.artifacts, run_id).shard_list()
            for contender in listed.contenders if listed else ():
                files = BatchFiles(using.artifacts, BatchRef(run_id=run_id, contender=contender))
                stop_jobs(using.batch_jobs, files.plan())
        case _:
            pass


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies()).model_dump(mode="json")
