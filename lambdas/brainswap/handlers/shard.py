"""State ``Shard``: cut the test cases into blocks and list the shards, contenders interleaved."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from brainswap.contenders import SOURCE
from brainswap.contracts import FrozenRun, ShardList, ShardRequest, ShardResult, parse
from brainswap.core.cases import Case, Split
from brainswap.core.looks import look_order, one_look
from brainswap.lineup import source_contender
from brainswap.listing import list_shards, plan_of, ranges_of
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: ShardRequest, using: Dependencies) -> ShardResult:
    """Write the blocks in one pass over the frozen cases, then the list of the first look's shards.

    Where there are several looks, one more pass before it finds out where each of them ends.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    files.write_contender(source_contender(frozen))
    contenders = [SOURCE, *(name for target in request.improved for name in target.contenders)]
    listed = _write_blocks(files, frozen, contenders)
    return list_shards(files, frozen, listed, using)


def _write_blocks(files: RunFiles, frozen: FrozenRun, contenders: list[str]) -> ShardList:
    size, stopping = plan_of(frozen).block, frozen.workload.stopping
    if stopping is None:
        order = one_look(frozen.splits[Split.TEST])
    else:
        order = look_order(_test_cases(files), looks=stopping.looks, seed=frozen.seed)
    ranges = ranges_of(order.parts, size)
    next_block = {(one.asked, one.counts): one.first for one in ranges}
    filling: dict[tuple[int, int], list[Case]] = {part: [] for part in next_block}
    for case in _evaluated(files, frozen):
        part = order.part_of(case)
        block = filling[part]
        block.append(case)
        if len(block) == size:
            files.write_block(next_block[part], block)
            next_block[part] += 1
            block.clear()
    for part, rest in filling.items():
        if rest:
            files.write_block(next_block[part], rest)
    return ShardList(
        contenders=contenders,
        blocks=sum(one.blocks for one in ranges),
        cases=sum(one.cases for one in ranges),
        ranges=ranges,
    )


def _evaluated(files: RunFiles, frozen: FrozenRun) -> Iterator[Case]:
    """The test cases, with only those recordings that a contender replays."""
    declared = (frozen.workload.source, *frozen.workload.targets)
    needed = {model.recording for model in declared if model.answers == "recorded"}
    for case in _test_cases(files):
        kept = {name: answer for name, answer in case.recorded.items() if name in needed}
        yield case.model_copy(update={"recorded": kept})


def _test_cases(files: RunFiles) -> Iterator[Case]:
    return (case for case in files.cases() if case.split is Split.TEST)


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(ShardRequest, event), dependencies()).model_dump(mode="json")
