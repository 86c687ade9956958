"""Each rule does what it says, where its source says so, and nowhere else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.prompts import translation as translation_module
from brainswap.core.prompts.anchors import losses
from brainswap.core.prompts.dialects.packs import rule_ids
from brainswap.core.prompts.template import Message, Output, Prompt, Role, Tool
from brainswap.core.prompts.translation import MOVES, translate
from tests.unit.prompts.test_structure import prompts

OLD_CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
CLAUDE = "anthropic.claude-sonnet-4-6"
NOVA = "amazon.nova-pro-v1:0"
LLAMA = "meta.llama3-3-70b-instruct-v1:0"
MISTRAL = "mistral.mistral-large-3-675b-instruct"
R1 = "deepseek.r1-v1:0"
QWEN = "qwen.qwen3-32b-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
GPT = "openai.gpt-6-sol"
COHERE = "cohere.command-r-v1:0"
ALL = (OLD_CLAUDE, CLAUDE, NOVA, LLAMA, MISTRAL, R1, QWEN, GPT_OSS, GPT, COHERE)


def asked(*contents: str, system: str | None = None) -> Prompt:
    """Turns of user and assistant by turns."""
    roles: tuple[Role, Role] = ("user", "assistant")
    turns = [Message(role=roles[place % 2], content=content) for place, content in enumerate(contents)]
    return Prompt(system=system, messages=tuple(turns))


def rules(prompt: Prompt, model: str) -> list[str]:
    return [change.rule for change in translate(prompt, model).changes]


def user(prompt: Prompt) -> str:
    return prompt.messages[-1].content


PLAIN = asked("Is {{question}} a number? Answer yes or no.", system="You are exact.")


@pytest.mark.parametrize("model", [model for model in ALL if model != R1])
def test_a_prompt_that_no_source_objects_to_is_left_alone(model: str) -> None:
    translation = translate(PLAIN, model)

    assert translation.prompt == PLAIN
    assert translation.changes == ()


@pytest.mark.parametrize("model", ALL)
def test_markup_of_a_template_becomes_turns(model: str) -> None:
    prompt = asked("<s>[INST] <<SYS>>\nYou are exact.\n<</SYS>>\n\nIs {{question}} a number? [/INST]")

    translation = translate(prompt, model)

    assert translation.changes[0].rule == "chat-template"
    text = " ".join([translation.prompt.system or "", user(translation.prompt)])
    assert "INST" not in text
    assert "SYS" not in text
    assert "You are exact." in text


def test_the_answer_that_a_template_opens_is_no_turn() -> None:
    translated = translate(asked("\n\nHuman: Sort {{ticket}}.\n\nAssistant:"), LLAMA).prompt

    assert translated == asked("Sort {{ticket}}.")


@pytest.mark.parametrize(
    ("prefill", "asks"),
    [
        ("{", "first character is {"),
        ("```json\n{", "first character is {"),
        ("Here is the topic:", "without repeating them: Here is the topic:"),
        ("<response><scratchpad>", "exactly this text:\n<response><scratchpad>"),
    ],
)
def test_a_prefill_becomes_an_instruction_where_the_model_refuses_it(prefill: str, asks: str) -> None:
    translated = translate(asked("Sort {{ticket}}.", prefill), CLAUDE).prompt

    assert [turn.role for turn in translated.messages] == ["user"]
    assert user(translated).startswith("Sort {{ticket}}.")
    assert asks in user(translated)


def test_a_prefill_stays_where_the_model_goes_on_from_it_or_a_schema_takes_its_place() -> None:
    prompt = asked("Sort {{ticket}}.", "{")
    with_schema = replace(prompt, output=Output(json_schema={"type": "object"}))

    assert translate(prompt, OLD_CLAUDE).prompt == prompt
    assert translate(with_schema, CLAUDE).prompt == with_schema


@pytest.mark.parametrize(
    ("system", "model", "left"),
    [
        ("Be exact. /no_think", NOVA, "Be exact."),
        ("Reasoning: high\nBe exact.", CLAUDE, "Be exact."),
        ("detailed thinking off\nBe exact.", CLAUDE, "Be exact."),
        ("Be exact. /no_think", QWEN, "Be exact. /no_think"),
        ("Reasoning: high\nBe exact.", GPT_OSS, "Reasoning: high\nBe exact."),
        ("Look into /think/no_thinking and /no_thinking.", NOVA, "Look into /think/no_thinking and /no_thinking."),
        ("Write the line `Reasoning: high`.", NOVA, "Write the line `Reasoning: high`."),
    ],
)
def test_switches_of_other_models_go(system: str, model: str, left: str) -> None:
    translated = translate(asked("{{question}}", system=system), model).prompt

    assert (translated.system or "").strip() == left


def test_a_switch_is_one_only_of_the_model_that_the_prompt_was_written_for() -> None:
    prompt = asked("{{question}}", system="Type /think to think.")

    assert translate(prompt, NOVA, source_vendor="anthropic").prompt == prompt
    assert translate(prompt, NOVA, source_vendor="qwen").prompt != prompt


@pytest.mark.parametrize(
    ("said", "model", "left"),
    [
        (
            "You are ChatGPT, a large language model trained by OpenAI. Hi.",
            CLAUDE,
            "You are an AI assistant. Hi.",
        ),
        ("You are Claude, created by Anthropic. Be kind.", NOVA, "You are an AI assistant. Be kind."),
        ("You are Qwen, created by Alibaba Cloud. Be kind.", LLAMA, "You are an AI assistant. Be kind."),
        ("You are Claude, created by Anthropic. Be kind.", CLAUDE, "You are Claude, created by Anthropic. Be kind."),
        ("You are Claude, a waiter. Be kind.", NOVA, "You are Claude, a waiter. Be kind."),
    ],
)
def test_a_model_is_not_told_that_it_is_anothers(said: str, model: str, left: str) -> None:
    assert translate(asked("{{question}}", system=said), model).prompt.system == left


def test_claude_gets_its_role_in_the_system_text() -> None:
    prompt = asked("You are a claims assistant.\n\nSort this: {{ticket}}")

    translated = translate(prompt, CLAUDE).prompt

    assert translated.system == "You are a claims assistant."
    assert user(translated).startswith("Sort this:")
    assert "claude-role" not in rules(asked("You are good at {{skill}}.\n\nSort it."), CLAUDE)
    assert "claude-role" not in rules(replace(prompt, system="Be kind."), CLAUDE)


def test_claude_gets_inputs_in_elements() -> None:
    prompt = asked("Sort the ticket.\n\nTicket: {{ticket.text}}\n\n{{history}}")

    assert user(translate(prompt, CLAUDE).prompt) == (
        "Sort the ticket.\n\nTicket:\n<ticket_text>\n{{ticket.text}}\n</ticket_text>\n\n"
        "<history>\n{{history}}\n</history>"
    )


@pytest.mark.parametrize(
    "prompt",
    [
        asked("{{question}}", system="Answer."),
        asked("Sort it.\n\n<ticket>\n{{ticket}}\n</ticket>"),
        asked("Is {{question}} a number?"),
        asked('Sort it.\n\n"{{ticket}}"'),
        asked("Answer in <ticket> tags.\n\n{{ticket}}"),
        asked("Sort it.\n\n```\n{{ticket}}\n```"),
    ],
)
def test_inputs_that_are_set_apart_already_stay(prompt: Prompt) -> None:
    assert translate(prompt, CLAUDE).prompt == prompt


def test_claude_gets_examples_in_elements() -> None:
    prompt = asked("{{q}}", system="Sort it.\n\n## Examples\nText: a\nLabel: x\n\nText: b\nLabel: y")

    assert (translate(prompt, CLAUDE).prompt.system or "").endswith(
        "<examples>\n<example>\nText: a\nLabel: x\n</example>\n<example>\nText: b\nLabel: y\n</example>\n</examples>"
    )
    assert rules(asked("{{q}}", system="## Examples\n<example>\na\n</example>"), CLAUDE) == []


def test_newer_claude_is_told_of_tools_in_a_calm_voice() -> None:
    prompt = replace(
        asked("{{q}}", system="CRITICAL: You MUST call `look_up` first, it is a tool. You MUST answer in French."),
        tools=(Tool(name="look_up", input_schema={}),),
    )

    said = "You must call `look_up` first, it is a tool. You MUST answer in French."
    assert translate(prompt, CLAUDE).prompt.system == said
    assert translate(prompt, OLD_CLAUDE).prompt == prompt


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("You MUST answer. NEVER guess.", "You must answer. Never guess."),
        ("- DO NOT explain it.", "- Do not explain it."),
        ("Say ALWAYS, SOMETIMES or NEVER.", "Say ALWAYS, SOMETIMES or NEVER."),
        ('Write "You MUST pay" there.', 'Write "You MUST pay" there.'),
        ("<!-- keep -->You MUST pay.<!-- /keep -->", "<!-- keep -->You MUST pay.<!-- /keep -->"),
        (
            "You MUST answer. <!-- keep -->You MUST pay.<!-- /keep -->",
            "You must answer. <!-- keep -->You MUST pay.<!-- /keep -->",
        ),
        ("Words such as MUST and NEVER and so on.", "Words such as MUST and NEVER and so on."),
    ],
)
def test_gpt_is_not_shouted_at(said: str, left: str) -> None:
    assert translate(asked("{{q}}", system=said), GPT).prompt.system == left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Solve it. Let's think step by step.", "Solve it."),
        ("Solve it.\n\nThink step by step before answering.\n\nBe brief.", "Solve it.\n\nBe brief."),
        ("Let's think step by step to see if it fits.", "Let's think step by step to see if it fits."),
        ("7. Think step by step", "7. Think step by step"),
        ("Think step by step:\n1. Read it.", "Think step by step:\n1. Read it."),
        ("Explain step by step how it works.", "Explain step by step how it works."),
    ],
)
@pytest.mark.parametrize("model", [GPT, GPT_OSS])
def test_a_model_that_reasons_is_not_told_to(said: str, left: str, model: str) -> None:
    assert translate(asked("{{q}}", system=said), model).prompt.system == left


def test_a_model_that_is_told_not_to_think_may_be_told_to_go_step_by_step() -> None:
    prompt = asked("{{q}}", system="Solve it. Let's think step by step.")

    assert translate(prompt, GPT, thinking_off=True).prompt == prompt
    assert translate(prompt, GPT_OSS, thinking_off=True).prompt != prompt
    assert translate(prompt, LLAMA).prompt == prompt


def test_nova_gets_lasting_instructions_in_the_system_text() -> None:
    prompt = asked("You sort tickets.\n\nAnswer in JSON format.\n\nTicket: {{ticket}}")

    assert translate(prompt, NOVA).prompt == asked(
        "Ticket: {{ticket}}", system="You sort tickets.\n\nAnswer in JSON format."
    )


def test_instructions_behind_the_input_keep_the_others_with_them() -> None:
    assert rules(asked("Sort it.\n\n{{ticket}}\n\nAnswer in JSON format."), NOVA) == []
    assert rules(asked("{% if a %}Sort it.\n\n{{ticket}}{% endif %}"), NOVA) == []


def test_nova_gets_pairs_as_turns() -> None:
    prompt = asked("Sort it.\n\nExamples:\nText: a\nLabel: x\nText: b\nLabel: y\n\nText: {{text}}\nLabel:")

    assert translate(prompt, NOVA).prompt == asked(
        "Text: a\nLabel:", "x", "Text: b\nLabel:", "y", "Text: {{text}}\nLabel:", system="Sort it."
    )


def test_pairs_of_another_form_than_the_question_stay() -> None:
    prompt = asked("Message: {{text}}", system="Sort it.\n\nExamples:\nText: a\nLabel: x\nText: b\nLabel: y")

    assert rules(prompt, NOVA) == []


def test_r1_has_no_system_text() -> None:
    assert translate(PLAIN, R1).prompt == asked("You are exact.\n\nIs {{question}} a number? Answer yes or no.")


def test_cohere_gets_sections_under_headings() -> None:
    prompt = asked("<instructions>\nSort it.\n</instructions>\n<ticket>\n{{ticket}}\n</ticket>")

    assert user(translate(prompt, COHERE).prompt) == "## Instructions\nSort it.\n<ticket>\n{{ticket}}\n</ticket>"


@pytest.mark.parametrize(
    "text",
    [
        "Follow <instructions>.\n<instructions>\nSort it.\n</instructions>\n<ticket>\n{{ticket}}\n</ticket>",
        "<instructions>\nSort it.\n</instructions>\nTicket: {{ticket}}",
        "<ticket>\n{{ticket}}\n</ticket>",
        "<instructions>\n# Title\nSort it.\n</instructions>",
    ],
)
def test_elements_that_are_spoken_of_or_would_swallow_what_follows_stay(text: str) -> None:
    assert rules(asked(text), COHERE) == []


def test_a_rejected_rule_is_not_applied() -> None:
    prompt = asked("You are a claims assistant.\n\nSort it.\n\nTicket: {{ticket}}")

    translation = translate(prompt, CLAUDE, reject={"claude-role", "claude-inputs"})

    assert translation.prompt == prompt
    assert {"claude-role", "claude-inputs"} <= rule_ids()


def test_a_change_tells_its_lines_and_its_source() -> None:
    (change,) = translate(PLAIN, R1).changes

    assert change.rule == "r1-no-system"
    assert "-[system]" in change.difference
    assert "model card" in change.source


def test_a_rule_that_loses_something_is_held_back_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    losing = {**MOVES, "system_in_user": lambda prompt, *_: replace(prompt, system=None)}
    monkeypatch.setattr(translation_module, "MOVES", losing)
    prompt = asked("Is {{question}} a number?", system="Give `yes` or 2 reasons to {{name}}.")

    translation = translate(prompt, R1)

    assert translation.prompt == prompt
    assert translation.changes == ()
    (told,) = translation.held_back
    assert all(word in told for word in ("r1-no-system", "'yes'", "'2'", "'name'"))


@given(prompts, st.sampled_from(ALL))
def test_nothing_is_ever_lost(prompt: Prompt, model: str) -> None:
    translation = translate(prompt, model)

    assert losses(prompt, translation.prompt) == ()
    assert translation.prompt.placeholders == prompt.placeholders


@given(prompts, st.sampled_from(ALL))
def test_without_a_change_the_prompt_is_the_same(prompt: Prompt, model: str) -> None:
    translation = translate(prompt, model)

    assert bool(translation.changes) == (translation.prompt != prompt)
    assert translate(prompt, model, reject=rule_ids()).prompt == prompt
