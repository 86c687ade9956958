"""What became of a case: lost or gained against the source, missed by both, or the same."""

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["lost", "gained", "shared"]

_NOTHING_RIGHT: Final = 0.0


def kinds(scores: Mapping[str, float | None], before: Mapping[str, float | None]) -> set[Kind]:
    """From a target's point of view, by any scorer; ``shared`` is a miss of both, where neither has anything right.

    Args:
        scores: the target's, by scorer; None where an answer could not be scored, which tells nothing.
        before: the source's.
    """
    found: set[Kind] = set()
    for scorer, value in scores.items():
        was = before.get(scorer)
        if value is None or was is None:
            continue
        if value != was:
            found.add("lost" if value < was else "gained")
        elif value == _NOTHING_RIGHT:
            found.add("shared")
    return found
