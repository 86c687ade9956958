"""Scores of a customer's own function, which is asked about many answers at a time."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from brainswap.core.answers import Answer
from brainswap.core.calling.function_messages import (
    CalledTool,
    MisshapenAnswerError,
    ScoreCase,
    ScoredCase,
    read_scores,
    request_text,
)
from brainswap.core.calling.plans import FUNCTION, WHY, Call, Matter, Plan, unscored
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import FunctionSpec
from brainswap.core.wording import printable

MOST_BYTES = 5_000_000  # of a request; AWS Lambda takes 6 MB, and gives no more back (quotas, November 2026)
ENVELOPE = 1_000


def plan_functions(spec: FunctionSpec, matters: Sequence[Matter]) -> Plan:
    """Answers to different cases in one call, repeats of a case in different ones."""
    batches = list(_batches(spec, matters))
    calls = [_call(spec, batch) for batch, _ in batches]

    def scores(said: Sequence[Answer]) -> list[Score]:
        found: dict[int, Score] = {}
        for (batch, places), answer in zip(batches, said, strict=True):
            found |= zip(places, _scores(batch, answer), strict=True)
        too_long = Score(value=None, reason=f"with its case longer than the {MOST_BYTES:,} bytes that fit into a call")
        return [found.get(place, too_long) for place in range(len(matters))]

    return Plan(calls=calls, scores=scores)


Batch = Sequence[tuple[Matter, ScoreCase]]


def _batches(spec: FunctionSpec, matters: Sequence[Matter]) -> Iterator[tuple[Batch, Sequence[int]]]:
    """What goes together, with the places of it among the matters; what does not fit into any call is left out."""
    by_repeat: dict[int, list[int]] = defaultdict(list)
    for place, matter in enumerate(matters):
        by_repeat[matter.answer.repeat].append(place)
    for group in by_repeat.values():
        batch: list[tuple[Matter, ScoreCase]] = []
        places: list[int] = []
        size = ENVELOPE
        for place in group:
            case = _case(matters[place])
            length = len(json.dumps(case.model_dump(mode="python"))) + 1
            if ENVELOPE + length > MOST_BYTES:
                continue
            if batch and (len(batch) == spec.batch or size + length > MOST_BYTES):
                yield batch, places
                batch, places, size = [], [], ENVELOPE
            batch.append((matters[place], case))
            places.append(place)
            size += length
        if batch:
            yield batch, places


def _case(matter: Matter) -> ScoreCase:
    case, answer = matter.case, matter.answer
    return ScoreCase(
        id=case.id,
        input=dict(case.input),
        reference=matter.expected,
        answer=matter.text,
        tool_calls=[CalledTool(name=call.name, arguments=call.arguments) for call in answer.tool_calls],
        stop_reason=answer.stop_reason,
        segment=case.segment,
        meta=case.meta,
    )


def _call(spec: FunctionSpec, batch: Batch) -> Call:
    return Call(
        model=f"{FUNCTION}{spec.function}",
        text=request_text(spec.name, [case for _, case in batch]),
        case=batch[0][0].case,
        fields={"timeout_s": spec.timeout_s},
    )


def _scores(batch: Batch, answer: Answer) -> list[Score]:
    failed = unscored(answer)
    if failed is not None:
        return [failed] * len(batch)
    try:
        said = read_scores(answer.text, [case.id for _, case in batch])
    except MisshapenAnswerError as error:
        return [Score(value=None, reason=f"the function's answer is none: {error}")] * len(batch)
    return [_score(said, case.id) for _, case in batch]


def _score(said: Mapping[str, ScoredCase], case_id: str) -> Score:
    scored = said.get(case_id)
    if scored is None:
        return Score(value=None, reason="the function says nothing of this case")
    reason = printable(scored.reason or "the function gives no reason", WHY)
    return Score(value=scored.score, reason=reason)
