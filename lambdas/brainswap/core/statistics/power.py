"""How likely cases are to show what there is, how small a difference they can show, and how many it takes."""

import math
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from statistics import NormalDist

from brainswap.core.statistics.bounded_mean import Atom, constrained_variance, mean_limits, mean_of, score
from brainswap.core.statistics.distributions import binomial_cdf, critical_normal, critical_t, normal_quantile
from brainswap.core.statistics.tango import constrained_discordance

_HALVINGS = 40
_FIXED_POINT_STEPS = 30
_STAYS = 1e-3
_DOUBLINGS = 40
# Below so many differing pairs the distribution is counted out, above it is normal enough.
_COUNTED = 150
# The same for draws other than the commonest, and how many samples are drawn.
_DRAWN = 60
_WORLDS = 1000
_NEGLIGIBLE = 1e-9
_BINARY = {-1.0, 0.0, 1.0}


def discordant(share: float) -> list[Atom]:
    """Differences of 0/1 scores of which a share is not 0, half of it in either direction: equal models.

    Raises:
        ValueError: the share is outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie in [0, 1], not {share}")
    return [Atom(share / 2, 1.0, 1.0), Atom(share / 2, 1.0, -1.0), Atom(1 - share, 1.0, 0.0)]


def evened(atoms: Sequence[Atom]) -> list[Atom]:
    """The same differences in either direction: what two equal models would differ by that differ as much."""
    mirrored = [atom._replace(value=-atom.value) for atom in atoms]
    return [atom._replace(number=atom.number / 2) for atom in (*atoms, *mirrored)]


def power_of(atoms: Sequence[Atom], *, draws: int, bound: float, least: float, most: float, confidence: float) -> float:
    """The probability that the lower end of the interval of the mean, see `mean_limits`, lies above a bound.

    Of shares, with ``least`` 0, that of enough successes for the exact interval. Of others that of Nam 1997, Biometrics
    53:1422, in the general form: with D the distance of the true mean from the bound, V the variance of a draw and
    V(bound) the constrained one, Phi((sqrt(draws) D - z sqrt(V(bound))) / sqrt(V)). For differences of 0/1 scores of
    which few are expected not to be 0 all outcomes are counted instead, because the probability then moves in a
    saw-tooth; for graded ones of which most are alike a thousand samples are drawn, always the same.

    Args:
        atoms: how the values are distributed, such as `discordant` or a pilot's; the numbers are proportions.
        draws: that there will be.
        bound: strictly between ``least`` and ``most``.
        least: smallest possible value.
        most: largest possible value.
        confidence: of the two-sided interval.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws}")
    z = critical_normal(confidence)
    if least == 0 and _all_in(atoms, (0.0, 1.0)):
        return _power_of_a_share(mean_of(atoms), draws, bound, (1 - confidence) / 2)
    shares = _binary_shares(atoms) if least == -1 else None
    if shares is None:
        z = critical_t(confidence, max(1, draws - 1))
    if shares is not None and draws * sum(shares) <= _COUNTED:
        return _counted_power(shares, draws, bound, z)
    distance = mean_of(atoms) - bound
    if distance <= 0:
        return 0.0
    if shares is None and draws * (1 - _commonest(atoms)[1]) <= _DRAWN:
        worlds = _worlds(atoms, draws)
        return sum(score(world, bound, least=least, most=most) > z for world in worlds) / _WORLDS
    limit = z * math.sqrt(constrained_variance(atoms, bound, least=least, most=most))
    surplus = math.sqrt(draws) * distance - limit
    spread = math.sqrt(_variance(atoms))
    return NormalDist().cdf(surplus / spread) if spread else float(surplus > 0)


