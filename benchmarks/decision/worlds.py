"""Populations of differences whose mean is exactly minus a margin, for samples to be drawn from."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int], float, float], Matrix | None]
"""Samples of a shape (samples, size) from the margin and the share of pairs that differ; None where there is none."""


def _either(rng: np.random.Generator, shape: tuple[int, int], loss: float, gain: float, sizes: Matrix) -> Matrix | None:
    if min(loss, gain) < 0:
        return None
    chance = rng.random(shape)
    return np.where(chance < loss, -sizes, np.where(chance < loss + gain, sizes, 0.0))


def partial_credit(rng: np.random.Generator, shape: tuple[int, int], margin: float, differing: float) -> Matrix | None:
    """Differences by quarters, as of a JSON with four fields."""
    excess = margin / 0.625
    return _either(rng, shape, (differing + excess) / 2, (differing - excess) / 2, rng.integers(1, 5, shape) / 4)


def continuous(rng: np.random.Generator, shape: tuple[int, int], margin: float, differing: float) -> Matrix | None:
    """Differences of any size, among ties."""
    excess = margin / 0.5
    return _either(rng, shape, (differing + excess) / 2, (differing - excess) / 2, rng.random(shape))


def few_catastrophes(
    rng: np.random.Generator, shape: tuple[int, int], margin: float, differing: float
) -> Matrix | None:
    """Many answers a little better, and a few altogether lost."""
    lost = 1.5 * margin
    if lost >= differing or (gain := (lost - margin) / (differing - lost)) > 1:
        return None
    chance = rng.random(shape)
    return np.where(chance < lost, -1.0, np.where(chance < differing, gain, 0.0))


def half_and_whole(rng: np.random.Generator, shape: tuple[int, int], margin: float, differing: float) -> Matrix | None:
    """Whole answers lost, half answers gained: a mixture with many ties."""
    lost = (margin + differing / 2) / 1.5
    if lost > differing:
        return None
    chance = rng.random(shape)
    return np.where(chance < lost, -1.0, np.where(chance < differing, 0.5, 0.0))


def losses_of_one_size(
    rng: np.random.Generator, shape: tuple[int, int], margin: float, differing: float
) -> Matrix | None:
    """Nothing gained, and every loss as large as the others."""
    return None if margin > differing else np.where(rng.random(shape) < differing, -margin / differing, 0.0)


def noise_and_losses(
    rng: np.random.Generator, shape: tuple[int, int], margin: float, differing: float
) -> Matrix | None:
    """A judge's noise on every answer, by hundredths, and some altogether lost; ``differing`` sets the noise."""
    noise = np.round(np.clip(rng.normal(0, differing / 4, shape), -0.5, 0.5), 2)
    return np.where(rng.random(shape) < margin, -1.0, noise)


KINDS: dict[str, Draw] = {
    "partial credit": partial_credit,
    "half and whole": half_and_whole,
    "few catastrophes": few_catastrophes,
    "losses of one size": losses_of_one_size,
    "noise and losses": noise_and_losses,
    "continuous": continuous,
}


def clustered(
    rng: np.random.Generator, *, samples: int, sizes: NDArray[np.int64], loss: float, gain: float, alike: float
) -> Matrix:
    """Sums of the differences of each cluster of 0/1 scores, (samples, clusters).

    Args:
        rng: source of chance.
        samples: how many.
        sizes: cases of each cluster.
        loss: probability of a lost case.
        gain: probability of a gained one.
        alike: correlation within a cluster: Dirichlet-multinomial; 1 for clusters all of whose cases are the same.
    """
    shares = np.array([loss, gain, 1 - loss - gain])
    shape = (samples, len(sizes))
    if alike >= 1:
        outcome = rng.choice(3, size=shape, p=shares)
        return np.where(outcome == 0, -sizes, np.where(outcome == 1, sizes, 0)).astype(float)
    if alike <= 0:
        counts = rng.multinomial(np.broadcast_to(sizes, shape), shares)
    else:
        own = rng.standard_gamma(np.maximum(shares * (1 - alike) / alike, 1e-9), size=(*shape, 3)) + 1e-300
        own /= own.sum(axis=-1, keepdims=True)
        counts = rng.multinomial(np.broadcast_to(sizes, shape), own)
    return (counts[..., 1] - counts[..., 0]).astype(float)
