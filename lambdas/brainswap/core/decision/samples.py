"""A sample: one scored answer, as the decision sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from brainswap.core.answers import AnswerStatus, Origin, Usage
from brainswap.core.scoring.composition import with_sets
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import SetSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """What one step of a chain took; see `Answer`.

    Attributes:
        paid: in this run and for this answer; another contender, or another case, may have asked the very same.
    """

    rounds: int
    usage: Usage | None
    status: AnswerStatus
    reused: bool
    paid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One scored answer.

    Attributes:
        steps: of a chain, those that were asked: some of them may have been known already, and those before one that
            was never answered are paid all the same.
        scores: by scorer, in [0, 1]; None where the answer could not be scored.
        reasons: why, by scorer.
        note: why the answer is no answer; None for one that is.
        inapplicable: the scorers that do not apply to the case; their scores are None.
    """

    case_id: str
    repeat: int
    segment: str | None
    cluster: str | None
    critical: bool
    weight: float
    status: AnswerStatus
    origin: Origin
    cached: bool
    latency_ms: float | None
    first_token_ms: float | None
    server_latency_ms: float | None = None
    cold: bool = False
    sent_at: float | None = None
    note: str | None = None
    reused: bool = False
    estimated_latency: bool
    usage: Usage | None
    scores: Mapping[str, float | None]
    reasons: Mapping[str, str]
    inapplicable: tuple[str, ...] = ()
    steps: tuple[StepTaken, ...] = ()

    @property
    def unit(self) -> str | None:
        """What the case was drawn with, see `drawn_with`."""
        return drawn_with(case_id=self.case_id, cluster=self.cluster, weight=self.weight)


def drawn_with(*, case_id: str, cluster: str | None, weight: float) -> str | None:
    """What a case was drawn together with, as `Draws` takes it: its cluster; itself where it is weighted; else None."""
    if cluster is not None:
        return f"cluster {cluster}"
    return None if weight == 1.0 else f"case {case_id}"


def with_scores(sample: Sample, further: Mapping[str, Score], sets: Sequence[SetSpec]) -> Sample:
    """A sample with further scores, and with its sets made of all of them.

    Args:
        sample: as it is so far.
        further: by scorer; they take the place of what the sample has.
        sets: in the order of `members_first`.
    """
    nothing_said = sample.status is not AnswerStatus.ANSWERED
    known = {
        name: Score(
            value=value, reason=sample.reasons[name], empty=nothing_said, applies=name not in sample.inapplicable
        )
        for name, value in sample.scores.items()
    }
    scores = with_sets({**known, **further}, sets)
    return replace(
        sample,
        scores={name: score.value for name, score in scores.items()},
        reasons={name: score.reason for name, score in scores.items()},
        inapplicable=tuple(name for name, score in scores.items() if not score.applies),
    )
