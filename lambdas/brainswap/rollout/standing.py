"""How a roll-out stands, for people and programs: read from its record alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from brainswap.contracts import Contract
from brainswap.core.errors import InvalidRequestError
from brainswap.core.rollout.routes import Version
from brainswap.core.rollout.way_back import WARM_DAYS
from brainswap.rollout.contracts import SHADOW_STEP
from brainswap.rollout.ports import VARIANTS
from brainswap.rollout.records import GOING_ON, RolloutRecord, record_of

Clearness = Literal["clear", "held", "harmed"]

_CLEARNESS: Mapping[str, Clearness] = {"fine": "clear", "harmed": "harmed"}  # whatever else is found holds the step
WENT_ON = "it went on"
_CAME_OF = {"go_on": WENT_ON, "hold": "it waits on", "roll_back": "it goes back"}
_OF_ANOTHER_VERSION = "the roll-out was begun by a version of the stack that did not note it"


class Side(Contract):
    """One of the two versions that a roll-out moves between; ``percent`` of the requests are its own."""

    model: str
    version_sha256: str
    prompt_sha256: str
    percent: int


class Step(Contract):
    """Where a roll-out is.

    Attributes:
        number: from 1, ``of`` as many; 0 for the shadow before them.
        percent: of the requests that the target answers in it; 0 in the shadow.
        bake: of at most ``bakes``.
        bake_ends_at: when its figures are looked at.
        then: what follows when every guard is clear.
    """

    number: int
    of: int
    percent: int
    since: datetime | None
    bake: int
    bakes: int
    bake_ends_at: datetime
    then: str


class Share(Contract):
    """Requests that something is known of, and ``hits`` of them that had it."""

    hits: int
    of: int


class Guarding(Contract):
    """What one guard said at the last look.

    Attributes:
        because: ``fine``, ``harmed``, ``doubtful``, ``few`` or ``missing``.
        source: what the target was held against; null where nothing was reported, or there never was any.
        difference: target less source, with its interval; null where it cannot be told, for which ``detail`` has words.
    """

    measure: str
    finding: Clearness
    because: str
    source: Share | None
    target: Share | None
    difference: float | None
    low: float | None
    high: float | None
    margin: float
    detail: str


class LastLook(Contract):
    """The last look at the figures: at which bake of which step, what came of it, and why."""

    at: datetime
    step: int
    bake: int
    decision: str
    reason: str
    guards: list[Guarding]


class ShadowSpend(Contract):
    """What asking beside the source came to.

    Attributes:
        asked: requests that processes have set aside, in blocks of ten; no more than these were asked.
        usd: what as many cost at the mean that was measured; null where no price is known.
    """

    asked: int
    most: int
    usd: float | None
    budget_usd: float


class Judgements(Contract):
    """What a judge made of the sampled answers of a step, up to a bake of it.

    Attributes:
        source: answers that were judged, and ``hits`` that were found bad; so for ``target``.
        usd: that the judgements of the whole roll-out have cost at the most.
        because: why these are not all that were wanted.
    """

    step: int
    bake: int
    source: Share
    target: Share
    usd: float
    because: str | None


class WayBack(Contract):
    """How all traffic returns to the source.

    Attributes:
        version: of the configuration; null before there is one, when nothing has moved.
        watched_until: to which day the source's model is looked at; null before the roll-out has ended.
    """

    version: int | None
    watched_until: datetime | None
    detail: str


class Standing(Contract):
    """How the roll-out of a workload stands.

    Attributes:
        percent: of the requests that go to the target, as the record says.
        waits_for: null where it has ended.
        unknown: why something is null that might not be.
    """

    schema_: Literal["brainswap.rollout/1"] = Field(default="brainswap.rollout/1", alias="schema")
    workload: str
    run_id: str
    status: str
    percent: int
    source: Side
    target: Side
    started_at: datetime | None
    ended_at: datetime | None
    step: Step | None
    last_look: LastLook | None
    waits_for: str | None
    reason: str | None
    by: str | None
    way_back: WayBack
    shadow: ShadowSpend | None
    judged: Judgements | None
    remarks: list[str]
    unknown: dict[str, str]

    @property
    def going_on(self) -> bool:
        return self.status in GOING_ON

    def document(self) -> dict[str, Any]:
        """As JSON's types."""
        return self.model_dump(mode="json", by_alias=True)


