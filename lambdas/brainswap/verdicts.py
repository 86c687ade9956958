"""The last verdicts on each workload, kept as records."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from brainswap.core.fingerprints import fingerprint
from brainswap.core.triggering.measured import Measured
from brainswap.core.watching.listing import Known
from brainswap.ports import Record, Records
from brainswap.registry import Registry, facts_of, form, group_of

VERDICT = "VERDICT#"

_log = logging.getLogger(__name__)


class Verdicts:
    """What was found out last, of each workload with the targets that it was measured with."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def of(self, workload: str) -> list[Measured]:
        """Those that are understood: one that another version of the code wrote is as good as none."""
        return [
            measured
            for record in self._records.all(group_of(workload))
            if record.key.startswith(VERDICT) and (measured := _measured(record)) is not None
        ]

    def remember(self, run: Mapping[str, Any], models: Mapping[str, Known]) -> Measured | None:
        """Keep the verdict of a run, unless a later one is kept; None where the run has none, or nobody registered it.

        Args:
            run: its record in the ledger.
            models: of the region, by id.
        """
        registration = Registry(self._records).version(str(run.get("workload")), str(run.get("version")))
        decided_at = run.get("decided_at")
        if run.get("status") != "done" or decided_at is None or registration is None or registration.facts is None:
            return None
        facts = registration.facts
        targets = tuple(map(str, run.get("targets") or ()))
        measured = Measured(
            workload=registration.workload,
            version=registration.version,
            targets=targets,
            run_id=str(run["run_id"]),
            decided_at=datetime.fromisoformat(str(decided_at)),
            verdict=str(run["verdict"]),
            recommended=None if run.get("recommended") is None else str(run["recommended"]),
            facts=facts,
            prices={
                model: price
                for model in (*facts.models, *targets)
                if (known := models.get(model)) is not None and (price := known.price) is not None
            },
        )
        key = VERDICT + fingerprint(sorted(targets))[:16]
        while True:
            record = self._records.find(group_of(measured.workload), key)
            kept = None if record is None else _measured(record)
            if kept is not None and (kept.decided_at, kept.run_id) >= (measured.decided_at, measured.run_id):
                return kept
            over = record.revision if record else None
            if self._records.keep(group_of(measured.workload), key, facts_of(measured), over=over):
                return measured


def _measured(record: Record) -> Measured | None:
    """A verdict; None where the record is not understood."""
    try:
        measured: Measured = form(Measured).validate_python(record.facts)
    except ValidationError:
        _log.error("left out: the record of %s", record.key)
        return None
    return measured
