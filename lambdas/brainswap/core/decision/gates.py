"""Gates: each condition of a migration passes, fails, or cannot be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from brainswap.core.answers import AnswerStatus
from brainswap.core.decision.pairing import Pairing
from brainswap.core.decision.tally import ContenderTally
from brainswap.core.statistics.paired import PairedComparison
from brainswap.core.statistics.quantiles import RatioInterval, quantile_ratio_interval, ratio_of_means_interval
from brainswap.core.workload import AtMost, Gate, NoneLost, NotWorse

Status = Literal["pass", "fail", "inconclusive"]

DEFAULT_MARGIN = 0.05
NAMED = 5  # lost critical cases that a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one gate says about one target.

    Attributes:
        value: what was measured, in the unit of ``bound``.
        detail: one sentence for a person, with the uncertainty in it.
    """

    gate: str
    status: Status
    value: float | None
    bound: float | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioEstimate:
    """Target over source; ``reason`` says why something is unknown, or what it rests on."""

    ratio: float | None
    low: float | None
    high: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a gate may look at."""

    source: ContenderTally
    target: ContenderTally
    pairing: Pairing
    confidence: float

    def comparison(self, scorer: str) -> PairedComparison | None:
        return self.pairing.scorers[scorer].comparison(self.confidence)

    def ratio(self, measure: str) -> RatioEstimate:
        """``cost``, or ``latency_p`` with a percentile."""
        if measure == "cost":
            return self._cost_ratio()
        return self._latency_ratio(int(measure.removeprefix("latency_p")) / 100)

    def _cost_ratio(self) -> RatioEstimate:
        for who, tally in (("source", self.source), ("target", self.target)):
            if tally.cost_per_answer_usd is None:
                why = "tokens are" if tally.tokens is None else "price is"
                return RatioEstimate(ratio=None, low=None, high=None, reason=f"the {who}'s {why} unknown")
        estimated = any(tally.tokens and tally.tokens.estimated for tally in (self.source, self.target))
        note = "tokens estimated from the length of the texts" if estimated else None
        costs = self.pairing.costs
        interval = ratio_of_means_interval(costs, self.confidence)
        if interval is None and costs.n > 1 and costs.source_mean > 0:
            # Every case costs the same multiple of the source's, as where all answers have one length.
            ratio = costs.target_mean / costs.source_mean
            return RatioEstimate(ratio=ratio, low=ratio, high=ratio, reason=note)
        return _estimate(interval, note)

    def _latency_ratio(self, quantile: float) -> RatioEstimate:
        for who, tally in (("source", self.source), ("target", self.target)):
            if not tally.latencies_ms:
                return RatioEstimate(ratio=None, low=None, high=None, reason=f"the {who}'s latency was not measured")
        interval = quantile_ratio_interval(
            sorted(self.target.latencies_ms), sorted(self.source.latencies_ms), quantile, self.confidence
        )
        simulated = self.source.estimated_latency or self.target.estimated_latency
        return _estimate(interval, "latencies are a simulator's" if simulated else None)


def _estimate(interval: RatioInterval | None, note: str | None) -> RatioEstimate:
    if interval is None:
        return RatioEstimate(ratio=None, low=None, high=None, reason="too few cases for an interval")
    return RatioEstimate(ratio=interval.ratio, low=interval.low, high=interval.high, reason=note)


def default_gates(scorers: Sequence[str]) -> tuple[Gate, ...]:
    """What is asked of a target when the workload says nothing: no scorer worse by 5 points, no critical case lost."""
    not_worse = tuple(NotWorse(scorer=name, rule="not_worse", margin=DEFAULT_MARGIN) for name in scorers)
    return (*not_worse, NoneLost(cases="critical", rule="none_lost"))


def completeness(evidence: Evidence) -> Outcome | None:
    """Whether source and target were asked everything and answered anything; None when they did."""
    for who, tally in (("source", evidence.source), ("target", evidence.target)):
        if tally.unasked:
            detail = f"the {who} was not asked {tally.unasked} of {tally.asked} questions: {tally.unasked_because}"
            return _unknown("every question asked", 0.0, detail, tally.unasked / tally.asked)
        if tally.asked and tally.statuses[AnswerStatus.FAILED] == tally.asked:
            return _unknown(
                "any question answered", 1.0, f"every call to the {who} failed: {tally.failed_because}", 0.0
            )
    return None


def judge(gate: Gate, evidence: Evidence) -> Outcome:
    """Apply one gate to one target."""
    if isinstance(gate, NotWorse):
        return _not_worse(gate, evidence)
    if isinstance(gate, AtMost):
        return _at_most(gate, evidence)
    return _none_lost(gate, evidence)


def _not_worse(gate: NotWorse, evidence: Evidence) -> Outcome:
    name = f"{gate.scorer} not worse by {gate.margin:g}"
    found = evidence.comparison(gate.scorer)
    if found is None:
        return _unknown(name, -gate.margin, "no case was scored for both")
    status: Status = "inconclusive"
    if found.low > -gate.margin:
        status = "pass"
    elif found.high < -gate.margin:
        status = "fail"
    unpaired = evidence.pairing.scorers[gate.scorer].unpaired
    detail = (
        f"difference {found.difference:+.4f}, {found.confidence:.0%} interval {found.low:+.4f} to {found.high:+.4f} "
        f"({found.method}, {found.pairs} pairs, {found.better} better, {found.worse} worse)"
    )
    if unpaired:
        detail += f"; {unpaired} cases could not be scored and are left out"
    return Outcome(gate=name, status=status, value=found.difference, bound=-gate.margin, detail=detail)


def _at_most(gate: AtMost, evidence: Evidence) -> Outcome:
    name = f"{gate.measure} at most {gate.ratio:g} times the source's"
    found = evidence.ratio(gate.measure)
    if found.ratio is None or found.low is None or found.high is None:
        return _unknown(name, gate.ratio, found.reason or "unknown", found.ratio)
    status: Status = "inconclusive"
    if found.high <= gate.ratio:
        status = "pass"
    elif found.low > gate.ratio:
        status = "fail"
    detail = f"ratio {found.ratio:.4g}, {evidence.confidence:.0%} interval {found.low:.4g} to {found.high:.4g}"
    if found.reason:
        detail += f"; {found.reason}"
    return Outcome(gate=name, status=status, value=found.ratio, bound=gate.ratio, detail=detail)


def _none_lost(gate: NoneLost, evidence: Evidence) -> Outcome:
    pairing = evidence.pairing
    scorers = [gate.scorer] if gate.scorer else list(pairing.scorers)
    name = "no critical case lost" + (f" by {gate.scorer}" if gate.scorer else "")
    lost = sorted({case_id for scorer in scorers for case_id in pairing.critical_lost[scorer]})
    unscored = max(pairing.critical_unscored[scorer] for scorer in scorers)
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        detail = f"{len(lost)} of {pairing.critical_cases} critical cases lost: {', '.join(lost[:NAMED])}{more}"
        return Outcome(gate=name, status="fail", value=float(len(lost)), bound=0.0, detail=detail)
    if unscored:
        return _unknown(name, 0.0, f"{unscored} critical cases could not be scored")
    if not pairing.critical_cases:
        detail = "no case is marked critical, so that none can be lost"
    elif not any(pairing.critical_applicable[scorer] for scorer in scorers):
        return _unknown(name, 0.0, f"the scorers apply to none of the {pairing.critical_cases} critical cases")
    else:
        detail = f"all {pairing.critical_cases} critical cases are as good as before"
    return Outcome(gate=name, status="pass", value=0.0, bound=0.0, detail=detail)


def _unknown(name: str, bound: float, reason: str, value: float | None = None) -> Outcome:
    return Outcome(gate=name, status="inconclusive", value=value, bound=bound, detail=reason)
