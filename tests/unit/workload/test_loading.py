import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.workloads import load_workload
from brainswap.core.prompts.template import Message

MakeFolder = Callable[..., DirectoryFolder]


def problems_of(folder: DirectoryFolder) -> tuple[Problem, ...]:
    with pytest.raises(InvalidWorkloadError) as caught:
        load_workload(folder)
    return caught.value.problems


def test_a_valid_workload_is_loaded_with_its_prompt(make_folder: MakeFolder) -> None:
    loaded = load_workload(make_folder())

    assert loaded.workload.name == "grade-school-math"
    assert loaded.prompt.system == "You solve word problems."
    assert loaded.prompt.messages == (Message(role="user", content='{{question}}\nAnswer in JSON: {"answer": "…"}\n'),)
    assert loaded.place("targets", 0, "model") == "workload.yaml:11 targets[0].model"


def test_the_texts_of_files_are_those_of_the_prompt(make_folder: MakeFolder, declaration: str) -> None:
    turns = (
        "prompt:\n"
        "  system: {file: prompts/system.md}\n"
        "  messages:\n"
        "    - {role: user, content: {file: prompts/user.md}}\n"
        "    - {role: assistant, content: Go on.}\n"
        "    - {role: user, content: {file: prompts/user.md}}\n"
    )
    start, end = declaration.index("prompt:"), declaration.index("cases:")
    files = {
        "workload.yaml": declaration[:start] + turns + declaration[end:],
        "prompts/system.md": b"\xef\xbb\xbfBe brief.",
        "prompts/user.md": "{{question}}\r\n",
    }

    loaded = load_workload(make_folder(files))

    assert loaded.prompt.system == "Be brief."
    assert [turn.content for turn in loaded.prompt.messages] == ["{{question}}\r\n", "Go on.", "{{question}}\r\n"]
    assert loaded.file_hashes["prompts/user.md"] == hashlib.sha256(b"{{question}}\r\n").hexdigest()
    assert set(loaded.file_hashes) == set(files)


def test_the_hash_changes_with_every_file_of_the_prompt(make_folder: MakeFolder, declaration: str) -> None:
    in_file = declaration.replace("system: You solve word problems.", "system: {file: system.md}")

    one = load_workload(make_folder({"workload.yaml": in_file, "system.md": "Be brief."})).sha256
    other = load_workload(make_folder({"workload.yaml": in_file, "system.md": "Be quick."})).sha256

    assert one != other
    assert one == load_workload(make_folder({"workload.yaml": in_file, "system.md": "Be brief."})).sha256


