"""The parts of a chain that may change: each step's own, one step at a time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.optimising.components import components, in_step, with_components, with_tools_of
from brainswap.core.optimising.examples import form_for
from brainswap.core.optimising.planning import answers_in_budget
from brainswap.core.optimising.reflecting import reflection
from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.template import Message, Prompt, Tool, chained
from tests.fakes.chains import steps
from tests.unit.money.test_forecast import workload

TOOL = Tool(name="look.up", input_schema={"type": "object"}, description="Looks it up.")
CLASSIFY = Prompt(
    name="classify", system="Sort.", messages=(Message(role="user", content="{{ticket}}"),), takes=(), tools=(TOOL,)
)
REPLY = Prompt(
    name="reply",
    system=None,
    messages=(
        Message(role="user", content="{{steps.classify}}"),
        Message(role="assistant", content="Yes?"),
        Message(role="user", content="{{ticket}}"),
    ),
)
CHAIN = chained([CLASSIFY, REPLY])


def test_the_parts_of_each_step_are_named_after_it() -> None:
    assert components(CHAIN) == {
        "classify.system": "Sort.",
        "classify.user": "{{ticket}}",
        "classify.tool look.up": "Looks it up.",
        "reply.system": "",
        "reply.turn 1": "{{steps.classify}}",
        "reply.turn 2": "Yes?",
        "reply.turn 3": "{{ticket}}",
    }
    assert [in_step(name) for name in ("classify.tool look.up", "tool look.up", "user")] == ["classify", "", ""]


@given(st.dictionaries(st.sampled_from(sorted(components(CHAIN))), st.text(min_size=1)))
def test_what_is_put_in_comes_out_and_the_rest_stays(texts: dict[str, str]) -> None:
    changed = with_components(CHAIN, texts)

    assert components(changed) == components(CHAIN) | texts
    assert [step.takes for step in changed.steps] == [step.takes for step in CHAIN.steps]


def test_tools_are_those_of_the_same_step() -> None:
    without = chained([replace(CLASSIFY, tools=()), REPLY])

    assert with_tools_of(without, CHAIN) == CHAIN


def test_a_chain_shows_no_worked_examples() -> None:
    last = chained([CLASSIFY, replace(REPLY, messages=REPLY.messages[:1])])

    assert form_for(last, pack=None, family="claude") is None
    assert form_for(last.steps[-1], pack=None, family="claude") == "tags"


def test_a_model_that_reflects_is_told_which_step_it_works_on() -> None:
    asked = reflection({"classify.system": "Sort.", "classify.user": "{{ticket}}"}, [], salt="")

    told = asked.prompt.messages[0].content
    assert "of its step “classify”, its system text" in told
    assert "of its step “classify”, the user's turn" in told


def test_guards_hold_for_each_step_and_name_it() -> None:
    lost = with_components(CHAIN, {"reply.turn 1": "Well."})
    moved = with_components(CHAIN, {"classify.user": "Sort {{ticket}} {{steps.reply}}", "reply.turn 3": "{{ticket}}!"})

    found = {(one.guard, one.reason) for one in refusals(lost, CHAIN)}
    new = {(one.guard, one.reason) for one in refusals(moved, CHAIN)}

    assert ("placeholders", "step `reply`: {{steps.classify}} is gone") in found
    assert all(reason.startswith("step `reply`: ") for _, reason in found)
    assert ("placeholders", "step `classify`: {{steps.reply}} is new, and no case has to have it") in new
    assert refusals(CHAIN, CHAIN) == ()


def test_what_one_step_lost_is_not_made_good_by_another() -> None:
    swapped = with_components(CHAIN, {"classify.user": "Sort.", "reply.turn 3": "{{ticket}} {{ticket}}"})

    guards = {(one.guard, one.reason.partition(":")[0]) for one in refusals(swapped, CHAIN)}

    assert {("placeholders", "step `classify`"), ("placeholders", "step `reply`")} <= guards


def test_a_label_stays_in_the_step_that_has_it() -> None:
    labelled = chained([replace(CLASSIFY, system="Answer with a label: cards or loans."), REPLY])
    without = with_components(labelled, {"classify.system": "Answer with a label."})

    assert any(
        "the label `cards` is gone" in one.reason for one in refusals(without, labelled, labels=["cards", "loans"])
    )


@pytest.mark.parametrize(
    ("prompt", "declared", "answers"),
    [
        ({"user": "{{q}}"}, 600, 600),
        ({"steps": steps()}, 600, 200),
        ({"user": "{{q}}"}, None, 20 * 50),
        ({"steps": steps()}, None, 20 * 50),
    ],
)
def test_a_budget_is_of_calls_and_a_search_counts_answers(
    prompt: dict[str, Any], declared: int | None, answers: int
) -> None:
    made = workload(prompt=prompt, improve={"methods": ["optimise"], "budget_calls": declared})

    assert answers_in_budget(made, validation=50) == answers


def test_a_chain_keeps_its_steps() -> None:
    shorter, renamed = REPLY, chained([replace(CLASSIFY, name="sort"), REPLY])

    assert [one.guard for one in refusals(shorter, CHAIN)] == ["contract"]
    assert "sort, reply instead of classify, reply" in refusals(renamed, CHAIN)[0].reason.replace("`", "")
