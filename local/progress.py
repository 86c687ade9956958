"""How far a run is: a live line per state on a terminal, plain lines elsewhere; always on stderr."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.functions import Invocation, Observer

_SAID = {
    "prepare": "Prepare: freezing the workload and looking before spending",
    "translate": "Improve: giving each target its prompts",
    "shard": "Shard: cutting the cases",
    "answer": "Evaluate: asking and scoring",
    "judge": "Judge: having the judges look at the answers",
    "look": "Look: seeing what is settled by the scores so far",
    "decide": "Decide: comparing and applying the gates",
    "report": "Report: writing",
    "announce": "Announce: closing the record",
}


class _Count:
    """What has happened so far; told from several threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.started: set[str] = set()
        self.shards = 0
        self.scored = 0
        self.failures: Counter[str] = Counter()

    def take(self, invocation: Invocation) -> str | None:
        """Count an invocation; return its function's name when it is the first of its kind."""
        name = invocation.function
        if invocation.result is None and invocation.error is None:
            first = name not in self.started
            self.started.add(name)
            return name if first else None
        if invocation.error:
            self.failures[f"{name}: {invocation.error}"] += 1
        elif name == "shard" and invocation.result is not None:
            self.shards = invocation.result["shards"]
        elif name == "look" and invocation.result is not None:
            self.shards += invocation.result["shards"]
        elif name == "score":
            self.scored += 1
        return None


@contextmanager
def showing(*, quiet: bool) -> Iterator[Observer]:
    """An observer that shows the progress until the block ends."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _live() as observer:
            yield observer
    else:
        yield _plain()


def _plain() -> Observer:
    count = _Count()

    def observe(invocation: Invocation) -> None:
        with count.lock:
            first = count.take(invocation)
            if first in _SAID:
                print(_SAID[first], file=sys.stderr, flush=True)
            if invocation.function == "score" and invocation.result is not None and count.shards:
                tenth = max(1, count.shards // 10)
                if count.scored % tenth == 0 or count.scored == count.shards:
                    print(f"Evaluate: {count.scored} of {count.shards} shards", file=sys.stderr, flush=True)
            if invocation.error:
                print(f"{invocation.function}: {invocation.error}", file=sys.stderr, flush=True)

    return observe


@contextmanager
def _live() -> Iterator[Observer]:
    count = _Count()
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        tasks = {}

        def observe(invocation: Invocation) -> None:
            with count.lock:
                first = count.take(invocation)
                if first in _SAID:
                    tasks[first] = progress.add_task(_SAID[first], total=count.shards if first == "answer" else 1)
                if invocation.result is None:
                    return
                if invocation.function == "score":
                    progress.update(tasks["answer"], completed=count.scored, total=count.shards)
                elif invocation.function in tasks and invocation.function != "answer":
                    progress.update(tasks[invocation.function], completed=1)

        yield observe
