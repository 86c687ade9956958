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
        self,
        *,
        scorers: Sequence[str],
        source: Costing | None,
        targets: Mapping[str, Costing | None],
        judged: Iterable[str] = (),
        labelled: Iterable[str] = (),
    ) -> None:
        """Begin without a case.

        Args:
            scorers: by name.
            source: what its answers cost.
            targets: likewise.
            judged: the scorers that are a judge's opinion.
            labelled: the scorers of whose answers people have labelled some.
        """
        self.source = ContenderTally(scorers, source)
        self.targets = {target: ContenderTally(scorers, costing) for target, costing in targets.items()}
        self.blocking = {target: Blocking() for target in targets}
        self.pairings = {target: Pairing(scorers) for target in targets}
        self.judged = frozenset(judged)
        self.labelled = frozenset(labelled)
        self._calibrations: Sequence[Calibration] = ()

    def calibrate(self, calibrations: Sequence[Calibration]) -> None:
        """Take in what people's labels say of the scorers, once all cases are there."""
        self._calibrations = calibrations

    def add_case(
        self, source: Sequence[Sample], targets: Mapping[str, Sequence[Sample]], *, is_counted: bool = False
    ) -> None:
        """Count in what every contender said about one case; all of its repeats together.

        Args:
            source: what it said.
            targets: likewise, of those that were asked.
            is_counted: `add_critical` has counted the case before.
        """
        case = source[0]
        before = self.source.add_case(source)
        floor = _floor(source)
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
                is_counted=is_counted,
            )
            self.blocking[target].add_case(source, samples)
            pairing.add_costs(source_cost, tally.cost_of(samples), weight=case.weight, unit=case.unit)

    def add_critical(self, source: Sequence[Sample], targets: Mapping[str, Sequence[Sample]]) -> None:
        """Look whether a critical case is lost that was asked ahead of its turn and is no part of the sample yet."""
        before, floor = self.source.means(source), _floor(source)
        for target, samples in targets.items():
            self.pairings[target].add_critical(
                case_id=source[0].case_id,
                source=before,
                target=self.targets[target].means(samples),
                floor=floor,
                inapplicable=source[0].inapplicable,
            )

    def evidence(self, target: str, confidence: float) -> Evidence:
        return Evidence(
            source=self.source,
            target=self.targets[target],
            pairing=self.pairings[target],
            confidence=confidence,
            judged=self.judged,
            calibrated={one.scorer: one.contenders[target] for one in self._calibrations if target in one.contenders},
        )


def _floor(source: Sequence[Sample]) -> Mapping[str, float | None]:
    """The lowest score of each scorer."""
    return {name: _lowest(sample.scores[name] for sample in source) for name in source[0].scores}


def _lowest(scores: Iterable[float | None]) -> float | None:
    return min((score for score in scores if score is not None), default=None)
