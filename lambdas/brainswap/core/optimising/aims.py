"""What a search aims at: the scores that gates look at and that a program can tell."""

from collections.abc import Mapping, Sequence

from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import AnyCalledSpec, CostSpec, JudgedSpec, LatencySpec, ScorerSpec, SetSpec
from brainswap.core.workload import Workload

_ELSEWHERE = (JudgedSpec, AnyCalledSpec, LatencySpec, CostSpec)


def aims_of(workload: Workload) -> tuple[str, ...]:
    """Names of scorers: those that gates name, or all where gates name none that can be told at once.

    Judges and other callees would be paid for every answer of a search, and are asked about the finished prompt alone;
    latency and cost have a place of their own in the search.
    """
    by_name = {spec.name: spec for spec in workload.scorers}
    told = [name for name, spec in by_name.items() if _told(spec, by_name)]
    gated = {getattr(gate, "scorer", None) for gate in workload.gates}
    return tuple([name for name in told if name in gated] or told)


def left_out(workload: Workload) -> tuple[str, ...]:
    """Scorers that gates name and that the search does not look at."""
    gated = dict.fromkeys(getattr(gate, "scorer", None) for gate in workload.gates)
    aims = set(aims_of(workload))
    return tuple(name for name in gated if name is not None and name not in aims)


def quality_of(scores: Mapping[str, Score], aims: Sequence[str]) -> float | None:
    """The mean of what can be told; None where nothing can."""
    values = [value for name in aims if (value := scores[name].value) is not None]
    return sum(values) / len(values) if values else None


def _told(spec: ScorerSpec, by_name: Mapping[str, ScorerSpec]) -> bool:
    if isinstance(spec, SetSpec):
        return all(_told(by_name[name], by_name) for name in spec.members)
    return not isinstance(spec, _ELSEWHERE)
