"""The beginning of a roll-out: what must hold, both versions published, and the way back laid before the first step."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from brainswap.complying import forbidden_to_move_to
from brainswap.contenders import SOURCE
from brainswap.contracts import Contender, FrozenRun
from brainswap.core.rollout.routes import Route, Version, document_of
from brainswap.core.triggering.measured import changed
from brainswap.core.wording import printable
from brainswap.ports import Dependencies
from brainswap.registry import Registry
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.rollout.contracts import SHADOW_STEP, Place, PublishedVersion, RolloutRequest
from brainswap.rollout.looking import model_remark
from brainswap.rollout.noted import plan_facts
from brainswap.rollout.records import GOING_ON, record_of
from brainswap.rollout.signed import not_approved, not_as_reported
from brainswap.run_files import JSON, RunFiles


def begin(request: RolloutRequest, using: Dependencies) -> Place:
    """Claim the workload, publish both versions, and send every request to the source by the new document.

    That first document is the way back: going back deploys it again, with nothing to be made.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen, report = files.run(), from_json(files.read_text("report.json"))
    refusals = [
        *_refusals(frozen, report, using),
        *_overtaken(request, using),
        *not_approved(request.run_id, frozen, using),
    ]
    if refusals or report.recommended is None or frozen.workload.rollout is None:
        return _declined(request, "; ".join(refusals), using)
    source, target = files.contender(SOURCE), files.contender(report.recommended.contender)
    changed_files = "; ".join(not_as_reported(report, source, target))
    if changed_files:
        return _declined(request, changed_files, using)
    sent, moved = _version_of(frozen, source), _version_of(frozen, target)
    stands_in_the_way = _other_rollout(request, using) or _other_version(request, sent, using)
    if stands_in_the_way:
        return _declined(request, stands_in_the_way, using)
    facts = _facts(using, source=sent, target=moved) | {"shadow_most": _shadow_most(frozen, report) or 0}
    facts |= plan_facts(frozen.workload.rollout, _per_1000_usd(report))
    known = using.rollout_records.current(request.workload) or {}
    if known.get("back_version") is None and not using.rollout_records.claim(request.workload, request.run_id, facts):
        # The first of all: no way back to lose yet, and a configuration profile that only one may make.
        return _declined(request, _goes_on(using.rollout_records.current(request.workload) or {}), using)
    route = Route(
        workload=request.workload,
        rollout=request.run_id,
        step=0,
        share=0,
        seed=request.run_id,
        source=_publish(sent, using),
        target=_publish(moved, using),
        slow_ms=frozen.workload.rollout.slow_ms or 0,
    )
    about = f"{request.run_id}: all to the source"
    version = using.routes.publish(request.workload, document_of(route), about)
    # Claimed with its way back, so that no record takes the place of another that leads nowhere.
    if not using.rollout_records.claim(request.workload, request.run_id, {**facts, "back_version": version}):
        return _declined(request, _goes_on(using.rollout_records.current(request.workload) or {}), using)
    using.routes.deploy(request.workload, version, about)
    using.ledger.note(request.run_id, {"rollout": "running", "rollout_percent": 0})
    record = record_of(request.workload, using.rollout_records.current(request.workload) or {})
    steps = list(frozen.workload.rollout.steps)
    using.events.publish("Rollout Started", record.event(steps=steps, remarks=facts["remarks"]))
    return Place(next="step", step=0 if frozen.workload.rollout.shadow is None else SHADOW_STEP)


def _shadow_most(frozen: FrozenRun, report: Report) -> int | None:
    """How many requests the shadow's budget pays for; None where there is none, or the price is unknown."""
    shadow = frozen.workload.rollout.shadow if frozen.workload.rollout else None
    per_1000_usd = _per_1000_usd(report)
    return int(1000 * float(shadow.budget_usd) / per_1000_usd) if shadow is not None and per_1000_usd else None


def _per_1000_usd(report: Report) -> float | None:
    """What a thousand requests to the recommended target cost; None where nobody knows it."""
    moved_to = report.recommended.contender if report.recommended else None
    cost = next((one.cost for one in report.contenders if one.id == moved_to), None)
    return None if cost is None else cost.per_1000_requests_usd


def _refusals(frozen: FrozenRun, report: Report, using: Dependencies) -> Iterator[str]:
    if report.verdict != "migrate" or report.recommended is None:
        yield f"the verdict is {report.verdict}, and nobody is recommended to move to"
    if frozen.workload.rollout is None:
        yield "the workload declares no rollout"
    elif frozen.workload.rollout.shadow is not None and not _shadow_most(frozen, report):
        yield "nobody knows what the target costs, or one request costs more, so that shadow.budget_usd cannot be held"
    unpriced = _judges_without_a_price(frozen)
    if unpriced:
        yield f"nobody knows what {' and '.join(unpriced)} costs, so that rollout.judge.budget_usd cannot be held"
    if report.recommended is not None:
        # Weeks may have passed since the run looked, and of recorded targets it may have found out nothing.
        yield from forbidden_to_move_to(report.recommended.model, frozen.workload.limits, using.catalogue)
    moved_to = report.recommended.contender if report.recommended else None
    made_up = [it.id for it in report.contenders if it.id in {SOURCE, moved_to} and it.origin == "simulated"]
    if made_up and not using.realm.startswith("embedded"):
        yield f"simulated models answered for {' and '.join(made_up)}; real traffic does not move on their word"


