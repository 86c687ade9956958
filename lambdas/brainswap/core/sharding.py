"""How a run is cut: cases into blocks, calls over workers."""

IN_FLIGHT = 16  # calls at once in one worker; the workload's concurrency is shared out among workers
SMALLEST_BLOCK = 50
LARGEST_BLOCK = 500
FEWEST_BLOCKS = 20
ROUNDS = 3  # shards for each worker, so that a slow one does not keep the others waiting at the end


def block_size(cases: int, side_by_side: int) -> int:
    """Cases in a block: enough blocks to keep every worker busy, and never so many cases that one runs long."""
    blocks = max(FEWEST_BLOCKS, ROUNDS * side_by_side)
    return min(max(SMALLEST_BLOCK, -(-cases // blocks)), LARGEST_BLOCK)


def concurrency(calls: int) -> tuple[int, int]:
    """Workers side by side and calls in flight in each, together never above ``calls``."""
    in_flight = min(IN_FLIGHT, calls)
    return max(1, calls // in_flight), in_flight
