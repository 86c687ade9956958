"""What a report says of those who judged, and of people beside them."""

from pydantic import Field

from brainswap.report.part import Part


class JudgedScorer(Part):
    """A scorer whose scores come from models that judge, and how sure of them these were.

    Attributes:
        rubric_sha256: of all that decides about a score but the judge and the texts.
        judgements: answers that were shown to the judges.
        unread: judges' answers that could not be read, and count for nothing.
        pairs: judgements of two answers in both orders; null where answers are judged by themselves.
        flips: pairs of which the other order turned the judgement round.
        agreement: of the judges of a panel and of repeats, 1 where all say the same; null for a single opinion.
    """

    scorer: str
    type: str
    judges: list[str]
    repeats: int
    rubric_sha256: str
    judgements: int
    unread: int
    pairs: int | None
    flips: int | None
    flip_rate: float | None
    agreement: float | None


class Measure(Part):
    """A number with its interval."""

    value: float
    low: float
    high: float
    confidence: float
    method: str


class Corrected(Part):
    """A mean as people would find it, from the labels of some cases and the scorer's scores of all.

    Attributes:
        n_labelled: cases that people have looked at.
        n_unlabelled: cases that the scorer alone has looked at.
        weight: of the scorer, from 0 (the labels speak alone) to 1.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    n_labelled: int
    n_unlabelled: int
    weight: float
    method: str


class ContenderCalibration(Part):
    """What people's labels say of one contender by one scorer.

    Attributes:
        cases: with a label of one of its answers.
        bias: the scorer's score less people's.
        mean: by people; beside ``scores`` of the contender.
        difference: target minus source, by people; beside ``comparison`` of the contender.
        unknown: the reason of every null above, by key.
    """

    contender: str
    cases: int
    bias: Measure | None
    mean: Corrected | None
    difference: Corrected | None
    unknown: dict[str, str] = Field(default_factory=dict)


class BetweenPeople(Part):
    """How far people agree with each other, over the answers that several have labelled."""

    kappa: float
    answers: int


class Confusion(Part):
    """Answers by people's level, a row each, and by the scorer's; levels in rising order."""

    levels: list[str]
    counts: list[list[int]]


class Calibration(Part):
    """How far a scorer says what people say; every judged scorer has one, with or without labels.

    Attributes:
        judged: whether models judge.
        answers: that people have labelled.
        cases: that these answers are to.
        drawn: cases that were drawn at random, as far as people came.
        chosen: labelled cases that were not; they count only where fewer than fifty others have labels.
        labellers: people.
        unmatched: labels of answers that nobody gave in this run, or of another question.
        kappa: Cohen's, with quadratic weights; 1 is full agreement and 0 what chance brings.
        bias: the scorer's score less people's.
        unknown: the reason of every null above, by key.
    """

    scorer: str
    judged: bool
    answers: int
    cases: int
    drawn: int
    chosen: int
    labellers: int
    unmatched: int
    kappa: Measure | None
    bias: Measure | None
    between_people: BetweenPeople | None
    confusion: Confusion | None
    contenders: list[ContenderCalibration]
    unknown: dict[str, str] = Field(default_factory=dict)