def _judges_without_a_price(frozen: FrozenRun) -> list[str]:
    """Models that would judge live answers for nobody knows how much."""
    judge = frozen.workload.rollout.judge if frozen.workload.rollout else None
    if judge is None:
        return []
    slots = {slot: model for slot, model in frozen.workload.judges.items() if slot.rpartition("/")[0] == judge.scorer}
    prices = {slot: frozen.judge_prices.get(slot) for slot in slots}
    return [slots[slot].model for slot, found in prices.items() if found is None or found.price is None]


def _declined(request: RolloutRequest, reason: str, using: Dependencies) -> Place:
    using.ledger.note(request.run_id, {"rollout": "declined", "rollout_reason": reason})
    using.events.publish("Rollout Declined", {**request.model_dump(), "reason": reason})
    return Place(next="decline", reason=reason)


def _overtaken(request: RolloutRequest, using: Dependencies) -> Iterator[str]:
    """What the verdict rests on that is another in the version that came into force while people were waited for."""
    registry = Registry(using.records)
    version = str((using.ledger.run(request.run_id) or {}).get("version", ""))
    measured, current = registry.version(request.workload, version), registry.current(request.workload)
    if measured is None or measured.facts is None or current is None:
        return
    others = changed(measured.facts, current.facts)
    if others:
        yield (
            f"{', '.join(others)} changed with the version {printable(current.version)}, which is in force now, and "
            f"the verdict is on {printable(version)}; start another run"
        )


def _other_rollout(request: RolloutRequest, using: Dependencies) -> str | None:
    """Why another roll-out, or one of this run before, does not let this one begin; None where none does."""
    known = using.rollout_records.current(request.workload) or {}
    ours, goes_on = known.get("run_id") == request.run_id, known.get("status") in GOING_ON
    stands = known.get("status") != "running" if ours else goes_on
    return _goes_on(known) if known and stands else None


def _goes_on(other: Mapping[str, Any]) -> str:
    return f"the roll-out of {other.get('run_id')} is {other.get('status')}"


def _other_version(request: RolloutRequest, source: PublishedVersion, using: Dependencies) -> str | None:
    """Why the applications do not use the source of this run, as far as an earlier roll-out says; None if they may."""
    earlier = using.rollout_records.current(request.workload)
    if earlier is None or earlier.get("run_id") == request.run_id:
        return None
    before = record_of(request.workload, earlier)
    moved = before.status == "completed"
    used, prompt = (before.target, before.target_prompt) if moved else (before.source, before.source_prompt)
    since = f"since the roll-out of {before.run_id} ({before.status}) the applications use {used.model} with"
    remedy = "declare as source what is in use, and start another run"
    if (used.model, prompt) != (source.model, source.prompt_sha256):
        return (
            f"{since} the prompt {prompt[:12]}, and the source of this run is {source.model} with "
            f"{source.prompt_sha256[:12]}; {remedy}"
        )
    others = _other_parameters(used, source, using)
    return f"{since} {others}; {remedy}" if others else None


def _other_parameters(used: Version, source: PublishedVersion, using: Dependencies) -> str | None:
    """How the parameters in use differ from the source's: the way back would bring these to everybody at once."""
    key = used.key(source.workload)
    if used == _named(source)[0] or not using.artifacts.exists(key):
        return None
    in_use = PublishedVersion.model_validate_json(using.artifacts.read(key)).parameters.model_dump(mode="json")
    declared = source.parameters.model_dump(mode="json")
    differing = [name for name, value in in_use.items() if declared[name] != value]
    told = (f"{name} {printable(str(in_use[name]))} instead of {printable(str(declared[name]))}" for name in differing)
    return ", ".join(told) or None


def _version_of(frozen: FrozenRun, contender: Contender) -> PublishedVersion:
    return PublishedVersion(
        workload=frozen.workload.name,
        model=contender.model,
        prompt=contender.prompt,
        prompt_sha256=contender.prompt_sha256,
        parameters=contender.parameters,
        settings=contender.settings,
        earlier_settings=contender.earlier_settings,
    )


def _named(version: PublishedVersion) -> tuple[Version, bytes]:
    data = version.model_dump_json(indent=1).encode()
    return Version(model=version.model, sha256=hashlib.sha256(data).hexdigest()), data


def _publish(version: PublishedVersion, using: Dependencies) -> Version:
    """Write a version's file, unless it is there: its name says what is in it."""
    named, data = _named(version)
    key = named.key(version.workload)
    if not using.artifacts.exists(key):
        using.artifacts.write(key, data, JSON)
    return named


def _facts(using: Dependencies, *, source: PublishedVersion, target: PublishedVersion) -> dict[str, Any]:
    ours, theirs = _named(source)[0], _named(target)[0]
    return {
        "started_at": using.clock.now().isoformat(),
        "percent": 0,
        "source_model": ours.model,
        "source_sha256": ours.sha256,
        "source_prompt": source.prompt_sha256,
        "target_model": theirs.model,
        "target_sha256": theirs.sha256,
        "target_prompt": target.prompt_sha256,
        "versions": {},
        "baseline": None,
        "step_since": None,
        "judging": None,
        "judged": None,
        "reason": None,
        "by": None,
        "remarks": [
            remark
            for role, model in (("the way forward", target.model), ("the way back", source.model))
            if (remark := model_remark(role, model, using.catalogue, using.clock.now()))
        ],
    }
