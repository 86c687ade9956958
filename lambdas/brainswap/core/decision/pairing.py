"""What a target's samples say next to the source's on the same cases."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from brainswap.core.statistics.moments import (
    MomentsAccumulator,
    PairedCounts,
    PairedMoments,
    PairedMomentsAccumulator,
)
from brainswap.core.statistics.paired import PairedComparison, compare_binary, compare_scores

KEPT = 200  # changed cases of one target that are named in the report; all of them are in cases.jsonl


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCase:
    """A case on which target and source differ by one scorer."""

    case_id: str
    scorer: str
    segment: str | None
    critical: bool
    source_score: float
    target_score: float
    reason: str

    @property
    def lost(self) -> bool:
        return self.target_score < self.source_score


class PairedTally:
    """The pairs of one scorer: counts while all scores are 0 or 1, and moments of the differences."""

    __slots__ = ("_binary", "_both_right", "_both_wrong", "_differences", "_only_source", "_only_target", "unpaired")

    def __init__(self) -> None:
        self._differences = MomentsAccumulator()
        self._both_right = self._only_source = self._only_target = self._both_wrong = 0
        self._binary = True
        self.unpaired = 0

    def add(self, source: float | None, target: float | None) -> None:
        if source is None or target is None:
            self.unpaired += 1
            return
        self._differences.add(target - source)
        self._binary = self._binary and source in (0.0, 1.0) and target in (0.0, 1.0)
        if source > target:
            self._only_source += 1
        elif target > source:
            self._only_target += 1
        elif source == 1.0:
            self._both_right += 1
        else:
            self._both_wrong += 1

    def comparison(self, confidence: float) -> PairedComparison | None:
        """Target minus source; None without a single pair."""
        tied = self._both_right + self._both_wrong
        if not tied + self._only_source + self._only_target:
            return None
        if not self._binary:
            return compare_scores(
                self._differences.snapshot(),
                better=self._only_target,
                worse=self._only_source,
                tied=tied,
                confidence=confidence,
            )
        counts = PairedCounts(
            both_right=self._both_right,
            only_source=self._only_source,
            only_target=self._only_target,
            both_wrong=self._both_wrong,
        )
        return compare_binary(counts, confidence)


class Pairing:
    """Everything that is compared between one target and the source."""

    def __init__(self, scorers: Sequence[str]) -> None:
        self.scorers = {name: PairedTally() for name in scorers}
        self.critical_cases = 0
        self.critical_lost: dict[str, list[str]] = {name: [] for name in scorers}
        self.critical_unscored: dict[str, int] = dict.fromkeys(scorers, 0)
        self.critical_applicable: dict[str, int] = dict.fromkeys(scorers, 0)
        self.lost: list[ChangedCase] = []
        self.gained: list[ChangedCase] = []
        self.changed = 0
        self._costs = PairedMomentsAccumulator()

    @property
    def costs(self) -> PairedMoments:
        """Dollars per case, source and target."""
        return self._costs.snapshot()

    def add_case(
        self,
        *,
        case_id: str,
        segment: str | None,
        critical: bool,
        source: Mapping[str, float | None],
        target: Mapping[str, float | None],
        reasons: Mapping[str, str],
        inapplicable: Collection[str] = (),
    ) -> None:
        """Count one case in; ``reasons`` are the target's, and ``inapplicable`` the scorers that do not apply to it."""
        self.critical_cases += critical
        for name, tally in self.scorers.items():
            if name in inapplicable:
                continue
            self.critical_applicable[name] += critical
            before, after = source[name], target[name]
            tally.add(before, after)
            if before is None or after is None:
                self.critical_unscored[name] += critical
            elif before != after:
                changed = ChangedCase(
                    case_id=case_id,
                    scorer=name,
                    segment=segment,
                    critical=critical,
                    source_score=before,
                    target_score=after,
                    reason=reasons[name],
                )
                self._keep(changed)

    def add_costs(self, source: float | None, target: float | None) -> None:
        if source is not None and target is not None:
            self._costs.add(source=source, target=target)

    def _keep(self, changed: ChangedCase) -> None:
        self.changed += 1
        kept = self.lost if changed.lost else self.gained
        if len(kept) < KEPT:
            kept.append(changed)
        if changed.lost and changed.critical:
            self.critical_lost[changed.scorer].append(changed.case_id)
