"""Gates on a judge's scores: how often a lenient one passes what people would not, with labels and without."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from benchmarks.decision.grid import in_parallel, markdown, percent
from brainswap.core.decision.label_evidence import LabelEvidence, LabelledDraw
from brainswap.core.statistics.bounded_mean import Atom, mean_limits
from brainswap.core.statistics.moments import MomentsAccumulator
from brainswap.core.statistics.prediction_powered import CorrectedEstimate, Rated

SEED = 20261107
SAMPLES = 1000
SIZES = ((200, 50), (300, 100), (1000, 100), (1000, 300))  # cases, and how many of them people label
LENIENCIES = (0.0, 0.3, 0.6)  # share of the target's wrong answers that the judge takes for right
MARGINS = (0.05, 0.1)
CONFIDENCES = (0.95, 0.99)
MISTAKEN = 0.05  # share of all other answers that the judge takes for what they are not
RIGHT, GAIN = 0.85, 0.03
IN_A_CLUSTER = 5

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A truth: the target is worse by exactly the margin, by people."""

    cases: int
    labelled: int
    leniency: float
    margin: float
    clustered: bool


def tables() -> Iterator[str]:
    yield f"### Judged scores: a target worse by the margin, by people; {SAMPLES:,} samples a row, in per cent"
    yield ""
    cells = [
        Cell(cases=cases, labelled=labelled, leniency=leniency, margin=margin, clustered=clustered)
        for (cases, labelled), leniency, margin, clustered in product(SIZES, LENIENCIES, MARGINS, (False, True))
    ]
    head = ["cases", "labelled", "lenient", "margin", "clusters"]
    for confidence in CONFIDENCES:
        head += [
            f"judge passes at {confidence:.0%}",
            f"people pass at {confidence:.0%}",
            f"coverage at {confidence:.0%}",
        ]
    yield from markdown(head, in_parallel(_row, cells))


def _row(cell: Cell) -> list[str]:
    rng = np.random.default_rng([SEED, cell.cases, cell.labelled, int(100 * cell.leniency), int(100 * cell.margin)])
    found = {confidence: np.zeros(3) for confidence in CONFIDENCES}
    for _ in range(SAMPLES):
        people, judge, units = _world(rng, cell)
        labelled = np.zeros(cell.cases, dtype=bool)
        labelled[rng.choice(cell.cases, cell.labelled, replace=False)] = True
        evidence = _evidence(people, judge, labelled, units)
        for confidence in CONFIDENCES:
            low = _judges_limit(judge, units, confidence)
            corrected = evidence.at(confidence)
            found[confidence] += low > -cell.margin, corrected.low > -cell.margin, _holds(corrected, -cell.margin)
    shown = [percent(count / SAMPLES) for counts in found.values() for count in counts]
    clusters = f"of {IN_A_CLUSTER}" if cell.clustered else "none"
    return [f"{cell.cases:,}", f"{cell.labelled:,}", f"{cell.leniency:g}", f"{cell.margin:g}", clusters, *shown]


def _world(rng: np.random.Generator, cell: Cell) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str | None]]:
    """Differences by people and by the judge; what one case of a cluster does to people, the others do too."""
    drawn = cell.cases // IN_A_CLUSTER if cell.clustered else cell.cases
    source = rng.random(drawn) < RIGHT
    lost, gained = rng.random((2, drawn))
    target = np.where(source, lost >= (cell.margin + GAIN) / RIGHT, gained < GAIN / (1 - RIGHT))
    units: list[str | None] = [None] * cell.cases
    if cell.clustered:
        source, target = np.repeat(source, IN_A_CLUSTER), np.repeat(target, IN_A_CLUSTER)
        units = [f"cluster {place // IN_A_CLUSTER}" for place in range(cell.cases)]
    judged = [_judged(rng, source, 0.0), _judged(rng, target, cell.leniency)]
    return target.astype(float) - source, judged[1].astype(float) - judged[0], units


def _judged(rng: np.random.Generator, right: Bools, leniency: float) -> Bools:
    chance = rng.random(len(right))
    return np.where(right, chance >= MISTAKEN, chance < max(MISTAKEN, leniency))


def _evidence(
    people: NDArray[np.float64], judge: NDArray[np.float64], labelled: Bools, units: list[str | None]
) -> LabelEvidence:
    others = MomentsAccumulator()
    for value in judge[~labelled].tolist():
        others.add(value)
    draws = [
        LabelledDraw(rated=Rated(people=float(people[place]), judge=float(judge[place])), unit=units[place])
        for place in np.flatnonzero(labelled).tolist()
    ]
    return LabelEvidence(labelled=draws, unlabelled=others.snapshot(), least=-1.0)


def _judges_limit(judge: NDArray[np.float64], units: list[str | None], confidence: float) -> float:
    if units[0] is None:
        values, numbers = np.unique(judge, return_counts=True)
        atoms = [Atom(number, 1.0, value) for number, value in zip(numbers.tolist(), values.tolist(), strict=True)]
        return mean_limits(atoms, least=-1.0, most=1.0, confidence=confidence)[0]
    means = judge.reshape(-1, IN_A_CLUSTER).mean(axis=1)
    atoms = [Atom(1.0, 1.0, value) for value in means.tolist()]
    return mean_limits(atoms, least=-1.0, most=1.0, confidence=confidence, student=True)[0]


def _holds(found: CorrectedEstimate, truth: float) -> bool:
    return found.low <= truth <= found.high
