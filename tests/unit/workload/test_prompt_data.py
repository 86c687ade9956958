import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.workloads import load_workload
from brainswap.core.prompts.template import Output, Tool

MakeFolder = Callable[..., DirectoryFolder]

ARGUMENTS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="weather", description="The weather of a city.", input_schema=ARGUMENTS)
PLAIN = {"name": "weather", "description": "The weather of a city.", "input_schema": ARGUMENTS}
FUNCTION = {"name": "weather", "description": "The weather of a city.", "parameters": ARGUMENTS, "strict": True}
SPEC = {"name": "weather", "description": "The weather of a city.", "inputSchema": {"json": ARGUMENTS}}
ANSWER = {"type": "object", "properties": {"answer": {"type": "number"}}}


@pytest.fixture
def with_prompt(make_folder: MakeFolder, declaration: str) -> MakeFolder:
    """A workload with further lines in its prompt, and further files."""

    def make(lines: str, files: dict[str, Any] | None = None, *, source: str = "") -> DirectoryFolder:
        text = declaration.replace("cases:", f"{lines}cases:", 1).replace("v1:0}\ntargets", f"v1:0{source}}}\ntargets")
        written = {
            name: content if isinstance(content, str | bytes) else json.dumps(content)
            for name, content in (files or {}).items()
        }
        return make_folder({"workload.yaml": text, **written})

    return make


def told(folder: DirectoryFolder) -> list[str]:
    with pytest.raises(InvalidWorkloadError) as caught:
        load_workload(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "content",
    [
        [PLAIN],
        {"tools": [PLAIN]},
        [{"type": "function", "function": FUNCTION}],
        [{"type": "function", **FUNCTION}],
        {"tools": [{"toolSpec": SPEC}]},
        [{"type": "custom", **PLAIN}],
    ],
    ids=["plain", "wrapped", "chat completions", "responses", "bedrock", "anthropic"],
)
def test_the_tools_of_a_file_may_have_the_form_of_any_vendor(with_prompt: MakeFolder, content: Any) -> None:
    loaded = load_workload(with_prompt("  tools: {file: tools.json}\n", {"tools.json": content}))

    assert loaded.prompt.tools == (WEATHER,)


def test_a_function_without_parameters_takes_none(with_prompt: MakeFolder) -> None:
    content = [{"type": "function", "function": {"name": "now"}}]

    loaded = load_workload(with_prompt("  tools: {file: tools.json}\n", {"tools.json": content}))

    assert loaded.prompt.tools == (Tool(name="now", input_schema={"type": "object", "properties": {}}),)


def test_tools_and_the_schema_of_the_output_may_stand_in_place(with_prompt: MakeFolder) -> None:
    loaded = load_workload(with_prompt(f"  tools: [{json.dumps(PLAIN)}]\n  output: {{schema: {json.dumps(ANSWER)}}}\n"))

    assert loaded.prompt.tools == (WEATHER,)
    assert loaded.prompt.output == Output(json_schema=ANSWER)
    assert set(loaded.file_hashes) == {"workload.yaml"}


def test_the_files_of_tools_and_schema_are_hashed(with_prompt: MakeFolder) -> None:
    lines = "  tools: {file: tools.json}\n  output: {schema: {file: answer.json}}\n"

    loaded = load_workload(with_prompt(lines, {"tools.json": [PLAIN], "answer.json": ANSWER}))

    assert loaded.prompt.output == Output(json_schema=ANSWER)
    assert loaded.file_hashes["tools.json"] == hashlib.sha256(json.dumps([PLAIN]).encode()).hexdigest()
    assert loaded.file_hashes["answer.json"] == hashlib.sha256(json.dumps(ANSWER).encode()).hexdigest()


def test_braces_in_tools_and_schemas_are_no_placeholders(with_prompt: MakeFolder) -> None:
    lines = "  tools: {file: tools.json}\n  output: {schema: {file: answer.json}}\n"
    files = {"tools.json": [PLAIN | {"description": "{{city}} and {{"}], "answer.json": ANSWER | {"title": "{{x}}"}}

    assert load_workload(with_prompt(lines, files)).prompt.placeholders == {"question"}


