"""Workloads whose prompt is a chain of steps: what a valid one is, and what is said of one that is not."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.inference import chosen_inference
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from brainswap.core.prompts.template import TAKES
from tests.fakes.chains import steps
from tests.fakes.conversations import TURNS

MakeFolder = Callable[..., DirectoryFolder]
CASE = {"id": "a", "input": {"ticket": "My card is lost."}, "reference": 2}
DECLARED: Mapping[str, Any] = {
    "version": 1,
    "name": "tickets",
    "cases": "cases.jsonl",
    "source": {"model": "anthropic.claude-3-haiku-20240307-v1:0", "parameters": {"max_tokens": 300, "temperature": 0}},
    "targets": [{"model": "us.meta.llama3-1-70b-instruct-v1:0"}],
    "scorers": [{"name": "right", "type": "number"}],
}


def folder_of(
    make: MakeFolder,
    made: list[dict[str, Any]],
    *cases: Mapping[str, Any],
    files: Mapping[str, str] | None = None,
    **keys: Any,
) -> DirectoryFolder:
    lines = "".join(json.dumps(one) + "\n" for one in cases or [CASE])
    declared = yaml.safe_dump({**DECLARED, "prompt": {"steps": made}, **keys}, sort_keys=False)
    return make({"workload.yaml": declared, "cases.jsonl": lines, **(files or {})})


def loaded(make: MakeFolder, made: list[dict[str, Any]], **keys: Any) -> LoadedWorkload:
    return load_workload(folder_of(make, made, **keys))


def summary_of(folder: DirectoryFolder) -> CaseSummary:
    return validate_cases(folder, load_workload(folder))


def problems_of(folder: DirectoryFolder) -> list[str]:
    with pytest.raises(InvalidWorkloadError) as caught:
        summary_of(folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_last_step_is_the_prompt_and_the_others_come_before_it(make_folder: MakeFolder) -> None:
    prompt = loaded(make_folder, steps()).prompt

    assert [step.name for step in prompt.steps] == ["classify", "draft", "check"]
    assert (prompt.name, [step.earlier for step in prompt.steps]) == ("check", [(), (), ()])
    assert prompt.steps[0].system == "You sort tickets."
    assert prompt.placeholders == {"ticket"}
    assert [step.used_answers for step in prompt.steps] == [
        frozenset(),
        {"steps.classify.label"},
        {"steps.draft", "steps.classify"},
    ]
    assert [step.takes for step in prompt.steps] == [(), (), TAKES]


def test_a_step_is_asked_with_the_parameters_of_the_model_but_for_its_own(make_folder: MakeFolder) -> None:
    workload = loaded(make_folder, steps((0, {"parameters": {"temperature": 1.0, "stop_sequences": ["\n"]}}))).workload

    classify, draft, check = (workload.parameters_of(workload.source, name) for name in workload.step_names)

    assert (classify.max_tokens, classify.temperature, classify.stop_sequences) == (300, 1.0, ("\n",))
    assert (draft.max_tokens, draft.temperature, draft.stop_sequences) == (300, 0.0, ())
    assert (check.max_tokens, check.temperature) == (5, 0.0)


def test_texts_and_schemas_of_steps_may_be_files(make_folder: MakeFolder) -> None:
    made = steps((1, {"user": {"file": "draft.md"}, "output": {"schema": {"file": "draft.json"}}}))
    files = {"draft.md": "{{ticket}} {{steps.classify.label}}", "draft.json": '{"type": "object"}'}

    found = loaded(make_folder, made, files=files)

    assert found.prompt.steps[1].messages[0].content == files["draft.md"]
    assert found.prompt.steps[1].output is not None
    assert {"draft.md", "draft.json"} <= found.file_hashes.keys()


@pytest.mark.parametrize(
    ("change", "place", "told"),
    [
        ((1, {"user": "{{ticket}} {{steps.sort}}"}), "steps[1].user", "no step is called `sort`. Steps before it: "),
        ((1, {"user": "{{ticket}} {{steps.clasify}}"}), "steps[1].user", "Did you mean `classify`?"),
        ((1, {"user": "{{ticket}} {{steps.check}}"}), "steps[1].user", "the step `check` comes later"),
        ((1, {"user": "{{ticket}} {{steps.draft}}"}), "steps[1].user", "it is the step's own"),
        ((0, {"system": "{{steps.draft}}"}), "steps[0].system", "It is the first step; use the inputs of the case"),
        ((1, {"user": "{{ticket}} {{steps.classify.lable}}"}), "steps[1].user", "Did you mean `label`?"),
        ((2, {"user": "{{ticket}} {{steps.draft.text}}"}), "steps[2].user", "Declare it below the step: fields: {text"),
        ((1, {"name": "classify"}), "steps[1].name", "steps[0] is called `classify` as well"),
        ((1, {"name": "The Draft"}), "steps[1].name", ""),
        ((0, {"fields": {"label": {"json": "a..b"}}}), "steps[0].fields.label", "is not a dotted path"),
        ((0, {"fields": {"label": {"json": "a", "tag": "b"}}}), "steps[0].fields.label", "exactly one of"),
        ((0, {"parameters": {"max_tokens": None}}), "steps[0].parameters", "Leave it out for that of the model"),
        ((0, {"parameters": {"service_tier": "flex"}}), "steps[0].parameters.service_tier", "unknown key"),
        ((0, {"parameters": {"tool_choice": "any"}}), "steps[0].parameters.tool_choice", "has no tools"),
        ((0, {"messages": [{"case": "messages"}], "user": None}), "steps[0].messages[0]", "takes: [messages]"),
        ((1, {"user": "{{ ticket"}), "steps[1].user", "opens a placeholder that is not closed"),
        ((1, {"user": {"file": "nowhere.md"}}), "steps[1].user", "there is no file"),
        ((1, {"tools": [{"name": "a b", "input_schema": {}}]}), "steps[1].tools[0].name", ""),
    ],
)
def test_what_is_wrong_with_a_step_is_told_with_its_place(
    make_folder: MakeFolder, change: tuple[int, dict[str, Any]], place: str, told: str
) -> None:
    problems = problems_of(folder_of(make_folder, steps(change)))

    assert any(f"prompt.{place}" in problem and told in problem for problem in problems), problems


def test_a_prompt_is_one_call_or_steps_and_never_both(make_folder: MakeFolder, declaration: str) -> None:
    both = declaration.replace("  system: You", "  steps: [{name: a, user: x}, {name: b, user: y}]\n  system: You")
    alone = folder_of(make_folder, steps()[:1])

    assert any("at least 2" in problem.lower() for problem in problems_of(alone))
    with pytest.raises(InvalidWorkloadError, match="either steps or system, user"):
        load_workload(make_folder({"workload.yaml": both}))


def test_a_scorer_names_a_step_that_there_is(make_folder: MakeFolder, declaration: str) -> None:
    scorer = {"name": "right", "type": "number", "step": "clasify"}

    in_chain = problems_of(folder_of(make_folder, steps(), scorers=[scorer]))
    alone = declaration.replace("type: number}", "type: number, step: draft}")

    assert any("scorers[0].step" in problem and "Did you mean `classify`?" in problem for problem in in_chain)
    with pytest.raises(InvalidWorkloadError, match="the prompt has no steps"):
        load_workload(make_folder({"workload.yaml": alone}))
    assert loaded(make_folder, steps(), scorers=[{**scorer, "step": "classify"}]).workload.scorers[0].step == "classify"


def test_the_sources_answers_are_no_aim_for_a_scorer_of_a_step(make_folder: MakeFolder) -> None:
    scorer = {"name": "right", "type": "number", "step": "classify"}
    improve = {"methods": ["optimise"], "reference": "source_answers"}

    problems = problems_of(folder_of(make_folder, steps(), scorers=[scorer], improve=improve))

    assert any("scorers[0].step" in problem and "tell nothing of a step" in problem for problem in problems)


def test_every_step_has_to_be_bound_by_every_case(make_folder: MakeFolder) -> None:
    made = steps((0, {"user": "{{ticket}} {{language}}"}))

    problems = problems_of(folder_of(make_folder, made, CASE, {**CASE, "id": "b", "input": {"language": "en"}}))

    assert any("`language`" in problem and ":1 input" in problem for problem in problems)
    assert any("`ticket`" in problem and ":2 input" in problem for problem in problems)


def test_a_name_that_stands_for_an_answer_is_no_name_of_an_input(make_folder: MakeFolder) -> None:
    case = {**CASE, "input": {"ticket": "x", "steps.draft": "ours"}}

    problems = problems_of(folder_of(make_folder, steps(), case))

    assert any("stands for the answer of a step" in problem for problem in problems)


def test_recorded_answers_of_steps_belong_to_steps_before_the_last(make_folder: MakeFolder) -> None:
    recorded = {
        "output": "2",
        "steps": {"classify": {"output": "{}"}, "check": {"output": "2"}, "sort": {"output": ""}},
    }

    problems = problems_of(folder_of(make_folder, steps(), {**CASE, "recorded": {"old": recorded}}))

    assert any("recorded.old.steps.check" in problem and "beside `steps`" in problem for problem in problems)
    assert any("recorded.old.steps.sort" in problem and "no step" in problem for problem in problems)
    assert not any("steps.classify" in problem for problem in problems)


def test_lengths_are_those_of_each_step(make_folder: MakeFolder) -> None:
    recorded = {"output": "2", "steps": {"classify": {"output": "four"}}}
    cases = [{**CASE, "recorded": {"old": recorded}}, {**CASE, "id": "b", "input": {"ticket": "x"}}]

    summary = summary_of(folder_of(make_folder, steps(), *cases))

    fixed = len("Answer the ticket, of the kind : ")
    assert summary.step_characters["draft"].longest == fixed + len("My card is lost.")
    assert summary.step_characters["draft"].mean == fixed + (len("My card is lost.") + 1) / 2
    assert summary.prompt_characters.mean == sum(each.mean for each in summary.step_characters.values())
    assert [(lengths.mean, count) for lengths, count in summary.recorded_step_characters["classify"].values()] == [
        (4, 1)
    ]


@pytest.mark.parametrize(
    ("change", "keys", "warned"),
    [
        ([(2, {"user": "Well? {{ticket}}"})], {}, True),
        (
            [(2, {"user": "Well? {{ticket}}"})],
            {"scorers": [{"name": "kind", "type": "number", "step": "draft"}]},
            False,
        ),
        ([], {}, False),
    ],
)
def test_a_step_whose_answer_nobody_uses_is_warned_of(
    make_folder: MakeFolder, change: list[tuple[int, dict[str, Any]]], keys: dict[str, Any], *, warned: bool
) -> None:
    warnings = summary_of(folder_of(make_folder, steps(*change), **keys)).warnings

    told = "prompt.steps[1]: the step `draft` is asked and paid, and no later step and no scorer uses its answer"
    assert any(told in warning for warning in warnings) == warned


@pytest.mark.parametrize(
    ("takes", "told"),
    [
        ([(0, {"takes": []}), (2, {"takes": []})], "no step takes the `messages` of a case"),
        ([(0, {"takes": ["messages"]}), (2, {"takes": []})], None),
        ([], None),
    ],
)
def test_what_a_case_holds_goes_with_some_step(
    make_folder: MakeFolder, takes: list[tuple[int, dict[str, Any]]], told: str | None
) -> None:
    folder = folder_of(make_folder, steps(*takes), {**CASE, "messages": [TURNS[0], {**TURNS[1], "tool_calls": []}]})

    if told is None:
        with_turns = summary_of(folder).step_characters
        without = summary_of(folder_of(make_folder, steps(*takes))).step_characters
        longer = [name for name, lengths in with_turns.items() if lengths.mean > without[name].mean]
        assert longer == ["classify" if takes else "check"]
    else:
        assert any(told in problem for problem in problems_of(folder))


def test_chains_are_asked_on_demand_whatever_the_workload_says(make_folder: MakeFolder) -> None:
    workload = loaded(make_folder, steps(), inference="batch").workload

    assert chosen_inference(workload, test_cases=100_000) == "on_demand"
    assert (
        chosen_inference(
            workload.model_copy(update={"prompt": load_workload(make_folder()).workload.prompt}), test_cases=100_000
        )
        == "batch"
    )
