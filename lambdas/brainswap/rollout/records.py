"""The record of a roll-out, as its states read and write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from brainswap.core.declared_rollout import GuardMeasure
from brainswap.core.errors import InvalidRequestError
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.core.rollout.reporting import COUNTERS
from brainswap.core.rollout.routes import Version
from brainswap.core.rollout.way_back import WARM_DAYS

RUNNING = frozenset({"running"})
GOING_ON = frozenset({"running", "rolling_back"})
MAY_GO_BACK = frozenset({"running", "rolling_back", "completed"})
SENT_BACK = frozenset({"rolled_back", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRecord:
    """What is known of the roll-out of a workload.

    Attributes:
        status: ``running``, ``rolling_back``, ``rolled_back``, ``completed`` or ``failed``.
        percent: of the traffic that goes to the target.
        back_version: the version of the configuration that sends all traffic to the source; None before there is one.
        step_since: when the last step began.
        versions: of the configuration, by the number of the step.
        baseline: what was last known of the source while it had traffic; None where it never was looked at.
        shadow_most: how many requests may be asked of the target besides.
        reason: what was last found of a step, or why the traffic went back.
    """

    workload: str
    run_id: str
    status: str
    percent: int
    source: Version
    target: Version
    source_prompt: str
    target_prompt: str
    back_version: int | None
    step_since: datetime | None
    versions: Mapping[str, int]
    baseline: Outcomes | None
    shadow_most: int
    reason: str

    @property
    def in_force(self) -> int | None:
        """The version of the configuration that applications are to follow; None where nothing was told to any."""
        if self.status in {"running", "completed"} and self.versions:
            return self.versions[max(self.versions, key=int)]
        return self.back_version

    def event(self, **more: Any) -> dict[str, Any]:
        """What every event of the roll-out says, and more."""
        return {
            "workload": self.workload,
            "run_id": self.run_id,
            "source_model": self.source.model,
            "target_model": self.target.model,
            "percent": self.percent,
            **more,
        }


def record_of(workload: str, item: Mapping[str, Any]) -> RolloutRecord:
    """Read a record.

    Raises:
        InvalidRequestError: it is none.
    """
    try:
        since = item.get("step_since")
        back = item.get("back_version")
        baseline = item.get("baseline")
        return RolloutRecord(
            workload=workload,
            run_id=str(item["run_id"]),
            status=str(item["status"]),
            percent=int(item["percent"]),
            source=Version(model=str(item["source_model"]), sha256=str(item["source_sha256"])),
            target=Version(model=str(item["target_model"]), sha256=str(item["target_sha256"])),
            source_prompt=str(item["source_prompt"]),
            target_prompt=str(item["target_prompt"]),
            back_version=None if back is None else int(back),
            step_since=None if since is None else datetime.fromisoformat(str(since)),
            versions={str(step): int(version) for step, version in dict(item.get("versions") or {}).items()},
            baseline=None if baseline is None else _outcomes(baseline),
            shadow_most=int(item.get("shadow_most") or 0),
            reason=str(item.get("reason") or ""),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"the record of {workload}'s roll-out does not have its form: {error}") from None


def baseline_facts(outcomes: Outcomes) -> dict[str, list[int]]:
    return {measure: [counted.of, counted.hits] for measure, counted in outcomes.items()}


def warm_until(ended: datetime) -> datetime:
    return ended + timedelta(days=WARM_DAYS)


def _outcomes(kept: Mapping[str, Any]) -> Outcomes:
    measures: dict[str, GuardMeasure] = {measure: measure for measure in COUNTERS}
    return {
        measures[name]: Counted(of=int(of), hits=int(hits)) for name, (of, hits) in kept.items() if name in measures
    }
