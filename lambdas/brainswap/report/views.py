"""What the page shows of cases and prompts; the report's model holds the figures alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSaid:
    """What was said at a step of a chain; ``status`` is a value of `AnswerStatus`, ``length`` as in `CaseAnswer`."""

    step: str
    text: str
    status: str
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswer:
    """What one contender said about a case.

    Attributes:
        contender: its id in the report.
        text: what it said, or the beginning of it.
        length: characters of the whole, where ``text`` is its beginning.
        status: a value of `AnswerStatus`.
        scores: by scorer; None where the answer could not be scored.
        reasons: by scorer, why.
        before: of a chain, what was said at the steps before the answer.
    """

    contender: str
    text: str
    status: str
    scores: Mapping[str, float | None]
    reasons: Mapping[str, str]
    length: int | None = None
    before: tuple[StepSaid, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case with the answers of all contenders, the source's first.

    Attributes:
        input: the values that filled the prompt, as text.
        reference: what was expected, as text; None where the case has none.
        input_length: characters of the whole input, where ``input`` is its beginning; likewise of the reference.
    """

    case_id: str
    segment: str | None
    critical: bool
    input: str
    reference: str | None
    answers: tuple[CaseAnswer, ...]
    input_length: int | None = None
    reference_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    """A target's prompt beside the original, both as written.

    Attributes:
        contender: its id in the report.
        reasons: why each change was made, with who says so.
    """

    contender: str
    text: str
    original: str
    reasons: Sequence[str]
