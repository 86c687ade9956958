"""What events lead to: a batch job that ended wakes the task that waits for it, and a run that broke off stops jobs."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from brainswap.batches import BatchFiles, stop_jobs
from brainswap.contracts import BatchRef, NothingToTell
from brainswap.core.declared_rewriting import Rewriter
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


_IN_JOBS: Rewriter = "prompt_optimization_job"


def run(event: Mapping[str, Any], using: Dependencies) -> NothingToTell:
    """Take an event of EventBridge; one that concerns nobody here changes nothing."""
    match event:
        case {"source": "aws.bedrock", "detail": {"batchJobArn": str(arn)}}:
            token = using.task_tokens.find(arn)
            if token is not None:
                using.tasks.succeed(token)
        case {"source": "aws.states", "detail": {"input": str(started_with)}}:
            run_of = json.loads(started_with)
            _stop_jobs(run_of, using)
            _stop_prompt_jobs(run_of, using)
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


def _stop_prompt_jobs(started_with: Any, using: Dependencies) -> None:
    match started_with:
        case {"run_id": str(run_id)} if using.prompt_jobs is not None:
            files = RunFiles(using.artifacts, run_id)
            frozen = files.run() if files.has("run.json") else None
            wanted = frozen is not None and _IN_JOBS in frozen.workload.rewriters
            targets = range(len(frozen.workload.targets)) if frozen is not None and wanted else ()
            for target in targets:
                standing = files.rewriting(target, _IN_JOBS)
                if standing.job is not None and not standing.ended:
                    using.prompt_jobs.stop(standing.job)
        case _:
            pass


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(event, dependencies()).model_dump(mode="json")
