"""Prompts as the optimisers of Amazon Bedrock take them, and what these make of them."""

import json
import re
from typing import Any

import pytest
from hypothesis import given

from brainswap.core.answers import Origin
from brainswap.core.cases import Case, Split
from brainswap.core.declared_rewriting import JobJudge, OptimizationJob
from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.rewriting import job_records
from brainswap.core.rewriting.job_records import (
    MOST_SAMPLES,
    cannot_be_sent,
    chosen,
    received,
    record,
    result,
    sent,
)
from brainswap.core.rewriting.job_scoring import scoring_fields
from brainswap.core.rewriting.one_text import (
    Optimised,
    as_one_text,
    cannot_be_one_text,
    packed,
    unpacked,
    unquoted,
    with_one_text,
)
from brainswap.core.rewriting.support import job_lacks, optimize_prompt_lacks
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration
from tests.unit.prompts.test_structure import texts

MODEL = "us.amazon.nova-2-lite-v1:0"
PROMPT = Prompt(
    system='Sort {"a": {"b": 1}}.\n\n<!-- keep -->\nNever pay.\n<!-- /keep -->',
    messages=(Message(role="user", content="{{user_question}} by {{ user.name }} and {{userQuestion}}"),),
)


def one(text: str, system: str | None = None) -> Prompt:
    return Prompt(system=system, messages=(Message(role="user", content=text),))


def case(number: int = 0, split: Split = Split.TRAIN, **changes: Any) -> Case:
    values = {"user_question": f"q{number}", "user.name": {"first": "Ada"}, "userQuestion": 3}
    return Case.model_validate({"id": f"c{number}", "input": values, "reference": "car", "split": split, **changes})


# One text


def test_a_system_text_and_a_turn_are_one_text_that_the_user_says_afterwards() -> None:
    prompt = one("B {{x}}", system="A")

    assert as_one_text(prompt) == "A\n\nB {{x}}"
    assert with_one_text(prompt, "C {{x}}") == one("C {{x}}")


@pytest.mark.parametrize(
    ("prompt", "because"),
    [
        (
            Prompt(system=None, messages=(Message(role="user", content="a"), Message(role="assistant", content="{"))),
            "2",
        ),
        (Prompt(system="a", messages=()), "0"),
        (one("x" * 200_001), "200,001"),
    ],
)
def test_a_prompt_of_turns_or_of_a_book_is_no_one_text(prompt: Prompt, because: str) -> None:
    assert because in str(cannot_be_one_text(prompt))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('"You are \\"it\\".\\n{{x}}"', 'You are "it".\n{{x}}'),
        ('"Yes" or "no"? {{x}}', '"Yes" or "no"? {{x}}'),
        ("plain", "plain"),
        ('"', '"'),
    ],
)
def test_quotes_of_json_round_the_whole_text_are_taken_off(said: str, meant: str) -> None:
    assert unquoted(said) == meant


def test_what_the_service_says_is_kept_as_text() -> None:
    assert unpacked(packed(Optimised(text="a\n", analysis="b"))) == Optimised(text="a\n", analysis="b")


@pytest.mark.parametrize("model", ["amazon.nova-lite-v1:0", "us.meta.llama4-scout-17b-instruct-v1:0"])
def test_models_are_known_with_and_without_a_profile(model: str) -> None:
    assert optimize_prompt_lacks(model) is None


def test_what_is_not_documented_is_not_asked_for_and_the_reason_names_the_source() -> None:
    assert "User Guide" in str(optimize_prompt_lacks("anthropic.claude-sonnet-5"))
    assert "eu-north-1 (Amazon Bedrock User Guide" in str(job_lacks("eu-north-1"))
    assert job_lacks("us-east-1") is None


# What a job is sent


def test_names_are_letters_and_digits_and_differ_and_kept_text_has_the_jobs_own_tags() -> None:
    was = sent(PROMPT)

    assert was.text == (
        'Sort {"a": {"b": 1}}.\n\n<advpo:exclude>\nNever pay.\n</advpo:exclude>\n\n'
        "{{userQuestion}} by {{userName}} and {{userQuestion2}}"
    )
    assert was.variables == {"userQuestion": "user_question", "userName": "user.name", "userQuestion2": "userQuestion"}


