"""A run in the account, watched until it ends: what Step Functions and the ledger say, in lines on stderr."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.dynamodb_purse import DynamoPurse
from brainswap.adapters.s3 import S3Artifacts
from brainswap.core.wording import printable
from brainswap.core.workload import Limits
from brainswap.report.rendering import UNKNOWN
from brainswap.run_files import RunFiles
from brainswap.runtime import SystemClock
from local.account.stack import NoStackError, Stack, speaking
from local.run import RunFailedError
from local.watching import Observation, Watch

LOOK_S = 5.0  # between two looks
_EVENTS = 60  # of the history, the latest, in which the state that was entered last is looked for
_LONG = 500


class Watched:
    """One run, through the clients of its stack."""

    def __init__(self, stack: Stack, run_id: str) -> None:
        self._stack = stack
        self._run_id = run_id
        self._states = stack.client("stepfunctions")
        self._ledger = DynamoLedger(stack.client("dynamodb"), stack.ledger_table)
        self._purse = DynamoPurse(stack.client("dynamodb"), stack.ledger_table)
        self._files = RunFiles(S3Artifacts(stack.client("s3"), stack.bucket, SystemClock()), run_id)
        self._limits: Limits | None = None
        self._arn = f"{stack.machine.replace(':stateMachine:', ':execution:')}:{run_id}"

    def look(self, now: datetime) -> Observation:
        """How the run stands.

        Raises:
            NoStackError: there is no such run, or the account cannot be spoken to.
        """
        with speaking():
            try:
                execution = self._states.describe_execution(executionArn=self._arn, includedData="METADATA_ONLY")
            except (self._states.exceptions.ExecutionDoesNotExist, self._states.exceptions.InvalidArn):
                raise NoStackError(
                    f"{self._stack.name} has no run {printable(self._run_id, _LONG)}, or has forgotten it, as it does "
                    "after 90 days."
                ) from None
            status = str(execution["status"])
            balance = self._purse.balance(self._run_id)
            return Observation(
                at=now,
                status=status,
                state=self._state(),
                calls=sum(balance.calls.values()),
                spent=sum(balance.spent.values(), Decimal(0)),
                budget=self._cap(),
                **self._map(),
            )

    def outcome(self) -> dict[str, Any]:
        """What the ledger says of a run that has ended."""
        with speaking():
            return dict(self._ledger.run(self._run_id) or {})

    def _cap(self) -> Decimal | None:
        """Of the workload as it was frozen; None where there is none, or nothing is frozen yet."""
        if self._limits is None and self._files.has("run.json"):
            self._limits = self._files.run().workload.limits
        return None if self._limits is None else self._limits.budget_usd

    def _state(self) -> str | None:
        history = self._states.get_execution_history(
            executionArn=self._arn, reverseOrder=True, maxResults=_EVENTS, includeExecutionData=False
        )["events"]
        entered = (event.get("stateEnteredEventDetails") for event in history)
        return next((str(each["name"]) for each in entered if each), None)

    def _map(self) -> dict[str, Any]:
        """The map over the shards that runs now."""
        runs = self._states.list_map_runs(executionArn=self._arn)["mapRuns"]
        for each in runs:
            found = self._states.describe_map_run(mapRunArn=each["mapRunArn"])
            if found["status"] == "RUNNING":
                counts = found["itemCounts"]
                ended = sum(counts[name] for name in ("succeeded", "failed", "timedOut", "aborted"))
                return {"asking": each["mapRunArn"], "done": ended, "shards": counts["total"]}
        return {}


def tell_until_the_end(stack: Stack, run_id: str, *, as_json: bool) -> int:
    """Watch a run and print how it ended; whoever has seen enough interrupts, and the run goes on."""
    try:
        outcome = watch(stack, run_id)
    except KeyboardInterrupt:
        print("No longer watched; the run goes on in the account.", file=sys.stderr)
        return 0
    print(json.dumps(outcome, indent=1, default=str) if as_json else "\n".join(_outcome_lines(outcome, stack)))
    return 0


def watch(
    stack: Stack,
    run_id: str,
    *,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, Any]:
    """Say what is new in a run until it ends; return what the ledger says of it then.

    Raises:
        RunFailedError: it ended otherwise than in a verdict.
        NoStackError: there is no such run, or the account cannot be spoken to.
    """
    watched, told = Watched(stack, run_id), Watch()
    while True:
        seen = watched.look(now())
        for line in told.lines(seen):
            say(line)
        if seen.ended:
            break
        pause(LOOK_S)
    outcome = watched.outcome()
    if seen.status != "SUCCEEDED" and outcome.get("status") != "done":
        error = outcome.get("shard_error") or outcome.get("error") or seen.status
        cause = outcome.get("shard_cause") or outcome.get("cause") or "no cause was given"
        raise RunFailedError(f"{printable(str(error), _LONG)}: {printable(str(cause), _LONG)}")
    return outcome


def _outcome_lines(outcome: Mapping[str, Any], stack: Stack) -> Iterator[str]:
    """How a run in the account ended, and where its report is."""
    verdict = printable(str(outcome.get("verdict", UNKNOWN)), _LONG)
    yield f"Verdict: {verdict}"
    if outcome.get("models") == "simulated":
        yield "SIMULATED answers: they say nothing about the real models."
    if outcome.get("recommended"):
        yield f"Recommended: {printable(str(outcome['recommended']), _LONG)}"
    if outcome.get("approval"):
        yield f"Approval: {printable(str(outcome['approval']), _LONG)}"
    if outcome.get("report"):
        yield f"Report: s3://{stack.bucket}/{printable(str(outcome['report']), _LONG)}"
