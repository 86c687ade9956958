"""The record of a roll-out, as its states read and write it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from brainswap.core.declared_rollout import GuardMeasure
from brainswap.core.errors import InvalidRequestError
from brainswap.core.rollout.analysis import Counted, Outcomes
from brainswap.core.rollout.judged import Judged, shortfall, unusable
from brainswap.core.rollout.reporting import COUNTERS
from brainswap.core.rollout.routes import Version
from brainswap.core.rollout.way_back import WARM_DAYS
from brainswap.rollout.ports import VARIANTS, Variant

RUNNING = frozenset({"running"})
GOING_ON = frozenset({"running", "rolling_back"})
MAY_GO_BACK = frozenset({"running", "rolling_back", "completed"})
SENT_BACK = frozenset({"rolled_back", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStep:
    """What the judge made of the sampled answers of a step, after one of its bakes and with those before.

    Attributes:
        step: its index, as of `PlaceRequest`.
        by_variant: of both.
        usd: that the judgements of the whole roll-out have cost, with calls that may have to be paid.
    """

    step: int
    bake: int
    by_variant: Mapping[Variant, Judged]
    usd: Decimal

    @property
    def usable(self) -> Mapping[Variant, Counted]:
        """The counts of the variants of which something is known; none where nothing may rest on them."""
        counts = (
            {} if unusable(self.by_variant.items()) else {name: each.counted for name, each in self.by_variant.items()}
        )
        return {name: each for name, each in counts.items() if each.of}

    @property
    def why(self) -> str | None:
        """Why that is not all, in a clause; None where it is."""
        return unusable(self.by_variant.items()) or shortfall(self.by_variant.items())

    @property
    def told(self) -> dict[str, Any]:
        """For events."""
        counts = {name: each.counted for name, each in self.by_variant.items()}
        by_variant: dict[str, Any] = {name: {"judged": each.of, "bad": each.hits} for name, each in counts.items()}
        return {"step": self.step + 1, "bake": self.bake, **by_variant, "usd": float(self.usd)}

    def facts(self) -> dict[str, Any]:
        by_variant: dict[str, Any] = {name: asdict(each) for name, each in self.by_variant.items()}
        return {"step": self.step, "bake": self.bake, **by_variant, "usd": str(self.usd)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "JudgedStep":
        """Read `facts`; KeyError, TypeError or ArithmeticError where they are none."""
        by_variant: dict[Variant, Judged] = {}
        for name in VARIANTS:
            counts = dict(kept[name])
            because = counts.pop("because")
            numbers = {count: int(number) for count, number in counts.items()}
            by_variant[name] = Judged(**numbers, because=None if because is None else str(because))
        return cls(step=int(kept["step"]), bake=int(kept["bake"]), by_variant=by_variant, usd=Decimal(str(kept["usd"])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Since when a bake of a step is judged."""

    step: int
    bake: int
    since: datetime

    def facts(self) -> list[Any]:
        return [self.step, self.bake, self.since.isoformat()]


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
        judging: the bake that was judged last, or is being judged; None before the first one.
        judged: what came of it, and of those before of the same step.
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
    judging: Judging | None = None
    judged: JudgedStep | None = None

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
            **({} if self.judged is None else {"judged": self.judged.told}),
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
            judging=_judging(item.get("judging")),
            judged=None if item.get("judged") is None else JudgedStep.of(item["judged"]),
            reason=str(item.get("reason") or ""),
        )
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
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


def _judging(kept: Any) -> Judging | None:
    if kept is None:
        return None
    step, bake, since = kept
    return Judging(step=int(step), bake=int(bake), since=datetime.fromisoformat(str(since)))
