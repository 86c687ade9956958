"""Looks at many samples at once, by Brainswap's rule and by others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.decision.twin import scores
from brainswap.core.looks import even_shares
from brainswap.core.statistics.bounded_mean import Atom, degrees_of_freedom
from brainswap.core.statistics.distributions import critical_t
from brainswap.core.statistics.spending import confidence_at_look
from brainswap.core.statistics.tango import constrained_discordance

Matrix = NDArray[np.float64]

_COMPARED = 10
_NEAREST = 20
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What became of samples, one for each: the look at which each was decided, from 0 on; past the last where never.

    Attributes:
        passed: that were decided for the target.
        failed: against it.
    """

    look: NDArray[np.int64]
    passed: NDArray[np.bool_]
    failed: NDArray[np.bool_]

    def share_asked(self, shares: Sequence[float]) -> float:
        """The mean share of the cases that was asked."""
        return float(np.array([*shares, 1.0])[self.look].mean())


def look_sizes(n: int, looks: int) -> list[int]:
    """Cases in all at each look."""
    return [round(n * share) for share in even_shares(looks)]


def limits(shares: Sequence[float], confidence: float) -> list[float]:
    """Brainswap's two-sided normal limit at each look."""
    levels = [confidence_at_look(confidence, shares[: look + 1]) for look in range(len(shares))]
    return [float(stats.norm.ppf((1 + level) / 2)) for level in levels]


def student_limits(shares: Sequence[float], confidence: float, sizes: Sequence[NDArray[np.int64]]) -> list[float]:
    """The same for clusters, of which these sizes are there at each look."""
    return [
        critical_t(
            confidence_at_look(confidence, shares[: look + 1]),
            degrees_of_freedom([Atom(1.0, size, 0.0) for size in here.tolist()]),
        )
        for look, here in enumerate(sizes)
    ]


def decide(statistics: Sequence[Matrix], held_to: Sequence[float]) -> Looked:
    """Decide at the first look at which the statistic leaves its limits; later looks change nothing."""
    found = np.stack(list(statistics))
    out = np.abs(found) > np.array(held_to)[:, None]
    never = ~out.any(axis=0)
    first = np.where(never, len(found), out.argmax(axis=0))
    at = found[np.minimum(first, len(found) - 1), np.arange(found.shape[1])]
    return Looked(look=first, passed=~never & (at > 0), failed=~never & (at < 0))


def tango_scores(gained: Matrix, lost: Matrix, n: int, bound: float) -> Matrix:
    """Standard errors by which pairs of 0/1 scores lie above a bound, many tables at once.

    Raises:
        ArithmeticError: the original says otherwise.
    """
    up, down = gained / n, lost / n
    total, observed = up + down, up - down
    offset = (2 - total) * bound - observed
    root = np.sqrt(offset**2 + 4 * up * down * (1 - bound) * (1 + bound))
    constrained = (total + observed * bound + root) / 2
    distance = observed - bound
    spread = np.sqrt(np.maximum(constrained - bound * bound, 0) / n)
    found: Matrix = np.divide(distance, spread, out=np.zeros_like(distance), where=spread > 0)
    for row in range(min(_COMPARED, len(found))):
        s = constrained_discordance(source_share=down[row], target_share=up[row], difference=bound)
        original = distance[row] / math.sqrt((s - bound * bound) / n) if distance[row] else 0.0
        if abs(original - found[row]) > _CLOSE * max(1.0, abs(original)):
            raise ArithmeticError(f"{found[row]} instead of {original}")
    return found


def drawn_tables(
    rng: np.random.Generator, *, samples: int, sizes: Sequence[int], gain: float, loss: float
) -> tuple[list[Matrix], list[Matrix]]:
    """Gained and lost pairs of 0/1 scores at each look."""
    gained, lost, before = np.zeros(samples), np.zeros(samples), 0
    up, down = [], []
    for size in sizes:
        drawn = rng.multinomial(size - before, [gain, loss, 1 - gain - loss], size=samples)
        gained, lost, before = gained + drawn[:, 0], lost + drawn[:, 1], size
        up.append(gained)
        down.append(lost)
    return up, down


def mean_scores(values: Matrix, bound: float, weights: Matrix | None = None) -> Matrix:
    """Standard errors by which the means of rows lie above a bound, or below it, where they are negative."""
    return scores(values, bound, weights) - scores(-values, -bound, weights)


def passing(values: Matrix, bound: float, limit: float, weights: Matrix | None = None) -> NDArray[np.bool_]:
    """Which rows lie above a bound by more than ``limit`` standard errors.

    Rows that are not far above by the plain standard error are not looked at; the nearest of them are, to be sure.

    Raises:
        ArithmeticError: one of these would have passed.
    """
    scaled = np.ones(values.shape[1]) if weights is None else weights / weights.mean()
    above = scaled * (values - bound)
    plain = math.sqrt(values.shape[1]) * above.mean(axis=1) / np.sqrt((above * above).mean(axis=1))
    order = np.argsort(plain)
    near = order[plain[order] > limit / 2]
    left_out = order[: len(order) - len(near)][-_NEAREST:]
    if (scores(values[left_out], bound, weights) > limit).any():
        raise ArithmeticError(f"a row passes that was not looked at: limit {limit}, bound {bound}")
    found = np.zeros(len(values), dtype=bool)
    found[near] = scores(values[near], bound, weights) > limit
    return found


def mixture_limits(sizes: Sequence[int], confidence: float) -> list[float]:
    """Limits that hold at every number of cases: Robbins' normal mixture with an estimated variance.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Annals of Statistics 52:2613, theorem 2.2, tightest at the
    last look.
    """
    error = 1 - confidence
    rho = (-2 * math.log(error) + math.log(-2 * math.log(error)) + 1) / sizes[-1]
    return [math.sqrt(2 * (n * rho + 1) / (n * rho) * math.log(math.sqrt(n * rho + 1) / error)) for n in sizes]


def bet(values: Matrix, bound: float, sizes: Sequence[int], confidence: float) -> Looked:
    """Bets against the bound from both sides, exact at every number of cases: decided where one is worth 2 / error.

    Waudby-Smith and Ramdas 2024, J. R. Stat. Soc. B 86:1, section B.3: the share that is bet is that of the estimated
    mean and variance of what was seen before.
    """
    threshold = math.log(2 / (1 - confidence))
    passes, fails = _worth(values - bound, 1 + bound), _worth(bound - values, 1 - bound)
    up = np.array([(passes[:, :n] > threshold).any(axis=1) for n in sizes])
    down = np.array([(fails[:, :n] > threshold).any(axis=1) for n in sizes])
    out = up | down
    never = ~out.any(axis=0)
    first = np.where(never, len(sizes), out.argmax(axis=0))
    rows = np.arange(len(values))
    last = np.minimum(first, len(sizes) - 1)
    return Looked(look=first, passed=~never & up[last, rows], failed=~never & ~up[last, rows])


def _worth(above: Matrix, room: float) -> Matrix:
    """The logarithm of what is owned after each case, of which none can lie further below than ``room``."""
    number = np.arange(1, above.shape[1] + 1)
    mean = np.cumsum(above, axis=1) / (number + 1)
    spread = (0.25 + np.cumsum((above - mean) ** 2, axis=1)) / (number + 1)
    share = np.clip(mean / (spread + mean**2), 0, 0.9 / room)
    share = np.concatenate([np.zeros((len(above), 1)), share[:, :-1]], axis=1)
    worth: Matrix = np.cumsum(np.log1p(share * above), axis=1)
    return worth
