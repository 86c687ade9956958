"""The client's own rendering, which has to be that of the project: the model was measured with it."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters.converse import request_body
from brainswap.client import BadVersionError, ClientError, MissingVariableError, NoSuchStepError
from brainswap.client.rendering import messages_of
from brainswap.client.resolved import Resolved
from brainswap.client.versions import Template, read_version
from brainswap.contenders import frozen_prompt
from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.prompts.template import Message, Output, Prompt, Tool, chained
from brainswap.ports import Question
from tests.fakes.routed import version

MODEL = "amazon.nova-lite-v1:0"
SCHEMA = {"type": "object", "properties": {"label": {"type": "string"}}}

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}", fullmatch=True)
texts = st.lists(st.one_of(st.text(max_size=12), names.map("{{{{ {} }}}}".format)), max_size=6).map("".join)
values = st.one_of(st.text(max_size=12), st.integers(), st.none(), st.lists(st.booleans(), max_size=2))


@given(text=texts, given_values=st.dictionaries(names, values, max_size=4), data=st.data())
def test_a_text_is_rendered_as_the_project_renders_it(
    text: str, given_values: dict[str, Any], data: st.DataObject
) -> None:
    prompt = Prompt(system=text, messages=())
    filled = {name: data.draw(values) for name in prompt.placeholders} | given_values

    assert Template.of(text).render(filled) == prompt.render(filled).system
    assert Template.of(text).placeholders == prompt.placeholders


def test_a_value_that_looks_like_a_placeholder_stays_text() -> None:
    assert Template.of("{{a}} {{b}}").render({"a": "{{b}}", "b": "c"}) == "{{b}} c"


@pytest.mark.parametrize("value", [datetime(2026, 11, 1, tzinfo=UTC), Decimal(1), {1, 2}, b"bytes"])
def test_a_value_that_is_neither_text_nor_json_is_an_error_of_the_client(value: Any) -> None:
    with pytest.raises(ClientError, match="give texts, or what JSON knows"):
        Template.of("{{a}}").render({"a": value})


def test_each_step_of_a_chain_is_rendered_and_asked_as_it_was_measured() -> None:
    sort = Prompt(name="sort", system="Sort.", messages=(Message(role="user", content="{{ticket}}"),), takes=())
    reply = Prompt(name="reply", system=None, messages=(Message(role="user", content="{{steps.sort}}: {{ticket}}"),))
    published = version(
        MODEL,
        prompt=frozen_prompt(chained([sort, reply])),
        settings=Settings(max_tokens=300),
        earlier_settings={"sort": Settings(max_tokens=20)},
    )
    data = published.model_dump_json().encode()

    read = read_version(data, hashlib.sha256(data).hexdigest())

    first, last = read.at("sort"), read.at(None)
    given = {"ticket": "x", "steps.sort": "{{ticket}}"}
    assert (first.settings["max_tokens"], last.settings["max_tokens"]) == (20, 300)
    assert messages_of(first, {"ticket": "x"}, ()) == (("user", "x"),)
    assert messages_of(last, given, ()) == (("user", "{{ticket}}: x"),)
    assert read.at("reply") is last
    with pytest.raises(NoSuchStepError, match="no step 'check': 'sort', 'reply'"):
        read.at("check")


def test_a_variable_that_is_not_given_is_named() -> None:
    with pytest.raises(MissingVariableError, match="'ticket'"):
        Template.of("Sort {{ticket}}").render({})


def question(prompt: Prompt, settings: Settings) -> Question:
    case = Case.model_validate({"id": "c", "input": {}})
    return Question(
        model=MODEL, streams=False, prompt=prompt, settings=settings, case=case, recording="r", repeat=0, labels={}
    )


PROMPTS = {
    "plain": Prompt(system="S {{x}}", messages=(Message(role="user", content="U {{x}}"),)),
    "turns": Prompt(
        system=None,
        messages=(
            Message(role="system", content="S"),
            Message(role="user", content="one"),
            Message(role="user", content="two {{x}}"),
            Message(role="assistant", content="three"),
            Message(role="user", content="four"),
        ),
    ),
    "tools": Prompt(
        system="S",
        messages=(Message(role="user", content="U"),),
        tools=(Tool(name="look", input_schema=SCHEMA, description="Looks."), Tool(name="go", input_schema=SCHEMA)),
    ),
    "output": Prompt(system="S", messages=(Message(role="user", content="U"),), output=Output(json_schema=SCHEMA)),
}
SETTINGS = {
    "least": Settings(max_tokens=None),
    "most": Settings(
        max_tokens=10,
        temperature=0.0,
        top_p=0.5,
        stop_sequences=("###",),
        tool_choice="any",
        output="native",
        fields={"thinking": {"type": "disabled"}},
        service_tier="flex",
        optimised_latency=True,
        guardrail="gr4a1l/1",
    ),
    "tool": Settings(max_tokens=10, output="tool", tool_choice="tool:look"),
}


def resolved(prompt: Prompt, settings: Settings) -> Resolved:
    published = version(MODEL, prompt=frozen_prompt(prompt), settings=settings).model_dump_json().encode()
    read = read_version(published, hashlib.sha256(published).hexdigest())
    variables = {"x": "filled"}
    return Resolved(
        workload="w",
        variant="target",
        step="run-1/1",
        model=read.model,
        system=None if read.system is None else read.system.render(variables),
        messages=messages_of(read, variables, ()),
        slow_ms=0,
        version=read,
    )


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_request_is_the_one_that_the_model_was_measured_with(prompt: Prompt, settings: Settings) -> None:
    asked = resolved(prompt, settings).converse()

    measured = json.loads(request_body(question(prompt.render({"x": "filled"}), settings)))
    assert asked.pop("modelId") == MODEL
    assert asked.pop("requestMetadata") == {"workload": "w", "variant": "target", "rollout": "run-1/1"}
    assert json.loads(json.dumps(asked)) == measured


def answer(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"output": {"message": {"role": "assistant", "content": list(blocks)}}}


def test_the_text_of_an_answer_ends_at_a_stop_sequence_that_the_model_does_not_take() -> None:
    made = resolved(PROMPTS["plain"], Settings(max_tokens=1, cut_at=("###", "END")))

    assert made.text_of(answer({"text": "yes END no ###"})) == "yes "
    assert made.text_of(answer({"text": "ye"}, {"text": "s"})) == "yes"


def test_the_arguments_of_the_tool_that_stands_for_the_answer_are_its_text() -> None:
    made = resolved(PROMPTS["output"], Settings(max_tokens=1, output="tool"))

    text = made.text_of(answer({"toolUse": {"toolUseId": "1", "name": "answer", "input": {"label": "ä"}}}))

    assert json.loads(text) == {"label": "ä"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [("marked", ["case", "old", "new"]), ("none", ["old", "case", "new"])],
)
def test_earlier_turns_come_where_the_prompt_has_a_place_for_them(place: str, expected: list[str]) -> None:
    old, new = Message(role="assistant", content="old"), Message(role="user", content="new")
    marked = (Message(role="case", content=""),) if place == "marked" else ()
    prompt = Prompt(system=None, messages=(*marked, old, new))
    read = resolved(prompt, Settings(max_tokens=1)).version

    texts = [text for _, text in messages_of(read, {}, [("user", "case")])]

    assert texts == expected
    assert texts == [turn.content for turn in prompt.with_turns([Message(role="user", content="case")]).messages]


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b'{"schema_": "brainswap.version/2"}', version(MODEL).model_dump_json().encode()[:-9]],
)
def test_what_is_no_version_is_refused(data: bytes) -> None:
    with pytest.raises(BadVersionError):
        read_version(data, hashlib.sha256(data).hexdigest())


def test_bytes_that_are_not_those_of_the_name_are_refused() -> None:
    with pytest.raises(BadVersionError, match="other bytes"):
        read_version(version(MODEL).model_dump_json().encode(), "0" * 64)
