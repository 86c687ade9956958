"""Scorers as assertions of promptfoo, as far as one says the same: what the import makes of an assertion, backwards."""

from collections.abc import Callable, Mapping
from typing import Any

from brainswap.core.scoring.references import at_path, is_missing
from brainswap.core.scoring.specs import (
    BleuSpec,
    ClosedQaSpec,
    ContainsAllSpec,
    ContainsAnySpec,
    ContainsSpec,
    CostSpec,
    ExactSpec,
    FactualitySpec,
    FinishSpec,
    JsonSpec,
    JudgedSpec,
    LatencySpec,
    LengthSpec,
    MeaningSpec,
    RefusalSpec,
    RegexSpec,
    RougeSpec,
    RubricSpec,
    ScorerSpec,
    StartsWithSpec,
    ToolCallSpec,
)
from local.exports.promptfoo_models import provider_id
from local.imports.promptfoo_assertions import ENDS

Assertion = Mapping[str, Any]


class NoCounterpartError(ValueError):
    """No assertion says what the scorer says; the message says why."""


def assertion_of(spec: ScorerSpec, reference: Any) -> Assertion | None:
    """What promptfoo checks an answer with; None where the scorer does not apply to the case.

    Raises:
        NoCounterpartError: there is no such assertion.
    """
    if spec.extract is not None:
        raise NoCounterpartError("it takes a part out of the answer, which promptfoo needs code for")
    if spec.optional and is_missing(reference, spec.reference):
        return None
    expected = None if is_missing(reference, spec.reference) else at_path(reference, spec.reference)
    made = _MADE.get(type(spec))
    if made is None:
        raise NoCounterpartError(f"there is no assertion like `{spec.type}`")
    assertion = dict(made(spec, expected))
    if spec.inverted:
        assertion["type"] = f"not-{assertion['type']}"
    if isinstance(spec, JudgedSpec):
        assertion["provider"] = provider_id(spec.panel[0].model)
    return {**assertion, "metric": spec.name}


def _text(expected: Any) -> Any:
    if isinstance(expected, Mapping | list | tuple) or expected is None:
        raise NoCounterpartError("it compares with more than one text")
    return expected


def _exact(spec: ExactSpec, expected: Any) -> Assertion:
    if spec.ignore_case:
        raise NoCounterpartError("`equals` does not ignore case")
    return {"type": "equals", "value": _text(expected)}


def _contains(spec: ContainsSpec, expected: Any) -> Assertion:
    value = expected if spec.value is None else spec.value
    return {"type": f"{'i' * spec.ignore_case}contains", "value": _text(value)}


def _contains_several(spec: ContainsAllSpec | ContainsAnySpec, expected: Any) -> Assertion:
    if isinstance(spec, ContainsAllSpec) and spec.partial:
        raise NoCounterpartError("there are no partial scores")
    values = expected if spec.values is None else list(spec.values)
    which = "all" if isinstance(spec, ContainsAllSpec) else "any"
    return {
        "type": f"{'i' * spec.ignore_case}contains-{which}",
        "value": list(values) if isinstance(values, list | tuple) else [_text(values)],
    }


def _starts_with(spec: StartsWithSpec, expected: Any) -> Assertion:
    if spec.ignore_case:
        raise NoCounterpartError("`starts-with` does not ignore case")
    return {"type": "starts-with", "value": _text(expected if spec.value is None else spec.value)}


def _json(spec: JsonSpec, expected: Any) -> Assertion:
    if spec.fields is not None:
        raise NoCounterpartError("there are no rules for single fields")
    if spec.json_schema is not None:
        if isinstance(expected, Mapping):
            raise NoCounterpartError("it compares fields and holds a schema at once")
        return {"type": "is-json", "value": spec.json_schema}
    if isinstance(expected, Mapping):
        return {"type": "equals", "value": dict(expected)}
    return {"type": "is-json"}


