"""A whole evaluation: the source's samples and every target's, case by case."""

from collections.abc import Iterable, Mapping, Sequence

from brainswap.core.decision.blocking import Blocking
from brainswap.core.decision.calibration import Calibration
from brainswap.core.decision.evidence import Evidence
from brainswap.core.decision.pairing import Pairing
from brainswap.core.decision.samples import Sample
from brainswap.core.decision.tally import ContenderTally, Costing


class Evaluation:
    """Gathers the samples of all contenders in one pass over the cases."""

    def __init__(
        self, *, scorers: Sequence[str], source: Costing | None, targets: Mapping[str, Costing | None]
    ) -> None:
        self.source = ContenderTally(scorers, source)
        self.targets = {target: ContenderTally(scorers, costing) for target, costing in targets.items()}
        self.blocking = {target: Blocking() for target in targets}
        self.pairings = {target: Pairing(scorers) for target in targets}
        self._judged: frozenset[str] = frozenset()
        self._calibrations: Sequence[Calibration] = ()

    def calibrate(self, *, judged: Iterable[str], by: Sequence[Calibration]) -> None:
        """Take in which scorers are a judge's opinion, and what people's labels say of any scorer."""
        self._judged, self._calibrations = frozenset(judged), by

    def add_case(self, source: Sequence[Sample], targets: Mapping[str, Sequence[Sample]]) -> None:
        """Count in what every contender said about one case; all of its repeats together."""
        case = source[0]
        before = self.source.add_case(source)
        floor = {name: _lowest(sample.scores[name] for sample in source) for name in before}
        source_cost = self.source.cost_of(source)
        for target, samples in targets.items():
            tally, pairing = self.targets[target], self.pairings[target]
            after = tally.add_case(samples)
            pairing.add_case(
                case_id=case.case_id,
                segment=case.segment,
                critical=case.critical,
                source=before,
                target=after,
                floor=floor,
                reasons=samples[0].reasons,
                inapplicable=case.inapplicable,
                weight=case.weight,
                unit=case.unit,
            )
            self.blocking[target].add_case(source, samples)
            pairing.add_costs(source_cost, tally.cost_of(samples), weight=case.weight, unit=case.unit)

    def evidence(self, target: str, confidence: float) -> Evidence:
        return Evidence(
            source=self.source,
            target=self.targets[target],
            pairing=self.pairings[target],
            confidence=confidence,
            judged=self._judged,
            calibrated={one.scorer: one.contenders[target] for one in self._calibrations if target in one.contenders},
        )


def _lowest(scores: Iterable[float | None]) -> float | None:
    return min((score for score in scores if score is not None), default=None)
