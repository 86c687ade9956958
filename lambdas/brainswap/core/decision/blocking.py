"""Answers that a guardrail or a provider's filter held back, target beside source, case by case."""

from collections.abc import Sequence

from brainswap.core.answers import AnswerStatus
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.samples import Sample
from brainswap.core.statistics.paired import PairedComparison

NAMED = 20  # cases of each kind that are named

_NOTHING_KNOWN = frozenset({AnswerStatus.FAILED, AnswerStatus.UNASKED})


class Blocking:
    """Counts of one target; cases of which one of the two has no answer at all are left out."""

    def __init__(self) -> None:
        self.cases = 0
        self.both = 0
        self.source_only = 0
        self.target_only = 0
        self.source_only_cases: list[str] = []
        self.target_only_cases: list[str] = []
        self._pairs = PairedTally()

    @property
    def any(self) -> bool:
        return bool(self.both + self.source_only + self.target_only)

    def add_case(self, source: Sequence[Sample], target: Sequence[Sample]) -> None:
        """Count one case in; one of whose repeats is blocked is blocked."""
        if any(sample.status in _NOTHING_KNOWN for sample in (*source, *target)):
            return
        before, after = _blocked(source), _blocked(target)
        self.cases += 1
        self._pairs.add(float(before), float(after))
        self.both += before and after
        if before and not after:
            self.source_only += 1
            self._name(self.source_only_cases, source)
        if after and not before:
            self.target_only += 1
            self._name(self.target_only_cases, source)

    def comparison(self, confidence: float) -> PairedComparison | None:
        """The share that is blocked, target minus source; None without cases."""
        return self._pairs.comparison(confidence)

    @staticmethod
    def _name(named: list[str], samples: Sequence[Sample]) -> None:
        if len(named) < NAMED:
            named.append(samples[0].case_id)


def _blocked(samples: Sequence[Sample]) -> bool:
    return any(sample.status is AnswerStatus.FILTERED for sample in samples)
