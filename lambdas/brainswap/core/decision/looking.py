"""Judging at looks on the way: a target whose verdict stands is settled, and is asked no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from brainswap.core.decision.conditions import completeness
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.evidence import Evidence
from brainswap.core.decision.family import Judged, Look, decisions, judge_all
from brainswap.core.decision.gates import Outcome, judge
from brainswap.core.decision.verdict import Verdict, verdict_of
from brainswap.core.declared_gates import Gate, NoSegmentWorse, OnScore
from brainswap.core.statistics.spending import confidence_at_look

_BY_PEOPLE = "people's labels tell once all cases are there"
_AT_THE_END = "segments can be told not to be worse once all cases are there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How a target stands at the last look that it was judged at.

    Attributes:
        look: its number, from 1 on.
        outcomes: of all gates, and before them of what no gate says: questions that were not asked, a model that goes.
        is_settled: more cases are not needed for the verdict.
        confidence: that the gates were held to.
    """

    look: int
    outcomes: Sequence[Outcome]
    verdict: Verdict
    is_settled: bool
    confidence: float


class Looking:
    """Takes one look after the other at an evaluation that grows in between.

    The gates of all targets share the error over all looks: at each, Holm's procedure gives every open gate its share
    of it, of which as much may have been spent as `critical_values` says. Whatever was decided of a target that was
    settled before stays decided, and passes its share on (Maurer and Bretz 2013, Statistics in Biopharmaceutical
    Research 5:311, for sequences of tests whose levels rise with the error that they are given). A gate of an open
    target is read from the last look alone, by the interval that the report shows, which decides no more than that.
    """

    def __init__(
        self,
        gates: Sequence[Gate],
        evaluation: Evaluation,
        *,
        confidence: float,
        shares: Sequence[float] = (1.0,),
        leaving: Mapping[str, Outcome] | None = None,
    ) -> None:
        """Begin before the first look.

        Args:
            gates: of the workload.
            evaluation: that cases are counted into.
            confidence: over all gates, targets and looks.
            shares: of the cases that there will be, at each look; the last is 1.
            leaving: by target, why it is held whatever its gates say.
        """
        self._gates = gates
        self._confidence = confidence
        self._leaving = leaving or {}
        self._settled_decisions = 0
        self.evaluation = evaluation
        self.shares = tuple(shares)
        self.look = 0
        self.found: dict[str, Looked] = {}
        self.judged: Judged | None = None

    @property
    def open(self) -> list[str]:
        """The targets that are still to be asked."""
        return [name for name in self.evaluation.targets if not (one := self.found.get(name)) or not one.is_settled]

    @property
    def settled(self) -> dict[str, int]:
        """By target, the look at which its verdict stood."""
        return {name: one.look for name, one in self.found.items() if one.is_settled}

    @property
    def finished(self) -> bool:
        """Whether nobody is to be asked any more."""
        return self.look == len(self.shares) or not self.open

    def take(self) -> None:
        """Look, once the cases that count at the next look are counted in for all open targets.

        Raises:
            ValueError: there are no more looks.
        """
        if self.finished:
            raise ValueError("there are no more looks")
        self.look += 1
        looked_at = self.open
        judged = judge_all(
            self._gates,
            self.evaluation,
            self._confidence,
            look=Look(targets=looked_at, settled=self._settled_decisions, level=self._level, judge=self._judge),
        )
        for name in looked_at:
            found = self.found[name] = self._looked(name, judged.outcomes[name], judged.confidence)
            if found.is_settled:
                self._settled_decisions += decisions(self._gates, judged.outcomes[name])
        self.judged = judged

    def _looked(self, name: str, outcomes: Sequence[Outcome], confidence: float) -> Looked:
        missing = completeness(self.evaluation.evidence(name, self._confidence))
        leaving = self._leaving.get(name)
        every = [*(one for one in (missing, leaving) if one), *outcomes]
        verdict = verdict_of(every, complete=missing is None)
        # What supports a verdict asks for evidence against it, which there is less of the earlier one stops.
        passes = verdict == "migrate" and all(one.status == "pass" for one in every if one.decides)
        return Looked(
            look=self.look,
            outcomes=every,
            verdict=verdict,
            is_settled=verdict == "hold" or passes,
            confidence=confidence,
        )

    def _level(self, confidence: float) -> float:
        if len(self.shares) == 1:
            return confidence
        return confidence_at_look(confidence, self.shares[: self.look])

    def _judge(self, gate: Gate, evidence: Evidence) -> Outcome:
        outcome = judge(gate, evidence)
        if self.look < len(self.shares) and isinstance(gate, OnScore) and self._awaits_people(gate):
            return replace(outcome, status="inconclusive", detail=f"{outcome.detail}; {_BY_PEOPLE}")
        if isinstance(gate, NoSegmentWorse) and outcome.status == "pass" and self.look < len(self.shares):
            # Of a segment that has not turned up yet nobody knows anything.
            return replace(outcome, status="inconclusive", detail=f"{outcome.detail}; {_AT_THE_END}")
        return outcome

    def _awaits_people(self, gate: OnScore) -> bool:
        """Labels are a sample of all cases, and what a judge alone would say early may be what they correct."""
        return gate.labels == "use" and gate.scorer in self.evaluation.labelled
