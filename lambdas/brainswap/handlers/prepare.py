"""State ``Prepare``: freeze the workload and look before spending."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from brainswap.attaching import Attacher
from brainswap.callees import function_checks
from brainswap.complying import compliance_checks, facts_of
from brainswap.contenders import frozen_prompt
from brainswap.contracts import (
    FoundPrice,
    FrozenRun,
    PrepareRequest,
    PrepareResult,
    TranslateRequest,
    Waiting,
    parse,
)
from brainswap.core.calling.forecast import with_calling
from brainswap.core.calls import Inference
from brainswap.core.decision.criteria import gates_fingerprint
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.folder import Folder
from brainswap.core.inference import chosen_inference, inference_of, way_of
from brainswap.core.labelling.labels import LABELS_FILE, Label, labels_sha256
from brainswap.core.labelling.loading import load_labels
from brainswap.core.lifecycle import Leaving
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.freezing import CaseFreezer
from brainswap.core.loading.outlook import calling_outlook, outlook
from brainswap.core.loading.pilot import pilot_of
from brainswap.core.loading.retargeting import retargeted
from brainswap.core.loading.validation import validate_cases
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from brainswap.core.models.needs import Needs
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import profile_of
from brainswap.core.money.asked import IMPROVER
from brainswap.core.money.resolution import (
    PriceFinding,
    find_called_prices,
    find_improver_price,
    find_judge_prices,
    find_prices,
)
from brainswap.core.near_duplicates.placement import Placement
from brainswap.core.preflight import (
    Check,
    ModelFacts,
    access_check,
    budget_check,
    capability_check,
    leaving,
    lifecycle_check,
    personal_data_check,
    residency_check,
    unreachable_catalogue,
)
from brainswap.core.quotas import quota_check
from brainswap.core.workload import Workload
from brainswap.mistakes import kept
from brainswap.ports import Dependencies
from brainswap.run_files import JSON_LINES, RunFiles, workload_prefix
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

PROBED_FOR = timedelta(days=30)


def run(request: PrepareRequest, using: Dependencies) -> PrepareResult:
    """Freeze everything that the run rests on; a refused run is frozen too, with the reasons.

    Raises:
        InvalidWorkloadError: the workload does not hold together.
    """
    using.ledger.open_run(
        request.run_id,
        {
            "workload": request.workload,
            "version": request.version,
            "targets": list(request.targets),
            "because": request.because,
            "started_at": request.started_at.isoformat(),
        },
    )
    folder = using.artifacts.folder(workload_prefix(request.workload, request.version))
    loaded = retargeted(load_workload(folder), request.targets)
    summary = validate_cases(folder, loaded, objects=using.objects)
    workload, needs = loaded.workload, summary.needs
    labels = load_labels(folder, workload.scorers)
    files = RunFiles(using.artifacts, request.run_id)
    if labels:
        files.write_labels(labels)
    frozen_cases = _freeze_cases(files, using, folder, loaded, summary.placement)
    live = workload.live_models
    asked = (*live, *workload.embedding_models)
    facts = facts_of(asked, using.catalogue)
    checks, not_streaming, going = _check_models(facts, workload, request.started_at)
    checks += compliance_checks(asked, workload, using)
    checks += function_checks(workload, using)
    profiles = _profiles(live, using, files)
    checks += _capability_checks(workload, profiles, facts, needs)
    inference = chosen_inference(
        workload,
        test_cases=frozen_cases.splits["test"],
        available=using.batch_jobs is not None,
        rounds=bool(needs.results),
    )
    candidates = [
        candidate
        for of_model in using.prices.prices(_models(workload), using.region).values()
        for candidate in of_model
    ]
    found = find_prices(
        workload,
        inference={slot: inference_of(declared, inference) for slot, declared in workload.slots.items()},
        region=using.region,
        candidates=candidates,
    )
    of_judges = find_judge_prices(workload, region=using.region, candidates=candidates)
    of_called = find_called_prices(workload, region=using.region, candidates=candidates)
    of_improver = find_improver_price(workload, region=using.region, candidates=candidates)
    calling = calling_outlook(workload, summary, of_called)
    of_account = using.quotas.of(asked)
    checks += [quota_check(model, quota, way_of(model, workload, inference)) for model, quota in of_account.items()]
    quotas = {model: known for model, quota in of_account.items() if (known := quota.tokens_per_minute) is not None}
    expected = outlook(
        workload,
        summary,
        {**found, **of_judges, **({} if of_improver is None else {IMPROVER: of_improver})},
        quotas=quotas,
        burndowns={model: profile.burndown for model, profile in profiles.items()},
        pilot=pilot_of(folder, loaded, summary),
    )
    expected = with_calling(expected, calling, workload)
    sent = (*live, *(spec.name for spec in workload.called))
    checks.append(personal_data_check(workload.limits, frozen_cases.personal_data, sent, attached=needs.attached))
    budget = budget_check(workload.limits, expected)
    if budget is not None:
        checks.append(budget)
    frozen = FrozenRun(
        run_id=request.run_id,
        created_at=request.started_at,
        seed=request.seed,
        fresh=request.fresh or guards_with_a_draft(workload),
        workload=workload,
        prompt=frozen_prompt(loaded.prompt),
        workload_sha256=loaded.sha256,
        cases_sha256=summary.sha256,
        attachments_sha256=summary.attachments_sha256,
        needs=needs,
        gates_sha256=gates_fingerprint(workload),
        labels_sha256=labels_sha256(labels) if labels else None,
        splits=frozen_cases.splits,
        near_duplicates=summary.placement and summary.placement.near_duplicates,
        personal_data=frozen_cases.personal_data,
        checks=checks,
        prices=_frozen_prices(found),
        judge_prices=_frozen_prices(of_judges),
        called_prices=_frozen_prices(of_called),
        improver_price=None if of_improver is None else FoundPrice(price=of_improver.price, reason=of_improver.reason),
        profiles=profiles,
        quotas=quotas,
        inference=inference,
        not_streaming=not_streaming,
        leaving=going,
        forecast=expected,
        calling=list(calling),
        warnings=[
            *summary.warnings,
            *frozen_cases.warnings(),
            *_not_in_batches(workload, inference, needs),
            *_price_notes(
                [*found.values(), *of_judges.values(), *of_called.values(), *([of_improver] if of_improver else [])]
            ),
            *_of_no_scorer(labels, workload),
        ],
    )
    files.write_run(frozen)
    return PrepareResult(
        run_id=request.run_id,
        refused=frozen.refused,
        attended=request.attended,
        approval=Waiting(required=workload.approvals > 0, seconds=workload.approval.expires_hours * 3600),
        targets=[TranslateRequest(run_id=request.run_id, target=index) for index in range(len(workload.targets))],
    )


def guards_with_a_draft(workload: Workload) -> bool:
    """Whether the guardrail may have changed since somebody asked the same."""
    return workload.guardrail is not None and workload.guardrail.version == "DRAFT"


def _not_in_batches(workload: Workload, inference: Inference, needs: Needs) -> Iterator[str]:
    if workload.inference == "batch" and needs.results:
        yield (
            "the workload asks for batch inference, and cases hold results of tools: a record of a batch is one "
            "request, so that models are asked on demand"
        )
    elif workload.inference == "batch" and workload.step_names:
        yield (
            "the workload asks for batch inference, and its prompt is a chain: a record of a batch is one request, and "
            "each step waits for the answers before it, so that models are asked on demand"
        )
    elif workload.inference == "batch" and inference != "batch":
        yield "the workload asks for batch inference; here, or for so few cases, models are asked on demand"


def _of_no_scorer(labels: Iterable[Label], workload: Workload) -> Iterator[str]:
    known = {spec.name for spec in workload.scorers}
    strange = Counter(label.scorer for label in labels if label.scorer not in known)
    for name, count in sorted(strange.items()):
        yield f"{LABELS_FILE} holds {count:,} labels of `{name}`, which is no scorer of the workload"


def _frozen_prices(found: Mapping[str, PriceFinding]) -> dict[str, FoundPrice]:
    return {slot: FoundPrice(price=one.price, reason=one.reason) for slot, one in found.items()}


def _price_notes(found: Iterable[PriceFinding]) -> list[str]:
    return list(dict.fromkeys(note for one in found for note in one.notes))


def _profiles(live: Iterable[str], using: Dependencies, files: RunFiles) -> dict[str, Profile]:
    """What every live model accepts: from the registry, or found out by asking, once in a while."""
    profiles: dict[str, Profile] = {}
    for model in live:
        known = profile_of(model) or files.probed_profile(model, since=using.clock.now() - PROBED_FOR)
        if known is None:
            from brainswap.probing import probe  # noqa: PLC0415 - the registry has most models

            today = using.clock.now().date().isoformat()
            probed = using.complete(probe(using.models, model, checked_on=today))
            known = probed.profile
            if probed.complete:
                files.write_probed_profile(model, known)
        profiles[model] = known
    return profiles


def _freeze_cases(
    files: RunFiles, using: Dependencies, folder: Folder, loaded: LoadedWorkload, placement: Placement | None
) -> CaseFreezer:
    """Write every case as the later states see it; no other file of the run holds one."""
    freezer = CaseFreezer(folder, loaded, placement)
    attacher = Attacher(files, folder, using.objects)
    with using.artifacts.writing(files.key("workload/cases.jsonl"), JSON_LINES) as lines:
        for case in iter_cases(folder, loaded):
            lines.write(freezer.freeze(attacher.attach(case)).model_dump_json(exclude_defaults=True).encode() + b"\n")
    with folder.open("workload.yaml") as declared:
        files.write_text("workload/workload.yaml", declared.read().decode("utf-8"), "application/yaml")
    return freezer


def _models(workload: Workload) -> list[str]:
    declared = [
        *workload.slots.values(),
        *workload.judges.values(),
        *([workload.improver] if workload.improver else []),
    ]
    return list(dict.fromkeys([*(model.model for model in declared), *workload.embedding_models]))


def _check_models(
    found: Mapping[str, ModelFacts | str | None], workload: Workload, now: datetime
) -> tuple[list[Check], list[str], dict[str, Leaving]]:
    """The checks of every live model, which of them do not stream, and which go too soon to be moved to."""
    checks: list[Check] = []
    not_streaming = []
    going: dict[str, Leaving] = {}
    for model, facts in found.items():
        if isinstance(facts, str):
            checks += unreachable_catalogue(model, facts, workload.limits)
            continue
        checks.append(access_check(model, facts))
        if facts is None:
            continue
        checks.append(lifecycle_check(model, facts, now))
        goes = leaving(facts, now)
        if goes is not None:
            going[model] = goes
        residency = residency_check(model, facts, workload.limits)
        if residency is not None:
            checks.append(residency)
        if facts.streams is False:
            not_streaming.append(model)
    return checks, not_streaming, going


def _capability_checks(
    workload: Workload,
    profiles: Mapping[str, Profile],
    found: Mapping[str, ModelFacts | str | None],
    needs: Needs,
) -> list[Check]:
    """Whether the models that answer live take what the cases hold."""
    answering = dict.fromkeys(each.model for each in workload.slots.values() if each.answers == "live")
    checks = []
    for model in answering:
        facts = found.get(model)
        known = facts if isinstance(facts, ModelFacts) else None
        check = capability_check(model, profiles.get(model) or UNPROFILED, known, needs)
        if check is not None:
            checks.append(check)
    return checks


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    request, using = parse(PrepareRequest, event), dependencies()
    try:
        return run(request, using).model_dump(mode="json")
    except InvalidWorkloadError as error:
        raise kept(error, RunFiles(using.artifacts, request.run_id)) from None