def test_a_result_gets_its_names_and_marks_back_and_passes_the_guards() -> None:
    was = sent(PROMPT)
    text = was.text.replace("<advpo:exclude>", "").replace("</advpo:exclude>", "").replace("Sort", "Please sort")

    back = with_one_text(PROMPT, received(text, was))

    assert back.messages[0].content == as_one_text(PROMPT).replace("Sort", "Please sort")
    assert refusals(back, PROMPT) == ()


@pytest.mark.parametrize(
    ("template", "wrote", "meant"),
    [
        ("{{x}}", 'Answer {{"a": {{"b": 1}}}} to {{x}}', 'Answer {"a": {"b": 1}} to {{x}}'),
        ("{{x}}", 'Answer {"a": {"b": 1}} to {{x}}', 'Answer {"a": {"b": 1}} to {{x}}'),
        ('[{{"a": 1}}] {{x}}', 'Say [{{"a": 1}}, {{"b": 2}}] {{x}}', 'Say [{{"a": 1}}, {{"b": 2}}] {{x}}'),
    ],
)
def test_braces_that_came_back_doubled_are_single_again_unless_the_prompt_doubles_its_own(
    template: str, wrote: str, meant: str
) -> None:
    assert received(wrote, sent(one(template))) == meant


@given(texts, texts)
def test_what_a_job_does_not_touch_comes_back_as_it_was(system: str, user: str) -> None:
    prompt = one(f"{user}\n{{{{the_input}}}}", system=system)
    was = sent(prompt)
    untouched = re.sub(r"</?advpo:exclude>", "", was.text) if was.kept else was.text

    back = received(untouched, was)

    if "advpo" not in system + user and "keep -->" not in system + user and not was.doubled:
        assert back == as_one_text(prompt)
    assert "{{the_input}}" in back


def test_every_variable_is_an_object_of_its_own_and_only_cases_for_training_go_along() -> None:
    was = sent(PROMPT)
    cases = [case(number, split) for number in range(40) for split in Split]

    line = record(was, chosen(cases, was, seed=3), {"steeringCriteria": ["x"]})

    row = json.loads(line or b"")
    assert (row["version"], row["templateId"], row["promptTemplate"]) == ("bedrock-2026-05-14", "prompt", was.text)
    assert row["steeringCriteria"] == ["x"]
    assert len(row["evaluationSamples"]) == 40
    assert all(len(each) == 1 for sample in row["evaluationSamples"] for each in sample["inputVariables"])
    assert row["evaluationSamples"][0]["inputVariables"][1:] == [
        {"userName": '{"first": "Ada"}'},
        {"userQuestion2": "3"},
    ]
    assert {sample["referenceResponse"] for sample in row["evaluationSamples"]} == {"car"}


@pytest.mark.parametrize("split", [Split.VALIDATION, Split.TEST])
def test_a_case_that_is_not_for_training_is_never_written(split: Split) -> None:
    with pytest.raises(ValueError, match="not for training"):
        record(sent(PROMPT), [case(split=split)], {})


def test_cases_that_a_job_cannot_be_told_are_left_out_and_a_hundred_are_drawn_by_the_seed() -> None:
    was = sent(PROMPT)
    cases = [
        *(case(number) for number in range(300)),
        case(1000, input={"user_question": "q"}),
        case(1001, messages=[{"role": "user", "content": "hello"}]),
    ]

    drawn, again, other = (chosen(cases, was, seed=seed) for seed in (1, 1, 2))

    assert len(drawn) == MOST_SAMPLES
    assert drawn == again != other
    assert not {"c1000", "c1001"} & {one.id for one in (*drawn, *other)}


def test_a_record_stays_below_what_a_job_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_records, "MOST_BYTES", 1_500)
    was = sent(one("{{user_question}}"))

    line = record(was, [case(number, input={"user_question": "ü" * 50}) for number in range(20)], {})

    assert line is not None
    assert len(line) <= 1_500
    assert 1 <= len(json.loads(line)["evaluationSamples"]) < 20
    assert record(was, [case(input={"user_question": "x" * 2_000})], {}) is None


