"""Deployments: how far one has come is a matter of the clock, so that nothing has to run in the background."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

MINUTE_S = 60.0
REVERTS_FOR_S = 72 * 3600.0
Trigger = Literal["USER", "APPCONFIG", "CLOUDWATCH_ALARM"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How a deployment spreads over the clients that poll."""

    id: str
    name: str
    minutes: int
    growth_factor: float
    growth_type: str = "LINEAR"
    bake_minutes: int = 0

    def percentage(self, elapsed_s: float) -> float:
        """Of the clients, so long after the start; in [1, 100]."""
        duration_s = self.minutes * MINUTE_S
        if elapsed_s >= duration_s:
            return 100.0
        if self.growth_type == "EXPONENTIAL":
            steps = max(1, math.ceil(math.log2(100 / self.growth_factor)))
            return min(100.0, self.growth_factor * 2.0 ** math.floor(steps * elapsed_s / duration_s))
        steps = max(1, math.ceil(100 / self.growth_factor))
        return min(100.0, self.growth_factor * (1 + math.floor(steps * elapsed_s / duration_s)))


PREDEFINED = (
    Strategy(id="AppConfig.AllAtOnce", name="AppConfig.AllAtOnce", minutes=0, growth_factor=100, bake_minutes=10),
    Strategy(
        id="AppConfig.Canary10Percent20Minutes",
        name="AppConfig.Canary10Percent20Minutes",
        minutes=20,
        growth_factor=10,
        growth_type="EXPONENTIAL",
        bake_minutes=10,
    ),
    Strategy(
        id="AppConfig.Linear20PercentEvery6Minutes",
        name="AppConfig.Linear20PercentEvery6Minutes",
        minutes=30,
        growth_factor=20,
        bake_minutes=30,
    ),
)


@dataclass(slots=True, kw_only=True)
class Deployment:
    """One version on its way to the clients of an environment.

    Attributes:
        began_s: seconds since 1970.
        taken_back: the state that it ended in, where it was.
    """

    number: int
    profile: str
    profile_name: str
    version: int
    strategy: Strategy
    began_s: float
    description: str = ""
    taken_back: Literal["ROLLED_BACK", "REVERTED"] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def state(self, now_s: float) -> str:
        if self.taken_back is not None:
            return self.taken_back
        elapsed_s = now_s - self.began_s
        if elapsed_s < self.strategy.minutes * MINUTE_S:
            return "DEPLOYING"
        return "BAKING" if elapsed_s < self._whole_s else "COMPLETE"

    def percentage(self, now_s: float) -> float:
        return self.strategy.percentage(now_s - self.began_s)

    def runs(self, now_s: float) -> bool:
        return self.state(now_s) in {"DEPLOYING", "BAKING"}

    def may_be_reverted(self, now_s: float) -> bool:
        return self.state(now_s) == "COMPLETE" and now_s - self.began_s - self._whole_s < REVERTS_FOR_S

    def take_back(self, now_s: float, trigger: Trigger) -> None:
        """Roll back a deployment that runs; revert one that is complete."""
        if self.runs(now_s):
            self.roll_back(now_s, trigger)
        else:
            self.taken_back = "REVERTED"
            self._note("REVERT_COMPLETED", now_s, trigger)

    def roll_back(self, now_s: float, trigger: Trigger) -> None:
        """Give back what was there, before the deployment is complete."""
        self.taken_back = "ROLLED_BACK"
        for kind in ("ROLLBACK_STARTED", "ROLLBACK_COMPLETED"):
            self._note(kind, now_s, trigger)

    def _note(self, kind: str, now_s: float, trigger: Trigger) -> None:
        self.events.insert(0, {"EventType": kind, "TriggeredBy": trigger, "OccurredAt": now_s})

    @property
    def _whole_s(self) -> float:
        return (self.strategy.minutes + self.strategy.bake_minutes) * MINUTE_S
