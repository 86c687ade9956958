"""The command ``rollback``: all traffic of a workload back to where it came from, at once and without the machine."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from functools import cached_property

from brainswap.adapters.appconfig_routes import AppConfigRoutes
from brainswap.adapters.bedrock_catalogue import BedrockCatalogue
from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.core.errors import BrainswapError
from brainswap.core.wording import printable
from brainswap.rollout.going_back import NothingToGoBackToError, WentBack, go_back
from brainswap.runtime import SystemClock
from local.account.stack import Stack, add_stack_option, find_stack

_LONG = 1000  # characters of what others wrote
_NO_REASON = "no reason was given"


class CannotRollBackError(Exception):
    """The traffic stays where it is; the message says why."""


@dataclass(frozen=True)
class _Account:
    """What going back needs, in a stack; with the rights of whoever is speaking."""

    stack: Stack
    clock = SystemClock()

    @cached_property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(self.stack.client("dynamodb"), self.stack.ledger_table)

    @cached_property
    def rollout_records(self) -> DynamoRollouts:
        return DynamoRollouts(self.stack.client("dynamodb"), self.stack.ledger_table)

    @cached_property
    def routes(self) -> AppConfigRoutes:
        return AppConfigRoutes(
            self.stack.client("appconfig"),
            application=self.stack.output("RoutesApplicationId"),
            environment=self.stack.output("RoutesEnvironmentId"),
            strategy=self.stack.output("RoutesStrategyId"),
        )

    @cached_property
    def events(self) -> EventBridgeEvents:
        return EventBridgeEvents(self.stack.client("events"), self.stack.bus)

    @cached_property
    def catalogue(self) -> BedrockCatalogue:
        return BedrockCatalogue(self.stack.client("bedrock"))


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """The command ``rollback``."""
    command = commands.add_parser(
        "rollback",
        help="send all traffic of a workload back to its source",
        description="Send all traffic of a workload in the account back to the source of its last roll-out, at once: "
        "in the middle of the roll-out, whose machine then ends, or after it. Doing it again does no harm.",
    )
    command.add_argument("name", metavar="NAME", help="of the workload")
    command.add_argument("--reason", metavar="TEXT", default=_NO_REASON, help="for whoever reads the record")
    add_stack_option(command)
    command.set_defaults(command=_roll_back)
    return [command]


def _roll_back(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    person = stack.caller()
    try:
        went = go_back(chosen.name, _Account(stack), reason=chosen.reason, by=person)
    except NothingToGoBackToError as error:
        raise CannotRollBackError(f"Nothing was rolled back: {error}.") from None
    except BrainswapError as error:
        raise CannotRollBackError(
            f"The traffic may not be back: {printable(str(error), _LONG)}. Run the command again; it goes on where it "
            "ended."
        ) from None
    for remark in went.remarks:
        print(f"Warning: {printable(remark, _LONG)}.", file=sys.stderr)
    print(json.dumps(asdict(went), indent=1) if chosen.json else _told(went))
    return 0


def _told(went: WentBack) -> str:
    before = f"{went.from_percent} % of it" if went.from_percent else "none of it"
    return (
        f"All traffic of {went.workload} goes to {printable(went.model)} again; {before} had moved in the roll-out of "
        f"{printable(went.run_id)}. Applications follow at their next poll, by default at most 45 seconds from now."
    )
