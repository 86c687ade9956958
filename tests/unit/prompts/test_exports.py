"""What each form holds of a prompt, and what it says that it leaves out."""

import json
from typing import Any

import pytest
from botocore.validate import ParamValidator

from brainswap.core.calls import Settings
from brainswap.core.exports.dspy_program import program_state, signature
from brainswap.core.exports.langchain import chat_prompt_template
from brainswap.core.exports.prompt_management import create_prompt
from brainswap.core.exports.shipped import NotExportableError, Shipped
from brainswap.core.exports.texts import openai_messages, plain_text
from brainswap.core.prompts.template import Message, Output, Prompt, Tool
from local.bedrock.shapes import Shapes, service_model

TOOL = Tool(name="weather", input_schema={"type": "object", "properties": {"city": {"type": "string"}}})
SETTINGS = Settings(max_tokens=256, temperature=0.0, stop_sequences=("END",))


def turn(role: Any, content: str) -> Message:
    return Message(role=role, content=content)


def shipped(
    *turns: Message,
    system: str | None = None,
    model: str = "amazon.nova-lite-v1:0",
    settings: Settings = SETTINGS,
    **parts: Any,
) -> Shipped:
    prompt = Prompt(system=system, messages=turns or (turn("user", "Is {{question}} a number?"),), **parts)
    return Shipped(
        workload="demo",
        run_id="demo-1",
        contender="target-1-optimised",
        model=model,
        variant="optimised",
        prompt=prompt,
        settings=settings,
    )


def fits(request: dict[str, Any]) -> None:
    """Botocore's own checks, and those of lengths and patterns that the service makes."""
    shape = service_model("bedrock-agent").operation_model("CreatePrompt").input_shape
    assert shape is not None
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    Shapes().verify(shape, request)


def test_a_single_turn_is_text_and_names_what_text_cannot_say() -> None:
    exported = plain_text(shipped())

    assert exported.text == "Is {{question}} a number?"
    assert exported.left_out == (
        "the model, amazon.nova-lite-v1:0",
        "max_tokens: 256",
        "temperature: 0.0",
        "the stop sequences 'END'",
    )


def test_several_turns_are_text_under_their_roles() -> None:
    assert (
        plain_text(shipped(turn("user", "{{q}}"), system="Be brief.")).text == "[system]\nBe brief.\n\n[user]\n{{q}}\n"
    )


