"""brainswap export: files on disk, remarks on stderr, and a version in Prompt Management."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from local.bedrock.server import EmbeddedBedrock, Models
from local.imports.promptfoo import read
from tests.cli.conftest import Said
from tests.fakes.labelled_runs import NEW
from tests.imports.writing import written

Brainswap = Callable[..., Said]
TARGET = "target-1-original"
RIGHT = {"name": "right", "type": "exact"}


@pytest.fixture
def bedrock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brainswap: Brainswap) -> Iterator[EmbeddedBedrock]:  # noqa: ARG001 - its settings come after those of the command
    cases = tmp_path / "none.jsonl"
    cases.write_text("", "utf-8")
    with EmbeddedBedrock(case_files=[cases], models=Models(), pace=0) as server:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENT", server.url)
        yield server


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("text", "{{question}}"),
        ("json", '"schema_": "brainswap.prompt/1"'),
        ("bedrock-prompt", '"name": "question"'),
        ("promptfoo", "bedrock:converse:"),
        ("openai", '"messages"'),
        ("langchain", '"template_format": "f-string"'),
        ("dspy", '"description": "${question}"'),
    ],
)
def test_each_form_is_written(form: str, holds: str, brainswap: Brainswap, ran: Callable[..., str]) -> None:
    ran(RIGHT)

    said = brainswap("export", form, "o", f"e/{form}.json", "--contender", TARGET)

    assert said.code == 0, said.err
    assert holds in Path(f"e/{form}.json").read_text("utf-8")
    assert f"Wrote `e/{form}.json`" in said.out


def test_what_a_form_cannot_hold_is_named_and_told_to_machines(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    ran(RIGHT)

    people = brainswap("export", "text", "o", "p.txt", "--contender", TARGET)
    machines = brainswap("export", "text", "o", "p.txt", "--contender", TARGET, "--json")

    document = json.loads(machines.out)
    assert "Left out, for text has no place for it: the model, " in people.err
    assert document["left_out"][0].startswith("the model, ")
    assert f"Left out: {len(document['left_out'])}" in people.out
    assert document["contender"] == TARGET


def test_the_recommended_prompt_is_exported_by_the_id_of_the_run(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    ran(RIGHT)
    report = json.loads(Path("o/report.json").read_text("utf-8"))
    Path("out").mkdir()
    Path("o").rename("out/mine")

    said = brainswap("export", "json", report["run_id"], "p.json", "--json")

    if report["recommended"] is None:
        assert said.code == 2
        assert "recommends nobody" in said.err
    else:
        assert json.loads(said.out)["contender"] == report["recommended"]["contender"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("text", "nowhere", "p.txt"), "neither a folder with the report of a run nor the id"),
        (("text", "o", "p.txt", "--contender", "nobody"), "It has `source`"),
        (("text", "o", "p.txt", "--publish"), "Only the format bedrock-prompt is published"),
        (("dspy", "o", "p.txt"), "only if its name ends in .json"),
        (("text", "o", "w/workload.yaml/p.txt", "--contender", "source"), "cannot be written"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    arguments: tuple[str, ...], told: str, brainswap: Brainswap, ran: Callable[..., str]
) -> None:
    ran(RIGHT)

    said = brainswap("export", *arguments)

    assert said.code == 2
    assert told in said.err
    assert not Path(arguments[2]).exists()


def test_a_run_of_an_earlier_version_has_to_be_run_again(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    ran(RIGHT)
    Path(f"o/prompts/{TARGET}.json").unlink()

    said = brainswap("export", "text", "o", "p.txt", "--contender", TARGET)

    assert said.code == 2
    assert "the run is of an earlier version. Run it again" in said.err


@pytest.mark.usefixtures("bedrock")
def test_a_prompt_is_published_with_a_version_and_only_once(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    ran(RIGHT)
    asked = ("export", "bedrock-prompt", "o", "p.json", "--contender", TARGET, "--publish")

    first, again = brainswap(*asked, "--json"), brainswap(*asked)

    published = json.loads(first.out)["published"]
    kept = boto3.client("bedrock-agent").get_prompt(promptIdentifier=published["prompt_id"], promptVersion="1")
    sent = json.loads(Path("p.json").read_text("utf-8"))
    assert published["version"] == "1"
    assert published["arn"] == kept["arn"]
    assert kept["variants"] == sent["variants"]
    assert f"Published as version 1: {kept['arn']}" in again.out


@pytest.mark.usefixtures("bedrock")
def test_what_prompt_management_refuses_is_told_and_the_file_stays(
    brainswap: Brainswap, ran: Callable[..., str]
) -> None:
    ran(RIGHT)
    name = "yes-or-no-target-1-original"
    brainswap("export", "bedrock-prompt", "o", "p.json", "--contender", TARGET)
    boto3.client("bedrock-agent").create_prompt(name=json.loads(Path("p.json").read_text("utf-8"))["name"])

    said = brainswap("export", "bedrock-prompt", "o", "p.json", "--contender", TARGET, "--publish")

    assert said.code == 2
    assert "ConflictException" in said.err, name
    assert Path("p.json").exists()


SCORERS: list[dict[str, Any]] = [
    {"name": "right", "type": "exact", "reference": "answer"},
    {"name": "polite", "type": "contains", "value": "{{thanks}}", "not": True},
    {"name": "words", "type": "contains_any", "reference": "some", "optional": True, "ignore_case": False},
    {"name": "form", "type": "json", "reference": "answer", "schema": {"type": "object"}},
    {"name": "short", "type": "length", "unit": "words", "max": 30},
    {"name": "ended", "type": "finish", "allowed": ["truncated"]},
    {"name": "pattern", "type": "regex", "pattern": "a{2}"},
]


def test_what_is_exported_to_promptfoo_comes_back(
    brainswap: Brainswap, ran: Callable[..., str], tmp_path: Path
) -> None:
    cases: list[dict[str, Any]] = [
        {
            "id": f"c{number}",
            "input": {"question": text},
            "reference": {"answer": f"{number}", **({"some": ["x", "y"]} if number % 2 else {})},
            "recorded": {"old": {"output": "{}"}, "new": {"output": "{}"}},
        }
        for number, text in enumerate(["Is it?", "Is it 7?", "Who, me?", "Why?"])
    ]
    ran(*SCORERS, cases=cases)

    said = brainswap("export", "promptfoo", "o", "e/promptfooconfig.yaml", "--contender", TARGET)
    imported = read(Path("e/promptfooconfig.yaml"))
    whole = {"version": 1, "name": "back", "targets": [{"model": "amazon.nova-pro-v1:0"}], **imported.declaration}
    back = written(replace(imported, declaration=whole), tmp_path / "back")

    original = yaml.safe_load((tmp_path / "w" / "workload.yaml").read_text("utf-8"))
    scorers = {
        spec.name: spec.model_dump(by_alias=True, exclude_defaults=True) for spec in back.loaded.workload.scorers
    }
    assert said.code == 0, said.err
    assert [back.rendered(place).messages[-1].content for place in range(4)] == [
        original["prompt"]["user"].replace("{{question}}", case["input"]["question"]) for case in cases
    ]
    assert back.loaded.workload.source.model == NEW
    assert scorers["right"] == {"name": "right", "type": "exact", "reference": "right"}
    assert scorers["words"]["optional"] is True
    assert scorers["form"]["schema"] == {"type": "object"}
    assert scorers["short"]["max"] == 30
    assert scorers["ended"]["allowed"] == ("truncated",)
    assert scorers["pattern"]["pattern"] == "a{2}"
    assert [case.reference["right"] for case in back.cases] == ["0", "1", "2", "3"]
    assert "polite" not in scorers  # whose braces only Nunjucks itself reads
    assert not said.err


def test_scorers_without_an_assertion_are_named(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    ran(RIGHT, {"name": "near", "type": "levenshtein"}, {"name": "number", "type": "exact", "extract": {"tag": "n"}})

    said = brainswap("export", "promptfoo", "o", "p.yaml", "--contender", TARGET)

    assert "the scorer near, for there is no assertion like `levenshtein`" in said.err
    assert "the scorer number, for it takes a part out of the answer" in said.err
