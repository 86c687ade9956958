"""Gates: each condition of a migration passes, fails, or cannot be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from brainswap.core.decision.evidence import Evidence
from brainswap.core.decision.people import by_judge_alone, by_people, corrected_detail
from brainswap.core.decision.segments import worst_segments
from brainswap.core.decision.wording import level
from brainswap.core.declared_gates import (
    AtLeast,
    AtMost,
    Better,
    Gate,
    NoneLost,
    NoSegmentWorse,
    NotWorse,
    OnScore,
    Tier,
)
from brainswap.core.statistics.power import draws_about, evened, margin_about
from brainswap.core.statistics.prediction_powered import CorrectedEstimate

Status = Literal["pass", "fail", "inconclusive"]
Unit = Literal["points", "percent", "ratio", "count", "usd", "ms"]

POWER = 0.8
NAMED = 5  # lost critical cases, or segments, that a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one gate says about one target.

    Attributes:
        value: what was measured, in the unit of ``bound``.
        unit: of value, bound, low and high; shares and their differences are given as such, not as percentages.
        low: lower end of the interval that was held against the bound; None for a gate that counts.
        high: its upper end.
        confidence: of the interval; None where there is none.
        detail: one sentence for a person, with the uncertainty in it.
    """

    gate: str
    status: Status
    value: float | None
    bound: float | None
    unit: Unit
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    tier: Tier = "critical"
    detail: str

    @property
    def decides(self) -> bool:
        return self.tier != "advisory"


def judge(gate: Gate, evidence: Evidence) -> Outcome:
    """Apply one gate to one target, at the confidence of the evidence."""
    match gate:
        case NotWorse():
            return _compared(gate, evidence, f"{gate.scorer} not worse by {gate.margin:g}", -gate.margin)
        case Better():
            by = f" by {gate.by:g}" if gate.by else ""
            return _compared(gate, evidence, f"{gate.scorer} better{by}", gate.by)
        case AtLeast():
            return _at_least(gate, evidence)
        case AtMost():
            return _at_most(gate, evidence)
        case NoneLost():
            return _none_lost(gate, evidence)
        case NoSegmentWorse():
            return _no_segment_worse(gate, evidence)


def _compared(gate: NotWorse | Better, evidence: Evidence, name: str, bound: float) -> Outcome:
    corrected = by_people(gate, evidence, "difference")
    if corrected is not None:
        return _by_people(gate, name, bound, corrected)
    found = evidence.comparison(gate.scorer)
    if found is None:
        return _unknown(gate, name, bound, "points", "no case was scored for both")
    detail = (
        f"difference {found.difference:+.4f}, {level(found.confidence)} interval {found.low:+.4f} to {found.high:+.4f} "
        f"({found.method}, {found.pairs} pairs, {found.better} better, {found.worse} worse)"
    )
    if found.units != found.pairs:
        detail += f"; drawn in {found.units} independent units"
    agreement = (evidence.source.self_agreement or {}).get(gate.scorer)
    if agreement is not None:
        detail += f"; the source agrees with itself on {agreement:.1%} of its own answers"
    unpaired = evidence.pairing.scorers[gate.scorer].unpaired
    if unpaired:
        detail += f"; {unpaired} cases could not be scored and are left out"
    status = _status(passes=found.low > bound, fails=found.high < bound)
    if status == "inconclusive" and isinstance(gate, NotWorse):
        detail += _what_it_takes(gate, evidence)
    detail += by_judge_alone(gate, evidence, "difference")
    return Outcome(
        gate=name,
        status=status,
        value=found.difference,
        bound=bound,
        unit="points",
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        tier=gate.tier,
        detail=detail,
    )


def _what_it_takes(gate: NotWorse, evidence: Evidence) -> str:
    """What it takes to show a target to be as good that differs from the source as this one does, as `prospects` says.

    How many cases, what these cost at the prices of this run where those are known, and the margin that the cases that
    there are can show.
    """
    draws = evidence.pairing.scorers[gate.scorer].draws
    atoms, confidence = evened(draws.atoms()), evidence.confidence
    needed = draws_about(atoms, bound=-gate.margin, least=-1.0, most=1.0, confidence=confidence, power=POWER)
    if needed is None:
        return ""
    cases = round(needed * draws.cases / draws.units)
    means = evidence.pairing.costs.means
    cost = "" if means is None else f" for about {cases * sum(means):,.2f} USD"
    smallest = margin_about(atoms, draws=draws.units, confidence=confidence, power=POWER)
    return (
        f"; if it is as good, {cases:,} cases show it with a probability of {POWER:.0%}{cost}, and these show a margin "
        f"of {smallest:.3f}"
    )


def _at_least(gate: AtLeast, evidence: Evidence) -> Outcome:
    name = f"{gate.scorer} at least {gate.value:g}"
    corrected = by_people(gate, evidence, "mean")
    if corrected is not None:
        return _by_people(gate, name, gate.value, corrected)
    found = evidence.score(gate.scorer)
    if found.mean is None or found.low is None or found.high is None:
        return _unknown(gate, name, gate.value, "percent", "no answer of the target was scored")
    return Outcome(
        gate=name,
        status=_status(passes=found.low > gate.value, fails=found.high < gate.value),
        value=found.mean,
        bound=gate.value,
        unit="percent",
        low=found.low,
        high=found.high,
        confidence=evidence.confidence,
        tier=gate.tier,
        detail=(
            f"score {found.mean:.4f}, {level(evidence.confidence)} interval {found.low:.4f} to {found.high:.4f} "
            f"({found.method}, {found.n} cases)"
            f"{by_judge_alone(gate, evidence, 'mean')}"
        ),
    )


