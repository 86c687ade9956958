"""A run's stored scores, look after look, as the decision takes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter

from brainswap.calibrating import Calibrator
from brainswap.contenders import SOURCE, costing
from brainswap.contracts import Contender, FrozenRun, ShardList
from brainswap.core.decision.calibration import Calibration
from brainswap.core.decision.conditions import lasting
from brainswap.core.decision.criteria import gates_of
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.looking import Looking
from brainswap.core.decision.samples import Sample
from brainswap.core.errors import ArtifactMissingError, IncompleteEvaluationError
from brainswap.core.scoring.specs import JudgedSpec
from brainswap.listing import asked_blocks, shares_at_looks, targets_of
from brainswap.run_files import RunFiles

Samples = Sequence[Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What was said about one case of a block."""

    block: int
    source: Samples
    targets: Mapping[str, Samples]


class Replay:
    """Takes the looks of a run again, from its stored scores; so nothing but these has to be remembered of a look."""

    def __init__(
        self, files: RunFiles, frozen: FrozenRun, listed: ShardList, contenders: Mapping[str, Contender]
    ) -> None:
        self._files = files
        self._new_calibrator = partial(Calibrator, files, frozen, listed.contenders)
        self._listed = listed
        self._targets = targets_of(listed)
        evaluation = Evaluation(
            scorers=[scorer.name for scorer in frozen.workload.scorers],
            source=costing(contenders[SOURCE]),
            targets={name: costing(contenders[name]) for name in self._targets},
            judged=[scorer.name for scorer in frozen.workload.scorers if isinstance(scorer, JudgedSpec)],
            labelled={label.scorer for label in files.labels()},
        )
        self.calibrations: Sequence[Calibration] = ()
        leaving = {name: lasting(frozen.leaving.get(contenders[name].model)) for name in self._targets}
        self.looking = Looking(
            gates_of(frozen.workload),
            evaluation,
            confidence=frozen.workload.confidence,
            shares=shares_at_looks(listed),
            leaving={name: one for name, one in leaving.items() if one},
        )

    def take(self, looks: int) -> Looking:
        """Take the first looks; ``calibrations`` are then those of the last of them.

        Labels count as far as every contender was asked about their cases.

        Raises:
            IncompleteEvaluationError: a shard has no scores, or not of the cases of the others; or a look before the
                last of these does not find what it found.
        """
        looking = self.looking
        calibrators = [self._new_calibrator() for _ in range(looks)]
        for look, calibrator in enumerate(calibrators, start=1):
            if look == 1:
                for row in self._rows_ahead():
                    looking.evaluation.add_critical(row.source, row.targets)
            for row, is_ahead in self._rows_at(look):
                looking.evaluation.add_case(row.source, row.targets, is_counted=is_ahead)
                for one in calibrators[look - 1 :] if len(row.targets) == len(self._targets) else ():
                    one.add_case(row.block, row.source, row.targets)
            self.calibrations = calibrator.calibrations()
            looking.evaluation.calibrate(self.calibrations)
            looking.take()
            if look < looks:
                self._require_the_same()
        return looking

    def _require_the_same(self) -> None:
        """Who was settled by now was asked no more, and who was not was asked on."""
        before = {name: look for name, look in self._listed.settled.items() if look <= self.looking.look}
        if self.looking.settled != before or self.looking.finished:
            raise IncompleteEvaluationError(f"look {self.looking.look}: the scores are not those that were looked at")

    def add_asides(self) -> int:
        """Count in what the cases took that were asked ahead of a turn that never came; return how many there are."""
        tallies = {SOURCE: self.looking.evaluation.source, **self.looking.evaluation.targets}
        asides = 0
        for block in asked_blocks(self._listed):
            for row in self._rows(block.number, self._targets) if block.uncounted else ():
                asides += SOURCE in block.uncounted
                for name, samples in {SOURCE: row.source, **row.targets}.items():
                    if name in block.uncounted:
                        tallies[name].add_aside(samples)
        return asides

    def _rows_ahead(self) -> Iterator[_Row]:
        """The critical cases that were asked before the first look and do not count yet."""
        for one in self._listed.ranges:
            for block in range(one.first, one.first + one.blocks) if one.asked < one.counts else ():
                yield from self._rows(block, self._targets)

    def _rows_at(self, look: int) -> Iterator[tuple[_Row, bool]]:
        """The cases that begin to count at a look, and whether they were asked ahead."""
        seen = 0
        here = [one for one in self._listed.ranges if one.counts == look]
        for one in here:
            for block in range(one.first, one.first + one.blocks):
                for row in self._rows(block, self.looking.open):
                    yield row, one.asked < one.counts
                    seen += 1
        if seen != sum(one.cases for one in here):
            raise IncompleteEvaluationError(f"{seen} of {sum(one.cases for one in here)} cases have scores")

    def _rows(self, block: int, targets: Sequence[str]) -> Iterator[_Row]:
        try:
            rows = zip(*(_by_case(self._files.samples(name, block)) for name in (SOURCE, *targets)), strict=True)
            for source, *others in rows:
                if {samples[0].case_id for samples in others} - {source[0].case_id}:
                    raise IncompleteEvaluationError(f"block {block}: the contenders' cases differ")
                yield _Row(block=block, source=source, targets=dict(zip(targets, others, strict=True)))
        except (ArtifactMissingError, ValueError) as error:
            raise IncompleteEvaluationError(f"block {block}: {error}") from error


def _by_case(samples: Iterator[Sample]) -> Iterator[Samples]:
    return (list(group) for _, group in groupby(samples, key=attrgetter("case_id")))
