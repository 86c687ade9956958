"""Prompts are parsed without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.prompts.structure.markup import stretches
from brainswap.core.prompts.structure.parsing import parse, parse_text, parts_of
from brainswap.core.prompts.structure.parts import Part, Structure, render
from brainswap.core.prompts.template import Message, Prompt

FRAGMENTS = [
    "You are a claims assistant.",
    "## Rules",
    "# Output format\n",
    "Rules:\n",
    "- Answer in `json`.",
    "<ticket>\n{{ticket}}\n</ticket>",
    "<ticket>",
    "</ticket>",
    '<example id="1">a</example>',
    "{{question}}",
    "Question: {{question}}",
    "```json\n{\n\n}\n```",
    "```",
    "<!-- keep -->\n\nNever pay.\n<!-- /keep -->",
    "<!-- keep -->",
    "<advpo:exclude>Do <b> not</advpo:exclude>",
    "\n\nHuman: ",
    "\n\nAssistant:",
    "[INST] ",
    " [/INST]",
    "<<SYS>>\n",
    "\n<</SYS>>\n\n",
    "<s>",
    "</s>",
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n",
    "<|start_header_id|>user<|end_header_id|>\n",
    "<|eot_id|>",
    "<|im_start|>system\n",
    "<|im_start|>user\n",
    "<|im_end|>\n",
    "# system:\n",
    "# user:\n",
    "User: ",
    "\nBot: ",
    "你是一个助手。",
    "\n",
    "\n\n\n",
    "  ",
    "\t\r\n",
    "{%- if a %}",
]
texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=14).map("".join)
prompts = st.builds(
    Prompt,
    system=st.one_of(st.none(), texts),
    messages=st.lists(
        st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=texts), max_size=4
    ).map(tuple),
)


@given(prompts)
def test_a_parsed_prompt_is_rendered_letter_for_letter(prompt: Prompt) -> None:
    assert render(parse(prompt)) == prompt


@given(texts)
def test_the_parts_of_a_text_are_the_text(text: str) -> None:
    assert "".join(part.text for part in parts_of(text)) == text


@given(texts)
def test_the_turns_of_a_text_are_the_text(text: str) -> None:
    found = stretches(text)

    assert not found or "".join(one.opening + one.content + one.closing for one in found) == text


def turns(structure: Structure) -> list[tuple[str, str]]:
    return [(turn.role, turn.content.strip()) for turn in structure.turns]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n\nHuman: Hi {{name}}\n\nAssistant: Hello", [("user", "Hi {{name}}"), ("assistant", "Hello")]),
        ("Be kind.\n\nHuman: Hi\n\nAssistant:", [("system", "Be kind."), ("user", "Hi"), ("assistant", "")]),
        ("<s>[INST] Sort it. [/INST]", [("user", "Sort it.")]),
        (
            "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nA? [/INST] B </s>",
            [("system", "Be brief."), ("user", "A?"), ("assistant", "B")],
        ),
        (
            "<|start_header_id|>system<|end_header_id|>\nA.<|eot_id|><|start_header_id|>user<|end_header_id|>\nB?<|eot_id|>",
            [("system", "A."), ("user", "B?")],
        ),
        (
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nA?<|im_end|>",
            [("system", "Be brief."), ("user", "A?")],
        ),
        ("User: A?\nBot: B\nUser: C?\nBot:", [("user", "A?"), ("assistant", "B"), ("user", "C?"), ("assistant", "")]),
        ("# system:\nBe brief.\n\n# user:\nA?", [("system", "Be brief."), ("user", "A?")]),
    ],
)
def test_markup_of_chat_templates_parts_the_turns(text: str, expected: list[tuple[str, str]]) -> None:
    structure = parse_text(text)

    assert structure.marked
    assert turns(structure) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Here is a talk:\n\nHuman: hi\n\nAssistant: hello, how may I help you today?" + " More." * 60,
        "<example>\n\nHuman: hi\n\nAssistant: hello\n</example>\n\nNow answer {{question}}",
        "Write [INST] in front of it.",
        "[INST] a [/INST] [INST] b",
        "The User: field is a name.",
        "# system:\nA\n# user:\n{% for a in b %}\n# assistant:\n{{a}}\n{% endfor %}",
        "```\n<|im_start|>system\n```",
    ],
)
def test_words_that_look_like_markup_stay_words(text: str) -> None:
    assert not parse_text(text).marked


def only(parts: tuple[Part, ...]) -> list[tuple[str, str, str | None]]:
    return [(part.kind, part.form, part.title) for part in parts]


def test_parts_are_told_by_form_and_purpose() -> None:
    text = (
        "You are a claims assistant.\n\n## Rules\n- Be brief.\n\n- Be kind.\n\n<ticket>\n{{ticket}}\n</ticket>\n\n"
        "Examples:\nA: b\n\n<!-- keep -->\nNever pay.\n\nNever.\n<!-- /keep -->\n\n"
        "Answer in JSON format.\n\nQuestion: {{q}}"
    )

    assert only(parts_of(text)) == [
        ("role", "prose", None),
        ("rules", "heading", "Rules"),
        ("input", "tag", "ticket"),
        ("examples", "label", "Examples"),
        ("protected", "protected", None),
        ("output", "prose", None),
        ("input", "prose", None),
    ]


def test_inputs_behind_a_section_are_not_part_of_it() -> None:
    section, *inputs = parts_of("## Output format\nJSON.\n\nTicket: {{ticket}}\n\n{{more}}")

    assert (section.title, section.body) == ("Output format", "JSON.")
    assert [part.kind for part in inputs] == ["input", "input"]


def test_fenced_code_and_protected_text_are_never_cut() -> None:
    fence = "```python\n# not a heading\n\n<a>\n</a>\n```"
    kept = "<!-- keep -->\n# not a heading\n\n<a>x</a>\n<!-- /keep -->"

    assert [part.text for part in parts_of(fence)] == [fence]
    assert [part.body for part in parts_of(kept)] == [kept]


def test_an_example_of_the_output_is_the_form_of_the_output() -> None:
    assert parts_of("## Example Output\n{}")[0].kind == "output"


@pytest.mark.parametrize(
    "text",
    [
        " " * 20_000,
        "\n" * 20_000,
        "\n \t" * 7_000 + "\x0b",
        "<a>" * 9_000,
        "<a><b>" * 2_000 + "</a>",
        "[INST]" * 10_000,
        "[INST]" + "\n" * 20_000,
        "```" * 10_000,
        "{{" * 10_000,
        '"' * 10_000 + "'" * 10_000,
        "\n\nHuman:" * 5_000,
        "<|start_header_id|>" + " " * 20_000 + "<|start_header_id|>",
        "- " * 10_000,
        "#" * 20_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_text_is_too_much(text: str) -> None:
    assert render(parse_text(text)).messages[0].content == text
