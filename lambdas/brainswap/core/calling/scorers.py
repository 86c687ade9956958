"""Which answers somebody outside has to look at, and what the others score without being asked about."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from brainswap.core.answers import Answer
from brainswap.core.calling.functions import plan_functions
from brainswap.core.calling.guardrails import plan_guardrail, plan_toxicity
from brainswap.core.calling.meaning import plan_meaning
from brainswap.core.calling.plans import Matter, Plan
from brainswap.core.cases import Case
from brainswap.core.scoring.extraction import extractor, nothing_found
from brainswap.core.scoring.references import UnusableReferenceError, at_path
from brainswap.core.scoring.score import Score, inverted
from brainswap.core.scoring.scorers import family_of, settled
from brainswap.core.scoring.specs import AnyCalledSpec

_PLANS: Mapping[str, Callable[[Any, Sequence[Matter]], Plan]] = MappingProxyType(
    {
        "similarity": plan_meaning,
        "lambda": plan_functions,
        "guardrail": plan_guardrail,
        "toxicity": plan_toxicity,
    }
)


def plan_calls(spec: AnyCalledSpec, answers: Sequence[tuple[Case, Answer]]) -> Plan:
    """What a scorer has to ask about answers, and the scores of all of them, in their order.

    Answers that are none, or out of which nothing is taken, and cases that the scorer does not apply to need no call.

    Args:
        spec: one that `spec_problem` finds nothing wrong with.
        answers: each with the case that it answers.
    """
    look = _looking(spec)
    looked = [look(case, answer) for case, answer in answers]
    plan = _PLANS[spec.type](spec, [found for found in looked if isinstance(found, Matter)])

    def scores(said: Sequence[Answer]) -> list[Score]:
        called = iter(plan.scores(said))
        found = (each if isinstance(each, Score) else _turned(spec, next(called)) for each in looked)
        return list(found)

    return Plan(calls=plan.calls, scores=scores)


def _looking(spec: AnyCalledSpec) -> Callable[[Case, Answer], Score | Matter]:
    expected = family_of(spec.type).expected
    take = None if spec.extract is None else extractor(spec.extract)

    def look(case: Case, answer: Answer) -> Score | Matter:
        beforehand = settled(spec, case.reference, answer.status, answer.reason)
        if beforehand is not None:
            return beforehand
        try:
            wanted = expected(spec, at_path(case.reference, spec.reference))
        except UnusableReferenceError as error:
            return Score(value=None, reason=str(error))
        text = answer.text if take is None else take(answer.text)
        if text is None and spec.extract is not None:
            return Score(value=0.0, reason=nothing_found(spec.extract, answer.text), empty=True)
        return Matter(case=case, answer=answer, text=text or "", expected=wanted)

    return look


def _turned(spec: AnyCalledSpec, score: Score) -> Score:
    return inverted(score) if spec.inverted else score
