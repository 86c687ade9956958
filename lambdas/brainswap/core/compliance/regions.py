"""Whether a region is among those that a workload allows."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

ANYWHERE = "anywhere"
"""What a region is called that a profile does not name: its requests may run in any."""


def is_allowed(region: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns, such as ``eu-*``, allows a region; anywhere is allowed by ``*`` alone.

    Args:
        region: its name; empty, or `ANYWHERE`, where a profile names none.
        patterns: of a workload.
    """
    named = region not in {"", ANYWHERE}
    return any(glob == "*" or (named and fnmatchcase(region, glob)) for glob in patterns)
