"""Asking step by step comes to what asking case by case would, with no call that one of them would not make."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.asking import Asked, unasked
from brainswap.chaining import ask_in_steps
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.handlers import prepare
from brainswap.lineup import source_contender
from brainswap.ports import Question
from brainswap.questions import Inquiry, inquiries_of
from brainswap.run_files import RunFiles
from tests.fakes.chains import steps
from tests.fakes.memory import answered
from tests.fakes.runs import RUN, declaration, upload
from tests.handlers.test_the_way_of_a_run import models

CASES = 6
NAMES = ("classify", "draft", "check")
Script = dict[tuple[str, str], AnswerStatus | None]

OUTCOMES = st.sampled_from([*[AnswerStatus.ANSWERED] * 6, AnswerStatus.REFUSED, AnswerStatus.FAILED, None])
SCRIPTS = st.fixed_dictionaries({(f"case-{case}", step): OUTCOMES for case in range(CASES) for step in NAMES})


@cache
def begun() -> RunFiles:
    using = models(answered)
    cases = [{"id": f"case-{number}", "input": {"ticket": str(number)}, "reference": "yes"} for number in range(CASES)]
    prepare.run(upload(using, declaration(prompt={"steps": steps()}), cases), using)
    return RunFiles(using.artifacts, RUN)


def inquiries() -> list[Inquiry]:
    """Of which nothing has been asked yet."""
    files = begun()
    frozen = files.run()
    return inquiries_of(frozen, source_contender(frozen), list(files.cases()), lambda _: b"")


def step_of(question: Question) -> str:
    return question.labels["step"]


def said(question: Question, script: Script) -> Answer | None:
    """None is what time did not allow."""
    status = script[question.case.id, step_of(question)]
    if status is None:
        return None
    text = '{"label": "cards"}' if step_of(question) == "classify" else f"{step_of(question)} of {question.case.id}"
    return replace(answered(question, text), status=status, reason=None if status == "answered" else "so it is")


def asking(script: Script, calls: list[tuple[str, str]]) -> Callable[[Sequence[Question], str | None], object]:
    async def ask(questions: Sequence[Question], stopped_because: str | None) -> Asked:
        assert len({step_of(question) for question in questions}) == 1
        if stopped_because is not None:
            return Asked(answers=[unasked(each, stopped_because) for each in questions], fresh=0)
        calls.extend((each.case.id, step_of(each)) for each in questions)
        answers = [said(each, script) for each in questions]
        return Asked(answers=answers, fresh=len([one for one in answers if one is not None]))

    return ask


def case_by_case(script: Script) -> tuple[list[Answer | None], set[tuple[str, str]]]:
    """The oracle: one case after the other, each to its end."""
    found: list[Answer | None] = []
    calls = set()
    for inquiry in inquiries():
        going_on = True
        while going_on:
            question = inquiry.question()
            calls.add((question.case.id, step_of(question)))
            answer = said(question, script)
            if answer is None:
                break
            going_on = inquiry.chain.take(answer)
        found.append(None if going_on else inquiry.chain.whole())
    return found, calls


@settings(max_examples=25, deadline=None)
@given(SCRIPTS)
def test_step_by_step_is_case_by_case(script: Script) -> None:
    calls: list[tuple[str, str]] = []
    expected, made = case_by_case(script)

    asked = asyncio.run(ask_in_steps(inquiries(), asking(script, calls)))  # type: ignore[arg-type]

    if None not in expected:
        assert asked.answers == expected
        assert asked.finished
    for ours, theirs in zip(asked.answers, expected, strict=True):
        assert ours in {None, theirs}
    assert set(calls) <= made
    assert len(calls) == len(set(calls))
    assert asked.fresh == sum(script[each] is not None for each in calls)


def test_what_is_stopped_at_one_step_is_asked_nothing_at_the_next() -> None:
    rounds: list[tuple[int, str | None]] = []

    async def ask(questions: Sequence[Question], stopped_because: str | None) -> Asked:
        rounds.append((len(questions), stopped_because))
        if stopped_because is not None:
            return Asked(answers=[unasked(each, stopped_because) for each in questions], fresh=0)
        script = dict.fromkeys(((each.case.id, step_of(each)) for each in questions), AnswerStatus.ANSWERED)
        answers = [said(each, script) for each in questions]  # type: ignore[arg-type]
        return Asked(answers=answers, fresh=len(answers), stopped_because="no access")

    asked = asyncio.run(ask_in_steps(inquiries(), ask))

    assert rounds == [(CASES, None), (CASES, "no access")]
    assert asked.stopped_because == "no access"
    assert {one.status for one in asked.answers if one} == {AnswerStatus.UNASKED}
    assert all(one is not None and one.steps[0].status is AnswerStatus.ANSWERED for one in asked.answers)
