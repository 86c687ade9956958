"""How many calls are left in the mean where the scores are looked at on the way, said before anything is asked."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from brainswap.core.decision.criteria import gates_of
from brainswap.core.decision.family import family_size
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.prospect import ExpectedCalls
from brainswap.core.decision.prospects import ASSUMED_DISCORDANCE, FEWEST
from brainswap.core.decision.tally import ScoreTally
from brainswap.core.declared_gates import AtLeast, Better, NoSegmentWorse, NotWorse
from brainswap.core.looks import even_shares
from brainswap.core.statistics.bounded_mean import Atom, constrained_variance, mean_of
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.power import discordant
from brainswap.core.statistics.spending import critical_values, crossing
from brainswap.core.workload import Workload

_CERTAIN = 40.0  # standard errors

Differences = Mapping[str, Mapping[str, PairedTally]]
Scores = Mapping[str, Mapping[str, ScoreTally]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is recorded of a target, by scorer; each may be missing."""

    differences: Mapping[str, PairedTally]
    scores: Mapping[str, ScoreTally]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chances:
    """Of one gate: by look, the probability that it has passed by then, and that it has failed."""

    passes: Sequence[float]
    fails: Sequence[float]


def expected_calls(
    workload: Workload, *, calls: int, test_cases: int, critical: int, differences: Differences, scores: Scores
) -> ExpectedCalls | None:
    """The most calls, and those that are expected if the targets are what is recorded of them.

    Where nothing is recorded a target is taken to be as good as the source, which takes longest to tell. Gates on time,
    money and critical cases are taken to pass at the first look, and the gates of a target to be independent. Judges
    are asked less often in the same proportion as the models whose answers they judge.

    Args:
        workload: as declared.
        calls: of a run that goes to the end.
        test_cases: that there will be.
        critical: cases of these that are asked before the first look in any case.
        differences: recorded ones, by slot of the target and scorer, see `Pilot`.
        scores: the targets' own, likewise.

    Returns:
        None where there are no looks, or nothing to ask.
    """
    if workload.stopping is None or not test_cases or not calls:
        return None
    looks = workload.stopping.looks
    shares = even_shares(looks)
    settled: dict[str, list[float]] = {}
    known = []
    for slot in workload.slots:
        if slot != "source":
            recorded = _Known(differences=differences.get(slot, {}), scores=scores.get(slot, {}))
            chances = [*_chances(workload, recorded, test_cases, shares)]
            settled[slot] = [_settled(chances, look) for look in range(looks)]
            if any(tally.draws.cases >= FEWEST for tally in recorded.differences.values()):
                known.append(slot)
    everyone = [math.prod(of_slot[look] for of_slot in settled.values()) for look in range(looks)]
    ahead = critical / test_cases
    asked = {slot: _asked(by_look, shares, ahead) for slot, by_look in {"source": everyone, **settled}.items()}
    weights = {
        slot: workload.most_prompts_of(declared)
        for slot, declared in workload.slots.items()
        if declared.answers == "live"
    }
    # Judged answers may be recorded ones; whose they are is then all that there is to go by.
    weights = weights or dict.fromkeys(workload.slots, 1)
    share = sum(asked[slot] * weight for slot, weight in weights.items()) / sum(weights.values())
    return ExpectedCalls(looks=looks, most=calls, expected=round(calls * share), because=_because(known, len(settled)))


def _chances(workload: Workload, recorded: _Known, test_cases: int, shares: tuple[float, ...]) -> Iterator[_Chances]:
    gates = gates_of(workload)
    error = (1 - workload.confidence) / max(1, family_size(gates, len(workload.targets)))
    limits = critical_values(error / 2, shares)
    for gate in gates:
        if gate.tier == "advisory":
            continue
        if isinstance(gate, NoSegmentWorse):
            never = [0.0] * len(shares)
            yield _Chances(passes=never, fails=never)
        elif isinstance(gate, NotWorse | Better):
            bound = -gate.margin if isinstance(gate, NotWorse) else gate.by
            tally = recorded.differences.get(gate.scorer)
            atoms, per_draw = _pattern(tally.draws if tally else None) or (discordant(ASSUMED_DISCORDANCE), 1.0)
            yield _crossed(_drift(atoms, bound, -1.0, test_cases / per_draw), shares, limits)
        elif isinstance(gate, AtLeast):
            own = recorded.scores.get(gate.scorer)
            known = _pattern(own.draws if own else None)
            # A statistic without a drift is what takes longest to settle.
            drift = _drift(known[0], gate.value, 0.0, test_cases / known[1]) if known else 0.0
            yield _crossed(drift, shares, limits)


def _pattern(draws: Draws | None) -> tuple[Sequence[Atom], float] | None:
    """How values are distributed, and how many cases make a draw; None where too few are known."""
    if draws is None or draws.cases < FEWEST:
        return None
    return draws.atoms(), draws.cases / max(1, draws.units)


def _drift(atoms: Sequence[Atom], bound: float, least: float, draws: float) -> float:
    """The expectation of the statistic once all cases are there, in standard errors."""
    mean = mean_of(atoms)
    spread = math.sqrt(constrained_variance(atoms, mean, least=least, most=1.0))
    distance = math.sqrt(draws) * (mean - bound)
    if not spread:
        return math.copysign(_CERTAIN, distance)
    return max(-_CERTAIN, min(_CERTAIN, distance / spread))


def _crossed(drift: float, shares: tuple[float, ...], limits: Sequence[float]) -> _Chances:
    found = crossing(shares, drift=drift, above=limits, below=[-limit for limit in limits])
    return _Chances(passes=_summed(found.above), fails=_summed(found.below))


def _summed(parts: Sequence[float]) -> list[float]:
    return [min(1.0, sum(parts[: look + 1])) for look in range(len(parts))]


def _settled(chances: Sequence[_Chances], look: int) -> float:
    """The probability that all gates have passed by a look, or one has failed."""
    all_pass = math.prod(one.passes[look] for one in chances)
    none_fails = math.prod(1 - one.fails[look] for one in chances)
    return min(1.0, all_pass + 1 - none_fails)


def _asked(settled: Sequence[float], shares: Sequence[float], ahead: float) -> float:
    """The mean share of the cases, critical ones being asked in any case."""
    steps = [shares[0], *(after - before for before, after in pairwise(shares))]
    goes_on = [1.0, *(1 - one for one in settled[:-1])]
    due = sum(step * chance for step, chance in zip(steps, goes_on, strict=True))
    return due + (1 - due) * ahead


def _because(known: Sequence[str], targets: int) -> str:
    assumed = f"as good as the source and differ from it on {ASSUMED_DISCORDANCE:.0%} of the cases, which is assumed"
    if not known:
        return f"the targets are {assumed}"
    if len(known) == targets:
        return "the targets are what is recorded of them"
    return f"{', '.join(known)} are what is recorded of them and the others {assumed}"
