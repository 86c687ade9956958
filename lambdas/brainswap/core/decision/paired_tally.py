"""The pairs of one scorer: how often the target is better or worse than the source, and by how much."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from brainswap.core.statistics.bounded_mean import degrees_of_freedom, score
from brainswap.core.statistics.distributions import student_t_cdf
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.exact import MOST_FLIPPED, mcnemar_exact, sign_flip_exact
from brainswap.core.statistics.paired import PairedComparison, compare

_BINARY = (-1.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactTest:
    """The two-sided p value of "no difference", for pairs that are simple draws."""

    method: Literal["mcnemar", "sign-flip"]
    p_value: float


class PairedTally:
    """Gathers pairs one by one."""

    __slots__ = ("better", "draws", "unpaired", "worse")

    def __init__(self) -> None:
        self.draws = Draws()
        self.better = 0
        self.worse = 0
        self.unpaired = 0

    def add(self, source: float | None, target: float | None, *, weight: float = 1.0, unit: str | None = None) -> None:
        """Count one case in; ``weight`` and ``unit`` as for `Draws`."""
        if source is None or target is None:
            self.unpaired += 1
            return
        self.draws.add(target - source, weight=weight, unit=unit)
        if target > source:
            self.better += 1
        elif target < source:
            self.worse += 1

    def merge(self, other: "PairedTally") -> None:
        self.draws.merge(other.draws)
        self.better += other.better
        self.worse += other.worse
        self.unpaired += other.unpaired

    def comparison(self, confidence: float) -> PairedComparison | None:
        """Target minus source; None without a single pair."""
        if not self.draws.cases:
            return None
        return compare(self.draws, better=self.better, worse=self.worse, confidence=confidence)

    def p_below(self, difference: float) -> float:
        """The probability of so low a difference, or a lower one, if the true one were the given one.

        Of the score test that the interval of `comparison` inverts; needs a pair.
        """
        atoms = self.draws.atoms()
        found = score(atoms, difference, least=-1.0, most=1.0)
        if self.draws.only(_BINARY):
            return NormalDist().cdf(found)
        return student_t_cdf(found, degrees_of_freedom(atoms))

    def exact(self) -> ExactTest | None:
        """None where pairs are clustered or weighted, or graded ones differ in too many cases."""
        if not self.draws.cases or not self.draws.simple:
            return None
        if self.draws.only(_BINARY):
            p_value = mcnemar_exact(only_source=self.worse, only_target=self.better)
            return ExactTest(method="mcnemar", p_value=p_value)
        differing = self.draws.differing(MOST_FLIPPED) if self.draws.exact else None
        return None if differing is None else ExactTest(method="sign-flip", p_value=sign_flip_exact(differing))