def test_a_prompt_without_placeholders_or_with_too_many_is_no_matter_for_a_job() -> None:
    assert cannot_be_sent(PROMPT) is None
    assert "none" in str(cannot_be_sent(one("Hello.")))
    assert "21" in str(cannot_be_sent(one(" ".join(f"{{{{v{number}}}}}" for number in range(21)))))


# How it scores


def scorers(*specs: dict[str, Any]) -> Any:
    return Workload.model_validate(declaration(scorers=list(specs), gates=[])).scorers


def test_a_job_scores_by_what_the_scorers_look_at() -> None:
    judge = {"model": "mistral.mistral-large-2407-v1:0"}
    criteria = [{"name": f"c{number}", "question": f"Is it {number}?"} for number in range(7)]

    exact = scoring_fields(OptimizationJob(), scorers({"name": "a", "type": "exact"}, {"name": "b", "type": "number"}))
    rubric = scoring_fields(
        OptimizationJob(), scorers({"name": "a", "type": "rubric", "judge": judge, "criteria": criteria})
    )

    assert [len(exact["steeringCriteria"]), exact.keys()] == [1, {"steeringCriteria"}]
    assert rubric["steeringCriteria"] == [f"Is it {number}?" for number in range(5)]
    assert scoring_fields(OptimizationJob(), scorers({"name": "a", "type": "latency", "at_most_ms": 5})) == {}


def test_what_the_workload_says_of_scoring_goes_before_the_scorers() -> None:
    exact = scorers({"name": "a", "type": "exact"})
    arn = "arn:aws:lambda:us-east-1:123456789012:function:score"
    judge = JobJudge(model="anthropic.claude-sonnet-4-6", instructions="Judge {{response}}.")

    assert scoring_fields(OptimizationJob(steering=("SHORT",)), exact) == {"steeringCriteria": ["SHORT"]}
    assert scoring_fields(OptimizationJob(function=arn), exact) == {
        "evaluationMetricLambdaArn": arn,
        "customEvaluationMetricLabel": "workload",
    }
    assert scoring_fields(OptimizationJob(judge=judge), exact) == {
        "customLLMJConfig": {
            "customLLMJPrompt": "Judge {{response}}.",
            "customLLMJModelId": "anthropic.claude-sonnet-4-6",
        },
        "customEvaluationMetricLabel": "workload",
    }


# What comes of it


def row(**changes: Any) -> bytes:
    made = {"status": "SUCCESS", "modelId": MODEL, "optimizedPromptTemplate": "New {{x}}", **changes}
    return json.dumps({"promptTemplateId": "prompt", "promptOptimizationResults": [{"modelId": "x"}, made]}).encode()


def test_the_prompt_of_the_model_is_read() -> None:
    assert result([row()], MODEL).text == "New {{x}}"
    assert result([row()], MODEL).origin is Origin.LIVE


def test_what_stood_in_for_the_service_says_so() -> None:
    simulated = json.dumps({**json.loads(row()), "brainswapOrigin": "simulated"}).encode()

    assert result([simulated], MODEL).origin is Origin.SIMULATED


@pytest.mark.parametrize(
    ("lines", "because"),
    [
        ([], "do not name the prompt"),
        ([b"{"], "no JSON"),
        ([b"[1]"], "do not name the prompt"),
        ([row(modelId="other")], "do not name the model"),
        ([row(status="FAILED", failureReason="no\x1b[2J access")], "it says FAILED: no\\x1b[2J access"),
        ([row(optimizedPromptTemplate="")], "it says SUCCESS"),
        ([row(optimizedPromptTemplate=7)], "it says SUCCESS"),
        ([json.dumps({"promptTemplateId": "prompt"}).encode()], "do not name the model"),
        ([b"[" * 100_000], "no JSON"),
    ],
)
def test_what_is_no_prompt_is_a_reason(lines: list[bytes], because: str) -> None:
    found = result(lines, MODEL)

    assert found.text is None
    assert because in found.because
