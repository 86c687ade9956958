"""``brainswap models``: the models of the watched regions as they were seen last."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.core.models.registry import bare_id
from brainswap.core.watching.listing import Known
from brainswap.core.wording import printable
from brainswap.registry import Registry
from brainswap.snapshots import Snapshots
from local.account.stack import NoStackError, Stack, add_stack_option, find_stack, speaking

DONE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A model of a region, with the workloads that use it."""

    region: str
    known: Known
    used_by: tuple[str, ...]

    @property
    def retiring(self) -> bool:
        return self.known.seen.status == "LEGACY" or self.known.seen.dates.end_of_life is not None


def add_commands(commands: Any) -> list[argparse.ArgumentParser]:
    """The command ``models``."""
    models: argparse.ArgumentParser = commands.add_parser(
        "models",
        help="list models as the account saw them last",
        description="List the models of Amazon Bedrock in the watched regions as they were seen last, with their "
        "dates, their prices where a workload uses them, and the workloads that do.",
    )
    models.add_argument("--new", action="store_true", help="only those that were released since the first look")
    models.add_argument("--retiring", action="store_true", help="only those that go, the first to go first")
    add_stack_option(models)
    models.set_defaults(command=_models)
    return [models]


def _models(chosen: argparse.Namespace) -> int:
    found = seen_models(find_stack(chosen.stack), new=chosen.new, retiring=chosen.retiring)
    if chosen.json:
        print(json.dumps([_document(one) for one in found], indent=1))
    else:
        print("\n".join(_lines(found)))
    return DONE


def seen_models(stack: Stack, *, new: bool = False, retiring: bool = False) -> list[Seen]:
    """The models of every watched region.

    Raises:
        NoStackError: nobody has looked yet, or the account cannot be spoken to.
    """
    with speaking():
        records = DynamoRecords(stack.client("dynamodb"), stack.ledger_table)
        snapshots = Snapshots(records)
        used: dict[str, set[str]] = {}
        for workload in Registry(records).in_force():
            for model in workload.facts.models:
                used.setdefault(bare_id(model), set()).add(workload.workload)
        regions = snapshots.regions()
        known = {region: snapshots.known(region) for region in regions}
    if not regions:
        raise NoStackError(
            "Nobody has looked at the catalogue yet: the function Watch does so every six hours, or when it is invoked."
        )
    found = [
        Seen(region=region, known=each, used_by=tuple(sorted(used.get(bare_id(each.seen.id), ()))))
        for region, models in known.items()
        for each in models.values()
        if not each.gone
    ]
    if new:
        found = [one for one in found if one.known.released_at is not None]
    if retiring:
        found = [one for one in found if one.retiring]
    return sorted(found, key=lambda one: (_ends(one) if retiring else "", one.region, one.known.seen.id))


def _ends(one: Seen) -> str:
    end = one.known.seen.dates.end_of_life
    return "9999" if end is None else end.isoformat()


def _lines(found: Sequence[Seen]) -> Iterator[str]:
    if not found:
        yield "None."
    for one in found:
        seen = one.known.seen
        told = [printable(seen.id), one.region, seen.status if seen.kind == "model" else "profile"]
        if seen.dates.end_of_life is not None:
            days = (seen.dates.end_of_life - datetime.now(UTC)).days
            told.append(f"goes on {seen.dates.end_of_life:%Y-%m-%d} ({days} days)")
        if one.known.released_at is not None:
            told.append(f"new on {one.known.released_at:%Y-%m-%d}")
        if one.known.price is not None:
            told.append(f"{one.known.price.input}/{one.known.price.output} USD per million tokens")
        if one.used_by:
            told.append(f"used by {', '.join(one.used_by)}")
        yield "  ".join(told)


def _document(one: Seen) -> Mapping[str, Any]:
    seen, price = one.known.seen, one.known.price
    dates = {"start": seen.dates.start, "legacy": seen.dates.legacy, "end_of_life": seen.dates.end_of_life}
    return {
        "model": seen.id,
        "kind": seen.kind,
        "region": one.region,
        "provider": seen.provider,
        "name": seen.name,
        "status": seen.status,
        "dates": {name: date and date.isoformat() for name, date in dates.items()},
        "regions": list(seen.regions),
        "released_at": one.known.released_at and one.known.released_at.isoformat(),
        "price": price and {"input": price.input, "output": price.output, "source": price.source, "date": price.date},
        "used_by": list(one.used_by),
    }
