"""What a judge made of the sampled answers of a step, and whether that is enough to rest anything on."""

from collections.abc import Iterable
from dataclasses import dataclass

from brainswap.core.rollout.analysis import Counted
from brainswap.core.scoring.score import Score
from brainswap.core.wording import printable

MOST_FAILED = 0.1
"""Of the answers that a judge was asked about, those that it may leave without a judgement.

Which answers a judge cannot judge has to do with the answers: what is left is no sample any more.
"""

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Of one answer.

    Attributes:
        score: its value is None where there is no judgement.
        unasked: because no judge was asked, for want of money or of time.
        because: why there is no judgement, in words that quote neither the answer nor the judge; they go into records
            and events, where nothing is that users wrote.
    """

    score: Score
    unasked: bool = False
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The answers of one variant.

    Attributes:
        good: that were judged good, and ``bad`` that were not.
        failed: of which the judge gave no judgement.
        unasked: of which no judge was asked.
        unread: samples that do not have their form.
        because: the first reason for which there is no judgement; None where there is one of each.
    """

    good: int = 0
    bad: int = 0
    failed: int = 0
    unasked: int = 0
    unread: int = 0
    because: str | None = None

    @property
    def counted(self) -> Counted:
        return Counted(of=self.good + self.bad, hits=self.bad)


def counted(opinions: Iterable[Opinion], *, good_from: float, unread: int) -> Judged:
    """Count the opinions on the answers of one variant; a score of ``good_from`` is good."""
    good = bad = failed = unasked = 0
    because = None
    for opinion in opinions:
        value = opinion.score.value
        if value is not None:
            good += value >= good_from
            bad += value < good_from
            continue
        unasked += opinion.unasked
        failed += not opinion.unasked
        because = because or printable(opinion.because or "nobody knows why", _LONGEST_REASON)
    return Judged(good=good, bad=bad, failed=failed, unasked=unasked, unread=unread, because=because)


def unusable(judged: Iterable[tuple[str, Judged]]) -> str | None:
    """Why nothing can rest on what was judged of the variants; None where something can."""
    for variant, one in judged:
        asked = one.good + one.bad + one.failed
        if one.failed > MOST_FAILED * asked:
            return f"no judgement of {one.failed} of {asked} answers of the {variant}: {one.because}"
    return None


def shortfall(judged: Iterable[tuple[str, Judged]]) -> str | None:
    """Why less is known of the variants than could be; None where every answer was judged."""
    by_variant = dict(judged)
    target = by_variant["target"]
    if not target.good + target.bad + target.failed + target.unasked:
        return "applications handed over no answer of the target"
    left = [f"{one.unasked} of the {variant}" for variant, one in by_variant.items() if one.unasked]
    because = next((one.because for one in by_variant.values() if one.unasked), None)
    return f"nobody was asked about {' and '.join(left)}: {because}" if left else None
