"""Whether a declared roll-out can come to its end with the traffic that the workload states, and what it can show."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from brainswap.core.declared_rollout import ALL, MOST_SAMPLED, OnlineJudge, Rollout
from brainswap.core.judging.exhibit import judged
from brainswap.core.judging.judgement import asks
from brainswap.core.rollout.sampling import MINUTES_PER_MONTH
from brainswap.core.statistics.distributions import binomial_cdf, normal_quantile
from brainswap.core.workload import Workload

ASSUMED_BAD = 0.1
"""Of the source's answers, for want of anything better: nobody knows before the first bake."""

POWER = 0.8
"""With which a sample is expected to show harm, as is usual; one that does so less often is warned of."""

_MOST_BAD = 0.99
_ROUNDING = 1e-9  # of a margin times a number of answers


def rollout_warnings(workload: Workload) -> Iterator[str]:
    """Of steps that would go back for want of requests, however good the target is, and of samples that show little."""
    yield from _starved_steps(workload)
    if workload.rollout is not None and workload.rollout.judge is not None:
        yield from _small_samples(workload.rollout, workload.rollout.judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class MostJudged:
    """The most live answers that a roll-out has judged, and the calls of all its judges together."""

    answers: int
    calls: int


def most_judged(workload: Workload) -> MostJudged | None:
    """None without a judge of live answers."""
    rollout = workload.rollout
    if rollout is None or rollout.judge is None:
        return None
    spec = next((one for one in judged(workload.scorers) if one.name == rollout.judge.scorer), None)
    answers = 2 * rollout.judge.sample * rollout.watches
    return MostJudged(answers=answers, calls=answers * (1 if spec is None else len(asks(spec))))


def chance_of_passing(answers: int, margin: float) -> float:
    """With which a target that is bad in twice the margin more answers than the source is let on all the same.

    The exact chance that the difference of two binomial shares, each of so many answers, is found within the margin.
    """
    target, allowed = _bad_target(margin), math.floor(margin * answers + _ROUNDING)
    chance, before = 0.0, 0.0
    for bad in range(answers + 1):
        so_far = binomial_cdf(bad, answers, ASSUMED_BAD)
        chance += (so_far - before) * binomial_cdf(bad + allowed, answers, target)
        before = so_far
    return chance


def _bad_target(margin: float) -> float:
    return min(_MOST_BAD, ASSUMED_BAD + 2 * margin)


def _small_samples(rollout: Rollout, judge: OnlineJudge) -> Iterator[str]:
    if judge.sample < rollout.min_requests:
        yield (
            f"rollout.judge: {judge.sample} answers of a variant are judged after a bake, and min_requests wants "
            f"{rollout.min_requests}: every step is held at least once"
        )
    margin = next(guard.margin for guard in rollout.guards if guard.measure == "judged_bad")
    answers = judge.sample * -(-rollout.min_requests // judge.sample)
    chance = chance_of_passing(answers, margin)
    if chance > 1 - POWER:
        enough = _enough(margin)
        shown = enough is not None and enough <= MOST_SAMPLED
        remedy = f"a sample of about {enough:,} would show it" if shown else "no sample would do; take another margin"
        yield (
            f"rollout.judge: with {answers} judged answers of each variant, a target whose answers are bad "
            f"{200 * margin:g} points more often than the source's ({ASSUMED_BAD:.0%} of which are taken to be bad) is "
            f"let on in {chance:.0%} of the cases, although the margin is {100 * margin:g} points; {remedy}"
        )


def _enough(margin: float) -> int | None:
    """About how many answers of each variant show such a target as often as is usual (normal approximation)."""
    target = _bad_target(margin)
    beyond = target - ASSUMED_BAD - margin
    variance = ASSUMED_BAD * (1 - ASSUMED_BAD) + target * (1 - target)
    return math.ceil(variance * (normal_quantile(POWER) / beyond) ** 2) if beyond > 0 else None


def _starved_steps(workload: Workload) -> Iterator[str]:
    rollout, traffic = workload.rollout, workload.traffic
    if rollout is None or traffic is None:
        return
    minutes = rollout.bake_minutes * rollout.bakes
    per_minute = traffic.requests_per_month / MINUTES_PER_MONTH
    for percent in rollout.steps:
        # With all traffic at the target, the source was looked at one step before.
        fewest = percent if percent == ALL else min(percent, ALL - percent)
        expected = per_minute * minutes * fewest / ALL
        if expected < rollout.min_requests:
            needed = rollout.min_requests * ALL / (per_minute * fewest * rollout.bakes) if per_minute else None
            longer = f"; bakes of {needed:,.0f} minutes would bring them" if needed is not None else ""
            yield (
                f"rollout: the step of {percent} % brings about {expected:,.0f} requests of one variant in its bakes, "
                f"and {rollout.min_requests} are wanted before it is judged: the traffic would go back{longer}"
            )
