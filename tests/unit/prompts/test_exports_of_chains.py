"""Chains in other forms: all steps where a form holds words, and a file for each where it holds one call."""

import json
from dataclasses import replace

import pytest

from brainswap.core.exports.chains import step_by_step
from brainswap.core.exports.langchain import chat_prompt_template
from brainswap.core.exports.prompt_management import create_prompt
from brainswap.core.exports.shipped import NotExportableError, Shipped, left_out
from brainswap.core.exports.texts import openai_messages, plain_text
from brainswap.core.prompts.template import Message, chained
from local.exports.promptfoo import configuration
from tests.unit.prompts.test_exports import SETTINGS, fits, shipped


def chain() -> Shipped:
    one = shipped(Message(role="user", content="Sort {{ticket}}.")).prompt
    last = shipped(Message(role="user", content="{{ticket}} is of {{steps.sort.label}}."), system="Be kind.").prompt
    return replace(
        shipped(),
        prompt=chained([replace(one, name="sort", takes=()), replace(last, name="reply")]),
        earlier_settings={"sort": replace(SETTINGS, max_tokens=20)},
    )


def test_words_are_those_of_all_steps_in_order() -> None:
    text = plain_text(chain()).text

    assert text.index("[step sort]") < text.index("Sort {{ticket}}.") < text.index("[step reply]")
    assert "{{steps.sort.label}}" in text


def test_what_is_left_out_is_told_by_step() -> None:
    found = left_out(chain(), {"tools"})

    assert found[0].startswith("the model, ")
    assert "step sort: max_tokens: 20" in found
    assert "step reply: max_tokens: 256" in found


def test_a_form_of_one_call_gets_a_file_for_each_step() -> None:
    made = step_by_step(chain(), openai_messages, ending=".json")

    assert json.loads(made.text)["messages"][-1]["content"] == "{{ticket}} is of {{steps.sort.label}}."
    assert list(made.beside) == ["-sort.json"]
    assert json.loads(made.beside["-sort.json"])["max_completion_tokens"] == 20
    assert any("in which order the steps are asked" in what for what in made.left_out)
    assert any("which parts of the answers" in what for what in made.left_out)


def test_prompt_management_holds_a_prompt_for_each_step() -> None:
    made = step_by_step(chain(), create_prompt, ending=".json")

    requests = [json.loads(text) for text in (*made.beside.values(), made.text)]
    for request in requests:
        fits(request)
    assert [request["name"] for request in requests] == [
        "demo-target-1-optimised-sort",
        "demo-target-1-optimised-reply",
    ]
    assert made.renamed == {"steps.sort.label": "steps_sort_label"}
    assert requests[0]["variants"][0]["inferenceConfiguration"]["text"]["maxTokens"] == 20


def test_a_prompt_that_is_one_call_is_what_it_was() -> None:
    assert step_by_step(shipped(), chat_prompt_template, ending=".json") == chat_prompt_template(shipped())


def test_promptfoo_asks_once_and_is_not_given_a_chain() -> None:
    with pytest.raises(NotExportableError, match="a chain of 2 steps"):
        configuration(chain(), [], [], description="", name="c")
