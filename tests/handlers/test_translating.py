"""Targets get the prompt in their dialect beside the original."""

from typing import Any

import pytest

from brainswap.contracts import Contender, TranslateRequest
from brainswap.core.answers import Answer
from brainswap.core.workload import Workload
from brainswap.handlers import prepare, translate
from brainswap.ports import Question
from brainswap.run_files import RunFiles
from tests.fakes.memory import MemoryDependencies, answered
from tests.fakes.runs import RUN, case, declaration, upload
from tests.fakes.states import evaluated
from tests.handlers.test_the_way_of_a_run import TARGET, finished, models

PROMPT = {"user": "You answer questions.\n\nAnswer yes or no.\n\nQuestion: {{question}}"}


def contenders(**changes: Any) -> tuple[MemoryDependencies, list[Contender]]:
    using = models(answered)
    prepare.run(
        upload(using, declaration(**{"prompt": PROMPT, **changes}), [case(number) for number in range(30)]), using
    )
    named = translate.run(TranslateRequest(run_id=RUN, target=0), using).contenders
    files = RunFiles(using.artifacts, RUN)
    return using, [files.contender(name) for name in named]


def test_a_target_has_the_original_and_the_translated_prompt() -> None:
    _, (original, translated) = contenders(improve={"methods": ["translate"]})

    assert (original.id, original.variant) == ("target-1-original", "original")
    assert (translated.id, translated.variant) == ("target-1-translated", "translated")
    assert translated.prompt.system == "You answer questions.\n\nAnswer yes or no."
    assert [turn.content for turn in translated.prompt.messages] == ["Question: {{question}}"]
    assert [change.rule for change in translated.changes] == ["nova-system"]
    assert translated.prompt_sha256 != original.prompt_sha256
    assert "nova-system" in translated.notes[0]


def test_without_translating_there_is_the_original_alone() -> None:
    _, (original,) = contenders()

    assert (original.variant, original.notes) == ("original", [])


def test_a_prompt_that_is_fit_as_it_is_stays_alone_and_a_note_says_so() -> None:
    _, (original,) = contenders(improve={"methods": ["translate"]}, prompt={"user": "Is {{question}} true?"})

    assert original.variant == "original"
    assert original.notes == ["no translated prompt: the original is fit for the model as it is"]


def test_a_rejected_rule_leaves_the_original_alone() -> None:
    _, (original,) = contenders(improve={"methods": ["translate"], "reject": ["nova-system"]})

    assert original.variant == "original"


def test_recorded_answers_were_given_to_the_original() -> None:
    target = {"model": "amazon.nova-lite-v1:0", "answers": "recorded", "recorded": "new"}
    using = models(answered)
    rows = [case(number, recorded={"new": {"output": "yes"}}) for number in range(30)]
    declared = declaration(prompt=PROMPT, targets=[target], improve={"methods": ["translate"]})
    prepare.run(upload(using, declared, rows), using)

    (name,) = translate.run(TranslateRequest(run_id=RUN, target=0), using).contenders

    assert "recorded" in RunFiles(using.artifacts, RUN).contender(name).notes[0]


def better_when_told_apart(question: Question) -> Answer:
    """The target answers right when the instructions stand in the system text."""
    target = question.model.startswith("amazon")
    return answered(question, "no" if target and question.prompt.system is None else "yes")


def test_both_are_evaluated_and_the_better_one_is_recommended_with_its_reasons() -> None:
    using = models(better_when_told_apart)
    declared = declaration(prompt=PROMPT, improve={"methods": ["translate"]})

    made = finished(using, upload(using, declared, [case(number) for number in range(120)]))

    assert {one.id for one in made.contenders} == {"source", "target-1-original", "target-1-translated"}
    assert made.recommended is not None
    assert made.recommended.prompt == "translated"
    assert {reason.partition(": ")[0] for reason in made.reasons} == {f"{TARGET} · original", f"{TARGET} · translated"}
    difference = RunFiles(using.artifacts, RUN).read_text("prompts/target-1-translated.diff")
    assert difference.startswith("# nova-system: ")
    assert "Amazon Nova user guide" in difference.splitlines()[0]
    assert "+[system]" in difference
    page = RunFiles(using.artifacts, RUN).read_text("report.html")
    assert 'id="prompts"' in page
    assert "<ins>[system]</ins>" in page
    assert "Amazon Nova user guide" in page


def test_every_case_is_for_the_verdict_because_translating_looks_at_none() -> None:
    using = models(answered)
    declared = declaration(prompt=PROMPT, improve={"methods": ["translate"]})

    evaluated(using, upload(using, declared, [case(number) for number in range(30)]))

    assert RunFiles(using.artifacts, RUN).run().splits["test"] == 30


@pytest.mark.parametrize(("methods", "calls"), [([], 60), (["translate"], 90)])
def test_the_forecast_counts_both_prompts(methods: list[str], calls: int) -> None:
    using = models(answered)
    declared = declaration(prompt=PROMPT, improve={"methods": methods})
    prepare.run(upload(using, declared, [case(number) for number in range(30)]), using)

    assert RunFiles(using.artifacts, RUN).run().forecast.calls == calls


def test_a_model_with_recorded_answers_is_asked_with_one_prompt() -> None:
    workload = Workload.model_validate(
        declaration(
            improve={"methods": ["translate"]}, targets=[{"model": "a.a", "answers": "recorded"}, {"model": "b.b"}]
        )
    )

    assert [workload.most_prompts_of(one) for one in workload.slots.values()] == [1, 1, 2]
