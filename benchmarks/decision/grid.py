"""What is gone through, how it is shared out among processes, and how it is printed."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing import Pool
from typing import TypeVar

MARGINS = (0.02, 0.05, 0.1)
DISCORDANCES = (0.05, 0.08, 0.15, 0.25, 0.4)
SIZES = (20, 30, 50, 100, 200, 500, 1000)
CONFIDENCES = (0.95, 0.90)
ALLOWED = 0.055

A = TypeVar("A")
R = TypeVar("R")


def in_parallel(work: Callable[[A], R], items: Sequence[A]) -> list[R]:
    """Results in the order of the items; the largest ones should come last."""
    with Pool(os.cpu_count()) as pool:
        return list(reversed(pool.map(work, list(reversed(items)), chunksize=1)))


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('--:' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def percent(share: float) -> str:
    return f"{100 * share:.1f}"