def standing_of(workload: str, item: Mapping[str, Any], *, asked: int, now: datetime) -> Standing:
    """Read how a roll-out stands.

    Args:
        workload: whose roll-out.
        item: its record.
        asked: requests that were set aside for its shadow.
        now: to say what is due.

    Raises:
        InvalidRequestError: the item is no record.
    """
    record = record_of(workload, item)
    try:
        step, looked = _step(record, item), _last_look(item)
        shadow = _shadow(record, item, asked)
        ended_at = _time(item.get("completed_at") if record.status == "completed" else item.get("ended_at"))
        return Standing(
            workload=workload,
            run_id=record.run_id,
            status=record.status,
            percent=record.percent,
            source=_side(record.source, record.source_prompt, 100 - record.percent),
            target=_side(record.target, record.target_prompt, record.percent),
            started_at=_time(item.get("started_at")),
            ended_at=None if record.status in GOING_ON else ended_at,
            step=step if record.status == "running" else None,
            last_look=looked,
            waits_for=_waits_for(record, step, now),
            reason=_words(item.get("reason")),
            by=_words(item.get("by")),
            way_back=_way_back(record, item, now),
            shadow=shadow,
            judged=_judged(record),
            remarks=[str(each) for each in item.get("remarks") or ()],
            unknown=_unknown(item, record, shadow),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise InvalidRequestError(f"the record of {workload}'s roll-out does not have its form: {error}") from None


def _side(version: Version, prompt: str, percent: int) -> Side:
    return Side(model=version.model, version_sha256=version.sha256, prompt_sha256=prompt, percent=percent)


def _step(record: RolloutRecord, item: Mapping[str, Any]) -> Step | None:
    place, plan = item.get("place"), item.get("plan")
    if not place or not plan:
        return None
    steps, index = [int(each) for each in plan["steps"]], int(place["step"])
    return Step(
        number=index + 1,
        of=len(steps),
        percent=record.percent,
        since=record.step_since,
        bake=int(place["bake"]),
        bakes=int(plan["bakes"]),
        bake_ends_at=datetime.fromisoformat(str(place["ends_at"])),
        then=f"{steps[index + 1]} %" if index + 1 < len(steps) else "the end, all traffic at the target",
    )


def _last_look(item: Mapping[str, Any]) -> LastLook | None:
    looked = item.get("looked")
    if not looked:
        return None
    return LastLook(
        at=datetime.fromisoformat(str(looked["at"])),
        step=int(looked["step"]) + 1,
        bake=int(looked["bake"]),
        decision=_CAME_OF[str(looked["decision"])],
        reason=str(looked.get("reason") or ""),
        guards=[_guarding(each) for each in looked["guards"]],
    )


def _guarding(kept: Mapping[str, Any]) -> Guarding:
    return Guarding(
        measure=str(kept["measure"]),
        finding=_CLEARNESS.get(str(kept["finding"]), "held"),
        because=str(kept["finding"]),
        source=_share(kept["source"]),
        target=_share(kept["target"]),
        difference=_number(kept["difference"]),
        low=_number(kept["low"]),
        high=_number(kept["high"]),
        margin=float(kept["margin"]),
        detail=str(kept["detail"]),
    )


def _share(kept: Any) -> Share | None:
    if kept is None:
        return None
    of, hits = kept
    return Share(hits=int(hits), of=int(of))


def _shadow(record: RolloutRecord, item: Mapping[str, Any], asked: int) -> ShadowSpend | None:
    declared, per_1000_usd = item.get("shadow"), _number(item.get("per_1000_usd"))
    if not declared:
        return None
    return ShadowSpend(
        asked=asked,
        most=record.shadow_most,
        usd=None if per_1000_usd is None else asked * per_1000_usd / 1000,
        budget_usd=float(declared["budget_usd"]),
    )


def _judged(record: RolloutRecord) -> Judgements | None:
    found = record.judged
    if found is None:
        return None
    source, target = (found.by_variant[name].counted for name in VARIANTS)
    return Judgements(
        step=found.step + 1,
        bake=found.bake,
        source=Share(hits=source.hits, of=source.of),
        target=Share(hits=target.hits, of=target.of),
        usd=float(found.usd),
        because=found.why,
    )


def _waits_for(record: RolloutRecord, step: Step | None, now: datetime) -> str | None:
    if record.status == "rolling_back":
        return f"the traffic to be back; brainswap rollback {record.workload} finishes it, whoever began it"
    if record.status != "running":
        return None
    if step is None:
        return "its first step" if not record.versions else "a look at its figures"
    place = "the shadow" if step.number == SHADOW_STEP + 1 else f"step {step.number}"
    bake = f"bake {step.bake} of {step.bakes} of {place}"
    if now < step.bake_ends_at:
        return f"the end of {bake} at {step.bake_ends_at:%Y-%m-%d %H:%M} UTC"
    judging, judged = record.judging, record.judged
    if judging is not None and (judging.step + 1, judging.bake) == (step.number, step.bake):
        done = judged is not None and (judged.step + 1, judged.bake) == (step.number, step.bake)
        if not done:
            return f"the judge of {bake}, since {judging.since:%Y-%m-%d %H:%M} UTC"
    return f"a look at the figures of {bake}, due since {step.bake_ends_at:%Y-%m-%d %H:%M} UTC"


def _way_back(record: RolloutRecord, item: Mapping[str, Any], now: datetime) -> WayBack:
    until = _time(item.get("warm_until")) if record.status == "completed" else None
    command = f"brainswap rollback {record.workload}"
    if record.back_version is None:
        detail = "nothing was told to any application yet"
    elif record.status in {"rolled_back", "failed"}:
        detail = "all traffic is at the source"
    elif until is None:
        kept = f"; its model is watched for {WARM_DAYS} days after the end" if record.status == "running" else ""
        detail = f"{command}{kept}"
    elif now < until:
        detail = f"{command}; the source's model is watched until {until:%Y-%m-%d}"
    else:
        detail = (
            f"{command}; since {until:%Y-%m-%d} nobody watches the source's model, so look whether it still answers"
        )
    return WayBack(version=record.back_version, watched_until=until, detail=detail)


def _unknown(item: Mapping[str, Any], record: RolloutRecord, shadow: ShadowSpend | None) -> dict[str, str]:
    missing: dict[str, str] = {}
    if "plan" not in item:
        missing |= dict.fromkeys(("step", "last_look", "shadow"), _OF_ANOTHER_VERSION)
    elif item.get("looked") is None:
        missing["last_look"] = "nobody has looked at any figures yet"
    if shadow is not None and shadow.usd is None:
        missing["shadow.usd"] = "no price of the target is known"
    if item.get("started_at") is None:
        missing["started_at"] = _OF_ANOTHER_VERSION
    if record.status == "completed" and item.get("warm_until") is None:
        missing["way_back.watched_until"] = _OF_ANOTHER_VERSION
    return missing


def _time(kept: Any) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(str(kept))


def _number(kept: Any) -> float | None:
    return None if kept is None else float(kept)


def _words(kept: Any) -> str | None:
    return None if kept is None else str(kept)
