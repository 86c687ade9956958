"""What a rehearsal says of an event: what happened, in the words of who reads it for the first time."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from brainswap.core.wording import printable
from brainswap.report.rendering import count

Detail = Mapping[str, Any]


def told(kind: str, detail: Detail) -> str:
    """An event in one line; texts from outside are printable."""
    words = _WORDS.get(kind)
    said = words(detail) if words is not None else ""
    return printable(f"{kind}: {said}" if said else kind, 500)


def _registered(detail: Detail) -> str:
    return f"{detail.get('workload')} {detail.get('version')}, {count(int(detail.get('cases', 0)), 'case')}"


def _released(detail: Detail) -> str:
    return str(detail.get("model", ""))


def _regions(detail: Detail) -> str:
    return f"{detail.get('model')} may run in {', '.join(detail.get('after', ())) or 'no region'}"


def _decided(detail: Detail) -> str:
    recommended = detail.get("recommended")
    return f"{detail.get('verdict')}{f' to {recommended}' if recommended else ''}"


def _wanted(detail: Detail) -> str:
    return f"of {detail.get('workload')}, by {count(int(detail.get('people', 1)), 'person', 'people')}"


def _people(detail: Detail) -> str:
    return ", ".join(str(one["person"]) for one in detail.get("people", ()))


def _rejected(detail: Detail) -> str:
    return f"{_people(detail)}, because {detail.get('reason')}"


def _started(detail: Detail) -> str:
    return f"{detail.get('source_model')} to {detail.get('target_model')}"


def _stepped(detail: Detail) -> str:
    return f"{detail.get('percent')} % to the target, watched for {detail.get('bake_minutes')} minutes in an account"


def _held(detail: Detail) -> str:
    return f"bake {detail.get('bake')} of {detail.get('bakes')}: {detail.get('reason')}"


def _reason(detail: Detail) -> str:
    return str(detail.get("reason") or detail.get("why") or "")


def _completed(detail: Detail) -> str:
    return f"all traffic is at {detail.get('target_model')}; the way back is kept until {detail.get('warm_until')}"


_WORDS: Final[Mapping[str, Callable[[Detail], str]]] = {
    "Workload Registered": _registered,
    "Model Released": _released,
    "Profile Regions Changed": _regions,
    "Migration Decided": _decided,
    "Approval Wanted": _wanted,
    "Migration Approved": _people,
    "Migration Rejected": _rejected,
    "Rollout Declined": _reason,
    "Rollout Started": _started,
    "Rollout Stepped": _stepped,
    "Rollout Held": _held,
    "Rollout Rolled Back": _reason,
    "Rollout Completed": _completed,
    "Migration Failed": _reason,
}
