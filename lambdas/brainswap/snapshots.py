"""What is remembered of each region's models, kept as records, with what is still to be told of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from brainswap.core.watching.comparing import believable, compare
from brainswap.core.watching.listing import Known, KnownPrice, Listing
from brainswap.ports import Events, Record, Records
from brainswap.registry import facts_of, form

REGIONS = "MODELS"


def group_of(region: str) -> str:
    """The records of one region."""
    return f"MODELS#{region}"


class Snapshots:
    """The models of regions as they were seen last."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def known(self, region: str) -> dict[str, Known]:
        return {record.key: _known(record) for record in self._records.all(group_of(region))}

    def regions(self) -> list[str]:
        """Those that were looked at."""
        return [record.key for record in self._records.all(REGIONS)]

    def looked_at(self, region: str) -> datetime | None:
        """When the last whole answer came; None before the first."""
        record = self._records.find(REGIONS, region)
        return None if record is None else datetime.fromisoformat(record.facts["looked_at"])

    def take(
        self, region: str, listing: Listing, *, now: datetime, prices: Mapping[str, KnownPrice], events: Events
    ) -> bool:
        """Remember a whole answer and tell what changed; False where it is not believed.

        A change is written together with its event, and the event is taken off only after it was published: whoever
        dies in between leaves it to the next look. The region counts as looked at when all of its first answer is
        written, so that a first look that broke off is still the first.
        """
        before = {record.key: record for record in self._records.all(group_of(region))}
        known = {key: _known(record) for key, record in before.items()}
        if not believable(known, listing):
            self._tell(region, before, events)
            return False
        seen = self._records.find(REGIONS, region)
        changed = compare(known, listing, region=region, now=now, first=seen is None, prices=prices)
        for model_id, then in changed.items():
            record = before.get(model_id)
            # Somebody who looks at the same time writes the same; whoever comes second leaves it.
            self._records.keep(
                group_of(region), model_id, facts_of(then), over=record.revision if record is not None else None
            )
        self._records.keep(REGIONS, region, {"looked_at": now.isoformat()}, over=seen.revision if seen else None)
        self._tell(region, {record.key: record for record in self._records.all(group_of(region))}, events)
        return True

    def _tell(self, region: str, records: Mapping[str, Record], events: Events) -> None:
        for model_id, record in records.items():
            known = _known(record)
            for change in known.untold:
                events.publish(change.kind, change.detail)
            if known.untold:
                facts = facts_of(replace(known, untold=()))
                self._records.keep(group_of(region), model_id, facts, over=record.revision)


def _known(record: Record) -> Known:
    known: Known = form(Known).validate_python(record.facts)
    return known
