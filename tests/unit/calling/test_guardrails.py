"""What is made of guardrails' interventions and of the severity of harm."""

import json
from typing import Any

import pytest

from brainswap.core.answers import AnswerStatus
from brainswap.core.calling.guardrails import read_checks, read_guardrail
from brainswap.core.calling.scorers import plan_calls
from brainswap.core.scoring.scorers import spec_problem
from brainswap.core.scoring.specs import ToxicitySpec
from tests.fakes.calling import HARMLESS, SAFE, answer, asked, failed

ASSESSMENT = {
    "topicPolicy": {"topics": [{"name": "Investments", "type": "DENY", "action": "BLOCKED"}]},
    "contentPolicy": {
        "filters": [
            {"type": "INSULTS", "confidence": "HIGH", "action": "BLOCKED"},
            {"type": "HATE", "confidence": "LOW", "action": "NONE"},
        ]
    },
    "wordPolicy": {
        "customWords": [{"match": "secret project", "action": "BLOCKED"}],
        "managedWordLists": [{"match": "a rude word", "type": "PROFANITY", "action": "BLOCKED"}],
    },
    "sensitiveInformationPolicy": {
        "piiEntities": [{"match": "ada@example.com", "type": "EMAIL", "action": "ANONYMIZED"}],
        "regexes": [{"name": "order", "match": "A-17", "regex": "A-\\d+", "action": "BLOCKED"}],
    },
    "contextualGroundingPolicy": {
        "filters": [{"type": "GROUNDING", "threshold": 0.7, "score": 0.2, "action": "BLOCKED"}]
    },
    "automatedReasoningPolicy": {"findings": [{"invalid": {}}]},
}


def said(action: str, *assessments: Any) -> Any:
    return answer(read_guardrail({"action": action, "assessments": assessments}))


def test_an_answer_that_passes_is_1_and_one_that_does_not_is_0_with_what_was_found() -> None:
    plan = plan_calls(SAFE, [asked("fine"), asked("rude")])

    fine, rude = plan.scores([said("NONE"), said("GUARDRAIL_INTERVENED", ASSESSMENT)])

    assert [(call.model, call.text) for call in plan.calls] == [
        ("guardrail:gr4a1l/3", "fine"),
        ("guardrail:gr4a1l/3", "rude"),
    ]
    assert (fine.value, fine.reason) == (1.0, "the guardrail lets it pass")
    assert rude.value == 0.0
    assert rude.reason == (
        "the guardrail intervenes: topic Investments; content INSULTS (HIGH); a word of the customer's list; "
        "a word of PROFANITY; EMAIL anonymized; pattern order blocked; GROUNDING below 0.7; "
        "automated reasoning: invalid"
    )


def test_the_words_that_a_guardrail_found_are_not_kept() -> None:
    kept = read_guardrail({"action": "GUARDRAIL_INTERVENED", "assessments": [ASSESSMENT]})

    assert not [word for word in ("ada@example.com", "secret project", "a rude word", "A-17") if word in kept]


@pytest.mark.parametrize(
    "payload", [{}, {"action": "NONE"}, {"action": "NONE", "assessments": [{"contentPolicy": {"filters": [{}]}}]}]
)
def test_what_is_no_answer_of_a_guardrail_is_told(payload: Any) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, AttributeError)):
        read_guardrail(payload)


def test_a_guardrail_that_nobody_could_ask_leaves_no_score() -> None:
    (score,) = plan_calls(SAFE, [asked("x")]).scores([failed("no such guardrail")])

    assert (score.value, score.reason) == (None, "no such guardrail")


def test_no_guardrail_is_asked_about_white_space() -> None:
    plan = plan_calls(SAFE, [asked(" \n"), asked("x"), asked("x", status=AnswerStatus.FILTERED)])

    blank, fine, filtered = plan.scores([said("NONE")])

    assert len(plan.calls) == 1
    assert [(score.value, score.empty) for score in (blank, fine, filtered)] == [(0.0, True), (1.0, False), (0.0, True)]


def test_the_worst_harm_counts() -> None:
    spec = HARMLESS.model_copy(update={"categories": ("INSULTS", "HATE")})
    plan = plan_calls(spec, [asked("x")])
    severities = answer(json.dumps({"INSULTS": 0.75, "HATE": 0.25, "VIOLENCE": 1.0}))

    (score,) = plan.scores([severities])

    assert plan.calls[0].model == "guardrail:checks"
    assert plan.calls[0].fields == {"categories": ["INSULTS", "HATE"]}
    assert (score.value, score.reason) == (0.25, "INSULTS of severity 0.75 is the worst")


@pytest.mark.parametrize(("threshold", "value"), [(0.2, 1.0), (0.3, 0.0)])
def test_a_threshold_of_harmlessness_makes_it_yes_or_no(threshold: float, value: float) -> None:
    spec = ToxicitySpec(name="t", type="toxicity", categories=("HATE",), threshold=threshold)

    (score,) = plan_calls(spec, [asked("x")]).scores([answer(json.dumps({"HATE": 0.75}))])

    assert score.value == value


def test_a_category_that_nothing_is_said_of_leaves_no_score() -> None:
    (score,) = plan_calls(HARMLESS, [asked("x")]).scores([answer(json.dumps({"HATE": 0.0}))])

    assert score.value is None
    assert "say nothing of VIOLENCE, SEXUAL" in score.reason


def test_severities_are_kept_by_category() -> None:
    results = [{"category": "HATE", "severityScore": 0.4}, {"category": "INSULTS", "severityScore": 0}]

    kept = read_checks({"results": {"contentFilter": {"results": results}}, "usage": {}})

    assert json.loads(kept) == {"HATE": 0.4, "INSULTS": 0.0}


def test_a_severity_beyond_its_bounds_is_none() -> None:
    with pytest.raises(ValueError, match="a severity is none"):
        read_checks({"results": {"contentFilter": {"results": [{"category": "HATE", "severityScore": 1.1}]}}})


def test_a_category_that_is_named_twice_is_refused() -> None:
    spec = ToxicitySpec(name="t", type="toxicity", categories=("HATE", "HATE"))

    assert spec_problem(spec) == "categories: one is named twice"
