"""How many comparisons of 500 pairs are made in a minute, from the scores to the interval, and what a million takes."""

import time
from collections.abc import Iterator
from itertools import repeat

import numpy as np

from benchmarks.decision.grid import in_parallel, markdown
from brainswap.core.decision.paired_tally import PairedTally

PAIRS = 500
COMPARISONS = 2000
MILLION = 1_000_000
CONFIDENCE = 0.95
SEED = 20261106
KINDS = ("0/1", "quarters", "continuous, half of them tied", "0/1 in clusters of 5")


def table() -> Iterator[str]:
    yield f"### Speed: comparisons of {PAIRS} pairs in a minute"
    yield ""
    rows = [[kind, *(f"{60 * COMPARISONS / each:,.0f}" for each in _compare(kind))] for kind in KINDS]
    yield from markdown(["scores", "of the clock, on one processor", "of the processor's own time"], rows)
    yield ""
    yield from markdown([f"{MILLION:,} pairs of", "seconds", "values kept"], in_parallel(_million, list(KINDS)))


def _compare(kind: str) -> tuple[float, float]:
    """Seconds of the clock and of the processor for all comparisons."""
    source, target, units = _scores(kind, PAIRS)
    began, working = time.perf_counter(), time.process_time()
    for _ in range(COMPARISONS):
        tally = PairedTally()
        for before, after, unit in zip(source, target, units, strict=False):
            tally.add(before, after, unit=unit)
        tally.comparison(CONFIDENCE)
    return time.perf_counter() - began, time.process_time() - working


def _million(kind: str) -> list[str]:
    source, target, _ = _scores(kind, 10_000)
    clustered = "clusters" in kind
    began = time.perf_counter()
    tally = PairedTally()
    for number in range(MILLION):
        place = number % 10_000
        unit = f"cluster {number // 5}" if clustered else None
        tally.add(source[place], target[place], unit=unit)
    tally.comparison(CONFIDENCE)
    took = time.perf_counter() - began
    return [kind, f"{took:.1f}", f"{len(tally.draws.atoms()):,}"]


RIGHT, TIED = 0.8, 0.5  # shares of the answers, and of the pairs of continuous scores


def _scores(kind: str, n: int) -> tuple[list[float], list[float], Iterator[str | None] | list[str]]:
    rng = np.random.default_rng(SEED)
    if kind.startswith("0/1"):
        source, target = (rng.random((2, n)) < RIGHT).astype(float)
    elif kind == "quarters":
        source, target = rng.binomial(4, RIGHT, (2, n)) / 4
    else:
        source = rng.beta(4, 1, n)
        target = np.where(rng.random(n) < TIED, source, rng.beta(4, 1, n))
    units = [f"cluster {place // 5}" for place in range(n)] if "clusters" in kind else repeat(None)
    return source.tolist(), target.tolist(), units
