"""Looking after the ways back that are kept after roll-outs: whoever owns one hears when it closes."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from brainswap.core.errors import ModelAccessError, TransientError
from brainswap.core.rollout.way_back import OPEN, WARM_DAYS, State, WayBack, way_back
from brainswap.core.watching.listing import Known
from brainswap.ports import Catalogue, Dependencies, Record
from brainswap.registry import Registry, facts_of, form
from brainswap.snapshots import Snapshots

LIST = "WAYS BACK"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was seen last of a way back.

    Attributes:
        run_id: of the roll-out.
        untold: whether the owner is still to hear of it.
        changes: how many there have been, which numbers them.
    """

    run_id: str
    state: State
    because: str
    untold: bool
    changes: int


def look_after(using: Dependencies) -> None:
    """Look at the way back of every roll-out that is kept, and tell each change for the worse once.

    A change is written before its event is published, and called told after that: whoever dies in between leaves it to
    the next look, and an event that comes twice has the same ``id``.
    """
    known = Snapshots(using.records).known(using.region)
    for workload in Registry(using.records).in_force():
        item = using.rollout_records.current(workload.workload)
        until = None if item is None else kept_until(item, using.clock.now())
        if item is None or until is None:
            continue
        found = look_back(str(item["source_model"]), using.catalogue, known, now=using.clock.now(), until=until)
        if found is None:
            _log.info("nothing is known of the way back of %s", workload.workload)
        record = using.records.find(LIST, workload.workload)
        noted = None if record is None else _noted(record)
        then = _changed(noted, str(item["run_id"]), found)
        if then is not None and then != noted:
            over = None if record is None else record.revision
            if not using.records.keep(LIST, workload.workload, facts_of(then), over=over):
                continue  # somebody who looked at the same time is the one to tell
            record, noted = using.records.find(LIST, workload.workload), then
        if noted is not None and noted.untold and record is not None:
            using.events.publish(
                "Way Back Closing", _detail(workload.workload, workload.facts.owner, item, noted, until)
            )
            using.records.keep(LIST, workload.workload, facts_of(replace(noted, untold=False)), over=record.revision)


def look_back(
    model: str, catalogue: Catalogue, known: Mapping[str, Known], *, now: datetime, until: datetime
) -> WayBack | None:
    """How the way back to a model is; None where nobody knows, or where the catalogue is not the one to ask.

    Args:
        model: as it is asked.
        catalogue: of the region.
        known: what is remembered of that catalogue, by id.
        now: of the question.
        until: when the way back is kept no more.
    """
    if ":" in model.partition(".")[0] and not model.startswith("arn:"):
        return None
    facts = None
    with suppress(TransientError, ModelAccessError):  # what is remembered is known all the same
        facts = catalogue.facts(model)
    return way_back(model, facts, known, now=now, until=until)


def kept_until(item: Mapping[str, Any], now: datetime) -> datetime | None:
    """Until when the way back of a roll-out is kept; None where there is none to keep.

    Args:
        item: the record of the roll-out.
        now: of the question.
    """
    if item.get("status") == "running":
        return now + timedelta(days=WARM_DAYS)  # it has them before itself
    if item.get("status") != "completed" or not item.get("warm_until"):
        return None
    until = datetime.fromisoformat(str(item["warm_until"]))
    return until if until > now else None


def _changed(noted: Noted | None, run_id: str, found: WayBack | None) -> Noted | None:
    """What is to be noted; None where nothing is known, or nothing was ever noted and all is well."""
    if found is None or (found == OPEN and noted is None):
        return None
    before = noted if noted is not None and noted.run_id == run_id else None
    if before is not None and (before.state, before.because) == (found.state, found.because):
        return before
    changes = 1 if noted is None else noted.changes + 1
    return Noted(run_id=run_id, state=found.state, because=found.because, untold=found != OPEN, changes=changes)


def _detail(workload: str, owner: str | None, item: Mapping[str, Any], noted: Noted, until: datetime) -> dict[str, Any]:
    return {
        "id": f"{workload}/{noted.run_id}/{noted.changes}",
        "workload": workload,
        "owner": owner,
        "run_id": noted.run_id,
        "source_model": str(item["source_model"]),
        "target_model": str(item["target_model"]),
        "percent": int(item["percent"]),
        "state": noted.state,
        "reason": noted.because,
        "kept_until": until.isoformat(),
    }


def _noted(record: Record) -> Noted:
    noted: Noted = form(Noted).validate_python(record.facts)
    return noted
