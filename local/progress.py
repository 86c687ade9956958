"""How far a run is: a live line per state on a terminal, plain lines elsewhere; always on stderr."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from brainswap.ports import Balance
from brainswap.runtime import dependencies
from local.functions import Invocation, Observer
from local.watching import figures

_SAID = {
    "prepare": "Prepare: freezing the workload and looking before spending",
    "translate": "Improve: giving each target its prompts",
    "rewrite": "Improve: having models rewrite the prompt",
    "optimise": "Improve: looking for a better prompt",
    "shard": "Shard: cutting the cases",
    "answer": "Evaluate: asking and scoring",
    "judge": "Judge: having the judges look at the answers",
    "look": "Look: seeing what is settled by the scores so far",
    "decide": "Decide: comparing and applying the gates",
    "report": "Report: writing",
    "announce": "Announce: closing the record",
    "switch": "Switch: seeing whether traffic moves",
}


LOOK_S = 1.0  # between two looks at the money of the run


_ASKING = frozenset({"answer", "judge", "score"})


class _Count:
    """What has happened so far; told from several threads.

    Args:
        budget_usd: the cap of the run, if there is one.
    """

    def __init__(self, budget_usd: Decimal | None) -> None:
        self.lock = threading.Lock()
        self.started: set[str] = set()
        self._budget_usd = budget_usd
        self._began = self._looked = time.monotonic()
        self._before: int | None = None
        self._balance: Balance | None = None
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

    def look_at_money(self, invocation: Invocation) -> None:
        """See what the run has paid for, now and then while it asks."""
        now = time.monotonic()
        if invocation.function not in _ASKING or (self._before is not None and now - self._looked < LOOK_S):
            return
        self._looked = now
        self._balance = dependencies().purse.balance(invocation.payload["run_id"])
        if self._before is None:
            self._before, self._began = self._calls, now

    @property
    def _calls(self) -> int:
        return 0 if self._balance is None else sum(self._balance.calls.values())

    def told(self) -> str:
        """Answers, their pace, the money and the time that is left, as far as they are known; else nothing."""
        if self._balance is None or self._before is None or not self._calls:
            return ""
        elapsed_s = self._looked - self._began
        left_s = None
        if 0 < self.scored < self.shards and elapsed_s > 0:
            left_s = (time.monotonic() - self._began) * (self.shards - self.scored) / self.scored
        return figures(
            calls=self._calls,
            per_second=(self._calls - self._before) / elapsed_s if elapsed_s > 0 else None,
            spent=sum(self._balance.spent.values(), Decimal(0)),
            budget=self._budget_usd,
            left_s=left_s,
        )


@contextmanager
def showing(*, quiet: bool, budget_usd: Decimal | None = None) -> Iterator[Observer]:
    """An observer that shows the progress until the block ends."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _live(budget_usd) as observer:
            yield observer
    else:
        yield _plain(budget_usd)


def _plain(budget_usd: Decimal | None) -> Observer:
    count = _Count(budget_usd)

    def observe(invocation: Invocation) -> None:
        with count.lock:
            first = count.take(invocation)
            count.look_at_money(invocation)
            if first in _SAID:
                print(_SAID[first], file=sys.stderr, flush=True)
            if invocation.function == "score" and invocation.result is not None and count.shards:
                tenth = max(1, count.shards // 10)
                if count.scored % tenth == 0 or count.scored == count.shards:
                    told = count.told()
                    said = f"Evaluate: {count.scored} of {count.shards} shards{f'; {told}' if told else ''}"
                    print(said, file=sys.stderr, flush=True)
            if invocation.error:
                print(f"{invocation.function}: {invocation.error}", file=sys.stderr, flush=True)

    return observe


@contextmanager
def _live(budget_usd: Decimal | None) -> Iterator[Observer]:
    count = _Count(budget_usd)
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        tasks = {}

        def observe(invocation: Invocation) -> None:
            with count.lock:
                first = count.take(invocation)
                count.look_at_money(invocation)
                if first in _SAID:
                    total = count.shards if first == "answer" else 1
                    tasks[first] = progress.add_task(_SAID[first], total=total)
                if invocation.result is None:
                    return
                if invocation.function == "score":
                    told = count.told()
                    said = f"Evaluate: {told}" if told else _SAID["answer"]
                    progress.update(tasks["answer"], completed=count.scored, total=count.shards, description=said)
                elif invocation.function in tasks and invocation.function != "answer":
                    progress.update(tasks[invocation.function], completed=1)

        yield observe