BAD_DECLARATIONS = {
    "unknown key": ("name:", "nmae:", "workload.yaml:2 nmae", "Did you mean `name`?"),
    "unknown key like none": ("version: 1", "version: 1\ncolour: red", "workload.yaml:2 colour", "Known keys here:"),
    "missing key": ("name: grade-school-math\n", "", "workload.yaml:1 name", "the key `name` is missing"),
    "nested unknown key": ("  user:", "  usr:", "workload.yaml:5 prompt.usr", "Did you mean `user`?"),
    "wrong version": ("version: 1", "version: 2", "workload.yaml:1 version", "Write one of: `1`"),
    "bad name": ("grade-school-math", "Grade School", "workload.yaml:2 name", "lower-case letters"),
    "number for text": (
        "system: You solve word problems.",
        "system: 3",
        "workload.yaml:4 prompt.system",
        'quotes: "3"',
    ),
    "misspelt file": (
        "system: You solve word problems.",
        "system: {fil: a.md}",
        "workload.yaml:4 prompt.system.fil",
        "Did you mean `file`?",
    ),
    "cases of no known form": ("cases.jsonl", "cases.txt", "workload.yaml:8 cases", ".jsonl, .csv or .parquet"),
    "cases that are not there": ("cases.jsonl", "case.jsonl", "workload.yaml:8 cases", "no file `case.jsonl`"),
    "cases outside": ("cases.jsonl", "../cases.jsonl", "workload.yaml:8 cases", "leaves the workload's folder"),
    "bad model id": ("us.meta", "us meta", "workload.yaml:11 targets[0].model", "Bedrock model id"),
    "no targets": (
        "\n  - {model: us.meta.llama3-1-70b-instruct-v1:0}",
        " []",
        "workload.yaml:10 targets",
        "at least 1",
    ),
    "nothing for a list": (
        "\n  - {model: us.meta.llama3-1-70b-instruct-v1:0}",
        "",
        "workload.yaml:10 targets",
        "nothing stands where a list should be",
    ),
    "targets that are no list": (
        "\n  - {model: us.meta.llama3-1-70b-instruct-v1:0}",
        " {model: a.b}",
        "workload.yaml:10 targets",
        "keys with values stands where a list should be",
    ),
    "the same target twice": (
        "scorers:",
        "  - {model: us.meta.llama3-1-70b-instruct-v1:0, parameters: {max_tokens: 1024}}\nscorers:",
        "workload.yaml:12 targets[1]",
        "targets[0] is the same model with the same parameters",
    ),
    "unknown answers": (
        "v1:0}\ntargets",
        "v1:0, answers: recroded}\ntargets",
        "workload.yaml:9 source.answers",
        "Did you mean `recorded`?",
    ),
    "unknown scorer": (
        "type: number",
        "type: numbr",
        "workload.yaml:13 scorers[0].type",
        "Did you mean `number`? Available",
    ),
    "scorer without type": (", type: number", "", "workload.yaml:13 scorers[0].type", "one of `exact`"),
    "unknown key of a scorer": (
        "type: number",
        "type: number, tolerence: 1",
        "workload.yaml:13 scorers[0].tolerence",
        "Did you mean `tolerance`?",
    ),
    "scorer that is a text": (
        "{name: correct, type: number}",
        "number",
        "workload.yaml:13 scorers[0]",
        'the text "number" stands where keys with values should be',
    ),
    "scorer called twice": (
        "{name: correct, type: number}",
        "{name: correct, type: number}\n  - {name: correct, type: exact}",
        "workload.yaml:14 scorers[1].name",
        "scorers[0] is called `correct` as well",
    ),
    "bad regular expression": (
        "type: number",
        'type: regex, pattern: "("',
        "workload.yaml:13 scorers[0]",
        "Change the scorer `correct`",
    ),
    "bad regular expression of extract": (
        "type: number",
        'type: number, extract: {regex: "["}',
        "workload.yaml:13 scorers[0]",
        "Change the scorer `correct`",
    ),
    "two ways to extract": (
        "type: number",
        "type: number, extract: {json: a, tag: b}",
        "workload.yaml:13 scorers[0].extract",
        "exactly one of",
    ),
    "label that is a number": (
        "type: number",
        "type: label, labels: [one, 2]",
        "workload.yaml:13 scorers[0].labels[1]",
        'Put it in quotes: "2".',
    ),
    "set of an unknown scorer": (
        "{name: correct, type: number}",
        "{name: correct, type: number}\n  - name: both\n    type: set\n    members:\n      correct: 1\n      crrect: 2",
        "workload.yaml:18 scorers[1].members.crrect",
        "Did you mean `correct`?",
    ),
    "set of itself": (
        "{name: correct, type: number}",
        "{name: a, type: set, members: {b: 1}}\n  - {name: b, type: set, members: {a: 1}}",
        "workload.yaml:13 scorers[0].members.b",
        "the set is made of itself: a of b of a",
    ),
    "weight of a member that is nothing": (
        "{name: correct, type: number}",
        "{name: correct, type: number}\n  - {name: both, type: set, members: {correct: 0}}",
        "workload.yaml:14 scorers[1].members.correct",
        "Write a number greater than 0.",
    ),
    "rule that cannot work": (
        "type: number",
        "type: checks, rules: [{path: json.total, op: less, value: many}]",
        "workload.yaml:13 scorers[0]",
        "rules[0].value must be a number or a date",
    ),
    "operator that is unknown": (
        "type: number",
        "type: checks, rules: [{path: json.total, op: at_mots, value: 1}]",
        "workload.yaml:13 scorers[0].rules[0].op",
        "Did you mean `at_most`?",
    ),
    "gate of an unknown scorer": (
        "scorers:",
        "gates: [{scorer: corect, rule: not_worse, margin: 0.02}]\nscorers:",
        "workload.yaml:12 gates[0].scorer",
        "Did you mean `correct`?",
    ),
    "unknown rule": (
        "scorers:",
        "gates: [{scorer: correct, rule: not_wors, margin: 0.02}]\nscorers:",
        "workload.yaml:12 gates[0].rule",
        "Did you mean `not_worse`?",
    ),
    "margin that is a text": (
        "scorers:",
        "gates:\n  - scorer: correct\n    rule: not_worse\n    margin: small\nscorers:",
        "workload.yaml:15 gates[0].margin",
        'the text "small" stands where a number should be',
    ),
    "margin out of bounds": (
        "scorers:",
        "gates: [{scorer: correct, rule: not_worse, margin: 1}]\nscorers:",
        "workload.yaml:12 gates[0].margin",
        "Write a number less than 1.",
    ),
    "gates none of which has to pass": (
        "scorers:",
        "gates: [{scorer: correct, rule: not_worse, margin: 0.1, tier: advisory}]\nscorers:",
        "workload.yaml:12 gates",
        "Leave out the `tier` of a gate that has to pass",
    ),
    "bound in another unit": (
        "scorers:",
        "gates: [{measure: cost, rule: at_most, ms: 100}]\nscorers:",
        "workload.yaml:12 gates[0]",
        "Give either ratio or usd_per_1000_requests.",
    ),
    "splits that are not whole": (
        "cases:",
        "splits: {train: 0.5, test: 0.6}\ncases:",
        "workload.yaml:8 splits",
        "add up to 1.1. They must add up to 1.",
    ),
    "steps that fall": (
        "cases:",
        "rollout: {steps: [50, 10, 100]}\ncases:",
        "workload.yaml:8 rollout.steps",
        "Steps rise and end in 100.",
    ),
    "a key twice": ("cases:", "name: other\ncases:", "workload.yaml:8 name", "in lines 2 and 8"),
    "both forms of a prompt": (
        "cases:",
        "  messages: [{role: user, content: x}]\ncases:",
        "workload.yaml:3 prompt",
        "Give either user or messages.",
    ),
    "empty text": (
        "system: You solve word problems.",
        'system: ""',
        "workload.yaml:4 prompt.system",
        "the text is empty",
    ),
    "missing prompt file": (
        "system: You solve word problems.",
        "system: {file: none.md}",
        "workload.yaml:4 prompt.system",
        "there is no file `none.md`",
    ),
    "prompt file outside": (
        "system: You solve word problems.",
        "system: {file: /etc/passwd}",
        "workload.yaml:4 prompt.system",
        "leaves the workload's folder",
    ),
    "empty prompt file": (
        "system: You solve word problems.",
        "system: {file: empty.md}",
        "empty.md",
        "the file is empty",
    ),
    "prompt file in Latin-1": (
        "system: You solve word problems.",
        "system: {file: latin.md}",
        "latin.md:2",
        "byte 0xE9 at position 4 of the line. Convert it: iconv -f ISO-8859-1 -t UTF-8 latin.md",
    ),
    "expression in a prompt file": (
        "system: You solve word problems.",
        "system: {file: each.md}",
        "each.md:3",
        "`{{#each items}}` is not a placeholder. Only substitution is supported",
    ),
    "expression": (
        "{{question}}\n",
        "Now:\n    {{#if question}}\n",
        "workload.yaml:7 prompt.user",
        "`{{#if question}}` is not a placeholder. Only substitution is supported",
    ),
    "empty placeholder": ("{{question}}", "{{ }}", "workload.yaml:6 prompt.user", "`{{ }}` is not a placeholder"),
    "placeholder of two words": (
        "{{question}}",
        "{{a b}}",
        "workload.yaml:6 prompt.user",
        "`{{a b}}` is not a placeholder",
    ),
    "open placeholder": ("{{question}}", "{{question", "workload.yaml:6 prompt.user", "not closed on its line"),
    "letters that steer a terminal": (
        "name: grade-school-math",
        'name: "\\e[31m"',
        "workload.yaml:2 name",
        r'"\x1b[31m" is not possible here',
    ),
}


