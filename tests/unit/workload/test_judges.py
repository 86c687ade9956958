from collections.abc import Callable

import pytest

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.workloads import load_workload
from brainswap.core.scoring.specs import JudgedSpec, RubricSpec

MakeFolder = Callable[..., DirectoryFolder]

CORRECT = "  - {name: correct, type: number}\n"
KIND = "  - {{name: kind, type: closed_qa, criterion: It is kind., judge: {judge}}}\n"


def problems_of(folder: DirectoryFolder) -> tuple[Problem, ...]:
    with pytest.raises(InvalidWorkloadError) as caught:
        load_workload(folder)
    return caught.value.problems


def test_a_rubric_is_read_with_all_that_it_may_say(make_folder: MakeFolder, declaration: str) -> None:
    rubric = """\
  - name: good
    type: rubric
    judge:
      - {model: amazon.nova-pro-v1:0, parameters: {max_tokens: 500}}
      - {model: "openai:gpt-4o", key: {env: MY_API_KEY}}
    repeats: 2
    show_reference: true
    criteria:
      - {name: right, question: "Is it right?", anchors: {1: wrong, 5: right}, weight: 2}
      - {name: kind, description: The tone is kind.}
"""
    loaded = load_workload(make_folder({"workload.yaml": declaration.replace(CORRECT, rubric)}))

    (spec,) = loaded.workload.scorers
    assert isinstance(spec, RubricSpec)
    assert [judge.model for judge in spec.panel] == ["amazon.nova-pro-v1:0", "openai:gpt-4o"]
    assert spec.criteria[0].anchors == {1: "wrong", 5: "right"}


@pytest.mark.parametrize(
    ("judge", "who"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "the source"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "the source"),
        ("anthropic.claude-v2:1", "the source"),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0", "the source"),
        ("meta.llama3-8b-instruct-v1:0", "targets[0]"),
    ],
)
def test_a_judge_of_the_family_of_a_model_is_refused(
    make_folder: MakeFolder, declaration: str, judge: str, who: str
) -> None:
    declared = declaration + KIND.format(judge=f'{{model: "{judge}"}}')

    (problem,) = problems_of(make_folder({"workload.yaml": declared}))

    assert problem.place.endswith("scorers[1].judge.model")
    assert problem.wrong.endswith(f"is of the family of {who}")
    assert "judge_may_be_related: true" in problem.remedy


def test_each_member_of_a_panel_is_looked_at(make_folder: MakeFolder, declaration: str) -> None:
    panel = "[{model: amazon.nova-pro-v1:0}, {model: anthropic.claude-3-haiku-20240307-v1:0}]"

    (problem,) = problems_of(make_folder({"workload.yaml": declaration + KIND.format(judge=panel)}))

    assert problem.place.endswith("scorers[1].judge[1].model")


def test_a_workload_may_allow_a_judge_to_be_related(make_folder: MakeFolder, declaration: str) -> None:
    judge = "{model: anthropic.claude-3-haiku-20240307-v1:0}, judge_may_be_related: true"

    loaded = load_workload(make_folder({"workload.yaml": declaration + KIND.format(judge=judge)}))

    assert isinstance(loaded.workload.scorers[1], JudgedSpec)


@pytest.mark.parametrize(
    "judge", ["amazon.nova-pro-v1:0", "openai:gpt-4o", "openai:my-own", "mistral.mistral-large-2407-v1:0"]
)
def test_strangers_may_judge(make_folder: MakeFolder, declaration: str, judge: str) -> None:
    declared = declaration + KIND.format(judge=f'{{model: "{judge}"}}')

    assert load_workload(make_folder({"workload.yaml": declared})).workload.scorers[1].name == "kind"


@pytest.mark.parametrize(
    ("judge", "place", "wrong"),
    [
        ("{modle: amazon.nova-pro-v1:0}", "judge.modle", "unknown key `modle`"),
        ("[{modle: amazon.nova-pro-v1:0}]", "judge[0].modle", "unknown key `modle`"),
        ("amazon.nova-pro-v1:0", "judge", "stands where keys with values or a list should be"),
        ("{model: NOT A MODEL}", "judge.model", '"NOT A MODEL" is not possible here'),
        ("[]", "judge", "the list has a length of 0"),
        ("{model: amazon.nova-pro-v1:0}, repeats: 0", "repeats", "0 is not possible here"),
    ],
)
def test_a_mistake_about_a_judge_is_told_once_and_where_it_is(
    make_folder: MakeFolder, declaration: str, judge: str, place: str, wrong: str
) -> None:
    (problem,) = problems_of(make_folder({"workload.yaml": declaration + KIND.format(judge=judge)}))

    assert problem.place.endswith(f"scorers[1].{place}")
    assert wrong in problem.wrong


@pytest.mark.parametrize(
    ("criteria", "wrong"),
    [
        ("{name: a}", "the keys do not go together"),
        ("{name: a, question: q, description: d}", "the keys do not go together"),
        ("{name: a, question: q, anchors: {6: x}}", "6"),
        ("{name: a, question: q, weight: 0}", "0 is not possible here"),
        ("{name: a b, question: q}", '"a b" is not possible here'),
    ],
)
def test_a_criterion_that_cannot_be_is_told(
    make_folder: MakeFolder, declaration: str, criteria: str, wrong: str
) -> None:
    rubric = f"  - {{name: good, type: rubric, judge: {{model: amazon.nova-pro-v1:0}}, criteria: [{criteria}]}}\n"

    (problem,) = problems_of(make_folder({"workload.yaml": declaration + rubric}))

    assert wrong in f"{problem.place} {problem.wrong}"
