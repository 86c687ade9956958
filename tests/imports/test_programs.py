import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from local.imports import dspy, llama_prompt_ops
from local.imports.account import CannotImportError
from tests.imports.writing import dropped, json_lines, told, written

CONFIGURATION = """\
system_prompt:
  file: ../data/prompt.txt
  inputs: ["question"]
  outputs: ["answer"]
dataset:
  path: ../data/facility.json
  input_field: ["fields", "input"]
  golden_output_field: "answer"
model:
  task_model: openrouter/meta-llama/llama-3.3-70b-instruct
metric:
  class: prompt_ops.core.metrics.FacilityMetric
optimization:
  strategy: basic
"""


def project(folder: Path, configuration: str = CONFIGURATION) -> Path:
    (folder / "configs").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "prompt.txt").write_text("Sort messages. Answer as {{urgency}}.")
    rows = [{"fields": {"input": f"message {n}"}, "answer": {"urgency": "high"}} for n in range(4)]
    json_lines(folder / "data" / "facility.json", [*rows, {"fields": {}, "answer": {}}])
    file = folder / "configs" / "facility.yaml"
    file.write_text(configuration)
    return file


def test_a_configuration_brings_its_prompt_and_its_data(tmp_path: Path) -> None:
    imported = llama_prompt_ops.read(project(tmp_path))
    folder = written(imported, tmp_path / "workload")

    assert folder.rendered(2).system == "Sort messages. Answer as {{urgency}}."
    assert folder.rendered(2).messages[0].content == "message 2"
    assert folder.cases[0].reference == {"urgency": "high"}
    assert imported.declaration["scorers"][0]["type"] == "json"
    assert imported.account.found == 5
    assert dropped(imported) == {"no input at the path of `input_field`": 1}
    for key in ("metric", "optimization", "model"):
        assert f"key `{key}`" in told(imported)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("../../outside.json", "is not in the folder of"),
        ("/etc/hostname", "is not in the folder of"),
        ("../.aws/credentials", "is not in the folder of"),
        (".hidden.json", "which is not there"),
        ("gone.json", "which is not there"),
    ],
)
def test_a_configuration_reads_nothing_outside_its_project(tmp_path: Path, path: str, complaint: str) -> None:
    (tmp_path / "project" / ".aws").mkdir(parents=True)
    (tmp_path / "project" / ".aws" / "credentials").write_text("[]")
    (tmp_path / "outside.json").write_text("[]")
    (tmp_path / "project" / ".hidden.json").write_text("[]")
    file = project(tmp_path / "project", CONFIGURATION.replace("../data/facility.json", path))

    with pytest.raises(CannotImportError, match=complaint):
        llama_prompt_ops.read(file)


@pytest.mark.parametrize("text", ["[", "a: 1", "dataset: {}\n", "dataset: {path: x.json}\n", "\x00"])
def test_what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)

    with pytest.raises(CannotImportError):
        llama_prompt_ops.read(file)


def program(**more: Any) -> dict[str, Any]:
    state: dict[str, Any] = {
        "traces": [],
        "train": [],
        "demos": [
            {"augmented": True, "question": "2+2?", "reasoning": "Two and two.", "answer": "four"},
            {"question": "3+3?", "answer": "six"},
            {"answer": "no question"},
        ],
        "signature": {
            "instructions": "Answer in words.",
            "fields": [
                {"prefix": "Question:", "description": "${question}"},
                {"prefix": "Reasoning: Let's think step by step in order to", "description": "${reasoning}"},
                {"prefix": "Answer:", "description": "one word"},
            ],
        },
        "lm": None,
    }
    return {"predict": state | more, "metadata": {"dependency_versions": {"dspy": "3.0"}}}


def test_a_saved_program_brings_instructions_fields_and_demonstrations(tmp_path: Path) -> None:
    file = tmp_path / "program.json"
    file.write_text(json.dumps(program(), indent=2))

    imported = dspy.read(file)
    folder = written(imported, tmp_path / "workload")

    prompt = folder.rendered(1)
    assert prompt.system is not None
    assert prompt.system.startswith("Answer in words.\n\nAnswer: one word")
    assert [turn.role for turn in prompt.messages] == ["user", "assistant", "user", "assistant", "user"]
    assert prompt.messages[0].content == "Question: 2+2?"
    assert prompt.messages[1].content.endswith("Two and two.\nAnswer: four")
    assert prompt.messages[4].content == "Question: 3+3?"
    assert folder.cases[1].reference == "six"
    assert imported.declaration["scorers"][0]["extract"] == {"regex": r"(?is)(?<!\w)Answer:\s*(.+)"}
    assert imported.account.found == 3
    assert dropped(imported) == {"an example without `question`": 1}
    assert "the file holds none but its demonstrations" in told(imported)
    assert "the adapter" in told(imported)


def test_training_examples_of_a_program_are_its_cases(tmp_path: Path) -> None:
    file = tmp_path / "program.json"
    file.write_text(json.dumps(program(train=[{"question": "5+5?", "answer": "ten"}])))

    imported = dspy.read(file)
    folder = written(imported, tmp_path / "workload")

    assert [case.input["question"] for case in folder.cases] == ["5+5?"]
    assert "none but its demonstrations" not in told(imported)


def test_another_predictor_is_read_by_its_number(tmp_path: Path) -> None:
    both = {"first": program()["predict"], "second": {"inner": program(demos=[{"question": "q", "answer": "a"}])}}
    file = tmp_path / "program.json"
    file.write_text(json.dumps(both))

    imported = dspy.read(file, group=2)
    written(imported, tmp_path / "workload")

    assert imported.account.imported == 1
    assert "predictor 1, `first`" in told(imported)
    with pytest.raises(CannotImportError, match="2 predictors"):
        dspy.read(file, group=3)


def test_a_pickle_is_refused_unread_with_the_remedy(tmp_path: Path) -> None:
    named, disguised = tmp_path / "program.pkl", tmp_path / "program.json"
    for file in (named, disguised):
        file.write_bytes(pickle.dumps({"a": 1}))
        with pytest.raises(CannotImportError, match=r"program\.save\('program\.json'\)"):
            dspy.read(file)


@pytest.mark.parametrize("content", ["[]", "{}", "x", json.dumps(program(demos=[])), '{"signature": {"fields": []}}'])
def test_what_is_no_program_with_examples_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "program.json"
    file.write_text(content)

    with pytest.raises(CannotImportError):
        dspy.read(file)
