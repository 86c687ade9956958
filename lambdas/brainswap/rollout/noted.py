"""What the states of a roll-out note in its record for whoever asks how it stands; no state decides by it.

DynamoDB takes no floats: numbers that are not whole are kept as text, which Python reads back as the same number.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from brainswap.core.declared_rollout import GuardMeasure, Rollout
from brainswap.core.rollout.analysis import Counted, Guarded, Outcomes, StepAnalysis
from brainswap.rollout.contracts import PlaceRequest


def plan_facts(rollout: Rollout, per_1000_usd: float | None) -> dict[str, Any]:
    """What a roll-out begins with; what an earlier one of the workload left at its end is forgotten.

    Args:
        rollout: as declared.
        per_1000_usd: what a thousand requests to the target cost, for the cost of the shadow.
    """
    shadow = rollout.shadow
    return {
        "plan": {"steps": list(rollout.steps), "bakes": rollout.bakes},
        "shadow": None if shadow is None else {"percent": shadow.percent, "budget_usd": str(shadow.budget_usd)},
        "per_1000_usd": _text(per_1000_usd),
        **dict.fromkeys(("place", "looked", "completed_at", "ended_at", "warm_until")),
    }


def place_facts(request: PlaceRequest, bake: int, now: datetime, bake_s: int) -> dict[str, Any]:
    """Which bake of which step begins now, and when it ends."""
    ends_at = (now + timedelta(seconds=bake_s)).isoformat()
    return {"place": {"step": request.step, "bake": bake, "ends_at": ends_at}}


def look_facts(
    request: PlaceRequest, made: StepAnalysis, source: Outcomes | None, target: Outcomes, now: datetime
) -> dict[str, Any]:
    """What a look said, guard by guard; ``source`` and ``target`` as they were judged."""
    return {
        "looked": {
            "at": now.isoformat(),
            "step": request.step,
            "bake": request.bake,
            "decision": made.decision,
            "reason": made.reason,
            "guards": [_guard(one, source or {}, target) for one in made.guarded],
        }
    }


def _guard(one: Guarded, source: Outcomes, target: Outcomes) -> Mapping[str, Any]:
    return {
        "measure": one.measure,
        "finding": one.finding,
        "margin": _text(one.margin),
        "source": _counts(source, one.measure),
        "target": _counts(target, one.measure),
        "difference": _text(one.difference),
        "low": _text(one.low),
        "high": _text(one.high),
        "detail": one.detail,
    }


def _counts(outcomes: Outcomes, measure: GuardMeasure) -> list[int] | None:
    counted: Counted | None = outcomes.get(measure)
    return None if counted is None else [counted.of, counted.hits]


def _text(number: float | None) -> str | None:
    return None if number is None else repr(float(number))
