"""What it costs in time that a shard is asked step by step: ``python -m benchmarks.steps``.

Latencies are drawn from a lognormal distribution and nothing else limits the calls, so that the ratio is that of
waiting at the end of each step alone: the time of a shard asked step by step by that of one whose cases go ahead on
their own.
"""

import heapq
from collections.abc import Iterable, Sequence
from random import Random

SPREAD = 0.5  # standard deviation of the logarithm of a latency
SHARDS = 200  # that are drawn


def shard(cases: int, steps: int, seed: int) -> list[list[float]]:
    """A latency for each case and step, in medians."""
    random = Random(seed)  # noqa: S311 - no secret
    return [[random.lognormvariate(0, SPREAD) for _ in range(steps)] for _ in range(cases)]


def ends_at(calls: Iterable[float], in_flight: int, begins_at: float = 0.0) -> float:
    """When the last call ends, where each begins as soon as one of those before it has ended."""
    free = [begins_at] * in_flight
    end = begins_at
    for call in calls:
        ended = heapq.heappop(free) + call
        heapq.heappush(free, ended)
        end = max(end, ended)
    return end


def ratio(latencies: Sequence[Sequence[float]], in_flight: int) -> float:
    """Step by step, by case by case."""
    at = 0.0
    for step in range(len(latencies[0])):
        at = ends_at((case[step] for case in latencies), in_flight, at)
    return at / ends_at(map(sum, latencies), in_flight)


def mean_ratio(cases: int, steps: int, in_flight: int, shards: int = SHARDS) -> float:
    return sum(ratio(shard(cases, steps, seed), in_flight) for seed in range(shards)) / shards


def main() -> None:
    for cases in (50, 200, 1000):
        for in_flight in (8, 32):
            print(f"{cases:5} cases, {in_flight:2} calls at once, 3 steps: {mean_ratio(cases, 3, in_flight):.2f}")


if __name__ == "__main__":
    main()
