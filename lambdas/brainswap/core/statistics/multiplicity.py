"""Many comparisons at once: how much each has to show, so that all of them together err as rarely as one."""

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def benjamini_hochberg(p_values: Mapping[str, float], rate: float) -> frozenset[str]:
    """The hypotheses that are rejected with a false discovery rate of at most ``rate``.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289: all with p up to the largest p(k) <= k rate / m, for
    hypotheses that are independent or positively dependent.
    """
    ascending = sorted(p_values.values())
    m = len(ascending)
    cut = max((p for k, p in enumerate(ascending, start=1) if p <= k * rate / m), default=-1.0)
    return frozenset(name for name, p in p_values.items() if p <= cut)


def holm(
    judge_at: Callable[[float], T], decided: Callable[[T], int], *, family: int, confidence: float
) -> tuple[T, float]:
    """Holm's step-down procedure for decisions that are made by intervals.

    Holm 1979, Scandinavian Journal of Statistics 6:65. With m hypotheses of which r are decided, the others are judged
    at an error of (1 - confidence) / (m - r), again until no more are decided. As intervals of less confidence lie
    inside those of more, what was decided stays decided, and everything can be read at the one level that came last:
    a gate is decided exactly if its interval at that level excludes its bound. That decisions go in either direction
    (better than the bound, worse than the bound) keeps the error for independent statistics (Shaffer 1980, Annals of
    Statistics 8:1342) and, by simulation, for correlated ones.

    Args:
        judge_at: everything judged at a confidence.
        decided: of what was judged, how many hypotheses of the family are decided.
        family: the number of hypotheses.
        confidence: inside (0, 1), of the family as a whole.

    Returns:
        What was judged last, and the confidence that it was judged at.
    """
    settled = 0
    while True:
        level = 1 - (1 - confidence) / max(1, family - settled)
        judged = judge_at(level)
        now = decided(judged)
        if now <= settled or now >= family:
            return judged, level
        settled = now
