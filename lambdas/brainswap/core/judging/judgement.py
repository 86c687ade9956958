"""What the answers of all judges about one answer come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from brainswap.core.answers import Answer
from brainswap.core.judging.exhibit import AS_GOOD, AnyJudgedSpec
from brainswap.core.judging.reading import Reading, read
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import PairwiseSpec
from brainswap.core.wording import printable

_NAMED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call that a judgement needs.

    Attributes:
        judge: its place in the panel.
        repeat: 0 for the first time that this judge is asked.
        swapped: whether the judged answer is shown first.
    """

    judge: int
    repeat: int
    swapped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an answer is worth, and how sure of it the judges are.

    Attributes:
        score: its value is None where no judge could be read.
        pairs: that were judged in both orders.
        flips: pairs that were judged otherwise in the other order.
        unread: judges' answers that could not be read.
        agreement: 1 where all opinions are the same, 0 where they are as far apart as can be; None for a single one.
    """

    score: Score
    pairs: int = 0
    flips: int = 0
    unread: int = 0
    agreement: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opinion:
    reading: Reading
    paired: bool = False
    flipped: bool = False
    unread: int = 0


def asks(spec: AnyJudgedSpec) -> list[Ask]:
    """Every call that a judgement of one answer needs, the orders of a pair together."""
    orders = (False, True) if isinstance(spec, PairwiseSpec) else (False,)
    return [
        Ask(judge=judge, repeat=repeat, swapped=swapped)
        for judge in range(len(spec.panel))
        for repeat in range(spec.repeats)
        for swapped in orders
    ]


def judgement(spec: AnyJudgedSpec, answers: Mapping[Ask, Answer]) -> Judgement:
    """Put the judges' answers together: the mean of the judges, each the mean of its own repeats.

    Judges who could not be read are left out and counted; without any there is no value.

    Args:
        spec: of the scorer.
        answers: to each of `asks`.
    """
    by_judge = [
        [_opinion(spec, answers, judge, repeat) for repeat in range(spec.repeats)] for judge in range(len(spec.panel))
    ]
    opinions = [opinion for each in by_judge for opinion in each]
    values = [opinion.reading.value for opinion in opinions if opinion.reading.value is not None]
    means = [_mean(each) for each in by_judge]
    heard = [mean for mean in means if mean is not None]
    agreement = _agreement(values)
    return Judgement(
        score=Score(
            value=min(fmean(heard), 1.0) if heard else None,
            reason=_reason(spec, by_judge, means, agreement),
        ),
        pairs=sum(opinion.paired for opinion in opinions),
        flips=sum(opinion.flipped for opinion in opinions),
        unread=sum(opinion.unread for opinion in opinions),
        agreement=agreement,
    )


def _opinion(spec: AnyJudgedSpec, answers: Mapping[Ask, Answer], judge: int, repeat: int) -> _Opinion:
    """What a judge said at one time; of a pair, what it said in both orders."""
    straight = read(spec, answers[Ask(judge=judge, repeat=repeat, swapped=False)])
    if not isinstance(spec, PairwiseSpec):
        return _Opinion(reading=straight, unread=straight.value is None)
    turned = read(spec, answers[Ask(judge=judge, repeat=repeat, swapped=True)], swapped=True)
    unread = [reading for reading in (straight, turned) if reading.value is None]
    if unread:
        return _Opinion(reading=unread[0], unread=len(unread))
    if straight.value == turned.value:
        return _Opinion(reading=straight, paired=True)
    why = f"the two orders disagree: {straight.why}; then {turned.why}"
    return _Opinion(reading=Reading(value=AS_GOOD, why=why), paired=True, flipped=True)


def _mean(opinions: Sequence[_Opinion]) -> float | None:
    values = [opinion.reading.value for opinion in opinions if opinion.reading.value is not None]
    return fmean(values) if values else None


def _agreement(values: Sequence[float]) -> float | None:
    """1 less the mean difference of two opinions; of yes and no, the share of pairs that agree."""
    pairs = [abs(one - other) for one, other in combinations(values, 2)]
    return 1 - fmean(pairs) if pairs else None


def _reason(
    spec: AnyJudgedSpec,
    by_judge: Sequence[Sequence[_Opinion]],
    means: Sequence[float | None],
    agreement: float | None,
) -> str:
    told = "; ".join(_told(spec, by_judge, means))
    heard = sum(mean is not None for mean in means)
    if len(means) > 1:
        told = f"{heard} of {len(means)} judges: {told}"
    return told if agreement is None else f"agreement {agreement:.2f}: {told}"


def _told(spec: AnyJudgedSpec, by_judge: Sequence[Sequence[_Opinion]], means: Sequence[float | None]) -> Iterator[str]:
    """What each judge found, in the words of the first time that it could be read."""
    for model, opinions, mean in zip(spec.panel, by_judge, means, strict=True):
        read_ones = [opinion for opinion in opinions if opinion.reading.value is not None] or opinions
        name = printable(model.model, _NAMED)
        found = "no judgement" if mean is None else f"{mean:.2f}"
        times = f" in {len(opinions)} judgements" if len(opinions) > 1 else ""
        yield f"{name} {found}{times}, {read_ones[0].reading.why}"
