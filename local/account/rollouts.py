"""``brainswap rollout status``: how the roll-outs of the account stand, or one of them until it ends."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.adapters.s3 import S3Artifacts
from brainswap.core.errors import InvalidRequestError
from brainswap.core.wording import printable
from brainswap.rollout.standing import Standing, standing_of
from brainswap.runtime import SystemClock
from brainswap.verdicts import Verdicts
from local.account.stack import NoStackError, Stack, add_stack_option, find_stack, speaking
from local.account.telling_rollouts import lines_of, news_of, told_lines
from local.account.told_routes import Told, told_to_applications
from local.run import RunFailedError

DONE = 0
LOOK_S = 5.0  # between two looks
AT_ONCE = 16  # records that are read side by side
_LONG = 1000  # characters of what others wrote
_NOTHING = "No roll-out has begun yet. With `rollout` in a workload, an approved verdict of migrate starts one."


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``rollout`` with what it can be asked."""
    rollout: argparse.ArgumentParser = commands.add_parser(
        "rollout", help="say how traffic moves in the account", description="What is known of the account's roll-outs."
    )
    questions = rollout.add_subparsers(title="commands", required=True, metavar="COMMAND")
    status: argparse.ArgumentParser = questions.add_parser(
        "status",
        help="say how the roll-outs of the account stand",
        description="Say how the roll-outs of the account stand, or that of one workload: whose answers are in use and "
        "in what share, the step and what it waits for, what each guard said at the last look, and the way back.",
    )
    status.add_argument("name", metavar="NAME", nargs="?", help="of the workload (default: all that ever moved)")
    status.add_argument("--watch", action="store_true", help="of one workload: say what changes until it ends")
    add_stack_option(status)
    status.set_defaults(command=_status)
    return [status]


def _status(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    if chosen.watch:
        if chosen.name is None:
            raise NoStackError("A roll-out is watched by its workload: brainswap rollout status NAME --watch.")
        return _tell_until_the_end(stack, chosen.name, as_json=chosen.json)
    if chosen.name is not None:
        one, told = standing(stack, chosen.name), told_to_applications(stack, chosen.name)
        declined = declined_since(stack, one)
        document: Any = {**one.document(), **_told_document(told), "declined_since": declined}
        later = (f"  declined  {printable(run, _LONG)}: {printable(why, _LONG)}" for run, why in declined.items())
        text = "\n".join([*lines_of(one), *told_lines(told, one), *later])
    else:
        found = standings(stack)
        document = [one.document() for one in found]
        text = "\n\n".join("\n".join(lines_of(one)) for one in found) or _NOTHING
    print(json.dumps(document, indent=1) if chosen.json else text)
    return DONE


def standings(stack: Stack) -> list[Standing]:
    """Every workload whose versions were ever published, by name; of a record that is none, a warning is printed.

    Raises:
        NoStackError: the account cannot be spoken to.
    """
    records = DynamoRollouts(stack.client("dynamodb"), stack.ledger_table)

    def read(name: str) -> Standing | None:
        try:
            return _read(records, name)
        except InvalidRequestError as error:
            print(f"Warning: {printable(str(error), _LONG)}.", file=sys.stderr)
            return None

    with speaking():
        names = list(S3Artifacts(stack.client("s3"), stack.bucket, SystemClock()).folders("published/"))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(read, names))
    return [one for one in found if one is not None]


def standing(stack: Stack, workload: str) -> Standing:
    """How the roll-out of one workload stands.

    Raises:
        NoStackError: it never had one, the account cannot be spoken to, or its record is none.
    """
    name = printable(workload)
    with speaking():
        try:
            found = _read(DynamoRollouts(stack.client("dynamodb"), stack.ledger_table), workload)
        except InvalidRequestError as error:
            raise NoStackError(f"{printable(str(error), _LONG)}.") from None
        declined = {} if found else dict(_declined(stack, workload))
    if found is None:
        why = "; ".join(
            f"that of {printable(run, _LONG)} declined: {printable(said, _LONG)}" for run, said in declined.items()
        )
        raise NoStackError(
            f"No roll-out of {name} is known{f': {why}' if why else ''}. Its runs: brainswap status {name}"
        )
    return found


def declined_since(stack: Stack, one: Standing) -> dict[str, str]:
    """Why later runs of the workload moved nothing, by run.

    Raises:
        NoStackError: the account cannot be spoken to.
    """
    with speaking():
        return dict(_declined(stack, one.workload, one.started_at))


def _declined(stack: Stack, workload: str, since: datetime | None = None) -> Iterator[tuple[str, str]]:
    """Of the last verdicts on a workload, those whose roll-out must not begin, with the reason."""
    dynamodb = stack.client("dynamodb")
    ledger = DynamoLedger(dynamodb, stack.ledger_table)
    for verdict in Verdicts(DynamoRecords(dynamodb, stack.ledger_table)).of(workload):
        if since is not None and verdict.decided_at < since:
            continue
        run = ledger.run(verdict.run_id) or {}
        if run.get("rollout") == "declined":
            yield verdict.run_id, str(run.get("rollout_reason") or "no reason is kept")


def _read(records: DynamoRollouts, workload: str) -> Standing | None:
    item = records.current(workload)
    if item is None:
        return None
    asked = records.shadow_asked(str(item.get("run_id"))) if item.get("shadow") else 0
    return standing_of(workload, item, asked=asked, now=datetime.now(UTC))


def _tell_until_the_end(stack: Stack, workload: str, *, as_json: bool) -> int:
    try:
        ended = watch(stack, workload)
    except KeyboardInterrupt:
        print("No longer watched; the roll-out goes on in the account.", file=sys.stderr)
        return DONE
    print(json.dumps(ended.document(), indent=1) if as_json else "\n".join(lines_of(ended)))
    if ended.status == "failed":
        raise RunFailedError(
            f"the roll-out of {printable(ended.run_id)}: {printable(ended.reason or 'no reason is kept', _LONG)}"
        )
    return DONE


def watch(
    stack: Stack,
    workload: str,
    *,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    pause: Callable[[float], None] | None = None,
) -> Standing:
    """Say what is new in a roll-out until it ends.

    Raises:
        NoStackError: there is none, or the account cannot be spoken to.
    """
    said: set[str] = set()
    while True:
        seen = standing(stack, workload)
        for line in news_of(seen):
            if line not in said:
                said.add(line)
                say(line)
        if not seen.going_on:
            return seen
        (pause or time.sleep)(LOOK_S)


def _told_document(told: Told | str) -> dict[str, Any]:
    if isinstance(told, str):
        return {"applications_are_told": None, "applications_are_told_unknown": told}
    return {"applications_are_told": asdict(told)}
