"""Which blocks a run has, who is asked about each, and the shards that follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brainswap.contenders import SOURCE
from brainswap.contracts import BatchRef, BlockRange, FrozenRun, ShardList, ShardRef, ShardResult
from brainswap.core.cases import Split
from brainswap.core.looks import Part, shares_of
from brainswap.core.sharding import ShardPlan, shard_plan
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block that was asked, or is.

    Attributes:
        counts: the look from which on its cases count.
        contenders: who is asked about it, the source first.
        uncounted: of these, for whom its turn has not come at their last look, and will not where there is no other.
    """

    number: int
    counts: int
    contenders: Sequence[str]
    uncounted: Sequence[str]


def plan_of(frozen: FrozenRun) -> ShardPlan:
    looks = frozen.workload.stopping.looks if frozen.workload.stopping else 1
    return shard_plan(frozen.splits[Split.TEST], frozen.forecast.calls_at_once, looks=looks)


def ranges_of(parts: Sequence[Part], size: int) -> list[BlockRange]:
    """The blocks of the parts, in their order."""
    found: list[BlockRange] = []
    first = 0
    for part in parts:
        blocks = -(-part.cases // size)
        found.append(BlockRange(asked=part.asked, counts=part.counts, first=first, blocks=blocks, cases=part.cases))
        first += blocks
    return found


def shares_at_looks(listed: ShardList) -> tuple[float, ...]:
    """Of the cases, how many count at each look."""
    parts = (Part(asked=one.asked, counts=one.counts, cases=one.cases) for one in listed.ranges)
    return shares_of(parts) or (1.0,)


def asked_at(listed: ShardList, look: int) -> Iterator[Block]:
    """The blocks that are asked before a look, of those targets that are not settled by then."""
    contenders = [name for name in listed.contenders if listed.settled.get(name, look) >= look]
    for one in listed.ranges:
        if one.asked == look:
            late = [name for name in contenders if listed.settled.get(name, listed.looks) < one.counts]
            for number in range(one.first, one.first + one.blocks):
                yield Block(number=number, counts=one.counts, contenders=contenders, uncounted=late)


def asked_blocks(listed: ShardList) -> Iterator[Block]:
    """All blocks that anybody was asked about."""
    for look in range(1, listed.looks + 1):
        yield from asked_at(listed, look)


def list_shards(files: RunFiles, frozen: FrozenRun, listed: ShardList, using: Dependencies) -> ShardResult:
    """List the shards of the latest look, contenders interleaved, with what all of the run comes to so far."""
    plan = plan_of(frozen)
    blocks = list(asked_at(listed, listed.looks))
    key = files.write_shards(
        (
            ShardRef(run_id=frozen.run_id, contender=contender, block=block.number, in_flight=plan.in_flight)
            for block in blocks
            for contender in block.contenders
        ),
        listed,
    )
    using.ledger.note(frozen.run_id, {"shards": sum(len(block.contenders) for block in asked_blocks(listed))})
    batches = [
        BatchRef(run_id=frozen.run_id, contender=name)
        for name in listed.contenders
        if files.contender(name).inference == "batch"
    ]
    return ShardResult(
        key=key,
        shards=sum(len(block.contenders) for block in blocks),
        side_by_side=plan.side_by_side,
        batches=batches,
        judged=bool(frozen.workload.judges or frozen.workload.called),
        look=listed.looks,
        more=listed.looks < len(shares_at_looks(listed)),
    )


def targets_of(listed: ShardList) -> list[str]:
    return [name for name in listed.contenders if name != SOURCE]
