"""How a run is cut: cases into blocks, calls over workers."""

from dataclasses import dataclass

MOST_IN_FLIGHT = 32  # calls at once in one worker, which is paid by the second however many it has …
FEWEST_WORKERS = 2  # … but for this many, so that source and targets are asked in the same minutes
SMALLEST_BLOCK = 50
LARGEST_BLOCK = 500
FEWEST_BLOCKS = 20
ROUNDS = 3  # shards for each worker, so that a slow one does not keep the others waiting at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlan:
    """How a run is cut.

    Attributes:
        cases: that every contender answers.
        block: cases in a block.
        side_by_side: workers at once.
        in_flight: calls at once in each worker.
    """

    cases: int
    block: int
    side_by_side: int
    in_flight: int

    @property
    def blocks(self) -> int:
        return -(-self.cases // self.block)


def shard_plan(cases: int, calls: int, *, looks: int = 1) -> ShardPlan:
    """Cut a run in which every contender answers ``cases``, with ``calls`` at once over all workers.

    Where the scores are looked at on the way, blocks are small enough for the workers to be busy before each look.
    """
    side_by_side, in_flight = workers(calls)
    block = block_size(-(-cases // looks), side_by_side)
    return ShardPlan(cases=cases, block=block, side_by_side=side_by_side, in_flight=in_flight)


def block_size(cases: int, side_by_side: int) -> int:
    """Cases in a block: enough blocks to keep every worker busy, and never so many cases that one runs long."""
    blocks = max(FEWEST_BLOCKS, ROUNDS * side_by_side)
    return min(max(SMALLEST_BLOCK, -(-cases // blocks)), LARGEST_BLOCK)


def workers(calls: int) -> tuple[int, int]:
    """Workers side by side and calls in flight in each, together never above ``calls``."""
    side_by_side = min(calls, max(FEWEST_WORKERS, -(-calls // MOST_IN_FLIGHT)))
    return side_by_side, calls // side_by_side
