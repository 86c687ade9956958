"""What people are shown of an answer: what its judge is shown, and no more."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.cases import Case
from brainswap.core.fingerprints import fingerprint
from brainswap.core.judging.docket import Docket, docket
from brainswap.core.judging.exhibit import Exhibit, shown_input
from brainswap.core.labelling.questions import question_sha256
from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.references import UnusableReferenceError, at_path
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.scorers import applies, minimum, not_applying
from brainswap.core.scoring.specs import ClosedQaSpec, FactualitySpec, PairwiseSpec, RubricSpec, ScorerSpec
from brainswap.core.scoring.subject import Subject, subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The texts that a label rests on.

    Attributes:
        sha256: of these texts and of the question: wherever it comes again, the label holds.
    """

    exhibit: Exhibit
    sha256: str


class Showing:
    """What one scorer has people look at."""

    def __init__(self, spec: ScorerSpec) -> None:
        if isinstance(spec, RubricSpec | FactualitySpec | ClosedQaSpec | PairwiseSpec):
            self._look: Docket = docket(spec)
        else:
            self._look = _whole_answer(spec)
        self._question = question_sha256(spec)
        self._step = spec.step

    def of_case(self, case: Case, answers: Mapping[str, Answer], source: str) -> Mapping[str, Score | Shown]:
        """By contender, what people are shown, or the score of an answer that there is nothing to say of.

        Args:
            case: that was asked.
            answers: of one repeat, by contender.
            source: the contender that the others are compared with.
        """
        before = subject_of(case, answers[source].at(self._step), None)
        found: dict[str, Score | Shown] = {}
        for name, answer in answers.items():
            seen = self._look(subject_of(case, answer.at(self._step), None), None if name == source else before)
            found[name] = seen if isinstance(seen, Score) else self._shown(seen)
        return found

    def _shown(self, exhibit: Exhibit) -> Shown:
        return Shown(exhibit=exhibit, sha256=fingerprint([self._question, asdict(exhibit)]))


def _whole_answer(spec: ScorerSpec) -> Docket:
    """The whole answer beside the reference, for a scorer that is no judge."""

    def look(subject: Subject, _source: Subject | None) -> Score | Exhibit:
        if not applies(spec, subject.reference):
            return not_applying()
        if subject.status is not AnswerStatus.ANSWERED:
            return minimum(spec, subject.status, subject.because)
        try:
            reference = at_path(subject.reference, spec.reference)
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        return Exhibit(
            input=shown_input(subject.input),
            answer=subject.text,
            reference=None if reference is None else as_text(reference),
        )

    return look
