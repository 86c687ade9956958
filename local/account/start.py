"""``brainswap start``: begin a migration of a workload that the account knows."""

import argparse
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.contracts import PrepareRequest
from brainswap.registry import Registry
from local.account.stack import NoStackError, Stack, add_stack_option, find_stack, speaking

DONE = 0


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``start``."""
    start: argparse.ArgumentParser = commands.add_parser(
        "start",
        help="start a migration in the account",
        description="Start a migration of the version of a workload that is in force, in the account.",
    )
    start.add_argument("name", metavar="NAME", help="of the workload")
    start.add_argument(
        "--to",
        metavar="MODEL",
        nargs="+",
        default=[],
        help="ids of models to measure in the place of the declared targets",
    )
    start.add_argument("--seed", type=int, default=0, metavar="N", help="of everything that is drawn (default: 0)")
    add_stack_option(start)
    start.set_defaults(command=_start)
    return [start]


def _start(chosen: argparse.Namespace) -> int:
    request = start_migration(find_stack(chosen.stack), chosen.name, targets=chosen.to, seed=chosen.seed)
    if chosen.json:
        print(json.dumps({"run_id": request.run_id, "workload": request.workload, "version": request.version}))
    else:
        print(f"Started {request.run_id}. Look with: brainswap status {request.run_id}")
    return DONE


def start_migration(stack: Stack, name: str, *, targets: Sequence[str] = (), seed: int = 0) -> PrepareRequest:
    """Start an execution of the version in force; a person asked for it, and it waits for no other.

    Raises:
        NoStackError: the account knows no such workload, or cannot be spoken to.
    """
    with speaking():
        registry = Registry(DynamoRecords(stack.client("dynamodb"), stack.ledger_table))
        current = registry.current(name)
        if current is None:
            known = ", ".join(one.workload for one in registry.in_force()) or "none"
            raise NoStackError(
                f"The account knows no workload {name}. Bring it with brainswap push DIR. It knows: {known}."
            )
        now = datetime.now(UTC)
        request = PrepareRequest(
            run_id=f"{name[:50]}-{now:%Y%m%dt%H%M%S}-{secrets.token_hex(2)}",
            workload=name,
            version=current.version,
            targets=tuple(dict.fromkeys(targets)),
            seed=seed,
            started_at=now,
        )
        stack.client("stepfunctions").start_execution(
            stateMachineArn=stack.machine, name=request.run_id, input=request.model_dump_json()
        )
    return request
