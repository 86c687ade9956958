"""What a gate may look at: one target's samples next to the source's, and the estimates that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from brainswap.core.decision.calibration import ContenderCalibration
from brainswap.core.decision.pairing import Pairing
from brainswap.core.decision.tally import ContenderTally, Summary
from brainswap.core.statistics.paired import PairedComparison
from brainswap.core.statistics.quantiles import RatioInterval, recovered_ratio

_THOUSAND = 1000
_SIMULATED = "latencies are a simulator's"
_ESTIMATED = "tokens estimated from the length of the texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioEstimate:
    """Target over source; ``reason`` says why something is unknown, or what it rests on."""

    ratio: float | None
    low: float | None
    high: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountEstimate:
    """What a target takes, whatever the source does; ``reason`` as in `RatioEstimate`."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a gate may look at; every interval is two-sided, at ``confidence``.

    Attributes:
        judged: the scorers that are a judge's opinion.
        calibrated: by scorer, what people's labels say of the target.
    """

    source: ContenderTally
    target: ContenderTally
    pairing: Pairing
    confidence: float
    judged: frozenset[str] = frozenset()
    calibrated: Mapping[str, ContenderCalibration] = field(default_factory=dict)

    def comparison(self, scorer: str) -> PairedComparison | None:
        return self.pairing.scorers[scorer].comparison(self.confidence)

    def score(self, scorer: str) -> Summary:
        """The target's own."""
        return self.target.scores[scorer].summary(self.confidence)

    def ratio(self, measure: str) -> RatioEstimate:
        """``cost``, or ``latency_p`` with a percentile."""
        if measure == "cost":
            return self._cost_ratio()
        return self._latency_ratio(_percentile(measure))

    def amount(self, measure: str) -> AmountEstimate:
        """The target's cost in US dollars per 1,000 requests, or a percentile of its latency in milliseconds."""
        if measure == "cost":
            return self._cost()
        return self._latency(_percentile(measure))

    def _cost_ratio(self) -> RatioEstimate:
        for who, tally in (("source", self.source), ("target", self.target)):
            unknown = _cost_unknown(who, tally)
            if unknown:
                return RatioEstimate(ratio=None, low=None, high=None, reason=unknown)
        note = _ESTIMATED if _estimated(self.source, self.target) else None
        costs = self.pairing.costs
        interval, means = costs.ratio(self.confidence), costs.means
        if interval is None and costs.draws > 1 and means is not None and means[0] > 0:
            # Every case costs the same multiple of the source's, as where all answers have one length.
            ratio = means[1] / means[0]
            return RatioEstimate(ratio=ratio, low=ratio, high=ratio, reason=note)
        return _ratio_estimate(interval, note)

    def _latency_ratio(self, share: float) -> RatioEstimate:
        for who, tally in (("source", self.source), ("target", self.target)):
            if not tally.latencies_ms:
                return RatioEstimate(ratio=None, low=None, high=None, reason=f"the {who}'s latency was not measured")
        target, source = (
            (tally.latencies_ms.quantile(share), tally.latencies_ms.interval(share, self.confidence))
            for tally in (self.target, self.source)
        )
        interval = recovered_ratio(target, source, self.confidence)
        simulated = self.source.estimated_latency or self.target.estimated_latency
        return _ratio_estimate(interval, _SIMULATED if simulated else None)

    def _cost(self) -> AmountEstimate:
        """As the ratio is judged, to a dollar."""
        unknown = _cost_unknown("target", self.target)
        costs = self.target.costs
        means = costs.means
        if unknown or costs.draws <= 1 or means is None or means[1] <= 0:
            reason = unknown or "too few cases for an interval"
            return AmountEstimate(value=None, low=None, high=None, reason=reason)
        interval, each = costs.ratio(self.confidence), means[1] * _THOUSAND
        return AmountEstimate(
            value=each,
            low=each if interval is None else interval.low * _THOUSAND,
            high=each if interval is None else interval.high * _THOUSAND,
            reason=_ESTIMATED if _estimated(self.target) else None,
        )

    def _latency(self, share: float) -> AmountEstimate:
        if not self.target.latencies_ms:
            reason = "the target's latency was not measured"
            return AmountEstimate(value=None, low=None, high=None, reason=reason)
        latencies = self.target.latencies_ms
        interval = latencies.interval(share, self.confidence)
        note = _SIMULATED if self.target.estimated_latency else None
        return AmountEstimate(
            value=latencies.quantile(share),
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            reason="too few cases for an interval" if interval is None else note,
        )


def _percentile(measure: str) -> float:
    return int(measure.removeprefix("latency_p")) / 100


def _estimated(*tallies: ContenderTally) -> bool:
    return any(tally.tokens and tally.tokens.estimated for tally in tallies)


def _cost_unknown(who: str, tally: ContenderTally) -> str | None:
    if tally.cost_per_answer_usd is not None:
        return None
    return f"the {who}'s {'tokens are' if tally.tokens is None else 'price is'} unknown"


def _ratio_estimate(interval: RatioInterval | None, note: str | None) -> RatioEstimate:
    if interval is None:
        return RatioEstimate(ratio=None, low=None, high=None, reason="too few cases for an interval")
    return RatioEstimate(ratio=interval.ratio, low=interval.low, high=interval.high, reason=note)
