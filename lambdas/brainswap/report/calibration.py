"""What a report says of scorers beside people: what labels showed, or that there are none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from brainswap.contracts import FrozenRun
from brainswap.core.decision import calibration as core
from brainswap.core.declared_gates import Gate, NotWorse
from brainswap.core.scoring.specs import JudgedSpec
from brainswap.core.statistics.agreement import Measured
from brainswap.core.statistics.prediction_powered import CorrectedEstimate
from brainswap.report.people import BetweenPeople, Calibration, Confusion, ContenderCalibration, Corrected, Measure

_NO_LABELS = "people have labelled none of these answers"


def calibration_parts(frozen: FrozenRun, found: Sequence[core.Calibration]) -> list[Calibration]:
    """Every scorer that has labels or is judged, in the order of the workload."""
    by_scorer = {one.scorer: one for one in found}
    return [
        _without_labels(spec.name)
        if (one := by_scorer.get(spec.name)) is None
        else _part(one, isinstance(spec, JudgedSpec))
        for spec in frozen.workload.scorers
        if spec.name in by_scorer or isinstance(spec, JudgedSpec)
    ]


def calibration_warnings(parts: Iterable[Calibration], gates: Sequence[Gate]) -> Iterator[str]:
    """What a reader has to know before taking a scorer's word."""
    for part in parts:
        if not part.answers:
            yield (
                f"{part.scorer}: nobody has labelled an answer of this run, so that how far its judge agrees with "
                "people is unknown; `brainswap label` draws a sample for them"
            )
            continue
        for contender in part.contenders:
            yield from _of_difference(part.scorer, contender, gates)
        if part.chosen:
            yield (
                f"{part.scorer}: {part.chosen:,} labelled cases were not drawn at random; how far people agree on them "
                "need not be how far they agree on all"
            )
        if part.unmatched:
            yield (
                f"{part.scorer}: {part.unmatched:,} labels are of answers that nobody gave in this run, or of another "
                "question"
            )


def _of_difference(scorer: str, contender: ContenderCalibration, gates: Sequence[Gate]) -> Iterator[str]:
    """That a difference is not corrected, or that a gate that takes the scorer's would not pass by people's."""
    reason, found = contender.unknown.get("difference"), contender.difference
    if reason is not None:
        yield f"{scorer}: the difference of {contender.contender} is not corrected by people: {reason}"
    if found is None:
        return
    for gate in gates:
        if not isinstance(gate, NotWorse) or gate.scorer != scorer or gate.labels == "use":
            continue
        if found.low <= -gate.margin:
            judged = "fails" if found.high < -gate.margin else "is open"
            yield (
                f"{scorer}: by people, {contender.contender} {judged} at a margin of {gate.margin:g}: difference "
                f"{found.estimate:+.4f}, {found.confidence:.0%} interval {found.low:+.4f} to {found.high:+.4f}; the "
                "gate takes the scorer's own scores"
            )


def _without_labels(scorer: str) -> Calibration:
    return Calibration(
        scorer=scorer,
        judged=True,
        answers=0,
        cases=0,
        drawn=0,
        chosen=0,
        labellers=0,
        unmatched=0,
        kappa=None,
        bias=None,
        between_people=None,
        confusion=None,
        contenders=[],
        unknown=dict.fromkeys(("kappa", "bias", "between_people", "confusion"), _NO_LABELS),
    )


def _part(found: core.Calibration, judged: bool) -> Calibration:  # noqa: FBT001 - as the spec says
    return Calibration(
        scorer=found.scorer,
        judged=judged,
        answers=found.answers,
        cases=found.cases,
        drawn=found.drawn,
        chosen=found.chosen,
        labellers=found.labellers,
        unmatched=found.unmatched,
        kappa=_measure(found.kappa),
        bias=_measure(found.bias),
        between_people=found.between_people
        and BetweenPeople(kappa=found.between_people.kappa, answers=found.between_people.answers),
        confusion=Confusion(levels=list(found.levels), counts=[list(row) for row in found.confusion])
        if found.answers
        else None,
        contenders=[_contender(name, one) for name, one in found.contenders.items()],
        unknown=dict(_reasons(found)),
    )


def _reasons(found: core.Calibration) -> Iterator[tuple[str, str]]:
    if not found.answers:
        yield from dict.fromkeys(("kappa", "bias", "between_people", "confusion"), _NO_LABELS).items()
        return
    if found.kappa is None:
        yield "kappa", "fewer than three cases have labels, or all labels and scores are the same"
    if found.bias is None:
        yield "bias", "fewer than two cases have labels"
    if found.between_people is None:
        one = (
            "one person has labelled"
            if found.labellers == 1
            else "no two people have labelled enough of the same answers"
        )
        yield "between_people", one


def _contender(name: str, found: core.ContenderCalibration) -> ContenderCalibration:
    unknown: dict[str, str] = {}
    if found.bias is None:
        unknown["bias"] = "fewer than two cases have labels" if found.cases else found.mean.reason or _NO_LABELS
    corrections: Mapping[str, core.Correction | None] = {"mean": found.mean, "difference": found.difference}
    for key, correction in corrections.items():
        if correction is not None and correction.reason is not None:
            unknown[key] = correction.reason
    return ContenderCalibration(
        contender=name,
        cases=found.cases,
        bias=_measure(found.bias),
        mean=_corrected(found.mean.found),
        difference=_corrected(found.difference.found) if found.difference else None,
        unknown=unknown,
    )


def _measure(found: Measured | None) -> Measure | None:
    return None if found is None else Measure(**asdict(found))


def _corrected(found: CorrectedEstimate | None) -> Corrected | None:
    return None if found is None else Corrected(**asdict(found))
