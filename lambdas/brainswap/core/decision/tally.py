"""What one contender's samples add up to, in one pass and in memory that does not depend on the answers' length."""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from brainswap.core.answers import AnswerStatus, Origin, Usage
from brainswap.core.decision.samples import Sample
from brainswap.core.statistics.amounts import PairedAmounts
from brainswap.core.statistics.bounded_mean import mean_of
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.intervals import mean_interval
from brainswap.core.statistics.repeats import Repeats, RepeatsAccumulator
from brainswap.core.statistics.timings import Timings

Costing = Callable[[Usage], Decimal | None]
"""What an answer costs in US dollars; None where that is unknown."""

_NO_ANSWER = frozenset({AnswerStatus.FAILED, AnswerStatus.UNASKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The mean of a scorer with its interval; everything None where nothing could be scored.

    Attributes:
        inapplicable: cases of which the scorer has nothing to say; they are neither in ``n`` nor unscored.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    unscored: int
    inapplicable: int
    method: str | None


class ScoreTally:
    """The scores of one scorer, a value per case."""

    __slots__ = ("_inapplicable", "_unscored", "draws")

    def __init__(self) -> None:
        self.draws = Draws()
        self._unscored = 0
        self._inapplicable = 0

    def add(self, value: float | None, *, weight: float = 1.0, unit: str | None = None) -> None:
        """Count one case in; ``weight`` and ``unit`` as for `Draws`."""
        if value is None:
            self._unscored += 1
        else:
            self.draws.add(value, weight=weight, unit=unit)

    def pass_over(self) -> None:
        """Count a case that the scorer does not apply to."""
        self._inapplicable += 1

    def summary(self, confidence: float) -> Summary:
        mean = low = high = method = None
        if self.draws.cases:
            interval = mean_interval(self.draws, confidence)
            low, high, method = interval.low, interval.high, interval.method
            mean = min(high, max(low, mean_of(self.draws.atoms())))
        return Summary(
            mean=mean,
            low=low,
            high=high,
            n=self.draws.cases,
            unscored=self._unscored,
            inapplicable=self._inapplicable,
            method=method,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMeans:
    """Mean tokens per answer; ``estimated`` as soon as one of them was."""

    input: float
    output: float
    cache_read: float
    estimated: bool


class ContenderTally:
    """Everything that is counted about one contender; without ``costing`` its price is unknown."""

    def __init__(self, scorers: Sequence[str], costing: Costing | None) -> None:
        self._scorers = tuple(scorers)
        self._costing = costing
        self._with_cost = 0
        self.statuses: Counter[AnswerStatus] = Counter()
        self.origins: Counter[Origin] = Counter()
        self.asked = 0
        self.cached = 0
        self.reused = 0
        self.calls = 0
        self.scores = {name: ScoreTally() for name in scorers}
        self.segments: dict[str, dict[str, ScoreTally]] = {}
        self.unasked_because: str | None = None
        self.failed_because: str | None = None
        self.cold = 0
        self.server_latencies_ms = array("d")
        self.latencies_ms = Timings()
        self.first_tokens_ms = array("d")
        self.estimated_latency = False
        self.cost_usd = Decimal(0)
        self._paid_usd = Decimal(0)
        self._paid_unknown = False
        self.weighted = False
        self._tokens: Counter[str] = Counter()
        self._with_usage = 0
        self._estimated_tokens = False
        self._agreeing: Counter[str] = Counter()
        self._repeated: Counter[str] = Counter()
        self._first_sent_at: float | None = None
        self._last_ended_at = 0.0
        self._timed = 0
        self.costs = PairedAmounts()  # dollars per case, beside one dollar, so that the ratio is their mean
        self._repeats = {name: RepeatsAccumulator() for name in scorers}

    def add_case(self, samples: Sequence[Sample]) -> Mapping[str, float | None]:
        """Count all repeats of one case in; return the case's score by scorer, the mean of its repeats."""
        segment, drawn = samples[0].segment, samples[0].unit
        for sample in samples:
            self._add(sample, drawn if len(samples) == 1 else drawn or f"case {sample.case_id}")
        means = self.means(samples)
        inapplicable = samples[0].inapplicable
        for name, value in means.items():
            tallies = [self.scores[name]]
            if segment is not None:
                by_scorer = self.segments.setdefault(segment, {each: ScoreTally() for each in self._scorers})
                tallies.append(by_scorer[name])
            for tally in tallies:
                if name in inapplicable:
                    tally.pass_over()
                else:
                    tally.add(value, weight=samples[0].weight, unit=drawn)
        if len(samples) > 1:
            self._add_agreement(samples)
        cost = self.cost_of(samples)
        if cost is not None:
            self.costs.add(1.0, cost, weight=samples[0].weight, unit=drawn)
        return means

    def means(self, samples: Sequence[Sample]) -> dict[str, float | None]:
        """A case's score by scorer, the mean of its repeats; None where none was scored."""
        return {name: _mean([sample.scores[name] for sample in samples]) for name in self._scorers}

    def add_aside(self, samples: Sequence[Sample]) -> None:
        """Count what a case took that is in no mean, because it was asked ahead of a turn that never came."""
        for sample in samples:
            self._add_calls(sample)
            if _is_fresh(sample):
                self._add_paid(self._cost(sample))

    @property
    def repeats(self) -> Mapping[str, Repeats]:
        """By scorer, what several answers to the same cases tell; empty where each was asked once."""
        found = {name: accumulator.snapshot() for name, accumulator in self._repeats.items()}
        return {name: one for name, one in found.items() if one is not None}

    @property
    def first_sent_at(self) -> float | None:
        """When the first of this run's questions was asked, in seconds since 1970; None where none was timed."""
        return self._first_sent_at

    @property
    def tokens(self) -> TokenMeans | None:
        if not self._with_usage:
            return None
        return TokenMeans(
            input=self._tokens["input"] / self._with_usage,
            output=self._tokens["output"] / self._with_usage,
            cache_read=self._tokens["cache_read"] / self._with_usage,
            estimated=self._estimated_tokens,
        )

    @property
    def cost_per_answer_usd(self) -> Decimal | None:
        """The mean; None when no answer's cost is known."""
        return self.cost_usd / self._with_cost if self._with_cost else None

    @property
    def paid_usd(self) -> Decimal | None:
        """What this run's own answers cost, simulated ones at the list's price; None when one is unknown."""
        return None if self._paid_unknown else self._paid_usd

    @property
    def unasked(self) -> int:
        """Questions that were not asked, which says nothing about the model."""
        return self.statuses[AnswerStatus.UNASKED]

    @property
    def answers_per_s(self) -> float | None:
        """From the first request to the last answer, all workers together; None where no times are known."""
        if self._first_sent_at is None or self._last_ended_at <= self._first_sent_at:
            return None
        return self._timed / (self._last_ended_at - self._first_sent_at)

    @property
    def self_agreement(self) -> Mapping[str, float] | None:
        """By scorer, the share of pairs of repeats of one case with equal scores; None without repeats."""
        if not self._repeated:
            return None
        return {name: self._agreeing[name] / count for name, count in self._repeated.items()}

    def cost_of(self, samples: Sequence[Sample]) -> float | None:
        """The mean cost in dollars of one case's answers, where price and tokens are known."""
        costs = [cost for sample in samples if (cost := self._cost(sample)) is not None]
        return float(sum(costs) / len(costs)) if costs else None

    def _cost(self, sample: Sample) -> Decimal | None:
        return self._costing(sample.usage) if self._costing is not None and sample.usage is not None else None

    def _add(self, sample: Sample, drawn: str | None) -> None:
        """Count one answer in; ``drawn`` names the unit of its latency, which several answers to one case share."""
        self.asked += 1
        self.statuses[sample.status] += 1
        if sample.status is not AnswerStatus.UNASKED:  # nobody answered, neither a model nor a simulator
            self.origins[sample.origin] += 1
        self.cached += sample.cached
        self._add_calls(sample)
        self.weighted |= sample.weight != 1.0
        if sample.status is AnswerStatus.UNASKED:
            self.unasked_because = self.unasked_because or sample.note
        if sample.status is AnswerStatus.FAILED:
            self.failed_because = self.failed_because or sample.note
        if sample.status not in _NO_ANSWER:
            self._add_latency(sample, drawn)
        self._add_cost(sample)
        if sample.usage is not None:
            self._with_usage += 1
            self._estimated_tokens |= sample.usage.estimated
            self._tokens.update(
                input=sample.usage.input_tokens,
                output=sample.usage.output_tokens,
                cache_read=sample.usage.cache_read_tokens,
            )

    def _add_calls(self, sample: Sample) -> None:
        self.reused += sample.reused
        if sample.steps:
            asked = [step for step in sample.steps if not (step.reused or step.status is AnswerStatus.UNASKED)]
            self.calls += sum(step.rounds for step in asked)
        elif not (sample.reused or sample.status is AnswerStatus.UNASKED):
            self.calls += max(1, len(sample.usage.rounds)) if sample.usage else 1

    def _add_latency(self, sample: Sample, drawn: str | None) -> None:
        """Count what says something about the model: no answer of an earlier run, and no first call of a process."""
        if sample.latency_ms is None or (sample.cached and sample.origin is Origin.LIVE):
            return
        if sample.cold:
            self.cold += 1
            return
        self.latencies_ms.add(sample.latency_ms, weight=sample.weight, unit=drawn)
        self.estimated_latency |= sample.estimated_latency
        if sample.first_token_ms is not None:
            self.first_tokens_ms.append(sample.first_token_ms)
        if sample.server_latency_ms is not None:
            self.server_latencies_ms.append(sample.server_latency_ms)
        if sample.sent_at is not None:
            self._timed += 1
            self._first_sent_at = min(self._first_sent_at or sample.sent_at, sample.sent_at)
            self._last_ended_at = max(self._last_ended_at, sample.sent_at + sample.latency_ms / 1000)

    def _add_cost(self, sample: Sample) -> None:
        cost = self._cost(sample)
        if sample.steps and sample.origin is not Origin.RECORDED:
            for step in sample.steps:
                if step.paid and step.status not in _NO_ANSWER:
                    self._add_paid(None if step.usage is None else self._costing and self._costing(step.usage))
        elif _is_fresh(sample):
            self._add_paid(cost)
        if cost is not None:
            self._with_cost += 1
            self.cost_usd += cost

    def _add_paid(self, cost: Decimal | None) -> None:
        if cost is None:
            self._paid_unknown = True
        else:
            self._paid_usd += cost

    def _add_agreement(self, samples: Sequence[Sample]) -> None:
        for name in self._scorers:
            scores = [score for sample in samples if (score := sample.scores[name]) is not None]
            self._repeats[name].add(scores)
            values = Counter(scores)
            n = len(scores)
            if n > 1:
                self._agreeing[name] += sum(count * (count - 1) // 2 for count in values.values())
                self._repeated[name] += n * (n - 1) // 2


def _is_fresh(sample: Sample) -> bool:
    """Whether this run asked for the answer and got it."""
    answered = sample.status not in _NO_ANSWER
    return sample.origin is not Origin.RECORDED and not sample.cached and answered


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
