"""Whether a declared roll-out can come to its end with the traffic that the workload states."""

from collections.abc import Iterator

from brainswap.core.declared_rollout import ALL
from brainswap.core.workload import Workload

MINUTES_PER_MONTH = 365 * 24 * 60 / 12


def rollout_warnings(workload: Workload) -> Iterator[str]:
    """Of steps that would go back for want of requests, however good the target is."""
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
