"""The table of AWS's optimised prompts agrees with what AWS says of them, and claims no more than the cases show."""

import json
from typing import Any

import pytest

from benchmarks.optimised_by_aws import NAME, Task, needed, table, tasks, verdict
from tests.real.assembling import ABSENT, DATA

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=ABSENT),
]

TASKS = ("nestful", "ifbench", "spot", "nestful-live")


@pytest.fixture(scope="module")
def found() -> dict[str, Task]:
    return {task.name: task for task in tasks()}


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    templates = json.loads((DATA / f"{NAME}.manifest.json").read_text("utf-8"))["templates"]
    parsed: dict[str, Any] = json.loads(templates) if isinstance(templates, str) else templates
    return parsed


@pytest.mark.parametrize("name", TASKS)
def test_scores_and_tokens_have_the_means_that_aws_published(
    name: str, found: dict[str, Task], published: dict[str, Any]
) -> None:
    for told, side in ((found[name].before, "original"), (found[name].after, "optimized")):
        theirs = published[f"apo-{name}"][f"{side}_metrics"]
        count = len(told)
        assert sum(each.score for each in told) / count == pytest.approx(theirs["averageScore"])
        assert sum(each.usage.input_tokens for each in told) / count == pytest.approx(
            theirs["averageInputTokens"], abs=1
        )
        assert sum(each.usage.output_tokens for each in told) / count == pytest.approx(
            theirs["averageOutputTokens"], abs=1
        )


def test_no_prompt_is_shown_to_be_better_on_so_few_cases(found: dict[str, Task]) -> None:
    assert {name: verdict(found[name]) for name in TASKS} == {
        "nestful": "not worse",
        "ifbench": "not worse",
        "spot": "not shown",
        "nestful-live": "not shown",
    }


def test_what_it_would_take_is_more_than_there_is(found: dict[str, Task]) -> None:
    assert all((needed(found[name]) or 0) > len(found[name].cases) for name in TASKS)


def test_three_of_four_prompts_cost_more_than_twice_as_much(found: dict[str, Task]) -> None:
    dearer = [name for name in TASKS if (ratio := found[name].ratio) is not None and ratio.low > 2]

    assert dearer == ["nestful", "ifbench", "nestful-live"]


def test_the_table_has_a_row_for_each(found: dict[str, Task]) -> None:
    lines = list(table(list(found.values())))

    assert len(lines) == 2 + len(TASKS)
    assert len({line.count("|") for line in lines}) == 1
