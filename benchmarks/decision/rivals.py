"""What else is used to say that a model is not worse, by the formulae of those who offer it."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from brainswap.core.statistics.moments import PairedCounts
from brainswap.core.statistics.paired import bonett_price, compare_binary

Matrix = NDArray[np.float64]


class Rule(Protocol):
    """Whether a table of pairs passes for "not worse by the margin"."""

    def __call__(self, gained: int, lost: int, n: int, *, margin: float, confidence: float) -> bool: ...

    def __hash__(self) -> int: ...


def brainswap(gained: int, lost: int, n: int, *, margin: float, confidence: float) -> bool:
    counts = PairedCounts(only_target=gained, only_source=lost, both_right=n - gained - lost)
    return compare_binary(counts, confidence).low > -margin


def wald(gained: int, lost: int, n: int, *, margin: float, confidence: float) -> bool:
    """The difference and its estimated standard error (Miller 2024, arXiv 2411.00640, section 4.2)."""
    difference = (gained - lost) / n
    error = math.sqrt(max(0.0, (gained + lost) / n - difference * difference) / (n - 1))
    return difference - stats.norm.ppf((1 + confidence) / 2) * error > -margin


def evalstats(gained: int, lost: int, n: int, *, margin: float, confidence: float) -> bool:
    """Bonett and Price's interval, which evalstats 0.3.3 takes for every pair of 0/1 scores."""
    counts = PairedCounts(only_target=gained, only_source=lost, both_right=n - gained - lost)
    return bonett_price(counts, confidence).low > -margin


def side_by_side(gained: int, lost: int, n: int, *, margin: float, confidence: float) -> bool:  # noqa: ARG001 - all rules are asked alike, and this one knows no confidence
    """Two pass rates next to each other, as ``promptfoo eval`` prints them, and the margin between them."""
    return (gained - lost) / n > -margin


RULES: dict[str, Rule] = {
    "Brainswap": brainswap,
    "Wald": wald,
    "evalstats (Bonett-Price)": evalstats,
    "pass rates side by side (promptfoo)": side_by_side,
}


def t_passes(differences: Matrix, *, margin: float, confidence: float) -> NDArray[np.bool_]:
    """Student's paired interval, sample by sample (one a row); a sample without spread has none and does not pass."""
    n = differences.shape[1]
    error = differences.std(axis=1, ddof=1) / math.sqrt(n)
    low = differences.mean(axis=1) - stats.t.ppf((1 + confidence) / 2, n - 1) * error
    passes: NDArray[np.bool_] = (low > -margin) & (error > 0)
    return passes


def logit_t_passes(differences: Matrix, *, margin: float, confidence: float) -> NDArray[np.bool_]:
    """Student's interval of the mean on the logit scale, which evalstats 0.3.3 takes for bounded scores.

    The differences are rescaled to [0, 1] and the standard error by the delta method.
    """
    n = differences.shape[1]
    mean = (differences.mean(axis=1) + 1) / 2
    error = differences.std(axis=1, ddof=1) / 2 / math.sqrt(n)
    scale = np.clip(mean * (1 - mean), 1e-12, None)
    low = np.log(mean / (1 - mean)) - stats.t.ppf((1 + confidence) / 2, n - 1) * error / scale
    passes: NDArray[np.bool_] = (2 / (1 + np.exp(-low)) - 1 > -margin) & (error > 0)
    return passes
