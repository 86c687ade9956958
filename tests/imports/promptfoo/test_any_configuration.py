"""Whatever a configuration says, it is taken along or named, and nothing is run, left out or looked for elsewhere."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.loading.validation import validate_cases
from brainswap.core.loading.workloads import load_workload
from local.importing import Written, import_workload
from local.imports.account import CannotImportError
from local.imports.promptfoo_assertions import REMEDIES, ROWS
from local.imports.promptfoo_rows import assertion_of_text

WORDS = st.sampled_from([*ROWS, *REMEDIES, "assert-set", "is-sql", "unheard-of"])
TEXTS = st.sampled_from(
    ["", "x", "{{q}}", "{{ a.b }}", "{{q|upper}}", "{% if q %}", "file://x.py", "file://../y", "[", "é"]
)
VALUES = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.lists(TEXTS, max_size=3),
    st.dictionaries(st.sampled_from(["min", "type", "a"]), st.one_of(TEXTS, st.integers(0, 3)), max_size=2),
)
EXTRAS = st.dictionaries(
    st.sampled_from(["threshold", "weight", "metric", "provider", "transform"]), VALUES, max_size=2
)


@st.composite
def assertions(draw: st.DrawFn, *, nested: bool = True) -> dict[str, Any]:
    word = draw(st.sampled_from(["", "not-"])) + draw(WORDS)
    made = {"type": word, "value": draw(VALUES), **draw(EXTRAS)}
    if word == "assert-set" and nested:
        made["assert"] = draw(st.lists(assertions(nested=False), max_size=2))
    return made


VARIABLES = st.dictionaries(st.sampled_from(["q", "a", "two words"]), VALUES, max_size=3)
TESTS = st.fixed_dictionaries(
    {},
    optional={
        "vars": VARIABLES,
        "assert": st.lists(assertions(), max_size=3),
        "options": st.dictionaries(
            st.sampled_from(["prefix", "disableDefaultAsserts", "provider"]), VALUES, max_size=2
        ),
        "threshold": VALUES,
        "description": TEXTS,
    },
)
CONFIGURATIONS = st.fixed_dictionaries(
    {"tests": st.lists(st.one_of(TESTS, VALUES), max_size=4)},
    optional={
        "prompts": st.one_of(VALUES, st.just(["{{q}}"])),
        "providers": st.one_of(
            VALUES, st.lists(st.sampled_from(["bedrock:amazon.nova-lite-v1:0", "openai:gpt-4o", "echo"]), max_size=3)
        ),
        "defaultTest": st.one_of(TESTS, VALUES),
        "scenarios": st.lists(
            st.fixed_dictionaries({"config": st.lists(TESTS, max_size=2), "tests": st.lists(TESTS, max_size=2)}),
            max_size=1,
        ),
        "evaluateOptions": VALUES,
        "further": VALUES,
    },
)


def written(configuration: Any, folder: Path) -> Written:
    file = folder / "promptfooconfig.json"
    file.write_text(json.dumps(configuration), "utf-8")
    return import_workload("promptfoo", str(file), folder / "out", "embedded")


def declared(configuration: Mapping[str, Any]) -> Iterator[str]:
    """The places of the assertions that have a type."""
    tests: list[tuple[str, Any]] = [("defaultTest", configuration.get("defaultTest"))]
    tests += [(f"tests[{index}]", test) for index, test in enumerate(configuration["tests"])]
    for number, scenario in enumerate(configuration.get("scenarios", [])):
        if scenario["config"]:
            given_tests = scenario["tests"] or []
            tests += [(f"scenarios[{number}].tests[{index}]", test) for index, test in enumerate(given_tests)]
        tests += [(f"scenarios[{number}].config[{index}]", test) for index, test in enumerate(scenario["config"])]
    for place, test in tests:
        if isinstance(test, Mapping):
            yield from below(place, test.get("assert", []))


def below(place: str, found: list[dict[str, Any]]) -> Iterator[str]:
    for index, assertion in enumerate(found):
        yield f"{place}.assert[{index}]"
        yield from below(f"{place}.assert[{index}]", assertion.get("assert", []))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CONFIGURATIONS)
def test_everything_is_taken_along_or_named(configuration: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = written(configuration, Path(folder))
        account = result.account
        cases = (result.directory / "cases.jsonl").read_text("utf-8").splitlines()

    named = {each.place.partition(" for ")[0] for each in account.unmapped if each.what.startswith("assertion ")}
    mapped = sum(count for what, count in account.mapped.items() if what.startswith("assertion "))
    places = set(declared(configuration))
    assert account.balanced
    assert len(cases) == account.imported
    assert named <= places
    assert len(named) + mapped >= len(places)
    assert all(each.remedy for each in account.unmapped)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(dict, vars=st.just({"q": "?"}), **{"assert": st.lists(assertions(), max_size=3)}),
        min_size=1,
        max_size=4,
    )
)
def test_scorers_and_references_are_valid_whatever_is_asserted(tests: list[dict[str, Any]]) -> None:
    configuration = {
        "prompts": ["{{q}}"],
        "providers": ["bedrock:amazon.nova-lite-v1:0", "bedrock:amazon.nova-pro-v1:0"],
        "tests": [*tests, {"vars": {"q": "!"}, "assert": [{"type": "equals", "value": "yes"}]}],
    }

    with tempfile.TemporaryDirectory() as folder:
        result = written(configuration, Path(folder))
        found = DirectoryFolder(result.directory)

        assert result.problems == ()
        assert validate_cases(found, load_workload(found)).count == len(tests) + 1


@given(st.text(max_size=40))
def test_any_cell_is_an_assertion(text: str) -> None:
    assert isinstance(assertion_of_text(text, frozenset(ROWS))["type"], str)


@pytest.mark.parametrize(
    ("cell", "assertion"),
    [
        ("Paris", {"type": "equals", "value": "Paris"}),
        ("contains: x", {"type": "contains", "value": "x"}),
        ("not-icontains-any: a, b", {"type": "not-icontains-any", "value": ["a", "b"]}),
        ("similar(0.8): On the floor", {"type": "similar", "value": "On the floor", "threshold": 0.8}),
        ("similar: x", {"type": "similar", "value": "x", "threshold": 0.8}),
        ("is-json", {"type": "is-json"}),
        ("llm-rubric: is kind", {"type": "llm-rubric", "value": "is kind"}),
        ("grade: is kind", {"type": "llm-rubric", "value": "is kind"}),
        ("fn: output === 1", {"type": "javascript", "value": "output === 1"}),
        ("file://check.py:polite", {"type": "python", "value": "file://check.py:polite"}),
        ("Note: this", {"type": "equals", "value": "Note: this"}),
    ],
)
def test_a_cell_says_what_is_expected(cell: str, assertion: dict[str, Any]) -> None:
    assert assertion_of_text(cell, frozenset(ROWS)) == assertion


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("config.js", "module.exports = {}", "program"),
        ("config.toml", "a = 1", "neither"),
        ("config.yaml", "a: [", "not valid YAML"),
        ("config.json", "{", "not valid JSON"),
        ("config.yaml", "name: value", "no configuration"),
        ("config.yaml", "", "no configuration"),
    ],
)
def test_what_is_no_configuration_is_refused_with_a_reason(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(CannotImportError, match=re.escape(told)):
        import_workload("promptfoo", str(tmp_path / name), tmp_path / "out", "embedded")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("reference", ["file:///etc/hostname", "file://../secret.txt", "file://sub/../../secret.txt"])
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, reference: str) -> None:
    (tmp_path / "secret.txt").write_text("hidden", "utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()

    result = written({"prompts": [reference], "tests": [{"vars": {"q": reference}}, reference]}, inside)

    everything = "".join(path.read_text("utf-8") for path in result.directory.rglob("*") if path.is_file())
    assert "hidden" not in everything
    assert [each for each in result.account.unmapped if "leaves the folder" in each.what]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hidden", "utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")

    result = written({"prompts": ["file://link.txt", "file://*.txt"], "tests": []}, inside)

    assert "hidden" not in "".join(path.read_text("utf-8") for path in result.directory.rglob("*.*"))


def test_combinations_without_end_are_dropped_and_counted(tmp_path: Path) -> None:
    variables = {f"v{number}": list(range(10)) for number in range(9)}

    account = written({"prompts": ["{{v1}}"], "tests": [{"vars": variables}]}, tmp_path).account

    assert (account.found, account.imported, account.balanced) == (10**9, 0, True)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", "utf-8")

    with pytest.raises(CannotImportError, match="not empty"):
        written({"prompts": ["x"]}, tmp_path)

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_what_a_person_must_decide_is_commented_and_told(tmp_path: Path) -> None:
    result = written(
        {"prompts": ["{{q}}"], "providers": ["openai:gpt-4o", "echo"], "tests": [{"vars": {"q": 1}}]}, tmp_path
    )

    text = (result.directory / "workload.yaml").read_text("utf-8")
    assert "# targets:" in text
    assert 'model: "openai:gpt-4o"' in text or "model: 'openai:gpt-4o'" in text
    assert any("targets" in problem.wrong or "targets" in problem.place for problem in result.problems)


def test_an_assertion_of_a_test_that_is_dropped_is_named(tmp_path: Path) -> None:
    lost = {"vars": {"q": []}, "assert": [{"type": "equals", "value": "x"}]}

    account = written({"prompts": ["{{q}}"], "tests": [lost]}, tmp_path).account

    assert dict(account.dropped) == {"a variable without values": 1}
    assert ("tests[0].assert[0]", "assertion equals") in {(each.place, each.what) for each in account.unmapped}
