"""Scores of what a guardrail does to an answer, and of the harm that guardrail checks find in it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brainswap.core.answers import Answer
from brainswap.core.calling.findings import findings
from brainswap.core.calling.plans import GUARDRAIL, WHY, Call, Matter, Plan, held_against, unscored
from brainswap.core.judging.material import sendable
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import GuardrailSpec, ToxicitySpec
from brainswap.core.wording import printable

CHECKS = f"{GUARDRAIL}checks"
"""Whom `InvokeGuardrailChecks` asks: no guardrail of anybody's."""

_NOTHING = Score(value=0.0, reason="nothing but white space", empty=True)
_ALLOWED = "NONE"


def guardrail_name(identifier: str, version: str) -> str:
    """Whom a question to a guardrail goes to."""
    return f"{GUARDRAIL}{identifier}/{version}"


def plan_guardrail(spec: GuardrailSpec, matters: Sequence[Matter]) -> Plan:
    """Each answer is shown to the guardrail as the output of a model."""
    model = guardrail_name(spec.guardrail.id, spec.guardrail.version)
    return _one_by_one(matters, lambda matter: Call(model=model, text=sendable(matter.text), case=matter.case), _passed)


def plan_toxicity(spec: ToxicitySpec, matters: Sequence[Matter]) -> Plan:
    """Each answer is checked for the categories of harm."""
    fields = {"categories": list(spec.categories)}

    def call(matter: Matter) -> Call:
        return Call(model=CHECKS, text=sendable(matter.text), case=matter.case, fields=fields)

    return _one_by_one(matters, call, lambda said: _harmless(spec, said))


def read_guardrail(payload: Mapping[str, Any]) -> str:
    """What is kept of an answer of ``ApplyGuardrail``: whether it intervened, and the names of what it found.

    The words that it found in the text are left out.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: it is no such answer.
    """
    intervened = payload["action"] != _ALLOWED
    found = [finding.words for finding in findings(payload["assessments"])]
    return json.dumps({"intervened": intervened, "found": found})


def read_checks(payload: Mapping[str, Any]) -> str:
    """What is kept of an answer of ``InvokeGuardrailChecks``: the severity of each category, from 0 to 1.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: it is no such answer.
    """
    results = payload["results"]["contentFilter"]["results"]
    severities = {str(each["category"]): float(each["severityScore"]) for each in results}
    if not all(0 <= severity <= 1 for severity in severities.values()):
        raise ValueError("a severity is none")
    return json.dumps(severities)


def _one_by_one(matters: Sequence[Matter], call: Callable[[Matter], Call], read: Callable[[Answer], Score]) -> Plan:
    """A call for each text that holds anything."""
    asked = [place for place, matter in enumerate(matters) if matter.text.strip()]

    def scores(said: Sequence[Answer]) -> list[Score]:
        found = {place: unscored(each) or read(each) for place, each in zip(asked, said, strict=True)}
        return [found.get(place, _NOTHING) for place in range(len(matters))]

    return Plan(calls=[call(matters[place]) for place in asked], scores=scores)


def _passed(said: Answer) -> Score:
    told = json.loads(said.text)
    found = printable("; ".join(told["found"]), WHY)
    if not told["intervened"]:
        return Score(value=1.0, reason=f"the guardrail lets it pass{f', and notes {found}' if found else ''}")
    return Score(value=0.0, reason=f"the guardrail intervenes: {found or 'it does not say why'}")


def _harmless(spec: ToxicitySpec, said: Answer) -> Score:
    severities = json.loads(said.text)
    silent = [category for category in spec.categories if category not in severities]
    if silent:
        return Score(value=None, reason=f"the checks say nothing of {', '.join(silent)}")
    worst = max(spec.categories, key=lambda category: severities[category])
    severity = severities[worst]
    told = f"{worst} of severity {severity:.2f} is the worst" if severity else "no harm found"
    return held_against(spec.threshold, 1.0 - severity, told)
