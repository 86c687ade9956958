"""What people's labels say of a run: gathered while its samples pass by, and looked up in its answers afterwards."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from statistics import fmean

from brainswap.contenders import SOURCE
from brainswap.contracts import FrozenRun
from brainswap.core.answers import Answer
from brainswap.core.cases import Case
from brainswap.core.decision.calibration import Calibration, LabelledAnswer, SampledCase, Unlabelled, calibration
from brainswap.core.decision.samples import Sample
from brainswap.core.labelling.drawing import drawn_repeat, rank
from brainswap.core.labelling.items import Showing, Shown
from brainswap.core.labelling.labels import Label
from brainswap.core.labelling.questions import levels, score_of
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.statistics.moments import MomentsAccumulator
from brainswap.run_files import RunFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A case that the draw may have chosen, or that has labels; ``scores`` are by contender and repeat."""

    block: int
    weight: float
    unit: str | None
    scores: Mapping[str, Mapping[int, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What people are shown of a case: by repeat and contender the hash of it, or the score where there is nothing."""

    case_id: str
    found: Mapping[int, Mapping[str, str | float | None]]


class Calibrator:
    """Calibrates every scorer that has labels, in one pass over the cases; its memory grows with the labels alone."""

    def __init__(self, files: RunFiles, frozen: FrozenRun, contenders: Sequence[str]) -> None:
        """Read the run's labels.

        Args:
            files: of the run.
            frozen: the same run.
            contenders: the source and all targets.
        """
        self._files = files
        self._frozen = frozen
        self._contenders = contenders
        by_scorer: dict[str, list[Label]] = defaultdict(list)
        for label in files.labels():
            by_scorer[label.scorer].append(label)
        self._scorers = [
            _ScorerCalibrator(spec, by_scorer[spec.name], contenders)
            for spec in frozen.workload.scorers
            if spec.name in by_scorer
        ]

    def add_case(self, block: int, source: Sequence[Sample], targets: Mapping[str, Sequence[Sample]]) -> None:
        """Count in what every contender said about one case; all of its repeats together."""
        for scorer in self._scorers:
            scorer.add_case(block, {SOURCE: source, **targets})

    def calibrations(self) -> list[Calibration]:
        """What the labels say, by scorer, once every case has been counted in."""
        wanted = sorted({block for scorer in self._scorers for block in scorer.blocks})
        for block in wanted:
            for case, answers in self._answered(block):
                for scorer in self._scorers:
                    scorer.look_at(case, answers)
        return [scorer.calibration(self._frozen.workload.confidence) for scorer in self._scorers]

    def _answered(self, block: int) -> Iterator[tuple[Case, Mapping[int, Mapping[str, Answer]]]]:
        """Each case of a block with its answers, by repeat and contender."""
        said = [self._by_case(name, block) for name in self._contenders]
        for case, *answers in zip(self._files.block(block), *said, strict=True):
            by_repeat: dict[int, dict[str, Answer]] = defaultdict(dict)
            for name, group in zip(self._contenders, answers, strict=True):
                for answer in group:
                    by_repeat[answer.repeat][name] = answer
            yield case, by_repeat

    def _by_case(self, contender: str, block: int) -> Iterator[list[Answer]]:
        answers = self._files.answers(contender, block)
        return (list(group) for _, group in groupby(answers, key=attrgetter("case_id")))


class _ScorerCalibrator:
    """The labels of one scorer, and the cases that they need."""

    def __init__(self, spec: ScorerSpec, labels: Sequence[Label], contenders: Sequence[str]) -> None:
        self._spec = spec
        self._contenders = contenders
        self._showing = Showing(spec)
        self._labels = labels
        self._labelled = {label.case for label in labels}
        self._people: dict[str, dict[str, float]] = defaultdict(dict)
        self._seeds: dict[str, set[int]] = defaultdict(set)
        reach: dict[int, int] = {}
        for label in labels:
            score = score_of(spec, label.marks)
            if score is None:
                continue
            self._people[label.shown_sha256][label.labeller] = score
            if label.seed is not None:
                self._seeds[label.shown_sha256].add(label.seed)
                reach[label.seed] = max(reach.get(label.seed, 0), rank(label.seed, label.case))
        self._reach = reach
        self._kept: dict[str, _Kept] = {}
        self._seen: list[_Seen] = []
        self._means = {name: MomentsAccumulator() for name in contenders}
        self._differences = {name: MomentsAccumulator() for name in contenders if name != SOURCE}

    @property
    def blocks(self) -> set[int]:
        return {kept.block for kept in self._kept.values()}

    def add_case(self, block: int, samples: Mapping[str, Sequence[Sample]]) -> None:
        name, (first, *_) = self._spec.name, samples[SOURCE]
        if name in first.inapplicable:
            return
        scores = {
            contender: {sample.repeat: sample.scores[name] for sample in of_contender}
            for contender, of_contender in samples.items()
        }
        if first.case_id in self._labelled or _drawn_by(self._reach, first.case_id):
            self._kept[first.case_id] = _Kept(block=block, weight=first.weight, unit=first.unit, scores=scores)
        else:
            self._add_unlabelled(scores)

    def look_at(self, case: Case, answers: Mapping[int, Mapping[str, Answer]]) -> None:
        """Look at a case that was kept; others are passed over."""
        if case.id in self._kept:
            found = {
                repeat: {
                    name: one.sha256 if isinstance(one, Shown) else one.value
                    for name, one in self._showing.of_case(case, said, SOURCE).items()
                }
                for repeat, said in answers.items()
            }
            self._seen.append(_Seen(case_id=case.id, found=found))

    def calibration(self, confidence: float) -> Calibration:
        reach = self._reach_of_labels()
        cases = []
        for seen in self._seen:
            drawn = _drawn_by(reach, seen.case_id)
            if not drawn:
                self._add_unlabelled(self._kept[seen.case_id].scores)
            cases.append(self._sampled(seen, drawn))
        matched = {answer.sha256 for case in cases for answer in case.answers}
        return calibration(
            self._spec.name,
            cases,
            Unlabelled(
                means={name: found.snapshot() for name, found in self._means.items()},
                differences={name: found.snapshot() for name, found in self._differences.items()},
            ),
            source=SOURCE,
            levels=levels(self._spec),
            unmatched=sum(label.shown_sha256 not in matched for label in self._labels),
            confidence=confidence,
        )

    def _reach_of_labels(self) -> Mapping[int, int]:
        """How far each draw was labelled, by those labels that hold for this run."""
        reach: dict[int, int] = {}
        for seen in self._seen:
            for by_contender in seen.found.values():
                for one in by_contender.values():
                    for seed in self._seeds.get(one, ()) if isinstance(one, str) else ():
                        reach[seed] = max(reach.get(seed, 0), rank(seed, seen.case_id))
        return reach

    def _sampled(self, seen: _Seen, drawn: Sequence[int]) -> SampledCase:
        kept = self._kept[seen.case_id]
        scores = kept.scores
        repeats = sorted({drawn_repeat(seed, seen.case_id, len(seen.found)) for seed in drawn})
        looked_at = {name: [seen.found[repeat][name] for repeat in repeats] for name in self._contenders}
        return SampledCase(
            weight=kept.weight,
            unit=kept.unit,
            is_drawn=bool(drawn),
            scorer={name: _mean(scores[name].values()) for name in self._contenders},
            people={name: self._by_people(found) for name, found in looked_at.items()},
            asked=frozenset(name for name, found in looked_at.items() if any(isinstance(one, str) for one in found)),
            answers=[
                LabelledAnswer(sha256=one, contender=name, scorer=scores[name][repeat], people=dict(self._people[one]))
                for repeat, by_contender in seen.found.items()
                for name, one in by_contender.items()
                if isinstance(one, str) and one in self._people
            ],
        )

    def _by_people(self, found: Sequence[str | float | None]) -> float | None:
        """What people give on average; None where they have not given it to each of the answers."""
        values = [_mean(self._people.get(one, {}).values()) if isinstance(one, str) else one for one in found]
        return None if None in values else _mean(values)

    def _add_unlabelled(self, scores: Mapping[str, Mapping[int, float | None]]) -> None:
        before = _mean(scores[SOURCE].values())
        for name, by_repeat in scores.items():
            value = _mean(by_repeat.values())
            if value is None:
                continue
            self._means[name].add(value)
            if name != SOURCE and before is not None:
                self._differences[name].add(value - before)


def _drawn_by(reach: Mapping[int, int], case_id: str) -> list[int]:
    """The seeds of the draws that chose a case, each as far as it was labelled."""
    return [seed for seed, furthest in reach.items() if rank(seed, case_id) <= furthest]


def _mean(scores: Iterable[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return fmean(known) if known else None