def _by_people(gate: OnScore, name: str, bound: float, found: CorrectedEstimate) -> Outcome:
    is_mean = isinstance(gate, AtLeast)
    return Outcome(
        gate=name,
        status=_status(passes=found.low > bound, fails=found.high < bound),
        value=found.estimate,
        bound=bound,
        unit="percent" if is_mean else "points",
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        tier=gate.tier,
        detail=corrected_detail(found, "mean" if is_mean else "difference"),
    )


def _at_most(gate: AtMost, evidence: Evidence) -> Outcome:
    name, bound, unit = _most(gate)
    value: float | None
    if gate.ratio is not None:
        ratio = evidence.ratio(gate.measure)
        value, low, high, reason = ratio.ratio, ratio.low, ratio.high, ratio.reason
    else:
        amount = evidence.amount(gate.measure)
        value, low, high, reason = amount.value, amount.low, amount.high, amount.reason
    if value is None or low is None or high is None:
        return _unknown(gate, name, bound, unit, reason or "unknown", value=value)
    what = {"ratio": "ratio", "usd": "US dollars per 1,000 requests", "ms": "milliseconds"}[unit]
    detail = f"{what} {value:.4g}, {level(evidence.confidence)} interval {low:.4g} to {high:.4g}"
    if reason:
        detail += f"; {reason}"
    return Outcome(
        gate=name,
        status=_status(passes=high <= bound, fails=low > bound),
        value=value,
        bound=bound,
        unit=unit,
        low=low,
        high=high,
        confidence=evidence.confidence,
        tier=gate.tier,
        detail=detail,
    )


def _most(gate: AtMost) -> tuple[str, float, Unit]:
    """The name of the gate, its bound, and what that is counted in."""
    if gate.ratio is not None:
        return f"{gate.measure} at most {gate.ratio:g} times the source's", gate.ratio, "ratio"
    if gate.ms is not None:
        return f"{gate.measure} at most {gate.ms:g} ms", gate.ms, "ms"
    usd = gate.usd_per_1000_requests or 0.0
    return f"{gate.measure} at most {usd:g} USD per 1,000 requests", usd, "usd"


def _none_lost(gate: NoneLost, evidence: Evidence) -> Outcome:
    pairing = evidence.pairing
    scorers = [gate.scorer] if gate.scorer else list(pairing.scorers)
    name = "no critical case lost" + (f" by {gate.scorer}" if gate.scorer else "")
    lost = sorted({case_id for scorer in scorers for case_id in pairing.critical_lost[scorer]})
    unscored = max(pairing.critical_unscored[scorer] for scorer in scorers)
    status: Status = "pass"
    value: float | None = 0.0
    if lost:
        status, value = "fail", float(len(lost))
        detail = f"{len(lost)} of {pairing.critical_cases} critical cases lost: {_named(lost)}"
    elif unscored:
        status, value, detail = "inconclusive", None, f"{unscored} critical cases could not be scored"
    elif not pairing.critical_cases:
        detail = "no case is marked critical, so that none can be lost"
    elif not any(pairing.critical_applicable[scorer] for scorer in scorers):
        status, value = "inconclusive", None
        detail = f"the scorers apply to none of the {pairing.critical_cases} critical cases"
    else:
        detail = f"all {pairing.critical_cases} critical cases are as good as before"
    return Outcome(gate=name, status=status, value=value, bound=0.0, unit="count", tier=gate.tier, detail=detail)


def _no_segment_worse(gate: NoSegmentWorse, evidence: Evidence) -> Outcome:
    name = f"{gate.scorer} in no segment worse by {gate.margin:g}"
    found = worst_segments(
        evidence.pairing.segments_of(gate.scorer, gate.min_cases), margin=gate.margin, confidence=evidence.confidence
    )
    if found is None:
        return _unknown(gate, name, -gate.margin, "points", "no scored case names a segment")
    where = f"lowest in {found.lowest}: {found.difference:+.4f}"
    status: Status = "pass"
    if found.worse:
        status, detail = "fail", f"worse in {len(found.worse)} of {found.segments} segments: {_named(found.worse)}"
    elif found.open:
        status = "inconclusive"
        detail = f"cannot be told in {len(found.open)} of {found.segments} segments: {_named(found.open)}"
    else:
        detail = f"not worse in any of {found.segments} segments"
    return Outcome(
        gate=name,
        status=status,
        value=found.difference,
        bound=-gate.margin,
        unit="points",
        confidence=evidence.confidence,
        tier=gate.tier,
        detail=f"{detail}; {where} ({level(evidence.confidence)}, Benjamini-Hochberg)",
    )


def _status(*, passes: bool, fails: bool) -> Status:
    if passes:
        return "pass"
    return "fail" if fails else "inconclusive"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _unknown(gate: Gate, name: str, bound: float, unit: Unit, reason: str, *, value: float | None = None) -> Outcome:
    return Outcome(gate=name, status="inconclusive", value=value, bound=bound, unit=unit, tier=gate.tier, detail=reason)
