"""What a run is judged by: settled, and hashed, before any answer exists."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from brainswap.core.declared_gates import Gate, NoneLost, NotWorse
from brainswap.core.fingerprints import fingerprint
from brainswap.core.scoring.specs.composition import SetSpec
from brainswap.core.statistics.spending import EXPONENT
from brainswap.core.workload import Stopping, Workload

DEFAULT_MARGIN = 0.05


def gates_of(workload: Workload) -> tuple[Gate, ...]:
    """The declared gates, or those that stand where none is declared."""
    return workload.gates or default_gates([scorer.name for scorer in workload.scorers])


def gates_fingerprint(workload: Workload) -> str:
    """Of the gates with their tiers, of the confidence that they are judged at, and of the looks on the way, if any."""
    gates = [gate.model_dump(mode="json") for gate in gates_of(workload)]
    looks = [] if workload.stopping is None else [stopping_rule(workload.stopping)]
    return fingerprint([workload.confidence, gates, *looks])


def gated_scorers(workload: Workload) -> tuple[str, ...]:
    """The scorers that gates are on, in the gates' order; the first of all where none is."""
    on_scores = (getattr(gate, "scorer", None) for gate in gates_of(workload))
    named = tuple(dict.fromkeys(name for name in on_scores if name is not None))
    return named or tuple(scorer.name for scorer in workload.scorers[:1])


def scorer_fingerprints(workload: Workload) -> dict[str, str]:
    """By scorer, of all that a workload says of it: scores of equal ones may be held against each other.

    Whose scores a set puts together belongs to it.
    """
    specs = {scorer.name: scorer for scorer in workload.scorers}

    @cache
    def of(name: str) -> str:
        spec = specs[name]
        members = [of(member) for member in sorted(spec.members)] if isinstance(spec, SetSpec) else []
        return fingerprint([spec.model_dump(mode="json"), members])

    return {name: of(name) for name in specs}


def stopping_rule(stopping: Stopping) -> dict[str, Any]:
    """How often the scores are looked at, and how the error is spent until then, see `critical_values`."""
    return {"looks": stopping.looks, "spending": f"share of the cases to the power of {EXPONENT:g}"}


def default_gates(scorers: Sequence[str]) -> tuple[Gate, ...]:
    """What is asked of a target when the workload says nothing: no scorer worse by 5 points, no critical case lost."""
    not_worse = tuple(NotWorse(scorer=name, rule="not_worse", margin=DEFAULT_MARGIN) for name in scorers)
    return (*not_worse, NoneLost(cases="critical", rule="none_lost"))