def test_a_request_of_chat_completions_holds_tools_schema_and_parameters() -> None:
    asked = shipped(
        system="Be brief.",
        model="openai:gpt-4o-mini",
        tools=(TOOL,),
        output=Output(json_schema={"type": "object"}),
        settings=Settings(max_tokens=9, tool_choice="tool:weather", fields={"reasoning_effort": "low"}),
    )

    exported = openai_messages(asked)

    body = json.loads(exported.text)
    assert body["model"] == "gpt-4o-mini"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["tools"][0]["function"]["parameters"] == TOOL.input_schema
    assert body["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (body["max_completion_tokens"], body["reasoning_effort"]) == (9, "low")
    assert "temperature" not in body
    assert exported.left_out == ()


def test_prompt_management_gets_a_text_of_a_single_turn() -> None:
    exported = create_prompt(shipped())

    request = json.loads(exported.text)
    fits(request)
    (variant,) = request["variants"]
    assert variant["templateType"] == "TEXT"
    assert variant["templateConfiguration"]["text"] == {
        "text": "Is {{question}} a number?",
        "inputVariables": [{"name": "question"}],
    }
    assert variant["modelId"] == "amazon.nova-lite-v1:0"
    assert variant["inferenceConfiguration"]["text"] == {"maxTokens": 256, "temperature": 0.0, "stopSequences": ["END"]}
    assert exported.left_out == ()


def test_prompt_management_gets_a_chat_with_tools_and_is_told_what_it_cannot_hold() -> None:
    asked = shipped(
        turn("user", "Is {{a.b}} one?"),
        turn("assistant", "no"),
        turn("case", ""),
        turn("user", "{{ q }} {{{q}}}"),
        system="Be {{tone}}.",
        tools=(TOOL, Tool(name="look-up", input_schema={"type": "object"})),
        output=Output(json_schema={"type": "object"}),
        settings=Settings(
            max_tokens=5,
            temperature=1.5,
            stop_sequences=("1", "2", "3", "4", "5"),
            tool_choice="any",
            fields={"top_k": 5},
            service_tier="flex",
            guardrail="g/1",
        ),
    )

    exported = create_prompt(asked)

    request = json.loads(exported.text)
    fits(request)
    (variant,) = request["variants"]
    chat = variant["templateConfiguration"]["chat"]
    assert [each["content"][0]["text"] for each in chat["messages"]] == ["Is {{a_b}} one?", "no", "{{q}} {{{q}}}"]
    assert chat["system"] == [{"text": "Be {{tone}}."}]
    assert [each["toolSpec"]["name"] for each in chat["toolConfiguration"]["tools"]] == ["weather"]
    assert chat["toolConfiguration"]["toolChoice"] == {"any": {}}
    assert variant["additionalModelRequestFields"] == {"top_k": 5}
    assert exported.renamed == {"a.b": "a_b"}
    assert exported.left_out == (
        "the schema of the answer",
        "the place for the turns of a case",
        "the service tier flex",
        "the guardrail g/1",
        "the tool look-up, for its name",
        "temperature: 1.5, for it is at most 1",
        "the stop sequences after the first 4",
        "that some double braces of the text are no variables, which it cannot be told",
    )


def test_what_prompt_management_cannot_be_is_refused() -> None:
    many = " ".join(f"{{{{v{number}}}}}" for number in range(21))

    with pytest.raises(NotExportableError, match="21 placeholders"):
        create_prompt(shipped(turn("user", many)))
    with pytest.raises(NotExportableError, match="no model of Amazon Bedrock"):
        create_prompt(shipped(model="openai:gpt-4o"))
    with pytest.raises(NotExportableError, match="no turn of its own"):
        create_prompt(shipped(turn("case", ""), system="Be brief."))


def test_langchain_gets_a_template_with_a_place_for_the_turns_of_a_case() -> None:
    exported = chat_prompt_template(
        shipped(turn("case", ""), turn("user", 'Say {"a": {{a.b}}}'), turn("assistant", "{"), system="Be {brief}.")
    )

    template = json.loads(exported.text)
    system, case, user, assistant = template["kwargs"]["messages"]
    assert template["id"] == ["langchain", "prompts", "chat", "ChatPromptTemplate"]
    assert template["kwargs"]["input_variables"] == ["a_b", "case_messages"]
    assert system["kwargs"]["prompt"]["kwargs"]["template"] == "Be {{brief}}."
    assert case["kwargs"]["variable_name"] == "case_messages"
    assert user["kwargs"]["prompt"]["kwargs"] == {
        "input_variables": ["a_b"],
        "template": 'Say {{"a": {a_b}}}',
        "template_format": "f-string",
    }
    assert assistant["id"][-1] == "AIMessagePromptTemplate"
    assert "the place for the turns of a case" not in exported.left_out


def test_dspy_gets_a_signature_and_examples_as_demonstrations() -> None:
    exported = program_state(
        shipped(
            turn("user", "Question: 1?"),
            turn("assistant", "yes"),
            turn("user", "Question: two?"),
            turn("assistant", "no"),
            turn("user", "Question: {{question}}"),
            system="Is it a number?",
        )
    )

    state = json.loads(exported.text)
    assert state["signature"]["instructions"] == "Is it a number?\n\nQuestion: `question`"
    assert [field["prefix"] for field in state["signature"]["fields"]] == ["Question:", "Answer:"]
    assert state["demos"] == [
        {"augmented": True, "question": "1?", "answer": "yes"},
        {"augmented": True, "question": "two?", "answer": "no"},
    ]
    assert signature(exported) == "question -> answer"


def test_examples_that_are_not_worded_like_the_question_are_text_for_dspy() -> None:
    exported = program_state(
        shipped(turn("user", "Look: 1?"), turn("assistant", "yes"), turn("user", "Question: {{answer}}"))
    )

    state = json.loads(exported.text)
    assert state["demos"] == []
    assert "user: Look: 1?\n\nassistant: yes" in state["signature"]["instructions"]
    assert signature(exported) == "answer_given -> answer"
    assert exported.renamed == {"answer": "answer_given"}


def test_a_prompt_without_placeholders_is_no_signature() -> None:
    with pytest.raises(NotExportableError, match="no placeholder"):
        program_state(shipped(turn("user", "Tell a joke.")))
