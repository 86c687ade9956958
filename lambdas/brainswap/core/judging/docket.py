"""Which answers judges have to look at, and what the others score without one."""

from collections.abc import Callable

from brainswap.core.answers import AnswerStatus
from brainswap.core.judging.exhibit import AS_GOOD, AnyJudgedSpec, Exhibit, compile_exhibit, shown_reference
from brainswap.core.scoring.references import UnusableReferenceError, at_path
from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.scorers import settled
from brainswap.core.scoring.specs import PairwiseSpec
from brainswap.core.scoring.subject import Subject

Docket = Callable[[Subject, Subject | None], Score | Exhibit]


def docket(spec: AnyJudgedSpec) -> Docket:
    """What a judge has to be shown of an answer, or its score where there is nothing to judge.

    The result takes an answer, and the source's answer to the same case; None for the answers of the source itself.
    """
    look = compile_exhibit(spec)

    def exhibit(subject: Subject, source: Subject | None) -> Score | Exhibit:
        beforehand = settled(spec, subject.reference, subject.status, subject.because)
        if beforehand is not None:
            return beforehand
        try:
            reference = shown_reference(spec, at_path(subject.reference, spec.reference))
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        found = look(subject, reference)
        if isinstance(found, Exhibit) and isinstance(spec, PairwiseSpec):
            found = _beside(found, source, look)
        return inverted(found) if isinstance(found, Score) and spec.inverted else found

    return exhibit


def _beside(
    exhibit: Exhibit, source: Subject | None, look: Callable[[Subject, str | None], Score | Exhibit]
) -> Score | Exhibit:
    """The answer with the source's at its side, or what the comparison comes to without a judge."""
    if source is None:
        return Score(value=AS_GOOD, reason="the source's own answer")
    if source.status is AnswerStatus.UNASKED:
        return Score(value=None, reason="the source was not asked")
    if source.status is not AnswerStatus.ANSWERED:
        return Score(value=1.0, reason=f"the source's answer is {source.status}")
    other = look(source, exhibit.reference)
    if isinstance(other, Score):
        return Score(value=1.0, reason="the source's answer holds nothing to compare with")
    if exhibit.answer.strip() == other.answer.strip():
        return Score(value=AS_GOOD, reason="the source says the same")
    return Exhibit(input=exhibit.input, answer=exhibit.answer, reference=exhibit.reference, other=other.answer)
