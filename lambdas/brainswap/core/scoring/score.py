"""A score: the one shape that every scorer returns."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good one answer is by one scorer.

    Attributes:
        value: in [0, 1]; None when the answer could not be scored at all (counted, never averaged in).
        reason: why this value, in one sentence for a person; quotes of the answer are cut short.
        extracted: what was taken out of the answer and compared, as text.
        empty: there was nothing in the answer to compare, so that no inversion turns the value round.
        applies: whether the scorer has anything to say of the case; where not, the value is None and not unscored.
    """

    value: float | None
    reason: str
    extracted: str | None = None
    empty: bool = False
    applies: bool = True


def inverted(score: Score) -> Score:
    """1 becomes 0 and 0 becomes 1; what is unscored, or had nothing to compare, stays as it is."""
    if score.value is None or score.empty:
        return score
    return replace(score, value=1.0 - score.value, reason=f"inverted: {score.reason}")
