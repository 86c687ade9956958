"""All gates of all targets together: one family of decisions that errs as rarely as a single one is allowed to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.evidence import Evidence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is different where the targets are judged before all cases are there, or were.

    Attributes:
        targets: that are still open.
        settled: decisions that were made about the others.
        level: the confidence of an interval at this look, for one over all looks.
        judge: applies a gate.
    """

    targets: Sequence[str]
    settled: int
    level: Callable[[float], float]
    judge: Callable[[Gate, Evidence], Outcome]


def judge_all(gates: Sequence[Gate], evaluation: Evaluation, confidence: float, *, look: Look | None = None) -> Judged:
    """Judge all targets by all gates, corrected for their number by `holm`.

    Advisory gates decide nothing: they are judged at the same level and are not counted. A gate on critical cases
    counts what it sees and has no error of this kind. At a look only the open targets are judged, the family being
    that of all.
    """
    here = look or Look(targets=list(evaluation.targets), settled=0, level=lambda level: level, judge=judge)
    family = family_size(gates, len(evaluation.targets))

    def at(level: float) -> dict[str, list[Outcome]]:
        held_to = here.level(level)
        return {
            target: [here.judge(gate, evaluation.evidence(target, held_to)) for gate in gates]
            for target in here.targets
        }

    def decided(outcomes: Mapping[str, Sequence[Outcome]]) -> int:
        return here.settled + sum(decisions(gates, of_target) for of_target in outcomes.values())

    outcomes, level = holm(at, decided, family=family, confidence=confidence)
    return Judged(outcomes=outcomes, family=family, confidence=here.level(level))


def decisions(gates: Sequence[Gate], outcomes: Sequence[Outcome]) -> int:
    """How many of the family's decisions were made about one target, whose outcomes are in the order of the gates."""
    return sum(one.status != "inconclusive" for gate, one in zip(gates, outcomes, strict=True) if _by_chance(gate))


def _by_chance(gate: Gate) -> bool:
    return gate.tier != "advisory" and not isinstance(gate, NoneLost)
