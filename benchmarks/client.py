"""How long the client takes to resolve a request, and how keys share out, as Markdown tables.

    .venv/bin/python -m benchmarks.client [--calls 20000]

Against the embedded AppConfig and moto's S3, in one process. Times are told beside a plain function call and beside
SHA-256 of a short text, on the same machine in the same minute.
"""

import argparse
import hashlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from statistics import quantiles

from brainswap.client import Client, bucket
from brainswap.client.outcomes import Group, Outcome
from brainswap.client.outcomes import Outcomes as Sums
from brainswap.core.declared_rollout import Guard
from brainswap.core.rollout.analysis import Counted, Outcomes, Rules, analyse
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from local.cloud import local_cloud
from local.functions import environment
from tests.fakes.routed import WORKLOAD, routed

THREADS = 8
KEYS = 10_000
LONG = {"ticket": "It is broken, and nobody answers. " * 60}
MICRO = 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000)
    calls = parser.parse_args().calls
    with (
        EmbeddedAppConfig(clock=JumpingClock()) as appconfig,
        environment(appconfig.endpoints),
        local_cloud(realm="benchmark"),
        routed(appconfig) as traffic,
    ):
        traffic.send(1000)
        client = Client(traffic.settings(), send=lambda _: None)
        client.resolve(WORKLOAD, "first", LONG)
        print("\n".join(times(client, calls)), end="\n\n")
        traffic.send(1000, sample_source=10_000, sample_target=10_000, sample_most=8, sample_until=1 << 40)
        client.refresh()
        print("\n".join(times_of_sampling(client, calls)), end="\n\n")
        client.close()
    print("\n".join(shares()), end="\n\n")
    print("\n".join(characteristics()))
    return 0


def times(client: Client, calls: int) -> Iterator[str]:
    """A row for each thing that is timed."""
    resolved = client.resolve(WORKLOAD, "first", LONG)
    outcomes = Sums()
    group, outcome = Group(WORKLOAD, "target", "run-1/1"), Outcome(ok=True, latency_ms=800.0)
    rows: dict[str, Callable[[int], object]] = {
        "a plain call": lambda number: number,
        "SHA-256 of a short text": lambda number: hashlib.sha256(f"run-1:user-{number}".encode()).digest(),
        "bucket": lambda number: bucket("run-1", f"user-{number}"),
        "resolve, prompt of 2,000 characters": lambda number: client.resolve(WORKLOAD, f"user-{number}", LONG),
        "record": lambda _: outcomes.record(group, outcome, 2000),
        "arguments of Converse": lambda _: resolved.converse(),
    }
    yield "| | median µs | 99th percentile µs |"
    yield "|---|--:|--:|"
    for name, call in rows.items():
        taken = _taken(call, calls)
        yield f"| {name} | {MICRO * taken[49]:.2f} | {MICRO * taken[98]:.2f} |"
    whole = _together(lambda number: client.resolve(WORKLOAD, f"user-{number}", LONG), calls)
    yield f"| resolve, {THREADS} threads at once: time of the process per call | {MICRO * whole:.2f} | |"


def times_of_sampling(client: Client, calls: int) -> Iterator[str]:
    """What it takes to keep a sample of the answers for a judge, while every answer may be one of it."""
    resolved = client.resolve(WORKLOAD, "first", LONG)
    answer = LONG["ticket"]
    rows: dict[str, Callable[[int], object]] = {
        "resolve, prompt of 2,000 characters": lambda number: client.resolve(WORKLOAD, f"user-{number}", LONG),
        "record": lambda _: client.record(resolved, latency_ms=800.0),
        "record, with an answer of 2,000 characters": lambda _: client.record(
            resolved, latency_ms=800.0, answer=answer
        ),
    }
    yield "| while answers are sampled | median µs | 99th percentile µs |"
    yield "|---|--:|--:|"
    for name, call in rows.items():
        taken = _taken(call, calls)
        yield f"| {name} | {MICRO * taken[49]:.2f} | {MICRO * taken[98]:.2f} |"


