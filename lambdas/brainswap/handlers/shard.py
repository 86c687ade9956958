"""State ``Shard``: cut the test cases into blocks and list the shards, contenders interleaved."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from brainswap.contenders import SOURCE, source_contender
from brainswap.contracts import FrozenRun, ShardList, ShardRef, ShardRequest, ShardResult, parse
from brainswap.core.cases import Case, Split
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

IN_FLIGHT = 8  # calls at once in one worker; the workload's concurrency is shared out among workers
SMALLEST_BLOCK = 50
LARGEST_BLOCK = 500
FEWEST_BLOCKS = 20
ROUNDS = 3  # shards for each worker, so that a slow one does not keep the others waiting at the end


def run(request: ShardRequest, using: Dependencies) -> ShardResult:
    """Write the blocks in one pass over the frozen cases, then the list of shards."""
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    files.write_contender(source_contender(frozen))
    contenders = [SOURCE, *(name for target in request.improved for name in target.contenders)]
    cases = blocks = 0
    side_by_side, in_flight = concurrency(frozen.workload.limits.concurrency)
    for block in _blocks(_judged(files, frozen), block_size(frozen.splits[Split.TEST], side_by_side)):
        files.write_block(blocks, block)
        cases += len(block)
        blocks += 1
    shards = [
        ShardRef(run_id=request.run_id, contender=contender, block=block, in_flight=in_flight)
        for block in range(blocks)
        for contender in contenders
    ]
    key = files.write_shards(shards, ShardList(contenders=contenders, blocks=blocks, cases=cases))
    using.ledger.note(request.run_id, {"shards": len(shards)})
    return ShardResult(key=key, shards=len(shards), side_by_side=side_by_side)


def block_size(cases: int, side_by_side: int) -> int:
    """Cases in a block: enough blocks to keep every worker busy, and never so many cases that one runs long."""
    blocks = max(FEWEST_BLOCKS, ROUNDS * side_by_side)
    return min(max(SMALLEST_BLOCK, -(-cases // blocks)), LARGEST_BLOCK)


def concurrency(calls: int) -> tuple[int, int]:
    """Workers side by side and calls in flight in each, together never above ``calls``."""
    in_flight = min(IN_FLIGHT, calls)
    return max(1, calls // in_flight), in_flight


def _judged(files: RunFiles, frozen: FrozenRun) -> Iterator[Case]:
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


def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return run(parse(ShardRequest, event), dependencies()).model_dump(mode="json")
