"""``brainswap push``: bring a workload into the account, whole or not at all."""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from brainswap.adapters.directory import DirectoryFolder
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.adapters.s3 import RANGE
from brainswap.core.errors import InvalidRequestError
from brainswap.core.loading.workloads import WORKLOAD_FILE
from brainswap.core.registering.registration import InForce, Registration
from brainswap.registry import Registry
from brainswap.run_files import workload_prefix
from local.account.stack import Stack, add_stack_option, find_stack, speaking
from local.workloads import CheckedWorkload, check_workload

DONE, REJECTED, UNANSWERED = 0, 2, 1
WAIT_S = 180.0
LOOK_S = 1.0
# A part of a large file in memory, not ten.
_ONE_AT_A_TIME = TransferConfig(use_threads=False, multipart_threshold=RANGE, multipart_chunksize=RANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of a push; ``registration`` is None where the account has not said yet."""

    workload: str
    version: str
    in_force: str | None
    registration: Registration | None


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``push``."""
    push: argparse.ArgumentParser = commands.add_parser(
        "push",
        help="bring a workload into the account",
        description="Validate a workload and bring it into the account as a version of its own: the same content is "
        "the same version. The version that was pushed last is in force; one that is rejected there changes nothing.",
    )
    push.add_argument("directory", metavar="DIR", type=Path, help="the folder of the workload")
    add_stack_option(push)
    push.set_defaults(command=_push)
    return [push]


def _push(chosen: argparse.Namespace) -> int:
    checked = check_workload(chosen.directory, "bedrock")
    pushed = push_workload(checked, find_stack(chosen.stack))
    if chosen.json:
        print(json.dumps(_document(pushed), indent=1))
    elif pushed.registration is None:
        print(
            f"{pushed.workload} {pushed.version} is uploaded, and the account has not said yet what it makes of it: "
            f"look again with brainswap status {pushed.workload}.",
            file=sys.stderr,
        )
    elif pushed.registration.rejected:
        print("\n".join(pushed.registration.problems), file=sys.stderr)
        print(f"The account rejected {pushed.version}; {_stays(pushed)}.", file=sys.stderr)
    else:
        print(f"{pushed.workload} {pushed.version} is registered; {_stays(pushed)}.")
        print(f"Next: brainswap start {pushed.workload}")
    if pushed.registration is None:
        return UNANSWERED
    return REJECTED if pushed.registration.rejected else DONE


def push_workload(checked: CheckedWorkload, stack: Stack) -> Pushed:
    """Upload all files, the declaration last, and wait for what the account makes of them.

    Raises:
        NoStackError: the account cannot be spoken to, or refuses.
    """
    with speaking():
        s3 = stack.client("s3")
        folder = DirectoryFolder(checked.directory)
        for name in (*(name for name in checked.files if name != WORKLOAD_FILE), WORKLOAD_FILE):
            key = f"{workload_prefix(checked.name, checked.version)}/{name}"
            s3.upload_file(str(folder.local_path(name)), stack.bucket, key, Config=_ONE_AT_A_TIME)
        last = s3.head_object(Bucket=stack.bucket, Key=key)
        registry = Registry(DynamoRecords(stack.client("dynamodb"), stack.ledger_table))
        ids = {last.get("VersionId"), last["ETag"].strip('"')}
        return _outcome(registry, checked, ids, last["LastModified"])


def _outcome(registry: Registry, checked: CheckedWorkload, ids: set[str | None], uploaded: datetime) -> Pushed:
    until = time.monotonic() + WAIT_S
    while True:
        found = registry.version(checked.name, checked.version)
        current = _current(registry, checked.name)
        in_force = current.version if current else None
        # Somebody else may have pushed the same in the meantime, so that the record is of his upload.
        known = found is not None and (found.upload in ids or found.whole_at > uploaded) and _is_settled(found, current)
        if known or time.monotonic() >= until:
            return Pushed(
                workload=checked.name,
                version=checked.version,
                in_force=in_force,
                registration=found if known else None,
            )
        time.sleep(LOOK_S)


def _current(registry: Registry, name: str) -> InForce | None:
    """What is in force; None while that is not understood, which this very push mends."""
    try:
        return registry.current(name)
    except InvalidRequestError:
        return None


def _is_settled(found: Registration, current: InForce | None) -> bool:
    """Whether it is decided which version is in force; that of an upload is kept a moment before it is put there."""
    return found.rejected or (current is not None and current.whole_at >= found.whole_at)


def _stays(pushed: Pushed) -> str:
    if pushed.in_force is None:
        return "no version of the workload is in force"
    if pushed.in_force == pushed.version:
        return "it is in force"
    return f"in force is {pushed.in_force}"


def _document(pushed: Pushed) -> dict[str, Any]:
    found = pushed.registration
    status = "unanswered" if found is None else "rejected" if found.rejected else "registered"
    return {
        "workload": pushed.workload,
        "version": pushed.version,
        "status": status,
        "in_force": pushed.in_force,
        "problems": list(found.problems) if found else [],
    }
