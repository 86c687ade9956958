"""Verdicts grow old: the index of a workload's runs is told which of the last ones hold, whenever that changes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from brainswap.core.registering.registration import InForce
from brainswap.core.triggering.measured import Measured, staleness, too_old_at
from brainswap.core.watching.listing import Known, KnownPrice
from brainswap.ports import Artifacts, Record, Records
from brainswap.verdicts import Verdicts

GROUP = "HOLDINGS"
_TRIES = 5  # while others change the same record; the next look goes on


def tell_index(
    workloads: Iterable[InForce], models: Mapping[str, Known], records: Records, artifacts: Artifacts, now: datetime
) -> None:
    """Write into the indexes what is no longer as it was told there.

    The record of a workload decides what its index says, and is marked once that is so: whoever dies between the two,
    or writes later than somebody who knew more, leaves a record from which the index is written again.
    """
    prices = {model: known.prices for model, known in models.items()}
    kept = {record.key: record for record in records.all(GROUP)}
    for workload in workloads:
        found = [_holding(one, workload, prices, now) for one in Verdicts(records).of(workload.workload)]
        if found:
            _show(workload.workload, found, kept.get(workload.workload), records, artifacts)


def _holding(
    one: Measured, workload: InForce, prices: Mapping[str, tuple[KnownPrice, ...]], now: datetime
) -> dict[str, Any]:
    return {
        "run_id": one.run_id,
        "stale": list(staleness(one, workload.facts, prices, now)),
        "seen_at": now.isoformat(),
        "too_old_at": too_old_at(one, workload.facts).isoformat(),
    }


def _show(
    workload: str, found: list[dict[str, Any]], record: Record | None, records: Records, artifacts: Artifacts
) -> None:
    for _ in range(_TRIES):
        known = [] if record is None else record.facts["verdicts"]
        merged = [_as_known(one, known) for one in found]
        same = merged == known
        if same and record is not None and record.facts["shown"]:
            return
        revision = record.revision if record is not None else None
        if not same:
            told = {"verdicts": merged, "shown": False}
            if not records.keep(GROUP, workload, told, over=revision):
                record = records.find(GROUP, workload)
                continue
            revision = (revision or 0) + 1
        _write(workload, merged, artifacts)
        if records.keep(GROUP, workload, {"verdicts": merged, "shown": True}, over=revision):
            return
        record = records.find(GROUP, workload)


def _as_known(one: dict[str, Any], known: list[dict[str, Any]]) -> dict[str, Any]:
    """With the moment at which the same was seen first."""
    same = (each for each in known if {**each, "seen_at": None} == {**one, "seen_at": None})
    return next(same, one)


def _write(workload: str, verdicts: list[dict[str, Any]], artifacts: Artifacts) -> None:
    from brainswap.publishing import show_holdings
    from brainswap.report.index.history import Holding, Holdings

    show_holdings(workload, Holdings(verdicts=[Holding.model_validate(one) for one in verdicts]), artifacts)
