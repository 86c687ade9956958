"""What answers that are recorded already tell of a run: how source and targets differ on the same cases."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from brainswap.core.answers import Answer, Origin
from brainswap.core.cases import Case, RecordedStep, Split
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.samples import drawn_with
from brainswap.core.decision.tally import ScoreTally
from brainswap.core.folder import Folder
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.validation import CaseSummary
from brainswap.core.loading.workloads import LoadedWorkload
from brainswap.core.near_duplicates.placement import split_of
from brainswap.core.scoring.composition import members_first, with_sets
from brainswap.core.scoring.hygiene import classify
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import SetSpec
from brainswap.core.scoring.subject import subject_of
from brainswap.core.workload import Workload

NOT_RECORDED = Score(value=None, reason="nothing is recorded of the step")

CASES = 1000  # at most, so that looking takes seconds whatever there is

_HASHES = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """Recorded answers of the source and of a target, scored.

    Attributes:
        differences: target minus source, by slot of the target and scorer.
        scores: the target's own, likewise.
    """

    differences: Mapping[str, Mapping[str, PairedTally]] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, ScoreTally]] = field(default_factory=dict)


def pilot_of(folder: Folder, loaded: LoadedWorkload, summary: CaseSummary) -> Pilot:
    """Score what is recorded of the source and of at least one target, on at most `CASES` test cases chosen by a hash.

    Scores of models that judge, and of latency and cost, are unknown here and stay so.

    Args:
        folder: of the workload.
        loaded: from the same folder, and valid.
        summary: of its cases.
    """
    workload, recordings, test_cases = loaded.workload, summary.recorded_characters, summary.splits[Split.TEST]
    targets = {
        slot: declared.recording
        for slot, declared in workload.slots.items()
        if slot != "source" and declared.recording in recordings
    }
    if not targets or workload.source.recording not in recordings or not test_cases:
        return Pilot()
    scored = _Scorers(workload)
    pilot = Pilot(
        differences={slot: {name: PairedTally() for name in scored.names} for slot in targets},
        scores={slot: {name: ScoreTally() for name in scored.names} for slot in targets},
    )
    for number, case in enumerate(iter_cases(folder, loaded)):
        if not _chosen(case, test_cases):
            continue
        if split_of(case, number, summary.placement, workload.split_shares) is Split.TEST:
            _add(pilot, case, workload.source.recording, targets, scored)
    return pilot


class _Scorers:
    """All scorers of a workload that can be applied to a recorded text."""

    def __init__(self, workload: Workload) -> None:
        self.names = [spec.name for spec in workload.scorers]
        plain = [spec for spec in workload.scorers if not isinstance(spec, SetSpec)]
        self._plain = {spec.name: (spec.step, compiled(spec)) for spec in plain}
        self._last = workload.step_names[-1] if workload.step_names else None
        self._sets = members_first(spec for spec in workload.scorers if isinstance(spec, SetSpec))

    def scores(self, case: Case, recording: str) -> Mapping[str, float | None] | None:
        """By scorer; None where nothing is recorded."""
        recorded = case.recorded.get(recording)
        if recorded is None:
            return None
        found = {}
        for name, (step, scored) in self._plain.items():
            said = recorded if step in {None, self._last} else recorded.steps.get(str(step))
            found[name] = NOT_RECORDED if said is None else scored(subject_of(case, _answer(case, said), None))
        scores = with_sets(found, self._sets)
        return {name: score.value if score.applies else None for name, score in scores.items()}


def _answer(case: Case, recorded: RecordedStep) -> Answer:
    status, reason = classify(recorded.output, recorded.stop_reason)
    return Answer(
        case_id=case.id,
        text=recorded.output,
        status=status,
        reason=reason,
        origin=Origin.RECORDED,
        stop_reason=recorded.stop_reason,
        latency_ms=recorded.latency_ms,
        first_token_ms=recorded.first_token_ms,
    )


def _add(pilot: Pilot, case: Case, source: str, targets: Mapping[str, str], scored: _Scorers) -> None:
    before = scored.scores(case, source)
    if before is None:
        return
    unit = drawn_with(case_id=case.id, cluster=case.cluster, weight=case.weight)
    for slot, recording in targets.items():
        after = scored.scores(case, recording)
        for name, value in (after or {}).items():
            pilot.differences[slot][name].add(before[name], value, weight=case.weight, unit=unit)
            pilot.scores[slot][name].add(value, weight=case.weight, unit=unit)


def _chosen(case: Case, test_cases: int) -> bool:
    """Whether the case is among those that are looked at; which are, depends on nothing but their ids."""
    key = case.cluster if case.cluster is not None else case.id
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) < _HASHES * CASES / test_cases
