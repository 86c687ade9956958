"""Whether a migration that is wanted was taken down before, for the same reason or for another."""

from collections.abc import Iterable
from datetime import datetime

from brainswap.core.models.registry import bare_id
from brainswap.core.triggering.requests import Request, Want


def is_met(want: Want, taken: Iterable[Request]) -> bool:
    """Whether something that was taken down for the workload does what is wanted.

    A model is measured once for a version, whatever asks first: its release, the end of the model in use, other cases.
    A time of a schedule and new cases are each measured once, in whichever version is in force by then; a time also by
    whatever begins after it, and not beside what is under way. A stale verdict is measured again unless that is under
    way. What was left because another version came into force meets nothing.

    Args:
        want: that the triggers ask for; what a person asks for is met by nothing.
        taken: everything that was ever taken down for the workload.
    """
    return any(_does(one, want) for one in taken if one.status != "superseded")


def _does(taken: Request, want: Want) -> bool:
    if taken.id == want.id:
        return True
    if want.cause == "requested" or _measured(taken.want) != _measured(want):
        return False
    same_version = taken.want.version == want.version
    open_or_begun = same_version or taken.status != "waiting"  # in another version it will not wait for long
    same_occasion = taken.want.cause == want.cause and taken.want.again == want.again and open_or_begun
    match want.cause:
        case "schedule":
            return same_occasion or (same_version and _begins_later(taken, datetime.fromisoformat(want.again)))
        case "dataset":
            return same_occasion or (same_version and taken.status != "failed")
        case "stale":
            return same_version and taken.status in {"waiting", "started"}
        case _:
            return same_version and taken.status != "failed"


def _begins_later(taken: Request, time: datetime) -> bool:
    """Whether a run will begin after a time, has, or goes on from before it."""
    if taken.status == "done":
        return taken.started_at is not None and taken.started_at >= time
    return taken.status in {"waiting", "started"}


def _measured(want: Want) -> frozenset[str]:
    """The models, by whatever profile they are asked."""
    return frozenset(map(bare_id, want.targets))
