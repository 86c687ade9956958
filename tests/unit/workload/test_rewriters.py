"""What a workload says of rewriters is held against its targets, its limits and its cases."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.validation import validate_cases
from brainswap.core.loading.workloads import load_workload
from brainswap.core.money.resolution import find_improver_price
from brainswap.core.workload import Workload
from tests.fakes.runs import declaration

MakeFolder = Callable[..., DirectoryFolder]
BOTH = "[optimize_prompt, prompt_optimization_job]"
JOB = "improve: {methods: [rewrite], rewriters: [prompt_optimization_job],"
TRAINED = "splits: {train: 0.5, test: 0.5}\n"
CASES = "".join(f'{{"id": "{n}", "input": {{"question": "1 + {n}?"}}, "reference": 2}}\n' for n in range(40))


def problems(make_folder: MakeFolder, declared: str, more: str, cases: str = CASES) -> list[Problem]:
    folder = make_folder({"workload.yaml": declared + more, "cases.jsonl": cases})
    try:
        validate_cases(folder, load_workload(folder))
    except InvalidWorkloadError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    "more",
    [
        "improve: {methods: [rewrite]}\n",
        f"improve: {{methods: [translate, rewrite], rewriters: {BOTH}}}\n{TRAINED}",
        "improve: {methods: [rewrite], rewriters: [prompt_optimization_job], job: {steering: [SHORT]}}\n",
        "improve: {methods: [rewrite], model: {model: amazon.nova-pro-v1:0}}\nlimits: {regions: [us-*]}\n",
    ],
)
def test_rewriters_that_can_work_are_no_problem(make_folder: MakeFolder, declaration: str, more: str) -> None:
    assert problems(make_folder, declaration, more) == []


@pytest.mark.parametrize(
    ("more", "place", "wrong"),
    [
        ("improve: {rewriters: [own]}\n", "improve.rewriters", "nobody is asked to rewrite"),
        ("improve: {methods: [translate], rewriters: [own]}\n", "improve.rewriters", "nobody is asked to rewrite"),
        ("improve: {methods: [rewrite], rewriters: [mine]}\n", "improve.rewriters[0]", "own"),
        ("improve: {methods: [rewrite], rewriters: []}\n", "improve.rewriters", ""),
        (
            "improve: {methods: [rewrite], rewriters: [optimize_prompt]}\nlimits: {regions: [eu-*]}\n",
            "improve.rewriters[0]",
            "OptimizePrompt does not say in which regions",
        ),
        (
            "improve: {methods: [rewrite], job: {steering: [SHORT]}}\n",
            "improve.job",
            "no job of Advanced Prompt Optimization",
        ),
        (
            f"{JOB} job: {{steering: [A], function: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}}}\n",
            "improve.job",
            "one of steering, judge and function",
        ),
        (
            f"{JOB} job: {{judge: {{model: anthropic.claude-sonnet-4-6, instructions: Judge it.}}}}}}\n",
            "improve.job.judge.instructions",
            "{{response}}",
        ),
        (
            "improve: {methods: [rewrite], rewriters: [prompt_optimization_job]}\nsplits: {test: 1}\n",
            "improve.rewriters",
            "takes cases for training",
        ),
    ],
)
def test_what_cannot_work_is_told_with_its_place(
    make_folder: MakeFolder, declaration: str, more: str, place: str, wrong: str
) -> None:
    (found,) = problems(make_folder, declaration, more)

    assert found.place.endswith(f" {place}")
    assert wrong in found.wrong + found.remedy
    assert found.remedy


def test_a_live_target_elsewhere_is_told_for_each_optimiser_of_bedrock(
    make_folder: MakeFolder, declaration: str
) -> None:
    elsewhere = declaration.replace("us.meta.llama3-1-70b-instruct-v1:0", "openai:gpt-5.6-sol")

    found = problems(make_folder, elsewhere, f"improve: {{methods: [rewrite], rewriters: {BOTH}}}\n{TRAINED}")

    assert [one.wrong for one in found] == [
        "OptimizePrompt rewrites for models on Amazon Bedrock, and a target is `openai:gpt-5.6-sol`",
        "Advanced Prompt Optimization rewrites for models on Amazon Bedrock, and a target is `openai:gpt-5.6-sol`",
    ]


def test_a_recorded_target_elsewhere_is_nobodys_trouble(make_folder: MakeFolder, declaration: str) -> None:
    recorded = "{model: openai:gpt-5.6-sol, answers: recorded, recorded: old}"
    elsewhere = declaration.replace("{model: us.meta.llama3-1-70b-instruct-v1:0}", recorded)
    cases = CASES.replace('"reference"', '"recorded": {"old": {"output": "2"}}, "reference"')

    assert problems(make_folder, elsewhere, f"improve: {{methods: [rewrite], rewriters: {BOTH}}}\n", cases) == []


def workload(**improve: Any) -> Workload:
    return Workload.model_validate(declaration(improve=improve))


@pytest.mark.parametrize(
    ("improve", "shares"),
    [
        ({"methods": ["rewrite"]}, (0.0, 0.0, 1.0)),
        ({"methods": ["rewrite"], "rewriters": ["prompt_optimization_job"]}, (0.2, 0.0, 0.8)),
        ({"methods": ["rewrite", "optimise"], "rewriters": ["prompt_optimization_job"]}, (0.2, 0.2, 0.6)),
    ],
)
def test_cases_are_kept_for_training_only_where_somebody_looks_at_them(
    improve: Mapping[str, Any], shares: tuple[float, ...]
) -> None:
    found = workload(**improve).split_shares

    assert (found.train, found.validation, found.test) == shares


def test_rewriters_are_taken_once_each_and_only_where_rewriting_is_asked_for() -> None:
    assert workload(methods=["translate"]).rewriters == ()
    assert workload(methods=["rewrite"]).rewriters == ("own",)
    assert workload(methods=["rewrite"], rewriters=["optimize_prompt", "own", "own"]).rewriters == (
        "optimize_prompt",
        "own",
    )


def test_the_model_that_rewrites_is_looked_at_and_priced_like_any_that_is_asked() -> None:
    named = {"model": "amazon.nova-pro-v1:0"}
    asked, idle = workload(methods=["rewrite"], model=named), workload(methods=["translate"], model=named)

    price = find_improver_price(asked, region="us-east-1")

    assert asked.live_models[-1] == "amazon.nova-pro-v1:0"
    assert "amazon.nova-pro-v1:0" not in idle.live_models
    assert find_improver_price(idle, region="us-east-1") is None
    assert price is not None
    assert price.price is not None


def test_a_live_target_may_have_a_rewritten_prompt_as_well() -> None:
    several = workload(methods=["translate", "rewrite"])

    assert [several.most_prompts_of(one) for one in (several.source, several.targets[0])] == [1, 3]
