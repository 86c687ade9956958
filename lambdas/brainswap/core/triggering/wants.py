"""What the triggers of a workload ask for, from what is known; asked again, the same is wanted under the same name."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from brainswap.core.compliance.regions import is_allowed
from brainswap.core.declared_triggers import ReleaseTrigger
from brainswap.core.models.registry import bare_id, lines_of, vendor_of
from brainswap.core.registering.registration import InForce
from brainswap.core.triggering.measured import Measured, staleness
from brainswap.core.triggering.requests import Cause, Want
from brainswap.core.triggering.schedules import schedule_of
from brainswap.core.watching.listing import Known

RECENT = timedelta(days=60)
"""For how long a release is one; whoever could not be measured until then is old."""


def wants(
    workload: InForce, models: Mapping[str, Known], measured: Iterable[Measured], now: datetime
) -> Iterator[Want]:
    """Every migration that the triggers ask for now, those that were started long ago included.

    Args:
        workload: the version in force.
        models: of the region that models are asked from, by id.
        measured: the last verdicts on the workload.
        now: of the question.
    """
    yield from _releases(workload, models, now)
    yield from _end_of_life(workload, models, now)
    yield from _dataset(workload, models)
    yield from _schedule(workload, models, now)
    yield from _stale(workload, models, measured, now)


def end_of_life(model_id: str, models: Mapping[str, Known]) -> datetime | None:
    """When requests to a model, or to the model of a profile, begin to fail; None where no date is set or known."""
    known = models.get(bare_id(model_id)) or models.get(model_id)
    behind = models.get(known.seen.base) if known is not None and known.seen.base is not None else None
    found = behind or known
    return found.seen.dates.end_of_life if found else None


def callable_id(model: Known, models: Mapping[str, Known], regions: Iterable[str] | None) -> str | None:
    """Under which id a model can be asked within some regions: its own, or the profile that reaches the fewest regions.

    Args:
        model: a model, no profile.
        models: of the region, by id.
        regions: patterns of the allowed regions; None where all are.
    """
    if model.seen.on_demand:
        return model.seen.id  # processed in the region that asks, whose own check Prepare makes
    allowed = None if regions is None else tuple(regions)
    fitting = [
        known.seen
        for known in models.values()
        if known.seen.kind == "profile"
        and known.seen.base == model.seen.id
        and not known.gone
        and (allowed is None or all(is_allowed(region, allowed) for region in known.seen.regions))
    ]
    narrowest = min(fitting, key=lambda each: ("" in each.regions, len(each.regions), each.id), default=None)
    return None if narrowest is None else narrowest.id


def _releases(workload: InForce, models: Mapping[str, Known], now: datetime) -> Iterator[Want]:
    triggers = workload.facts.triggers.releases
    for model in models.values():
        if model.released_at is None or not workload.since < model.released_at <= now:
            continue
        fresh = now - model.released_at <= RECENT and model.seen.status == "ACTIVE" and not model.gone
        if not fresh or "TEXT" not in model.seen.outputs or bare_id(workload.facts.source) == model.seen.id:
            continue
        if not any(matches(trigger, model.seen.id, model.seen.provider) for trigger in triggers):
            continue
        target = callable_id(model, models, workload.facts.regions)
        if target is not None:
            why = f"{model.seen.id} was released"
            yield _want(workload, models, "release", why, targets=(target,))


def matches(trigger: ReleaseTrigger, model_id: str, provider: str) -> bool:
    """Whether a released model is one of those that a trigger names."""
    wanted = trigger.provider.casefold()
    if wanted not in {vendor_of(model_id).casefold(), provider.casefold()}:
        return False
    return trigger.family is None or trigger.family.casefold() in lines_of(model_id)


def _end_of_life(workload: InForce, models: Mapping[str, Known], now: datetime) -> Iterator[Want]:
    days = workload.facts.triggers.end_of_life_days
    end = end_of_life(workload.facts.source, models)
    if days is not None and end is not None and end - now <= timedelta(days=days):
        yield _want(workload, models, "end_of_life", f"{workload.facts.source} goes on {end:%Y-%m-%d}")


def _dataset(workload: InForce, models: Mapping[str, Known]) -> Iterator[Want]:
    brought = workload.cases_since or (workload.version if workload.cases_changed else "")
    if workload.facts.triggers.dataset and brought:
        yield _want(workload, models, "dataset", f"version {brought} has other cases", again=brought)


def _schedule(workload: InForce, models: Mapping[str, Known], now: datetime) -> Iterator[Want]:
    schedule = workload.facts.triggers.schedule
    last = schedule_of(schedule).last(workload.since, now) if schedule is not None else None
    if last is not None:
        why = f"the schedule {schedule} asks for it"
        yield _want(workload, models, "schedule", why, again=last.isoformat())


def _stale(
    workload: InForce, models: Mapping[str, Known], measured: Iterable[Measured], now: datetime
) -> Iterator[Want]:
    if workload.facts.triggers.stale_after_days is None:
        return
    prices = {model_id: known.prices for model_id, known in models.items()}
    for verdict in measured:
        reasons = list(staleness(verdict, workload.facts, prices, now))
        if reasons and _still_of_interest(verdict, workload, models):
            why = f"the verdict of {verdict.run_id} is stale: {'; '.join(reasons)}"
            yield _want(workload, models, "stale", why, targets=verdict.targets, again=verdict.run_id)


def _still_of_interest(verdict: Measured, workload: InForce, models: Mapping[str, Known]) -> bool:
    """Whether anybody may still want to move to one of the models of a verdict; those that are declared are wanted.

    A model that was released once may be the one in use by now, or go.
    """
    others = [bare_id(target) for target in verdict.targets if bare_id(target) != bare_id(workload.facts.source)]
    known = [models.get(other) for other in others]
    return not verdict.targets or any(one is None or (one.seen.status == "ACTIVE" and not one.gone) for one in known)


def _want(
    workload: InForce,
    models: Mapping[str, Known],
    cause: Cause,
    why: str,
    *,
    targets: tuple[str, ...] = (),
    again: str = "",
) -> Want:
    return Want(
        workload=workload.workload,
        version=workload.version,
        targets=targets,
        cause=cause,
        why=why,
        again=again,
        deadline=end_of_life(workload.facts.source, models),
    )
