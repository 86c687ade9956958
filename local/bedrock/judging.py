"""A simulated judge: it compares words and draws lots, and what it finds says nothing about any answer."""

import json
import re
from collections.abc import Mapping
from typing import Any

from local.bedrock.draws import normal, uniform
from local.bedrock.question import Question

_CODE = re.compile(r"The code of this request is ([0-9a-f]{20})\.\n")
_ELEMENTS = ("request", "reference", "answer", "first", "second")
_IN_WORDS = "fits this JSON Schema:\n"
_WORD = re.compile(r"\w+")
_REASON = "A simulated judge compared words and drew lots."
_NOISE = 0.08
_FAVOUR_FOR_FIRST = 0.03  # models favour a place as well
_AS_GOOD = 0.1
_LEAST_WITHOUT_REFERENCE = 0.4
_ALIKE = 0.8
_GOOD = 0.5


def judgement(question: Question, seed: int) -> str | None:
    """What a simulated judge says, in the form that is asked for; None for a question that asks for no judgement."""
    found = _CODE.search(question.text)
    schema = question.schema or _schema_in_words(question.text)
    properties = schema.get("properties") if schema is not None else None
    if found is None or not isinstance(properties, dict):
        return None
    texts = _materials(question.text, found[1])
    draw = (seed, question.model_id, question.repeat)
    if "better" in properties:
        first, second = (_quality(texts.get(name, ""), texts, *draw) for name in ("first", "second"))
        lead = first - second + _FAVOUR_FOR_FIRST
        better = "equal" if abs(lead) < _AS_GOOD else "first" if lead > 0 else "second"
        return json.dumps({"reason": _REASON, "better": better})
    answer = texts.get("answer", "")
    quality = _quality(answer, texts, *draw)
    if "relation" in properties:
        return json.dumps({"reason": _REASON, "relation": _relation(answer, texts.get("reference", ""), quality)})
    if "meets" in properties:
        return json.dumps({"reason": _REASON, "meets": "yes" if quality >= _GOOD else "no"})
    scores = {name: _quality(answer, texts, *draw, name) for name in properties}
    return json.dumps({name: {"reason": _REASON, "score": 1 + round(4 * each)} for name, each in scores.items()})


def _schema_in_words(text: str) -> Mapping[str, Any] | None:
    _, marked, rest = text.rpartition(_IN_WORDS)
    if not marked:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _materials(text: str, code: str) -> Mapping[str, str]:
    found = {}
    for name in _ELEMENTS:
        _, opened, rest = text.partition(f"<{name}-{code}>\n")
        content, closed, _ = rest.partition(f"\n</{name}-{code}>")
        if opened and closed:
            found[name] = content
    return found


def _quality(answer: str, texts: Mapping[str, str], *draw: object) -> float:
    """From 0 to 1: how many words the answer shares with the reference; without one, a lot."""
    reference = texts.get("reference")
    if reference is None:
        likeness = _LEAST_WITHOUT_REFERENCE + (1 - _LEAST_WITHOUT_REFERENCE) * uniform(*draw, "quality", answer)
    else:
        likeness = _likeness(_words(answer), _words(reference))
    return min(1.0, max(0.0, likeness + _NOISE * normal(*draw, "noise", answer)))


def _relation(answer: str, reference: str, quality: float) -> str:
    said, right = _words(answer), _words(reference)
    if quality >= _ALIKE:
        return "same"
    if right <= said:
        return "superset"
    if said and said <= right:
        return "subset"
    return "differs_without_matter" if quality >= _GOOD else "contradicts"


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