@pytest.mark.parametrize("spoilt", BAD_DECLARATIONS.values(), ids=BAD_DECLARATIONS)
def test_one_mistake_is_one_problem_with_its_place_and_a_remedy(
    make_folder: MakeFolder, declaration: str, spoilt: tuple[str, str, str, str]
) -> None:
    old, new, place, said = spoilt
    files = {
        "workload.yaml": declaration.replace(old, new, 1),
        "empty.md": "\n",
        "latin.md": b"Bonjour\ncaf\xe9",
        "each.md": "Items:\n\n{{#each items}}\n",
    }
    assert files["workload.yaml"] != declaration

    problems = problems_of(make_folder(files))

    assert [problem.place for problem in problems] == [place]
    assert said in str(problems[0])


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (None, "workload.yaml", "the file is not there"),
        ("", "workload.yaml", "the file is empty"),
        ("- a\n- b\n", "workload.yaml", "does not consist of keys"),
        ("a: [", "workload.yaml:1", "not valid YAML"),
        (b"a: caf\xe9\n", "workload.yaml:1", "byte 0xE9 at position 7"),
        ("version: 1".encode("utf-16"), "workload.yaml:1", "iconv -f UTF-16"),
        (b"#" * 10_000_001, "workload.yaml", "larger than 10 MB"),
    ],
    ids=["missing", "empty", "list", "syntax", "latin-1", "utf-16", "large"],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    make_folder: MakeFolder, content: bytes | str | None, place: str, said: str
) -> None:
    problems = problems_of(make_folder({"workload.yaml": content}))

    assert [problem.place for problem in problems] == [place]
    assert said in str(problems[0])


