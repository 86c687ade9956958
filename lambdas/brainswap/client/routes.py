"""Routes as they are read: checked before anything follows them."""

import json
import re
from dataclasses import dataclass
from typing import Any

from brainswap.client.assignment import BUCKETS
from brainswap.client.errors import BadVersionError

FLAG = "route"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Both versions of a workload, and how its requests are shared out.

    Attributes:
        share: of the target, in hundredths of a per cent.
        slow_ms: from which an answer counts as slow; 0 where nothing does.
        shadow: share of the source's requests that the target is asked as well, in hundredths of a per cent.
        shadow_most: how many they may be in all.
        sample_source: share of the source's answers that are kept for a judge, in hundredths of a per cent.
        sample_target: the same of the target's.
        sample_most: answers that one process keeps of a variant in a minute.
        sample_until: when nothing is kept any more (seconds since 1970).
    """

    workload: str
    rollout: str
    step: int
    share: int
    seed: str
    slow_ms: int
    source_key: str
    source_sha256: str
    target_key: str
    target_sha256: str
    shadow: int = 0
    shadow_most: int = 0
    sample_source: int = 0
    sample_target: int = 0
    sample_most: int = 0
    sample_until: int = 0


def read_route(document: bytes, workload: str) -> Route:
    """Take a configuration apart.

    Raises:
        BadVersionError: it is no route of this workload.
    """
    try:
        flag = json.loads(document)[FLAG]
        if flag["enabled"] is not True:
            raise BadVersionError(f"the route of {workload} is switched off")
        route = Route(
            workload=_text(flag["workload"]),
            rollout=_text(flag["rollout"]),
            step=_number(flag["step"], 1 << 31),
            share=_number(flag["share"], BUCKETS),
            seed=_text(flag["seed"]),
            slow_ms=_number(flag.get("slow_ms", 0), 1 << 31),
            source_key=_text(flag["source_key"]),
            source_sha256=_text(flag["source_sha256"]),
            target_key=_text(flag["target_key"]),
            target_sha256=_text(flag["target_sha256"]),
            shadow=_number(flag.get("shadow", 0), BUCKETS),
            shadow_most=_number(flag.get("shadow_most", 0), 1 << 53),
            sample_source=_number(flag.get("sample_source", 0), BUCKETS),
            sample_target=_number(flag.get("sample_target", 0), BUCKETS),
            sample_most=_number(flag.get("sample_most", 0), 1 << 31),
            sample_until=_number(flag.get("sample_until", 0), 1 << 53),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadVersionError(f"the route of {workload} does not have its form: {error!r}") from None
    if route.workload != workload:
        raise BadVersionError(f"the route of {workload} is that of {route.workload[:100]!r}")
    for key, sha256 in ((route.source_key, route.source_sha256), (route.target_key, route.target_sha256)):
        if not _SHA256.fullmatch(sha256) or key != f"published/{workload}/{sha256}.json":
            raise BadVersionError(f"the route of {workload} names a version at {key[:200]!r}")
    return route


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no whole number up to {most}")
    return int(value)
