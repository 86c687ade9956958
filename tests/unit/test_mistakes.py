import json

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.mistakes import kept
from brainswap.run_files import RunFiles
from tests.fakes.stores import MemoryArtifacts


def _kept(*places: str) -> tuple[str, MemoryArtifacts]:
    artifacts = MemoryArtifacts()
    problems = [Problem(place=place, wrong='it says "secret"', remedy="Say less.") for place in places]
    return str(kept(InvalidWorkloadError(problems), RunFiles(artifacts, "r"))), artifacts


def test_the_error_names_files_and_lines_and_quotes_nothing() -> None:
    text, _ = _kept("cases.jsonl:731", "cases.jsonl:731", "workload.yaml: gates[secret].margin", "prompts/user.md:2")

    assert text.startswith("cases.jsonl:731, workload.yaml, prompts/user.md:2: 4 mistakes in the workload.")
    assert "runs/r/problems.json" in text
    assert "secret" not in text


def test_every_problem_is_in_the_bucket_as_it_was() -> None:
    _, artifacts = _kept("cases.jsonl:1")

    document = json.loads(artifacts.files["runs/r/problems.json"])
    assert document == {"problems": [{"place": "cases.jsonl:1", "wrong": 'it says "secret"', "remedy": "Say less."}]}


def test_of_many_places_a_few_are_named() -> None:
    text, _ = _kept(*(f"cases.jsonl:{number}" for number in range(100)))

    assert text.startswith("cases.jsonl:0, cases.jsonl:1, ")
    assert " and 95 other places: 100 mistakes" in text
