"""Chains whose answers somebody recorded, with those of their steps or without."""

from typing import Any

import pytest

from brainswap.adapters.recordings import RecordedModels
from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.money.costs import estimated_tokens
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.chains import steps
from tests.fakes.memory import MemoryDependencies, answered
from tests.fakes.runs import RUN, declaration, upload
from tests.handlers.test_the_way_of_a_run import finished, models

SOURCE = {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded", "recorded": "old"}
SAID = {"classify": {"output": '{"label": "cards"}'}, "draft": {"output": "We block it.", "latency_ms": 300.0}}
SORTED = {"name": "sorted", "type": "exact", "step": "classify", "extract": {"json": "label"}, "reference": "kind"}
RIGHT = {"name": "right", "type": "exact", "reference": "say"}


def ran(recorded: dict[str, Any]) -> tuple[MemoryDependencies, Report]:
    using = models(lambda question: answered(question, '{"label": "cards"}'))
    using.recordings = RecordedModels()  # type: ignore[assignment]
    cases = [
        {
            "id": f"case-{number}",
            "input": {"ticket": f"Ticket {number}."},
            "reference": {"say": "yes", "kind": "cards"},
            "recorded": {"old": {"output": "yes", "latency_ms": 900.0, **recorded}},
        }
        for number in range(4)
    ]
    declared = declaration(prompt={"steps": steps()}, source=SOURCE, scorers=[RIGHT, SORTED])
    return using, finished(using, upload(using, declared, cases))


def first_answer(using: MemoryDependencies) -> Answer:
    return next(iter(RunFiles(using.artifacts, RUN).answers("source", 0)))


def test_recorded_steps_are_told_and_scored() -> None:
    using, made = ran({"steps": SAID})

    source, answer = made.contenders[0], first_answer(using)
    assert (source.scores["right"].mean, source.scores["sorted"].mean) == (1.0, 1.0)
    assert [step.text for step in answer.before] == ['{"label": "cards"}', "We block it."]
    assert (answer.latency_ms, answer.status) == (900.0, AnswerStatus.ANSWERED)


def test_tokens_that_nobody_counted_are_estimated_for_all_steps() -> None:
    using, _ = ran({"steps": SAID})

    usage = first_answer(using).usage
    assert usage is not None
    assert usage.estimated
    assert len(usage.rounds) == 3
    assert usage.output_tokens == sum(
        estimated_tokens(len(text)) for text in ('{"label": "cards"}', "We block it.", "yes")
    )


def test_tokens_that_somebody_counted_are_those_of_the_whole_application() -> None:
    using, _ = ran({"steps": SAID, "input_tokens": 1_000, "output_tokens": 50})

    usage = first_answer(using).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (1_000, 50, False)


@pytest.mark.parametrize(
    "recorded", [{}, {"steps": {"classify": SAID["classify"]}}, {"steps": {"draft": SAID["draft"]}}]
)
def test_without_the_answers_of_all_steps_nobody_knows_the_tokens(recorded: dict[str, Any]) -> None:
    using, made = ran(recorded)

    source = made.contenders[0]
    assert source.scores["right"].mean == 1.0
    assert first_answer(using).usage is None
    assert source.cost is None
    known = "classify" in recorded.get("steps", {})
    assert source.scores["sorted"].mean == (1.0 if known else None)
    assert source.scores["sorted"].unscored == (0 if known else 4)


def test_what_is_recorded_is_the_answer_though_a_step_could_not_be_gone_on_from() -> None:
    using, made = ran({"steps": {**SAID, "classify": {"output": "cards"}}})

    source, answer = made.contenders[0], first_answer(using)
    assert (source.answers.answered, source.scores["right"].mean) == (4, 1.0)
    assert [step.step for step in answer.before] == ["classify"]
    assert answer.usage is None
    assert source.scores["sorted"].mean == 0.0
