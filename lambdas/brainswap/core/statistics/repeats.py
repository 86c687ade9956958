"""How much of the spread of scores is between cases, and how much is a model that disagrees with itself."""

from collections.abc import Sequence
from dataclasses import dataclass

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Several answers to the same cases, taken apart.

    Attributes:
        cases: with at least two scored answers.
        most: scored answers of one case, at most.
        within: variance of the answers to one case around its own mean.
        between: variance of the cases' true means; 0.0 where chance within cases explains all that is seen.
        always_right: share of the cases whose every answer scores 1, which is pass^k (Yao and others 2024, arXiv
            2406.12045) for k = ``most`` where all cases have as many.
    """

    cases: int
    most: int
    within: float
    between: float
    always_right: float

    @property
    def own_share(self) -> float:
        """Of the variance of a case's mean score, the share that asking more often would remove."""
        chance = self.within / self.most
        total = self.between + chance
        return chance / total if total else 0.0


class RepeatsAccumulator:
    """Gathers `Repeats` case by case: the one-way analysis of variance with random effects.

    Searle, Casella and McCulloch 1992, Variance Components, section 3.6, for unequal numbers of repeats; Miller 2024,
    arXiv 2411.00640, section 3.1, for what it says of evaluations.
    """

    __slots__ = ("_always", "_cases", "_most", "_squared_sizes", "_sum", "_sum_of_squares", "_total", "_within")

    def __init__(self) -> None:
        self._cases = self._total = self._squared_sizes = self._most = self._always = 0
        self._sum = self._sum_of_squares = self._within = 0.0

    def add(self, scores: Sequence[float]) -> None:
        """Count in all scored answers of one case; a single one says nothing about repeats."""
        size = len(scores)
        if size < _FEWEST:
            return
        mean = sum(scores) / size
        self._cases += 1
        self._total += size
        self._squared_sizes += size * size
        self._most = max(self._most, size)
        self._always += min(scores) == 1.0
        self._within += sum((score - mean) ** 2 for score in scores)
        self._sum += size * mean
        self._sum_of_squares += size * mean * mean

    def snapshot(self) -> Repeats | None:
        """None without a case that was asked more than once."""
        if not self._cases:
            return None
        within = self._within / (self._total - self._cases)
        between = 0.0
        if self._cases > 1:
            typical = (self._total - self._squared_sizes / self._total) / (self._cases - 1)
            spread = (self._sum_of_squares - self._sum * self._sum / self._total) / (self._cases - 1)
            between = max(0.0, (spread - within) / typical)
        return Repeats(
            cases=self._cases,
            most=self._most,
            within=within,
            between=between,
            always_right=self._always / self._cases,
        )
