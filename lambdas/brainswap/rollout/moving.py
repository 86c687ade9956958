"""The steps of a roll-out: move some of the traffic, look at what came of it, and come to an end."""

from collections.abc import Mapping
from dataclasses import replace

from brainswap.contracts import FrozenRun
from brainswap.core.declared_rollout import ALL, GuardMeasure, Rollout
from brainswap.core.errors import InvalidRequestError, RouteTakenBackError
from brainswap.core.rollout.analysis import Counted, Outcomes, Rules, StepAnalysis, analyse
from brainswap.core.rollout.reporting import reported_step
from brainswap.core.rollout.routes import WHOLE, Route, document_of
from brainswap.core.rollout.sampling import sampling_of
from brainswap.ports import Dependencies
from brainswap.rollout.contracts import SHADOW_STEP, Place, PlaceRequest, RolloutRequest
from brainswap.rollout.going_back import put_right
from brainswap.rollout.noted import look_facts, place_facts
from brainswap.rollout.ports import Variant
from brainswap.rollout.records import RUNNING, JudgedStep, RolloutRecord, baseline_facts, record_of, warm_until
from brainswap.run_files import RunFiles


def move(request: PlaceRequest, using: Dependencies) -> Place:
    """Send the step's share to the target; leave everything where somebody has sent the traffic back meanwhile.

    Raises:
        InvalidRequestError: the workload declares no such step.
    """
    rollout = declared(request, using)
    record = current(request, using)
    if record is None or record.status != "running":
        # An attempt at this step may have deployed it before it died, after somebody has sent the traffic back.
        put_right(request.workload, using)
        return _left(request)
    percent = _percent(request, rollout)
    version = record.versions.get(str(request.step + 1)) or _publish(request, record, percent, rollout, using)
    now = using.clock.now()
    facts = {
        "percent": percent,
        "versions": {**record.versions, str(request.step + 1): version},
        "step_since": now.isoformat(),
        **place_facts(request, request.bake, now, _bake_s(request, rollout)),
    }
    if not using.rollout_records.note(request.workload, request.run_id, facts, expecting=RUNNING):
        return _left(request)
    try:
        using.routes.deploy(request.workload, version, f"{request.run_id}: {percent} % to the target")
    except RouteTakenBackError as error:
        return _back(request, str(error), using)
    again = current(request, using)
    if again is None or again.status != "running":
        # Somebody has sent the traffic back between the two, and this deployment came after theirs.
        put_right(request.workload, using)
        return _left(request)
    using.ledger.note(request.run_id, {"rollout": "running", "rollout_percent": percent})
    using.events.publish(
        "Rollout Stepped",
        again.event(step=request.step + 1, bake_minutes=_bake_s(request, rollout) // 60, reason=again.reason),
    )
    return Place(step=request.step, bake=request.bake, next="bake", bake_s=_bake_s(request, rollout))


def look(request: PlaceRequest, using: Dependencies) -> Place:
    """Judge a step by what applications report of it, and by what a judge finds where the workload names one.

    Harm that shows without the judge sends the traffic back before anybody is asked; otherwise the judge comes first,
    and then another look.

    Raises:
        InvalidRequestError: the workload declares no such step.
    """
    rollout = declared(request, using)
    record = current(request, using)
    if record is None or record.status != "running" or record.step_since is None:
        return _left(request)
    now = using.clock.now()
    reported = using.outcome_reports.outcomes(
        request.workload,
        reported_step(request.run_id, request.step + 1),
        since=record.step_since,
        until=now,
    )
    if using.routes.deployed(request.workload) != record.versions.get(str(request.step + 1)):
        reason = "somebody else deployed another version of the configuration, or AppConfig took this step's back"
        return _back(request, reason, using)
    judged = record.judged
    if judged is not None and (judged.step, judged.bake) != (request.step, request.bake):
        judged = None  # of another bake
    if rollout.judge is not None:
        reported = _with_judgements(reported, judged)
    percent = _percent(request, rollout)
    # With all traffic at the target, the source is what it was when it last had any.
    source: Outcomes | None = record.baseline if percent == ALL else reported["source"]
    made = analyse(source, reported["target"], _rules(rollout), bake=request.bake, share=_share(percent))
    if rollout.judge is not None and judged is None and not made.harmed:
        return Place(step=request.step, bake=request.bake, next="judge")
    if rollout.judge is not None and judged is not None and judged.why is not None and made.decision != "go_on":
        made = replace(made, reason=f"{made.reason}; the judge: {judged.why}")
    facts = {"reason": made.reason, **look_facts(request, made, source, reported["target"], now)}
    if made.decision == "go_on" and percent < ALL:
        facts["baseline"] = baseline_facts(reported["source"])
    if made.decision == "hold":
        facts |= place_facts(request, request.bake + 1, now, _bake_s(request, rollout))
    if not using.rollout_records.note(request.workload, request.run_id, facts, expecting=RUNNING):
        return _left(request)
    return _next(request, made, rollout, record, using)


def finish(request: RolloutRequest, using: Dependencies) -> None:
    """All traffic is at the target and stays there; the way back is kept warm."""
    now = using.clock.now()
    until = warm_until(now).isoformat()
    facts = {"status": "completed", "completed_at": now.isoformat(), "warm_until": until}
    if using.rollout_records.note(request.workload, request.run_id, facts, expecting=RUNNING | {"completed"}):
        using.ledger.note(request.run_id, {"rollout": "completed", "rollout_percent": ALL})
        record = current(request, using)
        if record is not None:
            using.events.publish("Rollout Completed", record.event(warm_until=until))


def declared(request: RolloutRequest, using: Dependencies) -> Rollout:
    """What the workload of the run says of its roll-out.

    Raises:
        InvalidRequestError: nothing, or not the step that is asked for.
    """
    frozen: FrozenRun = RunFiles(using.artifacts, request.run_id).run()
    rollout = frozen.workload.rollout
    if rollout is None:
        raise InvalidRequestError(f"{request.run_id}: the workload declares no rollout")
    first = 0 if rollout.shadow is None else SHADOW_STEP
    if isinstance(request, PlaceRequest) and not first <= request.step < len(rollout.steps):
        raise InvalidRequestError(f"{request.run_id}: there is no step {request.step + 1} of {len(rollout.steps)}")
    return rollout


def current(request: RolloutRequest, using: Dependencies) -> RolloutRecord | None:
    """The record, if it is that of the run."""
    item = using.rollout_records.current(request.workload)
    return record_of(request.workload, item) if item and item.get("run_id") == request.run_id else None


def _with_judgements(reported: Mapping[Variant, Outcomes], judged: JudgedStep | None) -> Mapping[Variant, Outcomes]:
    """What is reported with the judge's counts in the place of the applications' own.

    Judgements of different judges are not added up: their scales differ, and so may the answers that they looked at.
    """
    counts = {} if judged is None else judged.usable
    merged: dict[Variant, Outcomes] = {}
    for variant, outcomes in reported.items():
        kept: dict[GuardMeasure, Counted] = {name: each for name, each in outcomes.items() if name != "judged_bad"}
        if variant in counts:
            kept["judged_bad"] = counts[variant]
        merged[variant] = kept
    return merged


def _publish(request: PlaceRequest, record: RolloutRecord, percent: int, rollout: Rollout, using: Dependencies) -> int:
    traffic = RunFiles(using.artifacts, request.run_id).run().workload.traffic
    sampling = sampling_of(rollout, traffic, percent=percent, bake_s=_bake_s(request, rollout))
    route = Route(
        workload=request.workload,
        rollout=request.run_id,
        step=request.step + 1,
        share=percent * WHOLE // ALL,
        seed=request.run_id,
        source=record.source,
        target=record.target,
        slow_ms=rollout.slow_ms or 0,
        shadow=rollout.shadow.percent * WHOLE // ALL if rollout.shadow and request.step == SHADOW_STEP else 0,
        shadow_most=record.shadow_most if request.step == SHADOW_STEP else 0,
        sample_source=sampling.source,
        sample_target=sampling.target,
        sample_most=sampling.most,
        sample_until=int(using.clock.now().timestamp()) + sampling.seconds if sampling.seconds else 0,
    )
    return using.routes.publish(request.workload, document_of(route), f"{request.run_id}: {percent} %")


def _percent(request: PlaceRequest, rollout: Rollout) -> int:
    """Of the traffic that the target answers in a step; none in the shadow."""
    return 0 if request.step == SHADOW_STEP else rollout.steps[request.step]


def _share(percent: int) -> float | None:
    """Of the target, where both variants answer."""
    return percent / ALL if 0 < percent < ALL else None


def _bake_s(request: PlaceRequest, rollout: Rollout) -> int:
    shadow = rollout.shadow if request.step == SHADOW_STEP else None
    return 60 * (rollout.bake_minutes if shadow is None else shadow.minutes)


def _rules(rollout: Rollout) -> Rules:
    return Rules(
        guards=rollout.guards,
        min_requests=rollout.min_requests,
        confidence=rollout.confidence,
        looks=rollout.looks,
        bakes=rollout.bakes,
    )


def _next(
    request: PlaceRequest, made: StepAnalysis, rollout: Rollout, record: RolloutRecord, using: Dependencies
) -> Place:
    if made.decision == "roll_back":
        return Place(step=request.step, bake=request.bake, next="back", reason=made.reason)
    if made.decision == "hold":
        using.events.publish(
            "Rollout Held",
            record.event(step=request.step + 1, bake=request.bake, bakes=rollout.bakes, reason=made.reason),
        )
        return Place(
            step=request.step,
            bake=request.bake + 1,
            next="hold",
            bake_s=_bake_s(request, rollout),
            reason=made.reason,
        )
    if request.step + 1 < len(rollout.steps):
        return Place(step=request.step + 1, next="step", reason=made.reason)
    return Place(step=request.step, bake=request.bake, next="finish", reason=made.reason)


def _back(request: PlaceRequest, reason: str, using: Dependencies) -> Place:
    """Back, where somebody deployed another version by hand, or AppConfig took the step's own back by an alarm."""
    if not using.rollout_records.note(request.workload, request.run_id, {"reason": reason}, expecting=RUNNING):
        return _left(request)
    return Place(step=request.step, bake=request.bake, next="back", reason=reason)


def _left(request: PlaceRequest) -> Place:
    return Place(step=request.step, bake=request.bake, next="leave", reason="the traffic was sent back meanwhile")