def _taken(call: Callable[[int], object], calls: int) -> list[float]:
    """The percentiles of the time of a call, in seconds."""
    taken = []
    for number in range(calls):
        began = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - began)
    return quantiles(taken, n=100)


def _together(call: Callable[[int], object], calls: int) -> float:
    def work() -> None:
        for number in range(calls):
            call(number)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    began = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.process_time() - began) / (THREADS * calls)


def shares() -> Iterator[str]:
    """How many of 10,000 keys move at each step, over 200 seeds, in standard errors of the binomial distribution."""
    yield f"| share | mean of {KEYS:,} keys | farthest of 200 seeds, in standard errors | keys that moved back |"
    yield "|--:|--:|--:|--:|"
    keys = [f"user-{number}" for number in range(KEYS)]
    steps = (100, 1000, 5000)
    moved: dict[int, list[int]] = {share: [] for share in steps}
    back = dict.fromkeys(steps, 0)
    for seed in range(200):
        buckets = [bucket(f"run-{seed}", key) for key in keys]
        before: set[int] = set()
        for share in steps:
            now = {number for number, place in enumerate(buckets) if place < share}
            moved[share].append(len(now))
            back[share] += len(before - now)
            before = now
    for share, counts in moved.items():
        p = share / 10_000
        farthest = max(abs(count - KEYS * p) for count in counts) / math.sqrt(KEYS * p * (1 - p))
        yield f"| {share / 100:g} % | {sum(counts) / len(counts):,.1f} | {farthest:.2f} | {back[share]} |"


def characteristics() -> Iterator[str]:
    """What an analysis decides at one look, by exact enumeration; four steps, two bakes, two guards, 95 %."""
    guards = (Guard(measure="errors", margin=0.02), Guard(measure="throttles", margin=0.02))
    rules = Rules(guards=guards, min_requests=100, confidence=0.95, looks=8, bakes=2)
    yield "| requests source, target | source errs | target errs | back at once | waits | goes on |"
    yield "|---|--:|--:|--:|--:|--:|"
    for source_of, target_of in ((9900, 100), (900, 100), (9000, 1000)):
        for theirs, ours in ((0.01, 0.01), (0.01, 0.03), (0.01, 0.05), (0.01, 0.1), (0.01, 0.3)):
            told = _decided(source_of, target_of, theirs, ours, rules)
            cells = " | ".join(f"{100 * told[name]:.1f} %" for name in ("roll_back", "hold", "go_on"))
            yield f"| {source_of:,}, {target_of:,} | {100 * theirs:g} % | {100 * ours:g} % | {cells} |"


def _decided(source_of: int, target_of: int, theirs: float, ours: float, rules: Rules) -> dict[str, float]:
    told = {"roll_back": 0.0, "hold": 0.0, "go_on": 0.0}
    calm = Counted(of=target_of, hits=0)
    for hits in _likely(source_of, theirs):
        source: Outcomes = {"errors": Counted(of=source_of, hits=hits), "throttles": Counted(of=source_of, hits=0)}
        weight = _binomial(source_of, theirs, hits)
        for more in _likely(target_of, ours):
            target: Outcomes = {"errors": Counted(of=target_of, hits=more), "throttles": calm}
            made = analyse(source, target, rules, bake=1)
            told[made.decision] += weight * _binomial(target_of, ours, more)
    return told


def _likely(of: int, rate: float) -> range:
    """Outcomes that are not beyond four standard errors; thinned out where there are many."""
    reach = 4 * math.sqrt(of * rate * (1 - rate)) + 2
    return range(max(0, math.floor(of * rate - reach)), min(of, math.ceil(of * rate + reach)) + 1)


def _binomial(of: int, rate: float, hits: int) -> float:
    logs = math.lgamma(of + 1) - math.lgamma(hits + 1) - math.lgamma(of - hits + 1)
    return math.exp(logs + hits * math.log(rate) + (of - hits) * math.log(1 - rate))


if __name__ == "__main__":
    sys.exit(main())
