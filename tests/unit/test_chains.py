"""Chains: what each step is asked, and what one answer all of them come to."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.answers import Answer, AnswerStatus, Origin, ToolCall, Usage
from brainswap.core.cases import Case
from brainswap.core.chains import Chain
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.money.costs import cost_usd
from brainswap.core.money.prices import LongPrompts, Price, Rates
from brainswap.core.prompts.template import Message, Prompt, chained
from brainswap.core.scoring.specs import Extract
from tests.fakes.conversations import TURNS

FIELDS = {"classify": {"label": Extract.model_validate({"json": "label"})}}
CASE = Case(id="a", input={"ticket": "My card is lost."})
SAID = ['{"label": "cards"}', "We block it.", "yes"]


def step(name: str, user: str, **more: Any) -> Prompt:
    return Prompt(system=None, messages=(Message(role="user", content=user),), name=name, **{"takes": (), **more})


STEPS = (
    step("classify", "Sort: {{ticket}}"),
    step("draft", "Of the kind {{steps.classify.label}}: {{ticket}}"),
    step("check", "{{steps.draft}} / {{steps.classify}}", takes=("messages",)),
)


def answer(text: str, **more: Any) -> Answer:
    took = Usage(input_tokens=10, output_tokens=len(text))
    plain = Answer(
        case_id="a", text=text, status=AnswerStatus.ANSWERED, origin=Origin.LIVE, usage=took, latency_ms=100.0
    )
    return replace(plain, **more)


def asked(chain: Chain) -> str:
    return chain.prompt.messages[-1].content


def gone_through(*answers: Answer, case: Case = CASE) -> Answer:
    chain = Chain(STEPS, FIELDS, case)
    for each in answers:
        going_on = chain.take(each)
    assert not going_on
    return chain.whole()


def test_each_step_is_asked_with_the_answers_before_it() -> None:
    chain = Chain(STEPS, FIELDS, CASE)

    said = []
    for text in SAID:
        said.append(asked(chain))
        going_on = chain.take(answer(text))

    assert said == [
        "Sort: My card is lost.",
        "Of the kind cards: My card is lost.",
        'We block it. / {"label": "cards"}',
    ]
    assert not going_on
    assert chain.whole().text == "yes"


def test_one_answer_has_what_all_steps_took_and_the_first_token_of_the_last() -> None:
    whole = gone_through(
        answer(SAID[0], first_token_ms=90.0, sent_at=1.0),
        answer(SAID[1], first_token_ms=90.0, sent_at=2.0, cold=True),
        answer(SAID[2], first_token_ms=40.0, sent_at=3.0, rounds=2),
    )

    assert (whole.latency_ms, whole.first_token_ms, whole.sent_at) == (300.0, 240.0, 1.0)
    assert whole.usage is not None
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (30, sum(map(len, SAID)))
    assert (whole.rounds, whole.cold, whole.step) == (4, True, "")
    assert [each.text for each in whole.steps] == SAID
    assert whole.at("draft").text == "We block it."
    assert whole.at("check").latency_ms == 100.0
    assert whole.at(None) is whole


def test_each_call_is_priced_by_itself() -> None:
    price = Price(
        input=Decimal(1),
        output=Decimal(0),
        source="here",
        date="2026-11-01",
        long=LongPrompts(above=25, rates=Rates(input=Decimal(100), output=Decimal(0))),
    )

    whole = gone_through(*map(answer, SAID))

    assert whole.usage is not None
    assert cost_usd(whole.usage, price, inference="on_demand", tier=None).usd == Decimal(30) / 1_000_000


@pytest.mark.parametrize(
    ("status", "reason"), [(AnswerStatus.REFUSED, "it would not"), (AnswerStatus.TRUNCATED, "max_tokens")]
)
def test_a_step_that_gives_no_answer_ends_the_case_with_its_reason(status: AnswerStatus, reason: str) -> None:
    whole = gone_through(answer(SAID[0]), answer("I can", status=status, reason=reason))

    assert (whole.status, whole.text) == (status, "")
    assert whole.reason == f"step `draft`: {reason}"
    assert (whole.latency_ms, whole.first_token_ms) == (None, None)
    assert whole.usage is not None
    assert whole.usage.input_tokens == 20
    assert whole.at("draft").text == "I can"
    assert whole.at("check") is whole


def test_the_last_step_keeps_what_it_said_before_it_was_cut_off() -> None:
    whole = gone_through(
        answer(SAID[0]), answer(SAID[1]), answer("ye", status=AnswerStatus.TRUNCATED, reason="max_tokens")
    )

    assert (whole.status, whole.text, whole.reason) == (AnswerStatus.TRUNCATED, "ye", "step `check`: max_tokens")
    assert whole.latency_ms == 300.0


@pytest.mark.parametrize("status", [AnswerStatus.FAILED, AnswerStatus.UNASKED])
def test_a_call_that_came_to_nothing_tells_no_tokens_of_the_case_but_those_of_its_steps(status: AnswerStatus) -> None:
    whole = gone_through(answer(SAID[0]), answer("", status=status, reason="gone", usage=None, latency_ms=None))

    assert (whole.status, whole.usage) == (status, None)
    assert whole.steps[0].usage == Usage(input_tokens=10, output_tokens=len(SAID[0]))


def test_an_answer_without_the_part_that_is_used_ends_the_case_unfinished() -> None:
    whole = gone_through(answer("cards"))

    assert whole.status is AnswerStatus.UNFINISHED
    assert whole.reason is not None
    assert whole.reason.startswith("step `classify`: its field `label` is not there")
    assert whole.at("classify").status is AnswerStatus.ANSWERED


def test_a_step_that_only_calls_a_tool_says_nothing_that_another_could_use() -> None:
    called = answer("", tool_calls=(ToolCall(name="weather", arguments="{}"),))

    whole = gone_through(answer(SAID[0]), called)

    assert (whole.status, whole.tool_calls) == (AnswerStatus.UNFINISHED, ())
    assert whole.reason == "step `draft`: it says nothing that a later step could use"


def test_a_part_that_no_later_step_uses_need_not_be_there() -> None:
    unused = Chain((STEPS[0], step("draft", "{{ticket}}")), FIELDS, CASE)

    assert unused.take(answer("cards"))
    assert asked(unused) == "My card is lost."


@given(st.text(min_size=1).filter(str.strip))
def test_an_answer_is_put_in_its_place_whatever_it_holds(text: str) -> None:
    hostile = f"{text} {{{{ticket}}}} {{{{steps.check}}}}"
    chain = Chain(STEPS, FIELDS, CASE)
    chain.take(answer(SAID[0]))

    chain.take(answer(hostile))

    assert asked(chain) == f"{hostile} / {SAID[0]}"


def test_a_step_takes_of_a_case_what_it_says_and_no_more() -> None:
    case = Case.model_validate({"id": "a", "input": {"ticket": "x"}, "messages": [TURNS[0]]})
    chain = Chain(STEPS, FIELDS, case)

    turns = []
    for text in SAID:
        turns.append(len(chain.prompt.messages))
        chain.take(answer(text))

    assert turns == [1, 1, 2]


def test_known_in_part_is_reused_only_where_all_of_it_is() -> None:
    part = gone_through(answer(SAID[0], cached=True, reused=True), answer(SAID[1]), answer(SAID[2]))
    every = gone_through(*(answer(text, reused=True) for text in SAID))

    assert (part.cached, part.reused) == (True, False)
    assert (every.cached, every.reused) == (False, True)


def test_a_later_step_changes_the_fingerprint_of_the_chain_and_not_of_the_questions_before_it() -> None:
    other = chained([*STEPS[:2], step("check", "Well?")])
    renamed = chained([replace(STEPS[0], name="sort"), *STEPS[1:]])

    assert prompt_fingerprint(chained(STEPS)) not in {prompt_fingerprint(other), prompt_fingerprint(renamed)}
    assert prompt_fingerprint(Chain(STEPS, FIELDS, CASE).prompt) == prompt_fingerprint(
        Chain(renamed.steps, FIELDS, CASE).prompt
    )
    assert chained(STEPS).steps == STEPS
