"""A configuration as teams have it goes in whole, with an account of everything."""

import json
from pathlib import Path

import pytest

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.loading.validation import validate_cases
from brainswap.core.loading.workloads import load_workload
from local.importing import Written, import_workload

HERE = Path(__file__).parent
CONFIGURATION = HERE / "goes-in" / "promptfooconfig.yaml"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return import_workload("promptfoo", str(CONFIGURATION), tmp_path_factory.mktemp("w") / "hotel-desk", "embedded")


def test_the_workload_is_valid_as_it_stands(written: Written) -> None:
    folder = DirectoryFolder(written.directory)
    loaded = load_workload(folder)

    assert written.problems == ()
    assert validate_cases(folder, loaded).count == written.account.imported == 15
    assert (loaded.workload.name, loaded.workload.repeats) == ("hotel-desk", 3)


def test_every_case_is_accounted_for(written: Written) -> None:
    account = written.account

    assert account.balanced
    assert (account.found, account.dropped.total()) == (19, 4)


def test_source_and_targets_are_the_providers_that_have_an_id(written: Written) -> None:
    workload = load_workload(DirectoryFolder(written.directory)).workload

    assert workload.source.model == "us.anthropic.claude-3-5-haiku-20241022-v1:0"
    assert [target.model for target in workload.targets] == ["us.amazon.nova-lite-v1:0", "openai:gpt-4o-mini"]
    assert workload.parameters_of(workload.source).top_p == 0.9


def test_the_chat_becomes_the_prompt(written: Written) -> None:
    prompt = load_workload(DirectoryFolder(written.directory)).prompt

    assert prompt.system == "You are the front desk of {{hotel}}. Guest: {{guest.name}}"
    assert [turn.content for turn in prompt.messages] == ["{{test_prefix}}{{question}}{{test_suffix}}"]


def test_the_cases_are_those_of_every_file_with_defaults_and_combinations(written: Written) -> None:
    lines = (written.directory / "cases.jsonl").read_text("utf-8").splitlines()
    cases = {case["id"]: case for case in map(json.loads, lines)}

    assert cases["test-2-2"]["input"]["question"] == "Wo ist das Schwimmbad?"
    assert cases["test-5"]["input"]["question"] == "Wake me at 6, Ada."
    assert cases["test-7"]["input"]["test_prefix"] == "Shortly: "
    assert cases["test-1"]["reference"]["contains_2"] == "10"
    assert cases["test-12"]["reference"] == {"icontains": "desk"}
    assert cases["test-14"]["reference"]["icontains"] == "The Grand Otter"


def test_code_addresses_and_files_elsewhere_are_named_and_left_alone(written: Written) -> None:
    named = {(each.place, each.what) for each in written.account.unmapped}

    assert ("tests[1].assert[3]", "assertion javascript") in named
    assert ("tests[2].assert[5]", "assertion python") in named
    assert ("tests[4].assert[5]", "assertion webhook") in named
    assert ("tests[7]", "file://../outside.csv: leaves the folder of the configuration") in named


def test_every_assertion_is_mapped_or_named(written: Written) -> None:
    named = {each.place for each in written.account.unmapped if each.what.startswith("assertion ")}
    mapped = sum(count for what, count in written.account.mapped.items() if what.startswith("assertion "))

    assert len(named) + mapped == 45


def test_the_account_says_it_to_a_person(written: Written) -> None:
    told = (written.directory / "IMPORT.md").read_text("utf-8")

    assert "19 found, 15 imported, 4 dropped" in told
    assert "**assertion javascript**" in told


def test_a_likeness_in_meaning_is_measured_by_a_model_of_embeddings_which_is_told(written: Written) -> None:
    workload = load_workload(DirectoryFolder(written.directory)).workload
    told = (written.directory / "IMPORT.md").read_text("utf-8")

    assert {spec.model for spec in workload.called if spec.type == "similarity"} == {"amazon.titan-embed-text-v2:0"}
    assert "the threshold has to be found anew" in told
