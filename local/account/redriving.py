"""What ``brainswap redrive`` does: a run that broke off goes on where it was, or anew from what it has paid for."""

import argparse
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from botocore.exceptions import ClientError

from local.account.stack import NoStackError, Stack, add_stack_option, find_stack, speaking
from local.account.undelivered import Redelivered, deliver_again

_LAST_EVENTS = 5
_UNKNOWN = frozenset({"ExecutionDoesNotExist", "InvalidArn"})
_ENDED_BADLY = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """A run that is under way again.

    Attributes:
        run_id: of the run that goes on; a new one where it was started anew.
        was: the id of the run that broke off.
    """

    run_id: str
    was: str
    how: Literal["redriven", "started anew"]

    @property
    def document(self) -> dict[str, Any]:
        return {"run_id": self.run_id, "was": self.was, "how": self.how}

    def lines(self) -> Iterator[str]:
        """The result for people."""
        if self.how == "redriven":
            yield f"{self.run_id} goes on where it broke off."
        else:
            yield f"{self.was} had ended; {self.run_id} is started with the same request."
            yield "What was answered is in the cache, and is not paid for again."


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``redrive``."""
    redriving: argparse.ArgumentParser = commands.add_parser(
        "redrive",
        help="have a failed run in the account go on",
        description="Have a failed run in the account go on: where it broke off, if it was stopped or took too long "
        "and that is not longer ago than 14 days; else anew, and no answer is paid for again. With --undelivered, hand "
        "events that reached no function to it once more.",
    )
    what = redriving.add_mutually_exclusive_group(required=True)
    what.add_argument("run", metavar="RUN", nargs="?", help="the id of the run")
    what.add_argument("--undelivered", action="store_true", help="instead of a run, the events that wait in the queue")
    add_stack_option(redriving)
    redriving.set_defaults(command=_redrive)
    return [redriving]


def _redrive(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    done: Redriven | Redelivered = (
        deliver_again(stack) if chosen.undelivered else redrive(stack, chosen.run, now=lambda: datetime.now(UTC))
    )
    print(json.dumps(done.document, indent=1) if chosen.json else "\n".join(done.lines()))
    return 0


def redrive(stack: Stack, run_id: str, *, now: Callable[[], datetime]) -> Redriven:
    """Have a run that ended badly go on.

    A run whose failure was caught ends in the state ``Fail``, at which Step Functions would take it up again only to
    fail at once; it is started anew instead, with the same request under another id.

    Raises:
        NoStackError: there is no such run, it has not ended badly, or the account cannot be spoken to.
    """
    with speaking():
        states = stack.client("stepfunctions")
        arn = f"{stack.machine.replace(':stateMachine:', ':execution:')}:{run_id}"
        try:
            execution = states.describe_execution(executionArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _UNKNOWN:
                raise
            raise NoStackError(f"{stack.name} has no run {run_id}, or forgot it, as it does after 90 days.") from None
        if execution["status"] not in _ENDED_BADLY:
            raise NoStackError(f"{run_id} is {execution['status']}: there is nothing to go on with.")
        if execution.get("redriveStatus") == "REDRIVABLE" and not _ended_in_fail(states, arn):
            states.redrive_execution(executionArn=arn)
            return Redriven(run_id=run_id, was=run_id, how="redriven")
        return _start_anew(states, stack.machine, run_id, json.loads(execution["input"]), now())


def _ended_in_fail(states: Any, arn: str) -> bool:
    last = states.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=_LAST_EVENTS)["events"]
    return any(event["type"] == "FailStateEntered" for event in last)


def _start_anew(states: Any, machine: str, was: str, request: dict[str, Any], now: datetime) -> Redriven:
    run_id = f"{str(request['workload'])[:50]}-{now:%Y%m%dt%H%M%S}-{secrets.token_hex(2)}"
    again = {**request, "run_id": run_id, "started_at": now.isoformat()}
    states.start_execution(stateMachineArn=machine, name=run_id, input=json.dumps(again))
    return Redriven(run_id=run_id, was=was, how="started anew")
