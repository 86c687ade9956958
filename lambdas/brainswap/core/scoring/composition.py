"""Scores that are made of other scores: ``set``."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.specs import SetSpec

_NAMED = 10  # members that a reason lists
_CYCLES = 20  # that are told at once

Members = Mapping[str, Iterable[str]]


def set_problem(spec: SetSpec) -> str | None:
    if spec.extract is not None:
        return "extract means nothing to a set, which looks at other scores"
    if spec.reference is not None:
        return "reference means nothing to a set, which looks at other scores"
    if spec.step is not None:
        return "step means nothing to a set, which looks at other scores"
    return None


def members_first(sets: Iterable[SetSpec]) -> list[SetSpec]:
    """Sets in an order in which each comes after those that it is made of.

    Raises:
        CycleError: there is none, as `cycles` would have told.
    """
    by_name = {spec.name: spec for spec in sets}
    names = TopologicalSorter({name: spec.members for name, spec in by_name.items()}).static_order()
    return [by_name[name] for name in names if name in by_name]


def cycles(members: Members) -> list[tuple[str, ...]]:
    """Each a set, a member of it, a member of that, and so on to the first set again; the first twenty.

    Args:
        members: the names of the members by the name of a set.
    """
    edges = {name: set(each) for name, each in members.items()}
    found: list[tuple[str, ...]] = []
    while len(found) < _CYCLES:
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            cycle = tuple(reversed(error.args[1]))
            edges[cycle[0]].discard(cycle[1])
            found.append(cycle)
        else:
            break
    return found


def with_sets(scores: Mapping[str, Score], sets: Sequence[SetSpec]) -> dict[str, Score]:
    """Scores by name, and those of the sets that they make up.

    Args:
        scores: of one answer, by every scorer that is no set.
        sets: in the order of `members_first`.
    """
    made = dict(scores)
    for spec in sets:
        made[spec.name] = composed(spec, made)
    return made


def composed(spec: SetSpec, scores: Mapping[str, Score]) -> Score:
    """The score of a set from those of its members, in exact arithmetic.

    Members that do not apply to the case are left out. Where nothing was compared by one of the members, because there
    was no answer, no inversion turns the value round.
    """
    applicable = [name for name in spec.members if scores[name].applies]
    if not applicable:
        return Score(value=None, reason="none of its members applies to this case", applies=False)
    values = {name: scores[name].value for name in applicable}
    scored = {name: value for name, value in values.items() if value is not None}
    unscored = [name for name, value in values.items() if value is None]
    if not scored or (unscored and spec.missing == "unscored"):
        return Score(value=None, reason=f"unscored: {_listed(unscored)}")
    exact = {name: Fraction(repr(value)) for name, value in scored.items()}
    weights = {name: Fraction(repr(spec.members[name])) for name in scored}
    weighted = sum((weights[name] * exact[name] for name in scored), Fraction(0))
    result = min(exact.values()) if spec.every else weighted / sum(weights.values(), Fraction(0))
    reached = spec.threshold is None or result >= Fraction(repr(spec.threshold))
    value = float(result) if spec.threshold is None else float(reached)
    empty = any(scores[name].empty for name in scored)
    return _turned(spec, Score(value=value, reason=_reason(spec, scored, unscored, float(result)), empty=empty))


def _turned(spec: SetSpec, score: Score) -> Score:
    return inverted(score) if spec.inverted else score


def _reason(spec: SetSpec, scored: Mapping[str, float], unscored: Sequence[str], result: float) -> str:
    parts = _listed([f"{name} {value:.4g}" for name, value in scored.items()])
    what = "the lowest" if spec.every else "the mean" if len(set(spec.members.values())) == 1 else "the weighted mean"
    ignored = f", without {_listed(unscored)}" if unscored else ""
    threshold = "" if spec.threshold is None else f", and {spec.threshold:g} is wanted"
    return f"{what} of {parts}{ignored} is {result:.4g}{threshold}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
