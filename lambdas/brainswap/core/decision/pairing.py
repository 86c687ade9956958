"""What a target's samples say next to the source's on the same cases."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.statistics.amounts import PairedAmounts

KEPT = 200  # changed cases of one target that are named in the report; all of them are in cases.jsonl
MOST_SEGMENTS = 1000  # that are told apart
REST = "(all others)"  # the segments that are not


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
        self.costs = PairedAmounts()  # dollars per case
        self._segments: dict[str, dict[str, PairedTally]] = {}

    def segments_of(self, scorer: str, min_cases: int) -> Mapping[str, PairedTally]:
        """The pairs of one scorer by segment; those of segments with fewer cases together, as `REST`."""
        found: dict[str, PairedTally] = {}
        rest = PairedTally()
        for name, tallies in self._segments.items():
            if tallies[scorer].draws.cases >= min_cases and name != REST:
                found[name] = tallies[scorer]
            else:
                rest.merge(tallies[scorer])
        return {**found, REST: rest} if rest.draws.cases else found

    def add_case(
        self,
        *,
        case_id: str,
        segment: str | None,
        critical: bool,
        source: Mapping[str, float | None],
        target: Mapping[str, float | None],
        floor: Mapping[str, float | None],
        reasons: Mapping[str, str],
        inapplicable: Collection[str] = (),
        weight: float = 1.0,
        unit: str | None = None,
        is_counted: bool = False,
    ) -> None:
        """Count one case in.

        Args:
            case_id: of the case.
            segment: of the case.
            critical: a case below whose ``floor`` the target must not fall.
            source: the source's scores, the means of its repeats.
            target: the target's.
            floor: the lowest that the source itself scored, which differs from ``source`` only where it was asked more
                than once: a target is not blamed for what the source does to itself.
            reasons: of the target's scores.
            inapplicable: the scorers that do not apply to the case.
            weight: as for `Draws`, and so is ``unit``.
            unit: what the case was drawn with.
            is_counted: `add_critical` has counted the case before.
        """
        if critical and not is_counted:
            self.add_critical(case_id=case_id, source=source, target=target, floor=floor, inapplicable=inapplicable)
        for name, tally in self.scorers.items():
            if name in inapplicable:
                continue
            before, after = source[name], target[name]
            tally.add(before, after, weight=weight, unit=unit)
            if segment is not None:
                self._segment(segment)[name].add(before, after, weight=weight, unit=unit)
            if before is not None and after is not None and before != after:
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

    def add_critical(
        self,
        *,
        case_id: str,
        source: Mapping[str, float | None],
        target: Mapping[str, float | None],
        floor: Mapping[str, float | None],
        inapplicable: Collection[str] = (),
    ) -> None:
        """Look whether a critical case is lost, and nothing else; the arguments are those of `add_case`."""
        self.critical_cases += 1
        for name in self.scorers:
            if name in inapplicable:
                continue
            self.critical_applicable[name] += 1
            before, after, least = source[name], target[name], floor[name]
            if before is None or after is None:
                self.critical_unscored[name] += 1
            elif least is not None and after < least:
                self.critical_lost[name].append(case_id)

    def add_costs(
        self, source: float | None, target: float | None, *, weight: float = 1.0, unit: str | None = None
    ) -> None:
        """Count in what a case cost both, where both is known; ``weight`` and ``unit`` as for `Draws`."""
        if source is not None and target is not None:
            self.costs.add(source, target, weight=weight, unit=unit)

    def _keep(self, changed: ChangedCase) -> None:
        self.changed += 1
        kept = self.lost if changed.lost else self.gained
        if len(kept) < KEPT:
            kept.append(changed)

    def _segment(self, name: str) -> dict[str, PairedTally]:
        if name not in self._segments and len(self._segments) >= MOST_SEGMENTS:
            name = REST
        return self._segments.setdefault(name, {scorer: PairedTally() for scorer in self.scorers})
