"""What the gates can show with the cases that there are, said before anything is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from brainswap.core.decision.criteria import gates_of
from brainswap.core.decision.family import family_size
from brainswap.core.decision.gates import POWER
from brainswap.core.decision.paired_tally import PairedTally
from brainswap.core.decision.prospect import Prospect
from brainswap.core.decision.tally import ScoreTally
from brainswap.core.declared_gates import AtLeast, Better, NotWorse, OnScore
from brainswap.core.looks import even_shares
from brainswap.core.statistics.bounded_mean import Atom, mean_of
from brainswap.core.statistics.draws import Draws
from brainswap.core.statistics.power import detectable_margin, discordant, draws_needed, evened, power_of
from brainswap.core.statistics.spending import inflation, power_over_looks
from brainswap.core.workload import Workload

ASSUMED_DISCORDANCE = 0.2  # share of cases on which two models differ, where nothing tells
FEWEST = 20  # recorded pairs below which the assumption tells more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """How values are distributed, and how many cases make a draw."""

    atoms: Sequence[Atom]
    cases_per_draw: float
    because: str


def prospects(
    workload: Workload,
    *,
    test_cases: int,
    differences: Mapping[str, Mapping[str, PairedTally]],
    scores: Mapping[str, Mapping[str, ScoreTally]],
    cost_per_case_usd: Decimal | None,
) -> tuple[Prospect, ...]:
    """What each gate on scores can show; gates on time, money and critical cases have no power to be told beforehand.

    A gate "not worse" is asked about a target that is truly as good as the source and differs from it as often as the
    recorded answers do, of those targets that these do not show to be worse; the others about a target that is truly
    what was recorded.

    Args:
        workload: as declared.
        test_cases: that there will be.
        differences: recorded ones, by slot of the target and scorer, see `Pilot`.
        scores: the targets' own, likewise.
        cost_per_case_usd: of asking everybody about one more case; None where that is unknown.
    """
    if not test_cases:
        return ()
    gates = gates_of(workload)
    family = max(1, family_size(gates, len(workload.targets)))
    confidence = 1 - (1 - workload.confidence) / family
    shares = even_shares(workload.stopping.looks if workload.stopping else 1)
    found = []
    for gate in gates:
        if not isinstance(gate, OnScore):
            continue
        patterns = list(_patterns(gate, differences, scores, confidence))
        each = [_prospect(gate, pattern, test_cases, confidence, cost_per_case_usd, shares) for pattern in patterns]
        if each:
            found.append(min(each, key=lambda one: one.power))
    return tuple(found)


def _patterns(
    gate: OnScore,
    differences: Mapping[str, Mapping[str, PairedTally]],
    scores: Mapping[str, Mapping[str, ScoreTally]],
    confidence: float,
) -> Iterator[_Pattern]:
    """What may be true of each target; nothing for a gate of which nothing is known."""
    if isinstance(gate, NotWorse):
        known = [(slot, of_slot[gate.scorer]) for slot, of_slot in differences.items()]
        known = [(slot, tally) for slot, tally in known if tally.draws.cases >= FEWEST]
        for slot, tally in _not_refuted(known, gate.margin, confidence):
            share = (tally.better + tally.worse) / tally.draws.cases
            because = f"{slot} is as good and differs on {share:.1%} of the cases, as on {tally.draws.cases} recorded"
            yield _pattern(tally.draws, evened(tally.draws.atoms()), because)
        if not known:
            because = f"the target is as good and differs on {ASSUMED_DISCORDANCE:.0%} of the cases, which is assumed"
            yield _Pattern(atoms=discordant(ASSUMED_DISCORDANCE), cases_per_draw=1.0, because=because)
    elif isinstance(gate, Better):
        for slot, of_slot in differences.items():
            draws = of_slot[gate.scorer].draws
            if draws.cases >= FEWEST:
                atoms = draws.atoms()
                because = f"{slot} is {100 * mean_of(atoms):+.1f} points better, as on {draws.cases} recorded cases"
                yield _pattern(draws, atoms, because)
    else:
        for slot, own in scores.items():
            draws = own[gate.scorer].draws
            if draws.cases >= FEWEST:
                atoms = draws.atoms()
                because = f"{slot} scores {mean_of(atoms):.1%}, as on {draws.cases} recorded cases"
                yield _pattern(draws, atoms, because)


def _not_refuted(
    known: Sequence[tuple[str, PairedTally]], margin: float, confidence: float
) -> Sequence[tuple[str, PairedTally]]:
    """Without the targets that are recorded to be worse: nobody asks what it would take if they were as good."""
    left = [
        (slot, tally)
        for slot, tally in known
        if (found := tally.comparison(confidence)) is not None and found.high >= -margin
    ]
    return left or known


def _pattern(draws: Draws, atoms: Sequence[Atom], because: str) -> _Pattern:
    return _Pattern(atoms=atoms, cases_per_draw=draws.cases / max(1, draws.units), because=because)


def _prospect(  # noqa: PLR0917 - what there is to know of a gate
    gate: OnScore,
    pattern: _Pattern,
    test_cases: int,
    confidence: float,
    cost_per_case_usd: Decimal | None,
    shares: tuple[float, ...],
) -> Prospect:
    """What the gate can show at any of the looks; one look at the end is the whole of it where there are no others."""
    name, bound, least = _asked(gate)
    error = (1 - confidence) / 2
    more = inflation(POWER, error=error, shares=shares) if len(shares) > 1 else 1.0
    draws = max(1, round(test_cases / pattern.cases_per_draw))
    once = power_of(pattern.atoms, draws=draws, bound=bound, least=least, most=1.0, confidence=confidence)
    needed = draws_needed(pattern.atoms, bound=bound, least=least, most=1.0, confidence=confidence, power=POWER)
    cases = None if needed is None else round(needed * pattern.cases_per_draw * more)
    worth = max(1, round(draws / more))
    return Prospect(
        gate=name,
        scorer=gate.scorer,
        power=power_over_looks(once, error=error, shares=shares) if len(shares) > 1 else once,
        cases=cases,
        smallest=detectable_margin(pattern.atoms, draws=worth, confidence=confidence, power=POWER)
        if isinstance(gate, NotWorse)
        else None,
        cost_usd=None if cases is None or cost_per_case_usd is None else cases * cost_per_case_usd,
        confidence=confidence,
        because=pattern.because,
    )


def _asked(gate: OnScore) -> tuple[str, float, float]:
    """The gate in words, its bound, and the smallest value that there is."""
    match gate:
        case NotWorse():
            return f"{gate.scorer} not worse by {gate.margin:g}", -gate.margin, -1.0
        case Better():
            return f"{gate.scorer} better by more than {gate.by:g}", gate.by, -1.0
        case AtLeast():
            return f"{gate.scorer} at least {gate.value:g}", gate.value, 0.0