def draws_about(
    atoms: Sequence[Atom], *, bound: float, least: float, most: float, confidence: float, power: float = 0.8
) -> int | None:
    """`draws_needed` by the formula alone: ((z sqrt(V(bound)) + z_power sqrt(V)) / D)^2, as `power_of` has them."""
    quantile = normal_quantile(power)
    distance = mean_of(atoms) - bound
    if distance <= 0:
        return None
    limit = critical_normal(confidence) * math.sqrt(constrained_variance(atoms, bound, least=least, most=most))
    return max(1, math.ceil((max(0.0, limit + quantile * math.sqrt(_variance(atoms))) / distance) ** 2))


def margin_about(atoms: Sequence[Atom], *, draws: int, confidence: float, power: float = 0.8) -> float:
    """`detectable_margin` by the formula alone: the margin m at which `draws_about` is so many draws.

    m = (z sqrt(V(mean - m)) + z_power sqrt(V)) / sqrt(draws), put into itself until it stays, because V(mean - m)
    hardly depends on m; it begins at what draws that are all the same leave open. 1.0 where no smaller margin will do.
    """
    mean, spread = mean_of(atoms), math.sqrt(_variance(atoms))
    z, quantile = critical_normal(confidence), normal_quantile(power)
    margin = z * z / (draws + z * z)
    for _ in range(_FIXED_POINT_STEPS):
        if mean - margin <= -1:
            return 1.0
        bound_spread = math.sqrt(constrained_variance(atoms, mean - margin, least=-1.0, most=1.0))
        before, margin = margin, (z * bound_spread + quantile * spread) / math.sqrt(draws)
        if abs(margin - before) <= _STAYS * margin:
            break
    return min(1.0, margin)


