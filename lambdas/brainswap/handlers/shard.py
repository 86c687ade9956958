"""State ``Shard``: cut the test cases into blocks and list the shards, contenders interleaved."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from brainswap.contenders import SOURCE
from brainswap.contracts import BatchRef, FrozenRun, ShardList, ShardRef, ShardRequest, ShardResult, parse
from brainswap.core.cases import Case, Split
from brainswap.core.sharding import shard_plan
from brainswap.lineup import source_contender
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: ShardRequest, using: Dependencies) -> ShardResult:
    """Write the blocks in one pass over the frozen cases, then the list of shards."""
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    files.write_contender(source_contender(frozen))
    contenders = [SOURCE, *(name for target in request.improved for name in target.contenders)]
    cases = blocks = 0
    plan = shard_plan(frozen.splits[Split.TEST], frozen.forecast.calls_at_once)
    for block in _blocks(_evaluated(files, frozen), plan.block):
        files.write_block(blocks, block)
        cases += len(block)
        blocks += 1
    key = files.write_shards(
        (
            ShardRef(run_id=request.run_id, contender=contender, block=block, in_flight=plan.in_flight)
            for block in range(blocks)
            for contender in contenders
        ),
        ShardList(contenders=contenders, blocks=blocks, cases=cases),
    )
    shards = blocks * len(contenders)
    using.ledger.note(request.run_id, {"shards": shards})
    batches = [
        BatchRef(run_id=request.run_id, contender=name)
        for name in contenders
        if files.contender(name).inference == "batch"
    ]
    return ShardResult(
        key=key,
        shards=shards,
        side_by_side=plan.side_by_side,
        batches=batches,
        judged=bool(frozen.workload.judges or frozen.workload.called),
    )


def _evaluated(files: RunFiles, frozen: FrozenRun) -> Iterator[Case]:
    """The test cases, with only those recordings that a contender replays."""
    declared = (frozen.workload.source, *frozen.workload.targets)
    needed = {model.recording for model in declared if model.answers == "recorded"}
    for case in files.cases():
        if case.split is Split.TEST:
            kept = {name: answer for name, answer in case.recorded.items() if name in needed}
            yield case.model_copy(update={"recorded": kept})


def _blocks(cases: Iterable[Case], size: int) -> Iterator[list[Case]]:
    remaining = iter(cases)
    while block := list(islice(remaining, size)):
        yield block


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(ShardRequest, event), dependencies()).model_dump(mode="json")
