"""What a judge's answer says; whatever cannot be read beyond doubt is no judgement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.judging.exhibit import AS_GOOD, AnyJudgedSpec
from brainswap.core.judging.templates import (
    BETTER,
    EQUAL,
    FIRST,
    LEVEL,
    MEETS,
    NO,
    REASON,
    RELATION,
    RELATIONS,
    SECOND,
    YES,
)
from brainswap.core.scoring.documents import fenced_blocks
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.specs import ClosedQaSpec, FactualitySpec, PairwiseSpec, RubricSpec
from brainswap.core.scoring.specs.judges import HIGHEST, LOWEST

LONGEST = 50_000  # characters of a judge's answer that are read

_WHY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One answer of a judge, read.

    Attributes:
        value: of the judged answer, in [0, 1]; None where the judge's answer could not be read.
        why: in the judge's words, quoted; or why nothing could be read.
    """

    value: float | None
    why: str


class UnreadableJudgementError(ValueError):
    """A judge's answer is no judgement; the message says why, in a clause."""


def read(spec: AnyJudgedSpec, answer: Answer, *, swapped: bool = False) -> Reading:
    """Read a judge's answer; None of value where it is anything but a judgement in the form that was asked for.

    Args:
        spec: of the scorer.
        answer: of the judge.
        swapped: whether the judged answer was the first one of a pair.
    """
    if answer.status is not AnswerStatus.ANSWERED:
        because = f": {quote(answer.reason, _WHY)}" if answer.reason else ""
        return Reading(value=None, why=f"the judge's answer is {answer.status}{because}")
    try:
        return _judgement(spec, _document(answer.text), swapped=swapped)
    except UnreadableJudgementError as error:
        return Reading(value=None, why=f"the judge's answer cannot be read: {error}")


def _judgement(spec: AnyJudgedSpec, said: Mapping[str, Any], *, swapped: bool) -> Reading:
    match spec:
        case RubricSpec():
            return _of_rubric(spec, said)
        case FactualitySpec():
            _keys(said, [REASON, RELATION])
            relation = _one_of(said, RELATION, list(RELATIONS))
            return Reading(value=getattr(spec.weights, relation), why=f"{relation}, {_reason(said)}")
        case ClosedQaSpec():
            _keys(said, [REASON, MEETS])
            meets = _one_of(said, MEETS, [YES, NO])
            return Reading(value=float(meets == YES), why=f"{meets}, {_reason(said)}")
        case PairwiseSpec():
            _keys(said, [REASON, BETTER])
            better = _one_of(said, BETTER, [FIRST, SECOND, EQUAL])
            value = AS_GOOD if better == EQUAL else float((better == FIRST) == swapped)
            words = {0.0: "worse", AS_GOOD: "as good", 1.0: "better"}[value]
            return Reading(value=value, why=f"{words}, {_reason(said)}")


def _of_rubric(spec: RubricSpec, said: Mapping[str, Any]) -> Reading:
    _keys(said, [criterion.name for criterion in spec.criteria])
    total = 0.0
    words = []
    for criterion in spec.criteria:
        found = said[criterion.name]
        if not isinstance(found, dict):
            raise UnreadableJudgementError(f"{criterion.name} has no reason and score")
        _keys(found, [REASON, LEVEL])
        level = found[LEVEL]
        if isinstance(level, bool) or not isinstance(level, int) or not LOWEST <= level <= HIGHEST:
            raise UnreadableJudgementError(f"the score of {criterion.name} is not a whole number from 1 to 5")
        total += criterion.weight * (level - LOWEST) / (HIGHEST - LOWEST)
        words.append(f"{criterion.name} {level} of {HIGHEST}, {_reason(found)}")
    weights = sum(criterion.weight for criterion in spec.criteria)
    return Reading(value=min(total / weights, 1.0), why="; ".join(words))


def _document(text: str) -> Mapping[str, Any]:
    """The one JSON object that an answer is, or that its only fenced block holds; no key twice."""
    if len(text) > LONGEST:
        raise UnreadableJudgementError(f"it is longer than {LONGEST:,} characters")
    blocks = fenced_blocks(text)
    tried = [text, *(block.content for block in blocks if len(blocks) == 1)]
    for candidate in tried:
        try:
            found = json.loads(candidate, object_pairs_hook=_once_each, strict=False)
        except UnreadableJudgementError:
            raise
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    raise UnreadableJudgementError(f"{quote(text)} is not one JSON object")


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableJudgementError("it holds a key twice")
    return found


def _keys(found: Mapping[str, Any], wanted: Sequence[str]) -> None:
    missing = [key for key in wanted if key not in found]
    if missing:
        raise UnreadableJudgementError(f"it has no {missing[0]}")
    if len(found) > len(wanted):
        raise UnreadableJudgementError("it has keys that were not asked for")


def _one_of(found: Mapping[str, Any], key: str, allowed: Sequence[str]) -> str:
    value = found[key]
    if not isinstance(value, str) or value not in allowed:
        raise UnreadableJudgementError(f"{key} is none of {', '.join(allowed)}")
    return value


def _reason(found: Mapping[str, Any]) -> str:
    reason = found[REASON]
    if not isinstance(reason, str) or not reason.strip():
        raise UnreadableJudgementError("the reason is missing")
    return quote(reason.strip(), _WHY)
