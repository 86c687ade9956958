"""New prompts for chains: each step is worded by itself, the others stay as they are, and guards hold for each."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from brainswap.contracts import Contender, OptimiseRequest, RewriteRequest, RewriteResult, TranslateRequest
from brainswap.core.answers import Answer
from brainswap.core.prompts.leaks import words_of
from brainswap.handlers import optimise, prepare, rewrite, translate
from brainswap.ports import Question
from brainswap.run_files import RunFiles
from tests.fakes.memory import MemoryDependencies, answered
from tests.fakes.rewriters import is_rewriting, material, optimising, wording
from tests.fakes.runs import RUN, declaration, upload
from tests.handlers.rewriting import Run
from tests.handlers.test_the_way_of_a_run import TARGET, models

STEPS: list[dict[str, Any]] = [
    {"name": "sort", "user": "You sort questions.\n\nSay the kind of it.\n\nQuestion: {{question}}"},
    {"name": "reply", "system": "You know numbers.", "user": "Of the kind {{steps.sort}}: {{question}}"},
]
HINT = "Numbers are numbers."
SPLITS = {"train": 0.3, "validation": 0.3, "test": 0.4}

_PART = re.compile(r"<part-(\d)-([0-9a-f]{20})>\n(.*?)\n?</part-\1-", re.DOTALL)


def case(number: int) -> dict[str, Any]:
    return {"id": f"case-{number}", "input": {"question": f"Is {number} a number?"}, "reference": "yes"}


def begun(
    reply: Callable[[Question], Answer] = answered, *methods: str, cases: int = 30, **changes: Any
) -> tuple[MemoryDependencies, list[str]]:
    using = models(reply)
    improve = {"methods": list(methods), **changes.pop("improve", {})}
    declared = declaration(**{"prompt": {"steps": STEPS}, "improve": improve, **changes})
    prepare.run(upload(using, declared, [case(number) for number in range(cases)]), using)
    return using, translate.run(TranslateRequest(run_id=RUN, target=0), using).contenders


def contender(using: MemoryDependencies, name: str) -> Contender:
    return RunFiles(using.artifacts, RUN).contender(name)


def texts(made: Contender) -> dict[str, tuple[str | None, str]]:
    return {step.name: (step.system, step.messages[-1].content) for step in [*made.prompt.earlier, made.prompt]}


def test_each_step_is_translated_and_every_change_names_its_step() -> None:
    using, (original, translated) = begun(answered, "translate")

    made = contender(using, translated)
    assert texts(made)["sort"] == ("You sort questions.\n\nSay the kind of it.", "Question: {{question}}")
    assert texts(made)["reply"] == texts(contender(using, original))["reply"]
    assert [change.what.partition(":")[0] for change in made.changes] == ["step `sort`"]
    assert made.prompt_sha256 != contender(using, original).prompt_sha256


def rewritten(using: MemoryDependencies, contenders: list[str]) -> RewriteResult:
    request = RewriteRequest(run_id=RUN, target=0, contenders=contenders)
    return rewrite.run(request, using, lambda: 900.0)


def test_a_model_words_each_step_by_itself() -> None:
    def reply(question: Question) -> Answer:
        assert is_rewriting(question)
        user = material(question, "turn-1") or ""
        return wording(question, "Be exact.", user.replace("You sort questions.\n\n", ""))

    using, contenders = begun(reply, "rewrite")

    found = rewritten(using, contenders)

    made = contender(using, found.contenders[-1])
    assert len(using.models.asked) == 2
    assert texts(made) == {
        "sort": ("Be exact.", "Say the kind of it.\n\nQuestion: {{question}}"),
        "reply": ("Be exact.", "Of the kind {{steps.sort}}: {{question}}"),
    }
    assert [change.what.partition(":")[0] for change in made.changes] == ["step `sort`", "step `reply`"]
    assert found.candidates == ["own"]


def test_a_step_whose_new_wording_is_refused_stays_as_it_is() -> None:
    def reply(question: Question) -> Answer:
        user = material(question, "turn-1") or ""
        lost = "steps.sort" in user
        return wording(question, "Be exact.", "Is it {{question}}?" if lost else user)

    using, contenders = begun(reply, "rewrite")

    made = contender(using, rewritten(using, contenders).contenders[-1])

    assert len(using.models.asked) == 3
    assert texts(made)["sort"][0] == "Be exact."
    assert texts(made)["reply"] == ("You know numbers.", "Of the kind {{steps.sort}}: {{question}}")
    assert any("it stays as it is at step `reply`" in note and "is gone" in note for note in made.notes)


def test_without_any_step_in_new_words_there_is_no_contender() -> None:
    using, contenders = begun(lambda question: answered(question, "No."), "rewrite")

    found = rewritten(using, contenders)

    assert found.contenders == contenders
    notes = " ".join(contender(using, contenders[0]).notes)
    assert "step `sort`: " in notes
    assert "step `reply`: " in notes


def test_the_service_takes_each_step_as_a_text_of_its_own() -> None:
    def reply(question: Question) -> Answer:
        text = question.prompt.messages[-1].content
        return optimising(f"Please.\n\n{text}")(question)

    using, contenders = begun(reply, "rewrite", improve={"rewriters": ["optimize_prompt"]})

    made = contender(using, rewritten(using, contenders).contenders[-1])

    assert texts(made)["sort"][1].startswith("Please.\n\nYou sort questions.")
    assert texts(made)["reply"] == (None, "Please.\n\nYou know numbers.\n\nOf the kind {{steps.sort}}: {{question}}")


def test_a_job_takes_no_chain_and_a_note_says_so() -> None:
    run = Run(answered, "prompt_optimization_job", prompt={"steps": STEPS})

    run.rewrite()

    assert any("this is a chain of 2" in note for note in run.notes)


def reflects(question: Question) -> bool:
    return "You improve the prompt" in (question.prompt.system or "")


def hinting(question: Question) -> str:
    """A rewriter that appends a hint to every part that it is shown."""
    told = ["Change: it says what numbers are."]
    for number, code, text in _PART.findall(question.prompt.messages[-1].content):
        told.append(f"<part-{number}-{code}>\n{text}\n{HINT}\n</part-{number}-{code}>")
    return "\n".join(told)


def helped_at_the_reply(question: Question) -> Answer:
    """The target is wrong in one case of four, unless the system text of its last step has the hint."""
    if reflects(question):
        return answered(question, hinting(question))
    words = question.prompt.messages[-1].content
    if not words.startswith("Of the kind"):
        return answered(question, "arithmetic")
    number = int(re.findall(r"\d+", question.case.id)[0])
    hard = question.model == TARGET and number % 4 == 0 and HINT not in (question.prompt.system or "")
    return answered(question, "no" if hard else "yes")


def searched(using: MemoryDependencies, contenders: list[str]) -> list[str]:
    request = OptimiseRequest(run_id=RUN, target=0, contenders=contenders)
    found = optimise.run(request, using, lambda: 900.0)
    assert found.finished
    return found.contenders


def test_a_rewriting_changes_one_step_and_the_others_stay_fixed() -> None:
    using, contenders = begun(helped_at_the_reply, "optimise", cases=140, splits=SPLITS)

    found = searched(using, contenders)

    shown = [question.prompt.messages[-1].content for question in using.models.asked if reflects(question)]
    steps = [set(re.findall(r"of its step “(\w+)”", text)) for text in shown]
    assert {frozenset(names) for names in steps} == {frozenset({"sort"}), frozenset({"reply"})}
    made = texts(contender(using, found[-1]))
    assert HINT in str(made["reply"][0])
    assert made["sort"] == texts(contender(using, contenders[0]))["sort"]


def test_who_reflects_sees_what_every_step_answered() -> None:
    using, contenders = begun(helped_at_the_reply, "optimise", cases=140, splits=SPLITS)

    searched(using, contenders)

    asked = next(question for question in using.models.asked if reflects(question))
    assert "[step sort]\narithmetic" in asked.prompt.messages[-1].content


def test_what_a_search_tells_that_it_took_is_what_was_paid() -> None:
    using, contenders = begun(helped_at_the_reply, "optimise", cases=140, splits=SPLITS)

    searched(using, contenders)

    told = RunFiles(using.artifacts, RUN).optimising(0)
    spent = using.purse.balance(RUN)
    assert told.calls == len(using.models.asked) == spent.calls["improving"]
    assert told.usd == spent.spent["improving"]


@pytest.mark.parametrize("budget", [300, 900])
def test_a_budget_in_calls_counts_those_of_all_steps(budget: int) -> None:
    using, contenders = begun(
        helped_at_the_reply, "optimise", cases=140, splits=SPLITS, improve={"budget_calls": budget}
    )

    searched(using, contenders)

    assert 0 < len(using.models.asked) <= budget


def test_earlier_steps_are_not_asked_again_for_a_later_one_that_changed() -> None:
    using, contenders = begun(helped_at_the_reply, "optimise", cases=140, splits=SPLITS)

    searched(using, contenders)

    sorting = [
        question for question in using.models.asked if words_of(question.prompt.messages[-1].content)[0] == "you"
    ]
    replying = [
        question for question in using.models.asked if question.prompt.messages[-1].content.startswith("Of the")
    ]
    plain = [question.case.id for question in sorting if HINT not in str(question.prompt)]
    assert len(plain) == len(set(plain))
    assert len(replying) > len(sorting)
