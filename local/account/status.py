"""``brainswap status``: the workloads of the account, what waits and runs, or one run or workload."""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from brainswap.adapters.dynamodb_ledger import DynamoLedger
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.core.registering.registration import InForce, Registration
from brainswap.core.triggering.fleet import FleetForecast, fleet_forecast
from brainswap.core.triggering.measured import Measured, staleness
from brainswap.core.triggering.requests import Request
from brainswap.core.watching.listing import KnownPrice
from brainswap.core.wording import printable
from brainswap.ports import Records
from brainswap.registry import Registry
from brainswap.report.rendering import count, dollars
from brainswap.requests import Requests
from brainswap.snapshots import Snapshots
from brainswap.verdicts import Verdicts
from local.account.stack import NoStackError, Stack, add_stack_option, find_stack, speaking
from local.account.watching import tell_until_the_end

DONE = 0
AT_ONCE = 5
_LONG = 500  # characters of what workloads declare
Prices = Mapping[str, tuple[KnownPrice, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A workload, and its verdicts with why each is no longer to be relied on."""

    workload: InForce
    verdicts: tuple[tuple[Measured, tuple[str, ...]], ...]


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``status``."""
    status: argparse.ArgumentParser = commands.add_parser(
        "status",
        help="say how workloads and runs stand in the account",
        description="Say how the workloads of the account stand: the version in force, the last verdicts and whether "
        "they are stale; of one workload also its versions, and of a run its record.",
    )
    status.add_argument("name", metavar="RUN", nargs="?", help="the id of a run, or the name of a workload")
    status.add_argument("--queue", action="store_true", help="what waits and runs, with a forecast for all of it")
    status.add_argument(
        "--at-once", type=int, default=AT_ONCE, metavar="N", help="migrations, for the forecast (default: 5)"
    )
    status.add_argument("--watch", action="store_true", help="of a run: say how far it is until it ends")
    add_stack_option(status)
    status.set_defaults(command=_status)
    return [status]


def _status(chosen: argparse.Namespace) -> int:
    stack = find_stack(chosen.stack)
    if chosen.watch:
        if chosen.name is None or chosen.queue:
            raise NoStackError("A run is watched by its id alone: brainswap status RUN --watch [--stack NAME].")
        return tell_until_the_end(stack, chosen.name, as_json=chosen.json)
    with speaking():
        records = DynamoRecords(stack.client("dynamodb"), stack.ledger_table)
        if chosen.queue:
            document, lines = _queue(records, chosen.at_once)
        elif chosen.name is None:
            document, lines = _all(records, stack.region)
        else:
            document, lines = _one(records, stack, chosen.name)
    print(json.dumps(document, indent=1) if chosen.json else "\n".join(lines))
    return DONE


def _one(records: Records, stack: Stack, name: str) -> tuple[Any, list[str]]:
    current = Registry(records).current(name)
    versions = list(Registry(records).versions(name))
    if versions:
        standing = _standing(records, current, _prices(records, stack.region)) if current else None
        document = {
            **({} if standing is None else _document(standing)),
            "workload": name,
            "versions": [_version(one) for one in versions],
        }
        return document, [*(_lines(standing) if standing else ()), *map(_version_line, versions)]
    run = DynamoLedger(stack.client("dynamodb"), stack.ledger_table).run(name)
    if run is None:
        raise NoStackError(f"The account knows no run and no workload {name}. List workloads with brainswap status.")
    facts = {key: value for key, value in run.items() if key not in {"pk", "sk"}}
    return {key: _plain(value) for key, value in facts.items()}, [
        f"{key}: {printable(str(value), limit=1000)}" for key, value in sorted(facts.items()) if value not in (None, "")
    ]


def _all(records: Records, region: str) -> tuple[Any, list[str]]:
    prices = _prices(records, region)
    standings = [_standing(records, one, prices) for one in Registry(records).in_force()]
    lines = [line for one in standings for line in _lines(one)]
    return [_document(one) for one in standings], lines or ["No workload is registered. Bring one: brainswap push DIR"]


def _standing(records: Records, workload: InForce, prices: Prices) -> Standing:
    now = datetime.now(UTC)
    verdicts = tuple(
        (one, tuple(staleness(one, workload.facts, prices, now))) for one in Verdicts(records).of(workload.workload)
    )
    return Standing(workload=workload, verdicts=verdicts)


def _prices(records: Records, region: str) -> Prices:
    return {model: known.prices for model, known in Snapshots(records).known(region).items()}


def _lines(standing: Standing) -> Iterator[str]:
    one = standing.workload
    source = printable(one.facts.source, limit=_LONG)
    yield f"{one.workload}  version {one.version} since {one.whole_at:%Y-%m-%d %H:%M}  {source}"
    for verdict, stale in standing.verdicts:
        to = printable(", ".join(verdict.targets or verdict.facts.targets), limit=_LONG)
        told = f"STALE: {printable('; '.join(stale), limit=_LONG)}" if stale else "holds"
        yield f"  {verdict.verdict} for {to} on {verdict.decided_at:%Y-%m-%d} ({verdict.run_id}), {told}"
    if not standing.verdicts:
        yield "  no verdict yet"


def _document(standing: Standing) -> dict[str, Any]:
    one = standing.workload
    return {
        "workload": one.workload,
        "version": one.version,
        "since": one.whole_at.isoformat(),
        "source": one.facts.source,
        "owner": one.facts.owner,
        "verdicts": [
            {
                "run_id": verdict.run_id,
                "verdict": verdict.verdict,
                "targets": list(verdict.targets or verdict.facts.targets),
                "decided_at": verdict.decided_at.isoformat(),
                "stale": list(stale),
            }
            for verdict, stale in standing.verdicts
        ],
    }


def _version(one: Registration) -> dict[str, Any]:
    return {
        "version": one.version,
        "uploaded_at": one.whole_at.isoformat(),
        "rejected": one.rejected,
        "problems": list(one.problems),
    }


def _version_line(one: Registration) -> str:
    told = f"rejected: {one.problems[0]}" if one.rejected else "registered"
    return f"  {one.version}  {one.whole_at:%Y-%m-%d %H:%M}  {told}"


def _queue(records: Records, at_once: int) -> tuple[Any, list[str]]:
    if at_once < 1:
        raise NoStackError("--at-once takes a number of at least 1.")
    requests = Requests(records).queue()
    expected = fleet_forecast(requests, at_once=at_once, now=datetime.now(UTC))
    document = {
        "queue": [_request(one) for one in requests],
        "forecast": {
            "migrations": expected.migrations,
            "usd": float(expected.usd),
            "unpriced": expected.unpriced,
            "hours": round(expected.hours, 2),
            "at_once": at_once,
            "late": list(expected.late),
        },
    }
    return document, [*map(_request_line, requests), _forecast_line(expected, at_once)]


def _request(one: Request) -> dict[str, Any]:
    return {
        "id": one.id,
        "workload": one.want.workload,
        "version": one.want.version,
        "targets": list(one.want.targets),
        "because": one.want.why,
        "status": one.status,
        "due": one.due.isoformat(),
        "run_id": one.run_id,
        "forecast_usd": None if one.forecast_usd is None else float(one.forecast_usd),
    }


def _request_line(one: Request) -> str:
    to = printable(", ".join(one.want.targets), limit=_LONG) or "the declared targets"
    run = f" as {one.run_id}" if one.run_id else ""
    return (
        f"{one.status}{run}  {one.want.workload} to {to}, due {one.due:%Y-%m-%d}: {printable(one.want.why, limit=300)}"
    )


def _forecast_line(expected: FleetForecast, at_once: int) -> str:
    if not expected.migrations:
        return "Nothing waits and nothing runs."
    unpriced = f" and {expected.unpriced} of unknown price" if expected.unpriced else ""
    late = (
        f" {count(len(expected.late), 'migration')} will end after the model in use has gone." if expected.late else ""
    )
    return (
        f"{count(expected.migrations, 'migration')}, {at_once} at once: about {dollars(float(expected.usd))}"
        f"{unpriced}, {expected.hours:.1f} hours.{late}"
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)
