"""How often anything at all is wrongly decided, where many gates and targets are judged together."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.decision.grid import in_parallel, markdown, percent
from brainswap.core.decision.evaluation import Evaluation
from brainswap.core.decision.family import judge_all
from brainswap.core.decision.gates import Outcome, judge
from brainswap.core.decision.verdict import Verdict, verdict_of
from brainswap.core.declared_gates import AtLeast, Gate, NotWorse

SEED = 20261104
CONFIDENCE = 0.95
MARGIN = 0.05
RIGHT = 0.85
GAIN = 0.05
WORLDS = 600
IDENTICAL_WORLDS = 1000

TARGETS = tuple(f"target-{number}" for number in range(1, 6))
GATES: tuple[Gate, ...] = (
    NotWorse(scorer="right", rule="not_worse", margin=MARGIN),
    NotWorse(scorer="grade", rule="not_worse", margin=MARGIN),
    AtLeast(scorer="right", rule="at_least", value=RIGHT - MARGIN),
)

Outcomes = Mapping[str, Sequence[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Worlds in which a gate was decided at all, though the truth is the bound itself; and those that migrate."""

    corrected: bool
    decided: bool
    migrates: bool


def family() -> Iterator[str]:
    yield f"### Five targets, three gates, every truth exactly at its bound: wrong worlds of {WORLDS:,}, in per cent"
    yield ""
    rows = []
    for n in (100, 300):
        found = in_parallel(partial(_at_the_bound, n), list(range(WORLDS)))
        for corrected in (False, True):
            here = [each for pair in found for each in pair if each.corrected is corrected]
            rows.append(
                [
                    str(n),
                    "Holm" if corrected else "each gate by itself",
                    percent(sum(one.decided for one in here) / WORLDS),
                    percent(sum(one.migrates for one in here) / WORLDS),
                ]
            )
    yield from markdown(["cases", "correction", "any gate decided", "any target migrates"], rows)


def identical() -> Iterator[str]:
    yield f"### Two identical models that are not deterministic: verdicts in {IDENTICAL_WORLDS:,} worlds"
    yield ""
    rows = []
    for n in (200, 500):
        for margin in (0.02, 0.05, 0.1):
            found = Counter(in_parallel(partial(_same, n, margin), list(range(IDENTICAL_WORLDS))))
            rows.append(
                [str(n), f"{margin:g}", *(str(found[verdict]) for verdict in ("migrate", "inconclusive", "hold"))]
            )
    yield from markdown(["cases", "margin", "migrate", "inconclusive", "hold"], rows)


def _at_the_bound(n: int, world: int) -> tuple[Errors, Errors]:
    """Scores of five targets against one source: 0/1, graded, and the target's own rate."""
    evaluation = Evaluation(scorers=["right", "grade"], source=None, targets=dict.fromkeys(TARGETS))
    for target, scores in at_the_bound(n, world).items():
        fill(evaluation, target, scores)
    alone = {target: [judge(gate, evaluation.evidence(target, CONFIDENCE)) for gate in GATES] for target in TARGETS}
    together = dict(judge_all(GATES, evaluation, CONFIDENCE).outcomes)
    return _errors(alone, corrected=False), _errors(together, corrected=True)


def at_the_bound(n: int, world: int) -> Mapping[str, NDArray[np.float64]]:
    """By target the scores of the cases, right and wrong and graded, of the source and of the target each: (4, n)."""
    rng = np.random.default_rng([SEED, n, world])
    found = {}
    source, grade = rng.random(n) < RIGHT, rng.integers(1, 5, n) / 4
    for target in TARGETS:
        lost = rng.random(n) < (MARGIN + GAIN) / RIGHT
        gained = rng.random(n) < GAIN / (1 - RIGHT)
        right = np.where(source, ~lost, gained)
        lower = grade - np.where(rng.random(n) < 4 * MARGIN, 0.25, 0.0)
        found[target] = np.array([source, right, grade, lower], dtype=float)
    return found


def fill(evaluation: Evaluation, target: str, scores: NDArray[np.float64]) -> None:
    """Take the scores of one target: right or wrong and graded, of the source and of the target each."""
    tallies, pairs = evaluation.targets[target].scores, evaluation.pairings[target].scorers
    for before, after, better, worse in scores.T.tolist():
        tallies["right"].add(after)
        pairs["right"].add(before, after)
        pairs["grade"].add(better, worse)


def _errors(outcomes: Outcomes, *, corrected: bool) -> Errors:
    every = [one for of_target in outcomes.values() for one in of_target]
    return Errors(
        corrected=corrected,
        decided=any(one.status != "inconclusive" for one in every),
        migrates=any(verdict_of(of_target) == "migrate" for of_target in outcomes.values()),
    )


def _same(n: int, margin: float, world: int) -> Verdict:
    """Each case has a probability of being answered rightly, and both models have the same."""
    rng = np.random.default_rng([SEED, n, world, 1])
    evaluation = Evaluation(scorers=["right", "grade"], source=None, targets={"target": None})
    chance = rng.beta(4, 1, n)
    first, second = rng.random((2, n)) < chance
    grade, other = rng.binomial(4, chance, (2, n)) / 4
    fill(evaluation, "target", np.array([first, second, grade, other], dtype=float))
    gates: tuple[Gate, ...] = (
        NotWorse(scorer="right", rule="not_worse", margin=margin),
        NotWorse(scorer="grade", rule="not_worse", margin=margin),
    )
    return verdict_of(judge_all(gates, evaluation, CONFIDENCE).outcomes["target"])
