import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.declaration import parse_declaration


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("true", True),
        ("1e-3", 0.001),
        ("010", 10),
        ("0x1f", 31),
        ("0o17", 15),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("~", None),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ('!!int "3"', 3),
    ],
)
def test_plain_values_are_those_of_yaml_1_2(written: str, value: object) -> None:
    declaration = parse_declaration("workload.yaml", f"key: {written}")

    assert declaration.value == {"key": value}
    assert type(declaration.value["key"]) is type(value)
    assert not declaration.findings


def test_every_key_and_item_knows_its_line() -> None:
    declaration = parse_declaration("workload.yaml", "a:\n  - b: 1\n    c: 2\n  - 3\nd: {e: 4}\n")

    assert declaration.place(("a", 0, "c")) == "workload.yaml:3 a[0].c"
    assert declaration.place(("a", 1)) == "workload.yaml:4 a[1]"
    assert declaration.place(("d", "e")) == "workload.yaml:5 d.e"


def test_a_key_that_is_not_there_is_placed_where_it_would_be() -> None:
    declaration = parse_declaration("workload.yaml", "a: 1\nb:\n  c: 2\n")

    assert declaration.place(("b", "missing")) == "workload.yaml:2 b.missing"


def test_keys_are_always_text() -> None:
    declaration = parse_declaration("workload.yaml", "1: a\ntrue: b\nnull: c\n2024-01-01: d\n")

    assert declaration.value == {"1": "a", "true": "b", "null": "c", "2024-01-01": "d"}


def test_aliases_and_merge_keys_are_followed_and_own_keys_win() -> None:
    declaration = parse_declaration("workload.yaml", "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: [*a, {z: 5}], y: 3}\n")

    assert declaration.value["b"] == {"x": 1, "y": 2}
    assert declaration.value["c"] == {"x": 1, "y": 3, "z": 5}


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)),
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40)),
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 2000)),
        "&a [*a]",
        "a: &a {<<: *a}",
        "text: &t " + "y" * 100_000 + "\nall: [" + ", ".join(["*t"] * 500) + "]",
        "[" * 5000,
        "a: " + "{a: " * 5000,
        "- " * 5000,
        "- 1\n" * 20_001,
    ],
    ids=[
        "lists of lists",
        "merges of merges",
        "a long chain of merges",
        "a list that holds itself",
        "a mapping that merges itself",
        "a long text many times",
        "deep lists",
        "deep mappings",
        "deep blocks",
        "many values",
    ],
)
def test_what_would_explode_is_refused(text: str) -> None:
    with pytest.raises(InvalidWorkloadError, match="more than 64 levels or 20000 values"):
        parse_declaration("workload.yaml", text)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a:\n\t- b", "workload.yaml:2", "not with tabs"),
        ("a: [1", "workload.yaml:1", "expected ',' or ']'"),
        ("a: 1\nb: c: d", "workload.yaml:2", "not valid YAML at column 5"),
        ("user: {{question}} please", "workload.yaml:1", "in quotes"),
        ("a: @b", "workload.yaml:1", "in quotes"),
        ("a: *nowhere", "workload.yaml:1", "undefined alias"),
        ("a: 1\nb: \x00", "workload.yaml:2", "U+0000"),
        ('a: "\\UFFFFFFFF"', "workload.yaml", "out of range"),
        ("a: 1\n---\nb: 2", "workload.yaml:2", "another document"),
    ],
)
def test_a_mistake_in_the_syntax_is_told_with_its_line(text: str, place: str, said: str) -> None:
    with pytest.raises(InvalidWorkloadError, match=re.escape(said)) as caught:
        parse_declaration("workload.yaml", text)

    assert [problem.place for problem in caught.value.problems] == [place]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3", 3, "given twice, in lines 1 and 3"),
        ("a:\n  b: .inf", 2, "not finite"),
        ("a: 1\nb: 1e999", 2, "not finite"),
        ("user: {{question}}", 1, "a key must be text"),
        ("a: !!python/object:os.system x", 1, "does not fit this value"),
        ("a: !!set {b}", 1, "means nothing here"),
        ("a: !mine [b]", 1, "means nothing here"),
        ("a: !!binary aGk=", 1, "does not fit this value"),
        ("a: {<<: 3}", 1, "keys of another mapping"),
        ('a: "\\ud800"', 1, "half of a surrogate pair"),
        ('"\\ud800": 1', 1, "half of a surrogate pair"),
    ],
)
def test_what_is_not_json_is_told_and_the_rest_is_read(text: str, line: int, said: str) -> None:
    declaration = parse_declaration("workload.yaml", f"{text}\nlast: 1\n")

    (finding,) = declaration.findings
    (problem,) = declaration.problems([finding])
    assert said in problem.wrong
    assert problem.place.startswith(f"workload.yaml:{line}")
    assert declaration.value["last"] == 1


FRAGMENTS = [
    *"ab[]{}:,&*!|>'\"#%@?-\t\n\x85\u2028\ufeff\x00é~=",
    ": ",
    "\n  ",
    "\n- ",
    "&x ",
    "*x",
    "<<: ",
    "!!int ",
    "!t ",
    "|\n ",
    "\\UFFFFFFFF",
    "\\ud800",
    "%YAML 1.9\n",
    "\n---\n",
    ".inf",
    "{{q}}",
]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=15).map("".join))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        declaration = parse_declaration("workload.yaml", text)
    except InvalidWorkloadError as error:
        assert error.problems  # noqa: PT017 - either outcome is right, any other exception is not
    else:
        assert declaration.problems(declaration.findings) is not None
