"""The command ``rollback``: all traffic of a workload back to where it came from, at once and without the machine."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from functools import cached_property

from botocore.config import Config

from brainswap.adapters.appconfig_routes import AppConfigRoutes
from brainswap.adapters.bedrock_catalogue import BedrockCatalogue
from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.core.errors import BrainswapError
from brainswap.core.rollout.way_back import WayBack
from brainswap.core.wording import printable
from brainswap.rollout.going_back import NothingToGoBackToError, WentBack, go_back
from brainswap.runtime import SystemClock
from brainswap.snapshots import Snapshots
from brainswap.ways_back import look_back
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
        """Asked in a hurry: traffic that has to go back does not wait for somebody who does not answer."""
        quick = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        return BedrockCatalogue(self.stack.client("bedrock", config=quick))

    def lost(self, workload: str) -> WayBack | None:
        """Why the source of the last roll-out answers nobody any more; None where it may, or nobody knows."""
        item = self.rollout_records.current(workload)
        if item is None or "source_model" not in item:
            return None
        try:
            known = Snapshots(DynamoRecords(self.stack.client("dynamodb"), self.stack.ledger_table)).known(
                self.stack.region
            )
        except BrainswapError:
            known = {}
        now = self.clock.now()
        found = look_back(str(item["source_model"]), self.catalogue, known, now=now, until=now)
        return found if found is not None and found.state == "closed" else None


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
    command.add_argument(
        "--force", action="store_true", help="also to a source that is known to answer nobody any more"
    )
    add_stack_option(command)
    command.set_defaults(command=_roll_back)
    return [command]


def _roll_back(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    person, account = stack.caller(), _Account(stack)
    try:
        lost = None if chosen.force else account.lost(chosen.name)
        if lost is not None:
            raise CannotRollBackError(
                "Nothing was rolled back, because every request would fail. Of the model that the traffic would go to: "
                f"{printable(lost.because, _LONG)}. Say --force to send it there all the same."
            )
        went = go_back(chosen.name, account, reason=chosen.reason, by=person)
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
