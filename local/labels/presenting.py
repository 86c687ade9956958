"""How an answer is put before a person: its texts, what is asked, and what may be said; not whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainswap.core.judging.templates import FIRST, SECOND
from brainswap.core.labelling.drawing import is_swapped
from brainswap.core.labelling.questions import OTHER, THIS, Aspect, aspects
from brainswap.core.scoring.specs import PairwiseSpec, ScorerSpec
from local.labels.drawing import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person may say.

    Attributes:
        name: as the person says it.
        mark: what it stands for; of a pair this depends on the order.
    """

    name: str
    mark: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing to say of an answer."""

    aspect: str
    wording: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """An answer as a person sees it; ``second`` for two that are compared."""

    request: str
    reference: str | None
    answer: str
    second: str | None
    asked: tuple[Asked, ...]


def presented(item: Item) -> Presented:
    exhibit = item.shown.exhibit
    swapped = is_swapped(item.seed, item.shown.sha256)
    first, second = exhibit.answer, exhibit.other
    if second is not None and not swapped:
        first, second = second, first
    return Presented(
        request=exhibit.input,
        reference=exhibit.reference,
        answer=first,
        second=second,
        asked=tuple(asked(item.spec, aspect, swapped=swapped) for aspect in aspects(item.spec)),
    )


def asked(spec: ScorerSpec, aspect: Aspect, *, swapped: bool) -> Asked:
    """An aspect in the words that fit the order in which a pair is shown."""
    said: Mapping[str, str] = {}
    if isinstance(spec, PairwiseSpec):
        said = {THIS: FIRST, OTHER: SECOND} if swapped else {OTHER: FIRST, THIS: SECOND}
    marks = sorted(aspect.marks, key=lambda mark: list(said).index(mark.name) if mark.name in said else len(said))
    choices = (Choice(name=said.get(mark.name, mark.name), mark=mark.name, means=mark.means) for mark in marks)
    return Asked(aspect=aspect.name, wording=aspect.wording, choices=tuple(choices))