def _rouge(spec: RougeSpec, expected: Any) -> Assertion:
    if spec.variant != "rouge1" or spec.measure != "f1" or spec.stemming:
        raise NoCounterpartError("`rouge-n` counts single words")
    return {"type": "rouge-n", "value": _text(expected), "threshold": _threshold(spec.threshold)}


def _bleu(spec: BleuSpec, expected: Any) -> Assertion:
    return {"type": "bleu", "value": _text(expected), "threshold": _threshold(spec.threshold)}


def _meaning(spec: MeaningSpec, expected: Any) -> Assertion:
    return {
        "type": "similar",
        "value": _text(expected),
        "threshold": _threshold(spec.threshold),
        "provider": f"bedrock:embeddings:{spec.model}",
    }


def _threshold(threshold: float | None) -> float:
    if threshold is None:
        raise NoCounterpartError("without a threshold, its score is a share and no yes or no")
    return threshold


def _latency(spec: LatencySpec, _expected: Any) -> Assertion:
    if spec.measure != "answer":
        raise NoCounterpartError("the first token is not timed")
    return {"type": "latency", "threshold": spec.at_most_ms}


def _cost(spec: CostSpec, _expected: Any) -> Assertion:
    return {"type": "cost", "threshold": float(spec.at_most_usd)}


def _finish(spec: FinishSpec, _expected: Any) -> Assertion:
    for reason, allowed in ENDS.items():
        if set(allowed) == set(spec.allowed):
            return {"type": "finish-reason", "value": reason}
    raise NoCounterpartError(f"`finish-reason` has no one word for {', '.join(spec.allowed)}")


def _length(spec: LengthSpec, _expected: Any) -> Assertion:
    if spec.unit != "words":
        raise NoCounterpartError(f"{spec.unit} are not counted")
    bounds = {"min": spec.minimum, "max": spec.maximum}
    return {"type": "word-count", "value": {key: bound for key, bound in bounds.items() if bound is not None}}


def _rubric(spec: RubricSpec, expected: Any) -> Assertion:
    """Criteria as one demand; a reference is part of it where the judge may see it."""
    wanted = "\n".join(criterion.wording for criterion in spec.criteria)
    return {"type": "llm-rubric", "value": _with_reference(wanted, expected if spec.show_reference else None)}


def _closed_qa(spec: ClosedQaSpec, expected: Any) -> Assertion:
    value = _with_reference(spec.criterion, expected if spec.show_reference else None)
    return {"type": "model-graded-closedqa", "value": value}


def _with_reference(wanted: str, expected: Any) -> str:
    return wanted if expected is None else f"{wanted}\n\nReference: {_text(expected)}"


def _tool_call(spec: ToolCallSpec, expected: Any) -> Assertion:
    if not spec.names_only:
        raise NoCounterpartError("`tool-call-f1` compares the names of calls and not their arguments")
    calls = expected if isinstance(expected, list | tuple) else [expected]
    if not calls or not all(isinstance(call, Mapping) and "name" in call for call in calls):
        raise NoCounterpartError("it wants no call")
    return {"type": "tool-call-f1", "value": [call["name"] for call in calls]}


_MADE: Mapping[type[Any], Callable[[Any, Any], Assertion]] = {
    ExactSpec: _exact,
    ContainsSpec: _contains,
    ContainsAllSpec: _contains_several,
    ContainsAnySpec: _contains_several,
    StartsWithSpec: _starts_with,
    RegexSpec: lambda spec, _expected: {"type": "regex", "value": spec.pattern.replace("(?P<", "(?<")},
    JsonSpec: _json,
    RefusalSpec: lambda _spec, _expected: {"type": "is-refusal"},
    RougeSpec: _rouge,
    BleuSpec: _bleu,
    MeaningSpec: _meaning,
    LatencySpec: _latency,
    CostSpec: _cost,
    FinishSpec: _finish,
    LengthSpec: _length,
    RubricSpec: _rubric,
    FactualitySpec: lambda _spec, expected: {"type": "factuality", "value": _text(expected)},
    ClosedQaSpec: _closed_qa,
    ToolCallSpec: _tool_call,
}
