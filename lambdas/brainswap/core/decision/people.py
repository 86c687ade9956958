"""Gates on scorers whose answers people have labelled: what people would find decides, not what a judge does."""

from typing import Literal

from brainswap.core.decision.calibration import Correction
from brainswap.core.decision.evidence import Evidence
from brainswap.core.decision.wording import level
from brainswap.core.declared_gates import OnScore
from brainswap.core.statistics.prediction_powered import CorrectedEstimate

What = Literal["mean", "difference"]
"""What a gate holds against its bound: the target's own mean, or its difference to the source."""

_ALONE = "a judge's opinion that no label checks: the interval holds what the judge would say, not what people would"


def by_people(gate: OnScore, evidence: Evidence, what: What) -> CorrectedEstimate | None:
    """What decides the gate in the place of the scorer's own scores; None where labels do not tell, or may not."""
    correction = _correction(gate, evidence, what)
    return None if correction is None or gate.labels == "ignore" else correction.at(evidence.confidence)


def corrected_detail(found: CorrectedEstimate, what: What) -> str:
    """The gate's sentence where people decide."""
    sign = "+" if what == "difference" else ""
    name = "difference" if what == "difference" else "score"
    return (
        f"{name} by people {found.estimate:{sign}.4f}, {level(found.confidence)} interval {found.low:{sign}.4f} to "
        f"{found.high:{sign}.4f} ({found.method}, {found.n_labelled} labelled cases and {found.n_unlabelled} that only "
        "the scorer saw; more labels narrow it)"
    )


def by_judge_alone(gate: OnScore, evidence: Evidence, what: What) -> str:
    """What a reader has to know where people do not decide, to be added to the gate's sentence."""
    if gate.scorer not in evidence.calibrated:
        return f"; {_ALONE}" if gate.scorer in evidence.judged else ""
    if gate.labels == "ignore":
        return "; labels are not used, as the gate says"
    correction = _correction(gate, evidence, what)
    if correction is None or correction.reason is None:
        return ""
    return f"; not corrected by people: {correction.reason}"


def _correction(gate: OnScore, evidence: Evidence, what: What) -> Correction | None:
    found = evidence.calibrated.get(gate.scorer)
    if found is None:
        return None
    return found.mean if what == "mean" else found.difference