TOOLS_LINE = "  tools: {file: tools.json}\n"
OUTPUT_LINE = "  output: {schema: {file: answer.json}}\n"
DEEP = "[" * 70 + "]" * 70
BAD_FILES = {
    "no file": (TOOLS_LINE, {}, "workload.yaml:8 prompt.tools: there is no file `tools.json`"),
    "outside": ("  tools: {file: ../t.json}\n", {}, "workload.yaml:8 prompt.tools:"),
    "no JSON": (TOOLS_LINE, {"tools.json": "[\n{,]"}, "tools.json:2: not valid JSON at column 2"),
    "empty": (TOOLS_LINE, {"tools.json": ""}, "tools.json:1: not valid JSON"),
    "not UTF-8": (TOOLS_LINE, {"tools.json": b"\xff"}, "tools.json:1: not UTF-8"),
    "not a number": (TOOLS_LINE, {"tools.json": "[NaN]"}, "tools.json: a number is not finite, or too long"),
    "half a pair": (TOOLS_LINE, {"tools.json": '["\\ud800"]'}, "tools.json: a text holds half of a surrogate pair"),
    "deep": (TOOLS_LINE, {"tools.json": DEEP}, "tools.json: the file has more than 64 levels"),
    "very deep": (TOOLS_LINE, {"tools.json": "[" * 100_000}, "tools.json: the file has more than 64 levels"),
    "no list": (TOOLS_LINE, {"tools.json": PLAIN}, "tools.json: the file holds no list of tools"),
    "no tools": (TOOLS_LINE, {"tools.json": []}, "tools.json: the file holds no list of tools"),
    "no tool": (TOOLS_LINE, {"tools.json": [3]}, "tools.json [0]: this is not a tool"),
    "no function": (TOOLS_LINE, {"tools.json": [{"type": "function", "function": 3}]}, "tools.json [0]: this is not"),
    "no name": (TOOLS_LINE, {"tools.json": [{"input_schema": ARGUMENTS}]}, "tools.json [0].name: the key `name` is"),
    "bad name": (TOOLS_LINE, {"tools.json": [PLAIN | {"name": "a b"}]}, 'tools.json [0].name: "a b" is not possible'),
    "unknown key": (
        TOOLS_LINE,
        {"tools.json": [PLAIN | {"descripton": "x"}]},
        "tools.json [0].descripton: unknown key",
    ),
    "cache point": (TOOLS_LINE, {"tools.json": [PLAIN, {"cachePoint": {}}]}, "tools.json [1]: this is not a tool"),
    "no schema": (
        TOOLS_LINE,
        {"tools.json": [PLAIN | {"input_schema": {"type": "objekt"}}]},
        "tools.json [0].input_schema: the schema is not valid JSON Schema",
    ),
    "no object": (
        TOOLS_LINE,
        {"tools.json": [PLAIN | {"input_schema": {"type": "array"}}]},
        "tools.json [0].input_schema: the arguments of a tool have to be an object",
    ),
    "twice": (TOOLS_LINE, {"tools.json": [PLAIN, PLAIN]}, "tools.json [1].name: tool 1 is called `weather` as well"),
    "twice in place": (
        f"  tools: [{json.dumps(PLAIN)}, {json.dumps(PLAIN)}]\n",
        {},
        "workload.yaml:8 prompt.tools[1].name: tool 1 is called `weather` as well",
    ),
    "bad in place": (
        f"  tools: [{json.dumps(PLAIN | {'input_schema': {'required': 3}})}]\n",
        {},
        "workload.yaml:8 prompt.tools[0].input_schema: the schema is not valid JSON Schema",
    ),
    "output: no file": (OUTPUT_LINE, {}, "workload.yaml:8 prompt.output.schema: there is no file `answer.json`"),
    "output: no JSON": (OUTPUT_LINE, {"answer.json": "{"}, "answer.json:1: not valid JSON"),
    "output: no object": (OUTPUT_LINE, {"answer.json": []}, "answer.json: the file holds no JSON Schema"),
    "output: no schema": (
        OUTPUT_LINE,
        {"answer.json": {"type": 3}},
        "answer.json: the schema is not valid JSON Schema",
    ),
    "output: leads out": (OUTPUT_LINE, {"answer.json": {"$ref": "#/x"}}, "answer.json: the schema refers to '#/x'"),
    "output: in place": (
        "  output: {schema: {properties: 3}}\n",
        {},
        "workload.yaml:8 prompt.output.schema: the schema is not valid JSON Schema",
    ),
    "output: misnamed": (
        "  output: {schema: {file: a.json, name: b}}\n",
        {},
        "workload.yaml:8 prompt.output.schema: `file` does not name a file on its own",
    ),
}


@pytest.mark.parametrize(("lines", "files", "problem"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_mistake_is_told_once_with_its_place(
    with_prompt: MakeFolder, lines: str, files: dict[str, Any], problem: str
) -> None:
    (only,) = told(with_prompt(lines, files))

    assert only.startswith(problem)
    assert only.endswith((".", "?"))


def test_every_mistake_of_a_file_is_told(with_prompt: MakeFolder) -> None:
    content = [{"input_schema": ARGUMENTS}, 3, PLAIN | {"input_schema": {"type": 3}}]

    assert len(told(with_prompt(TOOLS_LINE, {"tools.json": content}))) == 3


def test_a_demanded_tool_has_to_be_there(with_prompt: MakeFolder) -> None:
    folder = with_prompt(TOOLS_LINE, {"tools.json": [PLAIN]}, source=", parameters: {tool_choice: {tool: wether}}")

    assert told(folder) == [
        "workload.yaml:10 source.parameters.tool_choice.tool: no tool is called `wether`. Did you mean `weather`?"
    ]


def test_a_demanded_tool_that_is_there_is_fine(with_prompt: MakeFolder) -> None:
    folder = with_prompt(TOOLS_LINE, {"tools.json": [PLAIN]}, source=", parameters: {tool_choice: {tool: weather}}")

    assert load_workload(folder).prompt.tools == (WEATHER,)


def test_tools_cannot_be_chosen_where_there_are_none(with_prompt: MakeFolder) -> None:
    (only,) = told(with_prompt("", source=", parameters: {tool_choice: any}"))

    assert only.startswith("workload.yaml:9 source.parameters.tool_choice: the prompt has no tools to choose from")


def test_a_demanded_tool_is_not_missed_where_the_tools_cannot_be_read(with_prompt: MakeFolder) -> None:
    folder = with_prompt(TOOLS_LINE, {"tools.json": "["}, source=", parameters: {tool_choice: {tool: weather}}")

    assert len(told(folder)) == 1
