import json
from dataclasses import replace
from typing import Any

import pytest

from brainswap.core.judging.exhibit import AnyJudgedSpec, Exhibit
from brainswap.core.judging.reading import read
from brainswap.core.judging.templates import judge_prompt
from brainswap.core.models.fitting import fit
from brainswap.core.models.registry import profile_of
from local.bedrock.judging import judgement
from local.bedrock.question import Question
from tests.fakes.judges import CLOSED_QA, FACTUALITY, JUDGE, PAIRWISE, RUBRIC, SPECS, said

GOOD = Exhibit(
    input="Where?", answer="It is in Vienna", reference="It is in Vienna", other="No idea, ask somebody else"
)
BAD = replace(GOOD, answer=GOOD.other or "", other=GOOD.answer)


def asked(spec: AnyJudgedSpec, exhibit: Exhibit, *, swapped: bool = False, in_words: bool = False) -> Question:
    prompt = judge_prompt(spec, exhibit, salt="s", swapped=swapped)
    schema: Any = None if prompt.output is None else prompt.output.json_schema
    if in_words:
        profile = profile_of("meta.llama3-70b-instruct-v1:0")
        assert profile is not None
        prompt, schema = fit(JUDGE.asked_with, prompt, profile, model="llama").prompt, None
    text = f"{prompt.system}\n{prompt.messages[0].content}"
    return Question(asked="j", model_id="j", text=text, metadata={}, schema=schema)


def value(spec: AnyJudgedSpec, exhibit: Exhibit, *, swapped: bool = False, in_words: bool = False) -> float | None:
    found = judgement(asked(spec, exhibit, swapped=swapped, in_words=in_words), seed=1)
    assert found is not None
    return read(spec, said(found), swapped=swapped).value


@pytest.mark.parametrize("in_words", [False, True])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)
def test_a_judgement_has_the_form_that_was_asked_for(spec: AnyJudgedSpec, *, in_words: bool) -> None:
    good, bad = value(spec, GOOD, in_words=in_words), value(spec, BAD, in_words=in_words)

    assert good is not None
    assert bad is not None
    assert good > bad


@pytest.mark.parametrize("exhibit", [GOOD, BAD])
def test_a_clear_difference_is_seen_in_both_orders(exhibit: Exhibit) -> None:
    assert value(PAIRWISE, exhibit) == value(PAIRWISE, exhibit, swapped=True)


@pytest.mark.parametrize(
    ("answer", "relation"),
    [
        ("It is in Vienna", "same"),
        ("Vienna", "subset"),
        ("It is in Vienna which is a large and old city by a river of that country", "superset"),
        ("Nobody knows", "contradicts"),
    ],
)
def test_relations_follow_the_words(answer: str, relation: str) -> None:
    found = judgement(asked(FACTUALITY, replace(GOOD, answer=answer)), seed=1)

    assert json.loads(found or "")["relation"] == relation


def test_the_same_question_gets_the_same_judgement_and_a_seed_changes_the_lots() -> None:
    blind = CLOSED_QA.model_copy(update={"show_reference": False})
    questions = [asked(blind, Exhibit(input="", answer=f"answer {number}")) for number in range(40)]

    one, again, other = ([judgement(question, seed) for question in questions] for seed in (1, 1, 2))

    assert one == again
    assert one != other


def test_other_questions_are_none_of_a_judges_business() -> None:
    question = asked(RUBRIC, GOOD)

    assert judgement(replace(question, text="Where is it?"), 1) is None
    assert judgement(replace(question, schema=None), 1) is None
