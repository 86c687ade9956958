"""Scores of meaning: how near the embeddings of an answer and of its reference are."""

from collections.abc import Sequence

from brainswap.core.answers import Answer
from brainswap.core.calling.embedding_models import cosine, embedding_model, unpacked
from brainswap.core.calling.plans import EMBEDDING, Call, Matter, Plan, held_against, unscored
from brainswap.core.judging.material import sendable
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import MeaningSpec


def plan_meaning(spec: MeaningSpec, matters: Sequence[Matter]) -> Plan:
    """The answer and each reference is embedded on its own, so that each text is paid once, whoever shares it."""
    known = embedding_model(spec.model)
    most = known.characters if known else 0
    calls: list[Call] = []
    spans: list[tuple[int, int]] = []
    for matter in matters:
        begin = len(calls)
        calls += [_call(spec, matter, text, most) for text in (matter.text, *matter.expected)]
        spans.append((begin, len(calls)))

    def scores(said: Sequence[Answer]) -> list[Score]:
        return [
            _score(spec, matter, said[begin:end], most) for matter, (begin, end) in zip(matters, spans, strict=True)
        ]

    return Plan(calls=calls, scores=scores)


def _call(spec: MeaningSpec, matter: Matter, text: str, most: int) -> Call:
    fields = {} if spec.dimensions is None else {"dimensions": spec.dimensions}
    return Call(model=f"{EMBEDDING}{spec.model}", text=sendable(text.strip()[:most]), case=matter.case, fields=fields)


def _score(spec: MeaningSpec, matter: Matter, said: Sequence[Answer], most: int) -> Score:
    """The nearest reference counts; one whose embedding is missing might have been nearer, and leaves no score."""
    missing = next((none for each in said if (none := unscored(each)) is not None), None)
    if missing is not None:
        return missing
    answer, *expected = (unpacked(each.text) for each in said)
    try:
        nearest = max(cosine(answer, each) for each in expected)
    except ValueError:
        return Score(value=None, reason="the embeddings of answer and reference differ in their dimensions")
    against = "the reference" if len(expected) == 1 else f"the nearest of {len(expected)} references"
    cut = max(len(text.strip()) for text in (matter.text, *matter.expected)) > most
    part = f", by the first {most:,} characters" if cut else ""
    return held_against(spec.threshold, max(nearest, 0.0), f"cosine {nearest:.4f} against {against}{part}")
