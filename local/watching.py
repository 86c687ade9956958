"""From what is seen of a run to what is said of it: the state, shards, answers, their pace, money, and time left."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from brainswap.report.rendering import count as counted
from brainswap.report.rendering import dollars

STATES: Final = {
    "Prepare": "Prepare: freezing the workload and looking before spending",
    "Translate": "Improve: giving each target its prompts",
    "Rewrite": "Improve: having models rewrite the prompt",
    "Optimise": "Improve: looking for a better prompt",
    "Shard": "Shard: cutting the cases",
    "Submit": "AskInBatches: asking by batch jobs",
    "Evaluate": "Evaluate: asking and scoring",
    "JudgeAll": "Judge: having the judges look at the answers",
    "Look": "Look: seeing what is settled by the scores so far",
    "Decide": "Decide: comparing and applying the gates",
    "Report": "Report: writing",
    "Announce": "Announce: closing the record",
    "Approve": "Approve: waiting for people to approve or reject the verdict",
    "Switch": "Switch: starting the roll-out",
}
"""What a state does, of those that take a while."""

MINUTE_S = 60
WINDOW = timedelta(minutes=2)  # over which a pace is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A run at a moment; None for what could not be seen.

    Attributes:
        status: in the words of Step Functions.
        state: that was entered last.
        asking: the map over the shards that runs now, by its ARN.
        done: shards of it that have ended; ``shards`` of as many.
        calls: answers that were paid for.
        spent: US dollars, and ``budget`` the cap of the workload.
    """

    at: datetime
    status: str
    state: str | None = None
    asking: str | None = None
    done: int = 0
    shards: int = 0
    calls: int = 0
    spent: Decimal | None = None
    budget: Decimal | None = None

    @property
    def ended(self) -> bool:
        return self.status not in {"RUNNING", "PENDING_REDRIVE"}


class Watch:
    """What is new in each observation of one run."""

    def __init__(self) -> None:
        self._state: str | None = None
        self._said = ""
        self._asking: str | None = None
        self._began: Observation | None = None
        self._recent: deque[Observation] = deque()

    def lines(self, seen: Observation) -> Iterator[str]:
        """Lines to add; none where nothing has changed."""
        if seen.state != self._state and seen.state in STATES:
            self._state = seen.state
            yield STATES[seen.state]
        said = self._progress(seen)
        if said != self._said:
            self._said = said
            if said:
                yield said

    def _progress(self, seen: Observation) -> str:
        """How far the shards are; nothing where none are being asked."""
        if seen.asking is None:
            return ""
        if seen.asking != self._asking:
            self._asking, self._began = seen.asking, seen
            self._recent.clear()
        self._recent.append(seen)
        while len(self._recent) > 1 and seen.at - self._recent[0].at > WINDOW:
            self._recent.popleft()
        told = figures(
            calls=seen.calls, per_second=self._pace(seen), spent=seen.spent, budget=seen.budget, left_s=self._left(seen)
        )
        return f"Evaluate: {seen.done} of {seen.shards} shards{f'; {told}' if told else ''}"

    def _pace(self, seen: Observation) -> float | None:
        earliest = self._recent[0]
        elapsed_s = (seen.at - earliest.at).total_seconds()
        answered = seen.calls - earliest.calls
        return answered / elapsed_s if elapsed_s > 0 and answered >= 0 else None

    def _left(self, seen: Observation) -> float | None:
        """From the shards that ended since the map was first seen."""
        began = self._began
        if began is None or seen.done <= began.done or seen.done >= seen.shards:
            return None
        elapsed_s = (seen.at - began.at).total_seconds()
        return elapsed_s * (seen.shards - seen.done) / (seen.done - began.done)


def figures(
    *, calls: int, per_second: float | None, spent: Decimal | None, budget: Decimal | None, left_s: float | None
) -> str:
    """Answers, their pace, the money against the cap and the time that is left, as far as they are known."""
    if not calls:
        return ""
    said = [counted(calls, "answer")]
    if per_second is not None:
        said.append(f"{per_second:,.0f}/s")
    if spent is not None:
        said.append(dollars(spent) if budget is None else f"{dollars(spent)} of {dollars(budget)}")
    if left_s is not None:
        said.append(f"about {_rounded(left_s)} left")
    return ", ".join(said)


def _rounded(seconds: float) -> str:
    """A guess, with no more digits than it deserves."""
    return f"{max(1, round(seconds))} s" if seconds < 2 * MINUTE_S else f"{round(seconds / MINUTE_S):,} min"
