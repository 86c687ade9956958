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

from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.adapters.s3 import S3Artifacts
from brainswap.core.wording import printable
from brainswap.report.rendering import count, dollars, percentage, points, points_interval
from brainswap.rollout.standing import WENT_ON, Guarding, LastLook, Share, Standing, Step, standing_of
from brainswap.runtime import SystemClock
from local.account.stack import NoStackError, Stack, add_stack_option, find_stack, speaking
from local.account.told_routes import Told, contradiction, told_to_applications
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
        one = standing(stack, chosen.name)
        told = told_to_applications(stack, chosen.name)
        document: Any = {**one.document(), **_told_document(told)}
        text = "\n".join([*lines_of(one), *_told_lines(told, one)])
    else:
        found = standings(stack)
        document = [one.document() for one in found]
        text = "\n\n".join("\n".join(lines_of(one)) for one in found) or _NOTHING
    print(json.dumps(document, indent=1) if chosen.json else text)
    return DONE


def standings(stack: Stack) -> list[Standing]:
    """Every workload whose versions were ever published, by name.

    Raises:
        NoStackError: the account cannot be spoken to, or a record is none.
    """
    with speaking():
        names = list(S3Artifacts(stack.client("s3"), stack.bucket, SystemClock()).folders("published/"))
        records = DynamoRollouts(stack.client("dynamodb"), stack.ledger_table)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda name: _read(records, name), names))
    return [one for one in found if one is not None]


def standing(stack: Stack, workload: str) -> Standing:
    """How the roll-out of one workload stands.

    Raises:
        NoStackError: it never had one, the account cannot be spoken to, or its record is none.
    """
    with speaking():
        found = _read(DynamoRollouts(stack.client("dynamodb"), stack.ledger_table), workload)
    if found is None:
        name = printable(workload)
        raise NoStackError(f"No roll-out of {name} is known. Its runs may say why: brainswap status {name}")
    return found


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
            f"the roll-out of {printable(ended.run_id)}: {_words(ended.reason) or 'no reason is kept'}"
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
        for line in _news(seen):
            if line not in said:
                said.add(line)
                say(line)
        if not seen.going_on:
            return seen
        (pause or time.sleep)(LOOK_S)


def _news(seen: Standing) -> Iterator[str]:
    """What is worth a line of its own when it is seen first."""
    if seen.last_look is not None:
        yield _look_line(seen.last_look)
        yield from (f"  {_guard_line(one)}" for one in seen.last_look.guards)
    if seen.step is not None:
        yield _step_line(seen.step)
    if seen.status != "running":
        yield f"{_status_words(seen)}"


def lines_of(one: Standing) -> Iterator[str]:
    """How a roll-out stands, for people; what others wrote is made fit to print."""
    yield f"{one.workload}  {_status_words(one)}  ({printable(one.run_id, _LONG)})"
    for role, side in (("source", one.source), ("target", one.target)):
        version = f"prompt {printable(side.prompt_sha256[:12])}, version {printable(side.version_sha256[:12])}"
        yield f"  {role}  {side.percent} % at {printable(side.model, _LONG)}, {version}"
    if one.step is not None:
        yield f"  {_step_line(one.step)}"
    if one.waits_for is not None:
        yield f"  waits for {printable(one.waits_for, _LONG)}"
    if one.last_look is not None:
        yield f"  {_look_line(one.last_look)}"
        yield from (f"    {_guard_line(guard)}" for guard in one.last_look.guards)
        if one.going_on and one.last_look.decision != WENT_ON:
            yield f"    because {_words(one.last_look.reason)}"
    elif "last_look" in one.unknown:
        yield f"  last look: {one.unknown['last_look']}"
    if one.reason is not None and not one.going_on:
        yield f"  because {_words(one.reason)}{f' (by {_words(one.by)})' if one.by else ''}"
    if one.shadow is not None:
        cost = "unknown, for no price is known" if one.shadow.usd is None else f"at most {dollars(one.shadow.usd)}"
        yield (
            f"  shadow  {one.shadow.asked:,} of {count(one.shadow.most, 'request')} set aside; cost {cost} of "
            f"{dollars(one.shadow.budget_usd)}"
        )
    yield f"  way back  {printable(one.way_back.detail, _LONG)}"
    yield from (f"  warning  {printable(remark, _LONG)}" for remark in one.remarks)


def _told_document(told: Told | str) -> dict[str, Any]:
    if isinstance(told, str):
        return {"applications_are_told": None, "applications_are_told_unknown": told}
    return {"applications_are_told": asdict(told)}


def _told_lines(told: Told | str, one: Standing) -> Iterator[str]:
    if isinstance(told, str):
        yield f"  what applications are told could not be read: {told}"
    wrong = contradiction(told, one)
    if wrong is not None:
        yield f"  WARNING  {wrong}"


def _status_words(one: Standing) -> str:
    at = one.ended_at or one.started_at
    since = "" if at is None else f" since {at:%Y-%m-%d %H:%M} UTC"
    return f"{printable(one.status).replace('_', ' ')}{since}"


def _step_line(step: Step) -> str:
    place = f"step {step.number} of {step.of} ({step.percent} %)" if step.number else "shadow, before the first step"
    since = "" if step.since is None else f" since {step.since:%H:%M}"
    bake = f"bake {step.bake} of {step.bakes} ends {step.bake_ends_at:%Y-%m-%d %H:%M} UTC"
    return f"{place}{since}, {bake}; then {step.then}"


def _look_line(look: LastLook) -> str:
    place = f"step {look.step}" if look.step else "the shadow"
    return f"last look  {look.at:%Y-%m-%d %H:%M} UTC at bake {look.bake} of {place}: {look.decision}"


def _guard_line(one: Guarding) -> str:
    name = f"{printable(one.measure)}  {one.finding}"
    if one.difference is None:
        return f"{name}  {printable(one.detail, _LONG)}"
    against = "" if one.source is None else f" against {_share_words(one.source)}"
    target = "nothing known" if one.target is None else _share_words(one.target)
    difference = points_interval(one.difference, one.low, one.high, bound=one.margin)
    return f"{name}  {target}{against}, difference {difference}, margin {points(one.margin)}"


def _share_words(share: Share) -> str:
    return f"{share.hits:,} of {share.of:,} ({percentage(share.hits / share.of) if share.of else 'none'})"


def _words(text: str | None) -> str:
    return printable(text or "", _LONG)