def draws_needed(
    atoms: Sequence[Atom], *, bound: float, least: float, most: float, confidence: float, power: float = 0.8
) -> int | None:
    """How many draws it takes for the lower end of the interval to lie above a bound with a probability of ``power``.

    Args:
        atoms: see `power_of`, as are the others.
        bound: strictly between ``least`` and ``most``.
        least: smallest possible value.
        most: largest possible value.
        confidence: of the two-sided interval.
        power: inside (0, 1).

    Returns:
        None where the true mean is not above the bound, so that no number is enough.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not least < bound < most:
        raise ValueError(f"bound must lie inside ({least}, {most}), not {bound}")
    about = draws_about(atoms, bound=bound, least=least, most=most, confidence=confidence, power=power)
    if about is None:
        return None
    enough = about

    def suffices(draws: int) -> bool:
        found = power_of(atoms, draws=draws, bound=bound, least=least, most=most, confidence=confidence)
        return found >= power - _NEGLIGIBLE

    too_few = 0
    for _ in range(_DOUBLINGS):
        if suffices(enough):
            break
        too_few, enough = enough, enough + max(1, enough // 4)
    if not too_few:
        too_few = enough // 2
        if too_few and suffices(too_few):
            return too_few
    while enough - too_few > max(1, enough // 500):
        middle = (too_few + enough) // 2
        if suffices(middle):
            enough = middle
        else:
            too_few = middle
    return enough


def detectable_margin(atoms: Sequence[Atom], *, draws: int, confidence: float, power: float = 0.8) -> float:
    """The smallest margin m at which values in [-1, 1] with this distribution are shown to lie above mean - m.

    The inverse of `draws_needed`; 1.0 where no smaller margin will do.
    """
    mean = mean_of(atoms)
    if _binary_shares(atoms) is None and draws * (1 - _commonest(atoms)[1]) <= _DRAWN:
        ends = [mean_limits(world, least=-1.0, most=1.0, confidence=confidence)[0] for world in _worlds(atoms, draws)]
        return min(1.0, mean - sorted(ends)[math.floor((1 - power) * _WORLDS)])
    too_small, enough = 0.0, 1.0
    for _ in range(_HALVINGS):
        margin = (too_small + enough) / 2
        bound = mean - margin
        shown = bound <= -1 or power <= power_of(
            atoms, draws=draws, bound=bound, least=-1.0, most=1.0, confidence=confidence
        )
        too_small, enough = (too_small, margin) if shown else (margin, enough)
    return enough


def _commonest(atoms: Sequence[Atom]) -> tuple[Atom, float]:
    """The atom of which most draws are, and their share."""
    commonest = max(atoms, key=lambda atom: atom.number)
    return commonest, commonest.number / sum(atom.number for atom in atoms)


def _worlds(atoms: Sequence[Atom], draws: int) -> Iterator[list[Atom]]:
    """Samples of so many draws; the same for the same arguments."""
    rng = random.Random(draws)  # noqa: S311 - a simulation, which has to be the same every time
    commonest, share = _commonest(atoms)
    others = [atom for atom in atoms if atom is not commonest]
    numbers = [atom.number for atom in others]
    upto = list(accumulate(_binomial(k, draws, 1 - share) for k in range(draws + 1)))
    for _ in range(_WORLDS):
        apart = min(draws, bisect_left(upto, rng.random()))
        drawn = Counter(rng.choices(range(len(others)), numbers, k=apart) if others else ())
        world = [others[place]._replace(number=count) for place, count in drawn.items()]
        yield [*world, commonest._replace(number=draws - apart)] if apart < draws else world


def _variance(atoms: Sequence[Atom]) -> float:
    """Of one draw of mean weight."""
    return constrained_variance(atoms, mean_of(atoms), least=-1.0, most=1.0)


def _binary_shares(atoms: Sequence[Atom]) -> tuple[float, float] | None:
    """How often the target alone and the source alone is right; None for anything but simple 0/1 scores."""
    if not _all_in(atoms, _BINARY):
        return None
    total = sum(atom.number for atom in atoms)
    gained = sum(atom.number for atom in atoms if atom.value > 0)
    lost = sum(atom.number for atom in atoms if atom.value < 0)
    return gained / total, lost / total


def _all_in(atoms: Sequence[Atom], values: Collection[float]) -> bool:
    return all(atom.value in values and atom.weight == 1.0 for atom in atoms)


def _power_of_a_share(share: float, draws: int, bound: float, error: float) -> float:
    """The probability of so many successes that the lower end of the exact interval lies above the bound."""
    too_few = bisect_right(range(draws + 1), 1 - error, key=lambda successes: binomial_cdf(successes, draws, bound))
    return 1 - binomial_cdf(too_few, draws, share)


def _counted_power(shares: tuple[float, float], draws: int, bound: float, z: float) -> float:
    """The probability of all tables whose lower limit lies above the bound."""
    gained_share, lost_share = shares
    differing_share = gained_share + lost_share
    towards_target = gained_share / differing_share if differing_share else 0.0
    power = 0.0
    for differing in range(draws + 1):
        probability = _binomial(differing, draws, differing_share)
        if probability < _NEGLIGIBLE:
            if differing > draws * differing_share:
                break
            continue
        least_gained = _least_gained(differing, draws, bound, z)
        if least_gained <= differing:
            power += probability * (1 - binomial_cdf(least_gained - 1, differing, towards_target))
    return min(1.0, power)


def _least_gained(differing: int, draws: int, bound: float, z: float) -> int:
    """The fewest gains among so many differing pairs that show the difference to be above the bound."""
    low, high = 0, differing + 1
    while low < high:
        gained = (low + high) // 2
        if _shows(gained, differing - gained, draws, bound, z):
            high = gained
        else:
            low = gained + 1
    return low


def _shows(gained: int, lost: int, draws: int, bound: float, z: float) -> bool:
    """Whether Tango's lower limit lies above the bound."""
    distance = (gained - lost) / draws - bound
    s = constrained_discordance(source_share=lost / draws, target_share=gained / draws, difference=bound)
    return distance > 0 and distance * distance * draws > z * z * (s - bound * bound)


def _binomial(k: int, n: int, p: float) -> float:
    if p <= 0 or p >= 1:
        return float(k == (n if p >= 1 else 0))
    return math.exp(
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
    )
