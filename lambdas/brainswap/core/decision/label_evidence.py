"""What people's labels and a judge's scores say together of a mean, at any confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from brainswap.core.statistics.bounded_mean import limits_of
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.moments import Moments
from brainswap.core.statistics.prediction_powered import CorrectedEstimate, Rated, prediction_powered_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledDraw:
    """A labelled case; ``weight`` and ``unit`` as for `Draws`."""

    rated: Rated
    weight: float = 1.0
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvidence:
    """A random sample of the cases that people have looked at, and the judge's word on the rest.

    Attributes:
        labelled: the sample.
        unlabelled: the judge's scores of all other cases.
        least: the smallest mean that there can be; the largest is 1.
    """

    labelled: Sequence[LabelledDraw]
    unlabelled: Moments
    least: float

    def at(self, confidence: float) -> CorrectedEstimate:
        """The mean as people would find it.

        By `prediction_powered_mean` where cases are alike and independent. Where they are weighted or clustered, by the
        labels alone, over clusters: that is wider, and as right whatever the judge thinks.
        """
        if any(draw.unit is not None for draw in self.labelled):
            return self._by_labels_alone(confidence)
        rated = [draw.rated for draw in self.labelled]
        return prediction_powered_mean(rated, self.unlabelled, confidence, least=self.least)

    def _by_labels_alone(self, confidence: float) -> CorrectedEstimate:
        draws = Draws()
        for draw in self.labelled:
            draws.add(draw.rated.people, weight=draw.weight, unit=draw.unit)
        found = limits_of(draws.columns(), least=self.least, most=1.0, confidence=confidence, student=True)
        return CorrectedEstimate(
            estimate=found.mean,
            low=found.low,
            high=found.high,
            confidence=confidence,
            n_labelled=len(self.labelled),
            n_unlabelled=self.unlabelled.n,
            weight=0.0,
            method="labels-clustered-score",
        )
