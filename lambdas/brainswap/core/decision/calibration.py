"""How far a scorer's scores are those that people would give, and what follows for the contenders' means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from brainswap.core.decision.label_evidence import LabelEvidence, LabelledDraw
from brainswap.core.statistics.agreement import (
    Measured,
    Pair,
    confusion,
    difference_interval,
    kappa_interval,
    mean_kappa,
)
from brainswap.core.statistics.moments import Moments
from brainswap.core.statistics.prediction_powered import FEWEST_LABELLED, CorrectedEstimate, Rated

MOST_MISSING = 0.05  # of the drawn cases without a label, beyond which the rest is no random sample any more


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAnswer:
    """An answer that people have scored.

    Attributes:
        sha256: of what they were shown; contenders who said the same share it.
        scorer: what the scorer gives, in [0, 1]; None where it gives nothing.
        people: what each person gives, in [0, 1].
    """

    sha256: str
    contender: str
    scorer: float | None
    people: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledCase:
    """A case that was drawn for people, or that has labels all the same.

    Attributes:
        is_drawn: whether the draw chose it.
        scorer: the scorer's score by contender; None where there is none.
        people: what people give to each contender by the answers that were drawn; None where one of their labels is
            missing. Answers that there is nothing to say of count with the scorer's own score.
        asked: the contenders of whose answers there is something to say.
        answers: that have labels.
        weight: of the case.
        unit: what the case was drawn with, as `Draws` takes it; None for a case of weight 1 that was drawn alone.
    """

    is_drawn: bool
    scorer: Mapping[str, float | None]
    people: Mapping[str, float | None]
    asked: frozenset[str]
    answers: Sequence[LabelledAnswer]
    weight: float = 1.0
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlabelled:
    """The scorer's scores of all cases that were not drawn.

    Attributes:
        means: by contender.
        differences: target minus source, by target.
    """

    means: Mapping[str, Moments]
    differences: Mapping[str, Moments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A mean as people would find it, or why it is not known.

    Attributes:
        evidence: that ``found`` rests on; None where there is a reason not to.
    """

    found: CorrectedEstimate | None
    reason: str | None = None
    evidence: LabelEvidence | None = None

    def at(self, confidence: float) -> CorrectedEstimate | None:
        """The same at another confidence."""
        return None if self.evidence is None else self.evidence.at(confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderCalibration:
    """What people's labels say of one contender.

    Attributes:
        cases: with a label of an answer of this contender.
        bias: the scorer's score less people's, over its labelled answers.
        difference: target minus source; None for the source.
    """

    cases: int
    bias: Measured | None
    mean: Correction
    difference: Correction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenPeople:
    """How far people agree with each other: their mean kappa, over the answers that several have labelled."""

    kappa: float
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What people's labels say of one scorer.

    Attributes:
        answers: that have labels, as far as agreement rests on them.
        cases: that these answers are to.
        drawn: cases that the draw chose, as far as people came.
        chosen: labelled cases that the draw did not choose; agreement rests on them where too few others have labels.
        labellers: people.
        unmatched: labels of answers that nobody gave in this run, or of another question.
        kappa: agreement of the scorer with people, who count by their mean where several labelled an answer.
        bias: the scorer's score less people's.
        levels: of the scale, in rising order, by name.
        confusion: answers by people's level, and for each of these by the scorer's.
    """

    scorer: str
    answers: int
    cases: int
    drawn: int
    chosen: int
    labellers: int
    unmatched: int
    kappa: Measured | None
    bias: Measured | None
    between_people: BetweenPeople | None
    levels: Sequence[str]
    confusion: Sequence[Sequence[int]]
    contenders: Mapping[str, ContenderCalibration]


def calibration(
    scorer: str,
    cases: Sequence[SampledCase],
    unlabelled: Unlabelled,
    *,
    source: str,
    levels: Sequence[tuple[str, float]],
    unmatched: int,
    confidence: float,
) -> Calibration:
    """Put together what labels say of a scorer.

    Args:
        scorer: its name.
        cases: all that were drawn, and all that have labels.
        unlabelled: of the rest.
        source: the contender that the others are compared with.
        levels: of the scale, in rising order: name and score.
        unmatched: labels that fit nothing of the run.
        confidence: of all intervals.
    """
    drawn = [case for case in cases if case.is_drawn]
    chosen = sum(bool(case.answers) for case in cases if not case.is_drawn)
    enough = sum(bool(case.answers) for case in drawn) >= FEWEST_LABELLED
    looked_at = drawn if enough else cases
    groups = [_pairs(case.answers) for case in looked_at]
    answers = {answer.sha256: answer for case in looked_at for answer in case.answers}
    labellers = sorted({person for answer in answers.values() for person in answer.people})
    between = mean_kappa([[answer.people.get(person) for person in labellers] for answer in answers.values()])
    return Calibration(
        scorer=scorer,
        answers=len(answers),
        cases=sum(bool(case.answers) for case in looked_at),
        drawn=len(drawn),
        chosen=chosen,
        labellers=len(labellers),
        unmatched=unmatched,
        kappa=kappa_interval(groups, confidence),
        bias=difference_interval(groups, confidence),
        between_people=None if between is None else BetweenPeople(kappa=between[0], answers=between[1]),
        levels=[name for name, _ in levels],
        confusion=confusion((pair for group in groups for pair in group), [value for _, value in levels]),
        contenders={
            name: ContenderCalibration(
                cases=_with_labels(looked_at, name),
                bias=difference_interval([_pairs(case.answers, name) for case in looked_at], confidence),
                mean=_mean(cases, drawn, name, moments, confidence),
                difference=None
                if name == source
                else _difference(cases, drawn, (name, source), unlabelled.differences[name], confidence),
            )
            for name, moments in unlabelled.means.items()
        },
    )


def corrected_difference(
    calibrations: Iterable[Calibration], scorer: str, target: str, *, confidence: float
) -> CorrectedEstimate | None:
    """Target minus source as people would find it, for whoever has to decide; None where labels do not tell."""
    for found in calibrations:
        if found.scorer == scorer and target in found.contenders:
            difference = found.contenders[target].difference
            return None if difference is None else difference.at(confidence)
    return None


def _pairs(answers: Iterable[LabelledAnswer], contender: str | None = None) -> list[Pair]:
    """People's mean and the scorer's score of each answer, once for those that are the same."""
    found: dict[str, Pair] = {}
    for answer in answers:
        if answer.scorer is not None and contender in (None, answer.contender):
            found[answer.sha256] = (_people(answer), answer.scorer)
    return list(found.values())


def _people(answer: LabelledAnswer) -> float:
    return sum(answer.people.values()) / len(answer.people)


def _with_labels(cases: Iterable[SampledCase], *contenders: str) -> int:
    return sum(any(answer.contender in contenders for answer in case.answers) for case in cases)


def _mean(
    cases: Sequence[SampledCase], drawn: Sequence[SampledCase], contender: str, others: Moments, confidence: float
) -> Correction:
    rated = [
        None if people is None or scorer is None else Rated(people=people, judge=scorer)
        for case in drawn
        for people, scorer in ((case.people[contender], case.scorer[contender]),)
    ]
    reason = _uncorrected_because(cases, drawn, rated, [contender])
    return _correction(drawn, rated, others, reason, least=0.0, confidence=confidence)


def _difference(
    cases: Sequence[SampledCase],
    drawn: Sequence[SampledCase],
    pair: tuple[str, str],
    others: Moments,
    confidence: float,
) -> Correction:
    """Of the first of the pair less the second."""
    rated = [_rated_difference(case, *pair) for case in drawn]
    reason = _uncorrected_because(cases, drawn, rated, pair)
    return _correction(drawn, rated, others, reason, least=-1.0, confidence=confidence)


def _correction(
    drawn: Sequence[SampledCase],
    rated: Sequence[Rated | None],
    others: Moments,
    reason: str | None,
    *,
    least: float,
    confidence: float,
) -> Correction:
    if reason is not None:
        return Correction(found=None, reason=reason)
    labelled = [
        LabelledDraw(rated=each, weight=case.weight, unit=case.unit)
        for case, each in zip(drawn, rated, strict=True)
        if each is not None
    ]
    evidence = LabelEvidence(labelled=labelled, unlabelled=others, least=least)
    return Correction(found=evidence.at(confidence), evidence=evidence)


def _rated_difference(case: SampledCase, target: str, source: str) -> Rated | None:
    people, before = case.people[target], case.people[source]
    scorer, scorer_before = case.scorer[target], case.scorer[source]
    if people is None or before is None or scorer is None or scorer_before is None:
        return None
    return Rated(people=people - before, judge=scorer - scorer_before)


def _uncorrected_because(
    cases: Sequence[SampledCase],
    drawn: Sequence[SampledCase],
    rated: Sequence[Rated | None],
    contenders: Sequence[str],
) -> str | None:
    """Why labels do not carry a correction; None where they do."""
    if drawn and not any(case.asked.intersection(contenders) for case in drawn):
        return "none of its drawn answers has to be judged"
    labelled = _with_labels(drawn, *contenders)
    by_choice = _with_labels(cases, *contenders) - labelled
    if by_choice and labelled < FEWEST_LABELLED:
        return f"{by_choice:,} of its labelled cases were not drawn at random, and {labelled:,} were"
    if labelled < FEWEST_LABELLED:
        return f"{labelled:,} of its drawn cases have labels, and fewer than {FEWEST_LABELLED} are too few"
    missing = sum(
        each is None and all(case.scorer[name] is not None for name in contenders)
        for case, each in zip(drawn, rated, strict=True)
    )
    if missing > MOST_MISSING * len(drawn):
        return f"{missing:,} of {len(drawn):,} drawn cases have no label, and the others are no random sample"
    return None
