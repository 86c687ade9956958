"""A route: which version of a workload answers which requests, as the document that applications read.

The document is a feature flag of AWS AppConfig without variants. Both versions, the share of the target and the seed
are attributes of the one flag, and whoever reads it works out on which side a key is (`brainswap.client.assignment`,
or the rule in ``docs/rollout.md`` in any language).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FLAG = "route"
WHOLE = 10_000
"""The share of all requests, in hundredths of a per cent."""

SHARES = frozenset({"share", "shadow", "sample_source", "sample_target"})
"""The attributes that are hundredths of a per cent."""

MOST_ATTRIBUTES = 24  # 25 with ``enabled``, in the form in which they are read
LONGEST_ATTRIBUTE = 1024  # characters
_KEY = re.compile(r"published/[a-z0-9][a-z0-9-]{0,62}/[0-9a-f]{64}\.json")


class CannotRouteError(ValueError):
    """A route that AppConfig would not take, or that no client could follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a workload: a file that holds model, prompt and parameters, and never changes.

    Attributes:
        model: as in the file; for people who look at the flag.
        sha256: of the file's bytes.
    """

    model: str
    sha256: str

    def key(self, workload: str) -> str:
        return f"published/{workload}/{self.sha256}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How the requests of a workload are shared out.

    Attributes:
        rollout: the run whose roll-out it is.
        step: 0 before the first one.
        share: of the target, in hundredths of a per cent.
        seed: of the buckets; the same in all steps, so that a key that has moved stays moved.
        slow_ms: from which an answer counts as slow; 0 where nothing does.
        shadow: share of the source's requests that the target is asked as well, in hundredths of a per cent.
        shadow_most: how many they may be in all.
        sample_source: share of the source's answers that applications keep for a judge, in hundredths of a per cent.
        sample_target: the same of the target's.
        sample_most: answers that one process keeps of a variant in a minute.
        sample_until: when nothing is kept any more (seconds since 1970), so that no machine has to put an end to it.
    """

    workload: str
    rollout: str
    step: int
    share: int
    seed: str
    source: Version
    target: Version
    slow_ms: int = 0
    shadow: int = 0
    shadow_most: int = 0
    sample_source: int = 0
    sample_target: int = 0
    sample_most: int = 0
    sample_until: int = 0


def attributes_of(route: Route) -> dict[str, Any]:
    """The attributes of the flag: every field, the versions' with their names before them and with their keys."""
    flat: dict[str, Any] = {}
    for name, value in asdict(route).items():
        if name in {"source", "target"}:
            version: Version = getattr(route, name)
            flat |= {f"{name}_{part}": each for part, each in value.items()}
            flat[f"{name}_key"] = version.key(route.workload)
        else:
            flat[name] = value
    return flat


def document_of(route: Route) -> bytes:
    """The hosted configuration, of type ``AWS.AppConfig.FeatureFlags``.

    Raises:
        CannotRouteError: a value is too long, or out of its range.
    """
    attributes = attributes_of(route)
    _check(route, attributes)
    definitions = {name: {"constraints": _constraints(name, value)} for name, value in attributes.items()}
    return json.dumps(
        {
            "version": "1",
            "flags": {FLAG: {"name": FLAG, "description": _description(route), "attributes": definitions}},
            "values": {FLAG: {"enabled": True, **attributes}},
        },
        indent=1,
    ).encode()


def _description(route: Route) -> str:
    share = route.share / (WHOLE / 100)
    return f"{share:g} % of {route.workload} go to {route.target.model}, the others to {route.source.model}."[:1024]


def _constraints(name: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"type": "string", "required": True}
    bounds = {"minimum": 0, "maximum": WHOLE} if name in SHARES else {"minimum": 0}
    return {"type": "number", "required": True, **bounds}


def _check(route: Route, attributes: Mapping[str, Any]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise CannotRouteError(f"a flag has at most {MOST_ATTRIBUTES} attributes, not {len(attributes)}")
    for share in (attributes[name] for name in sorted(SHARES)):
        if not 0 <= share <= WHOLE:
            raise CannotRouteError(f"a share lies between 0 and {WHOLE} hundredths of a per cent, not at {share}")
    for name, value in attributes.items():
        if isinstance(value, str) and len(value) > LONGEST_ATTRIBUTE:
            raise CannotRouteError(f"{name} has {len(value)} characters; a flag takes {LONGEST_ATTRIBUTE}")
    for version in (route.source, route.target):
        if not _KEY.fullmatch(version.key(route.workload)):
            raise CannotRouteError(f"{version.key(route.workload)[:120]!r} is no place of a published version")
