"""All gates of all targets together: one family of decisions that errs as rarely as a single one is allowed to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.gates import Outcome, judge
from brainswap.core.declared_gates import Gate, NoneLost
from brainswap.core.statistics.multiplicity import holm


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What every gate says about every target.

    Attributes:
        outcomes: by target, in the order of the gates.
        family: how many decisions share the error of 1 - confidence.
        confidence: at which the gates were judged in the end; that of the workload where it is a single one.
    """

    outcomes: Mapping[str, Sequence[Outcome]]
    family: int
    confidence: float


def family_size(gates: Sequence[Gate], targets: int) -> int:
    """How many decisions may be wrong by chance: every gate that an interval decides, and that decides something."""
    return targets * sum(_by_chance(gate) for gate in gates)


def judge_all(gates: Sequence[Gate], evaluation: Evaluation, confidence: float) -> Judged:
    """Judge all targets by all gates, corrected for their number by `holm`.

    Advisory gates decide nothing: they are judged at the same level and are not counted. A gate on critical cases
    counts what it sees and has no error of this kind.
    """
    family = family_size(gates, len(evaluation.targets))
    counted = [_by_chance(gate) for gate in gates]

    def at(level: float) -> dict[str, list[Outcome]]:
        return {
            target: [judge(gate, evaluation.evidence(target, level)) for gate in gates] for target in evaluation.targets
        }

    def decided(outcomes: Mapping[str, Sequence[Outcome]]) -> int:
        return sum(
            one.status != "inconclusive"
            for of_target in outcomes.values()
            for one, counts in zip(of_target, counted, strict=True)
            if counts
        )

    outcomes, level = holm(at, decided, family=family, confidence=confidence)
    return Judged(outcomes=outcomes, family=family, confidence=level)


def _by_chance(gate: Gate) -> bool:
    return gate.tier != "advisory" and not isinstance(gate, NoneLost)
