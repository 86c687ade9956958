"""Which of the best few prompts is believed, by cases that nobody has seen."""

from collections.abc import Sequence

from brainswap.core.optimising.comparing import Comparing
from brainswap.core.optimising.confirming import confirmations
from brainswap.core.optimising.evidence import Trial, price_of_growth, quality, taken
from brainswap.core.optimising.steps import Finalist, Setup


def tried(
    setup: Setup, comparing: Comparing, contenders: Sequence[Trial], finalists: Sequence[Trial], cases: Sequence[str]
) -> tuple[Finalist, ...]:
    """How finalists did against the best contender, on the cases that all of them have a score for; the best first."""
    common = [
        name
        for name in cases
        if all(name in one.known and one.known[name].quality is not None for one in (*contenders, *finalists))
    ]
    best = comparing.best(contenders, common)
    before = best.on(common)
    owes = {one.name: price_of_growth(taken(one.on(common)), taken(before)) for one in finalists}
    differences = {
        one.name: [
            (now.quality or 0.0) - (then.quality or 0.0) - owes[one.name]
            for now, then in zip(one.on(common), before, strict=True)
        ]
        for one in finalists
    }
    found = confirmations(
        differences,
        units=[setup.cases[name].cluster or f"\x00{name}" for name in common],
        weights=[comparing.weights[name] for name in common],
        seed=setup.seed,
    )
    told = [
        Finalist(
            trial=one,
            quality=quality(one.on(common), comparing.weights),
            before=quality(before, comparing.weights),
            owes=owes[one.name],
            p=found[one.name].p,
            cases=len(common),
        )
        for one in finalists
    ]
    return tuple(sorted(told, key=lambda one: (one.owes - one.quality, one.p)))


def believed(finalists: Sequence[Finalist], confidence: float) -> Finalist | None:
    """The best one that beats the contenders by more than noise; None where none does, which is ordinary."""
    return next((one for one in finalists if one.p <= 1 - confidence and one.quality > one.before), None)
