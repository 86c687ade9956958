"""From what was decided to the report model."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from brainswap.contracts import Contender, FrozenRun
from brainswap.core.answers import Origin
from brainswap.core.decision.calibration import Calibration
from brainswap.core.decision.criteria import gated_scorers, gates_of, scorer_fingerprints
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.family import Judged
from brainswap.core.decision.gates import Outcome
from brainswap.core.decision.looking import Looking
from brainswap.core.decision.pairing import ChangedCase
from brainswap.core.decision.tally import ContenderTally
from brainswap.core.decision.verdict import Standing, Verdict, overall, pareto_front, recommend
from brainswap.core.statistics.paired import PairedComparison
from brainswap.report.blocking import blocking_warnings
from brainswap.report.calibration import calibration_parts, calibration_warnings
from brainswap.report.called import called_words
from brainswap.report.improving import Improving, improving_warnings
from brainswap.report.judges import Judging, judge_words, judged_scorers, judging_warnings
from brainswap.report.looks import stopping_part
from brainswap.report.measured import contender_report, target_report
from brainswap.report.model import (
    Changed,
    CheckReport,
    ContenderReport,
    NearDuplicateCases,
    PersonalData,
    Provenance,
    Recommended,
    Report,
    Spend,
    Stopping,
)
from brainswap.report.money import nothing_spent, prices, saving, spent
from brainswap.report.people import Calibration as CalibrationPart
from brainswap.report.people import JudgedScorer
from brainswap.report.stopping import stopping_reasons

NAMED_CHANGES = 400


def refused_report(frozen: FrozenRun) -> Report:
    """The report of a run that asked nothing."""
    reasons = [f"{check.check}: {check.detail}" for check in frozen.checks if check.status == "refused"]
    return _report(
        frozen,
        verdict="refused",
        reasons=reasons,
        models=_expected_models(frozen),
        spend=nothing_spent(frozen),
    )


def decided_report(
    frozen: FrozenRun,
    contenders: Mapping[str, Contender],
    looking: Looking,
    judging: Judging,
    calibrations: Sequence[Calibration] = (),
    *,
    asked_ahead: int = 0,
    improving: Improving = Improving(),  # noqa: B008 - frozen, and nothing
) -> Report:
    """The report of a run whose contenders all have scores.

    Args:
        frozen: the run.
        contenders: by id.
        looking: all looks that were taken.
        judging: what it took.
        calibrations: what people's labels say.
        asked_ahead: critical cases that count for nothing else, because their turn never came.
        improving: what making prompts took.
    """
    gates, evaluation = gates_of(frozen.workload), looking.evaluation
    outcomes: dict[str, Sequence[Outcome]] = {name: found.outcomes for name, found in looking.found.items()}
    verdicts: dict[str, Verdict] = {name: found.verdict for name, found in looking.found.items()}
    stopped = stopping_part(frozen, looking, asked_ahead)
    verdict = overall(list(verdicts.values()))
    quality = _quality(frozen, evaluation)
    chosen = recommend(verdicts, quality, _costs(evaluation))
    (source_id,) = set(contenders) - set(evaluation.targets)
    spend = spent(frozen, contenders, source_id, evaluation, judging, improving)
    source = contender_report(frozen, contenders[source_id], evaluation.source)
    targets = [
        target_report(frozen, contenders[name], evaluation, outcomes[name], found) for name, found in verdicts.items()
    ]
    traffic = None if frozen.workload.traffic is None else frozen.workload.traffic.requests_per_month
    lost = [(name, change) for name, pairing in evaluation.pairings.items() for change in pairing.lost]
    gained = [(name, change) for name, pairing in evaluation.pairings.items() for change in pairing.gained]
    tallies = [evaluation.source, *evaluation.targets.values()]
    calibrated = calibration_parts(frozen, calibrations)
    return _report(
        frozen,
        verdict=verdict,
        reasons=[*_reasons(contenders, verdicts, outcomes, chosen), *stopping_reasons(stopped)],
        models=_models(frozen, tallies, judging.all_origins(frozen)),
        spend=spend,
        recommended=_recommended(contenders, chosen),
        front=pareto_front({name: _standing(quality[name], tally) for name, tally in evaluation.targets.items()}),
        contenders=[
            source,
            *(target.model_copy(update={"saving": saving(source, target, spend, traffic)}) for target in targets),
        ],
        changed=[_changed(name, change) for name, change in (lost + gained)[:NAMED_CHANGES]],
        changed_total=sum(pairing.changed for pairing in evaluation.pairings.values()),
        judged=list(judged_scorers(frozen, judging)),
        warnings=[
            *_warnings(gates_declared=bool(frozen.workload.gates), tallies=tallies),
            *judging_warnings(frozen, judging),
            *improving_warnings(improving),
            *blocking_warnings(frozen, contenders, evaluation.blocking),
            *calibration_warnings(calibrated, gates),
        ],
        calibration=calibrated,
        gated=looking.judged,
        stopping=stopped,
        first_answer_at=_first_answer(tallies),
    )


def _report(
    frozen: FrozenRun,
    *,
    verdict: Literal["migrate", "hold", "inconclusive", "refused"],
    reasons: list[str],
    models: Literal["bedrock", "recorded", "simulated", "mixed"],
    spend: Spend,
    recommended: Recommended | None = None,
    front: Sequence[str] = (),
    contenders: Sequence[ContenderReport] = (),
    changed: Sequence[Changed] = (),
    changed_total: int = 0,
    judged: Sequence[JudgedScorer] = (),
    warnings: Sequence[str] = (),
    calibration: Sequence[CalibrationPart] = (),
    gated: Judged | None = None,
    stopping: Stopping | None = None,
    first_answer_at: datetime | None = None,
) -> Report:
    return Report(
        run_id=frozen.run_id,
        workload=frozen.workload.name,
        description=frozen.workload.description,
        created_at=frozen.created_at,
        models=models,
        verdict=verdict,
        recommended=recommended,
        pareto_front=list(front),
        reasons=reasons,
        spend=spend,
        contenders=list(contenders),
        changed=list(changed),
        changed_total=changed_total,
        judged=list(judged),
        calibration=list(calibration),
        stopping=stopping,
        provenance=Provenance(
            workload_sha256=frozen.workload_sha256,
            cases_sha256=frozen.cases_sha256,
            gates_sha256=frozen.gates_sha256,
            labels_sha256=frozen.labels_sha256,
            gates_frozen_at=frozen.created_at,
            first_answer_at=first_answer_at,
            gate_family=gated and gated.family,
            gate_confidence=gated and gated.confidence,
            gated_scorers=list(gated_scorers(frozen.workload)),
            scorers_sha256=scorer_fingerprints(frozen.workload),
            splits=frozen.splits,
            near_duplicates=_near_duplicates(frozen),
            personal_data=[
                PersonalData(kind=kind.words, cases=count.cases, found=count.found, redacted=count.redacted)
                for kind, count in frozen.personal_data.items()
            ],
            seed=frozen.seed,
            confidence=frozen.workload.confidence,
            code_version=code_version(),
            prices=prices(frozen),
            judge=judge_words(frozen),
            called=called_words(frozen),
            checks=[
                CheckReport(check=check.check, status=check.status, detail=check.detail) for check in frozen.checks
            ],
            warnings=[*frozen.warnings, *warnings],
        ),
    )


def _near_duplicates(frozen: FrozenRun) -> NearDuplicateCases | None:
    found = frozen.near_duplicates
    if found is None:
        return None
    return NearDuplicateCases(cases=found.cases, groups=found.groups, largest=found.largest, apart=found.apart)


def _reasons(
    contenders: Mapping[str, Contender],
    verdicts: Mapping[str, Verdict],
    outcomes: Mapping[str, Sequence[Outcome]],
    chosen: str | None,
) -> list[str]:
    """Why this target is recommended; then, for each, what it failed or left open, or that it met every condition."""
    reasons = []
    if chosen is not None and list(verdicts.values()).count("migrate") > 1:
        why = "the cheapest of those that cannot be told from the best by the first scorer"
        reasons.append(f"{_called(contenders, chosen)} is recommended: {why}")
    for name, verdict in verdicts.items():
        status = {"hold": "fail"}.get(verdict, "inconclusive")
        decisive = [one for one in outcomes[name] if one.status == status and one.decides]
        detail = "; ".join(f"{one.gate}: {one.detail}" for one in decisive) or "every gate passes"
        reasons.append(f"{_called(contenders, name)}: {verdict}. {detail}")
    return reasons


def _called(contenders: Mapping[str, Contender], name: str) -> str:
    """By its model, and by its prompt as well where the model takes part with several."""
    one = contenders[name]
    alike = sum(other.model == one.model for other in contenders.values())
    return one.model if alike == 1 else f"{one.model} · {one.variant}"


def _quality(frozen: FrozenRun, evaluation: Evaluation) -> dict[str, PairedComparison | None]:
    """Each target against the source by the first scorer."""
    first = frozen.workload.scorers[0].name
    confidence = frozen.workload.confidence
    return {name: evaluation.evidence(name, confidence).comparison(first) for name in evaluation.targets}


def _standing(quality: PairedComparison | None, tally: ContenderTally) -> Standing:
    return Standing(
        quality=None if quality is None else quality.difference,
        cost_usd=tally.cost_per_answer_usd,
        latency_ms=tally.latencies_ms.quantile(0.95) if tally.latencies_ms else None,
    )


def _costs(evaluation: Evaluation) -> dict[str, Decimal | None]:
    return {name: tally.cost_per_answer_usd for name, tally in evaluation.targets.items()}


def _recommended(contenders: Mapping[str, Contender], chosen: str | None) -> Recommended | None:
    if chosen is None:
        return None
    contender = contenders[chosen]
    return Recommended(contender=chosen, model=contender.model, prompt=contender.variant)


def _changed(contender: str, change: ChangedCase) -> Changed:
    return Changed(
        case_id=change.case_id,
        contender=contender,
        scorer=change.scorer,
        kind="lost" if change.lost else "gained",
        segment=change.segment,
        critical=change.critical,
        source_score=change.source_score,
        target_score=change.target_score,
        reason=change.reason,
    )


def _models(
    frozen: FrozenRun, tallies: Sequence[ContenderTally], of_others: Iterable[Origin]
) -> Literal["bedrock", "recorded", "simulated", "mixed"]:
    """Who is behind the scores: those who answered, and others who were asked; who is meant to be, if nobody was."""
    if not any(tally.origins for tally in tallies):
        return _expected_models(frozen)
    names = {Origin.LIVE: "bedrock", Origin.RECORDED: "recorded", Origin.SIMULATED: "simulated"}
    found = {names[origin] for origins in (of_others, *(tally.origins for tally in tallies)) for origin in origins}
    for name in ("bedrock", "recorded", "simulated"):
        if found == {name}:
            return name
    return "mixed"


def _expected_models(frozen: FrozenRun) -> Literal["bedrock", "recorded", "simulated", "mixed"]:
    declared = {model.answers for model in (frozen.workload.source, *frozen.workload.targets)}
    if declared == {"recorded"}:
        return "recorded"
    return "bedrock" if declared == {"live"} else "mixed"


def _first_answer(tallies: Sequence[ContenderTally]) -> datetime | None:
    sent = [tally.first_sent_at for tally in tallies if tally.first_sent_at is not None]
    return datetime.fromtimestamp(min(sent), UTC) if sent else None


def _warnings(*, gates_declared: bool, tallies: Sequence[ContenderTally]) -> list[str]:
    warnings = []
    if not gates_declared:
        warnings.append("the workload declares no gates; the default ones were applied")
    if any(tally.weighted for tally in tallies):
        warnings.append("weights of cases count in scores and their gates; cost, tokens and latency are of all answers")
    return warnings


def code_version() -> str:
    """The installed version; inside Lambda the code is not installed, and says so."""
    try:
        return version("brainswap")
    except PackageNotFoundError:
        return "unpackaged"