def test_twelve_mistakes_are_told_at_once_in_the_order_of_their_lines(make_folder: MakeFolder) -> None:
    declaration = """\
version: 1
name: Bad Name
owner: 7
prompt:
  system: {file: gone.md}
  user: {file: user.md}
cases: cases.jsonl
cases: cases.csv
source: {model: anthropic.claude-3-haiku-20240307-v1:0, answers: sometimes}
targets:
  - {model: us.meta.llama3-1-70b-instruct-v1:0}
  - {model: us.meta.llama3-1-70b-instruct-v1:0}
scorers:
  - {name: correct, type: numbr}
  - {name: form, type: regex, pattern: "["}
gates:
  - {scorer: fomr, rule: not_worse, margin: 0.02}
repeats: 0
colour: red
"""
    files = {"workload.yaml": declaration, "user.md": "{{question}}\n{{> partial}}"}

    problems = problems_of(make_folder(files))

    assert [problem.place for problem in problems] == [
        "workload.yaml:2 name",
        "workload.yaml:3 owner",
        "workload.yaml:5 prompt.system",
        "workload.yaml:8 cases",
        "workload.yaml:9 source.answers",
        "workload.yaml:12 targets[1]",
        "workload.yaml:14 scorers[0].type",
        "workload.yaml:15 scorers[1]",
        "workload.yaml:17 gates[0].scorer",
        "workload.yaml:18 repeats",
        "workload.yaml:19 colour",
        "user.md:2",
    ]
    assert all(problem.wrong and not problem.wrong.endswith(".") and problem.remedy for problem in problems)


def test_a_key_that_is_called_like_a_scorer_type_misplaces_nothing(make_folder: MakeFolder, declaration: str) -> None:
    spoilt = declaration.replace("type: number", "type: json, json: answer, strict: perhaps")

    problems = problems_of(make_folder({"workload.yaml": spoilt}))

    assert [problem.place for problem in problems] == [
        "workload.yaml:13 scorers[0].strict",
        "workload.yaml:13 scorers[0].json",
    ]


def test_a_file_that_two_keys_name_is_complained_of_once(make_folder: MakeFolder, declaration: str) -> None:
    spoilt = declaration.replace(
        '  system: You solve word problems.\n  user: |\n    {{question}}\n    Answer in JSON: {"answer": "…"}\n',
        "  system: {file: same.md}\n  user: {file: same.md}\n",
    )

    problems = problems_of(make_folder({"workload.yaml": spoilt, "same.md": "{{ }}"}))

    assert [problem.place for problem in problems] == ["same.md:1"]


def test_braces_of_json_and_of_neighbouring_placeholders_are_text(make_folder: MakeFolder, declaration: str) -> None:
    text = '{"a": {"b": {{question}}}} {{{question}}} }} {{ question }}{{question}}'

    loaded = load_workload(make_folder({"workload.yaml": declaration.replace("{{question}}", text, 1)}))

    assert loaded.prompt.placeholders == {"question"}


@settings(deadline=None, max_examples=50)
@given(raw=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_random_bytes_are_an_invalid_workload(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    directory = tmp_path_factory.getbasetemp()
    (directory / "workload.yaml").write_bytes(raw)

    with pytest.raises(InvalidWorkloadError):
        load_workload(DirectoryFolder(directory))
