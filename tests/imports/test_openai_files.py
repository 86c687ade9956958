from pathlib import Path

import pytest

from local.imports import openai_evals, openai_fine_tuning
from local.imports.account import CannotImportError
from tests.imports.writing import dropped, json_lines, told, written


def sample(question: str, ideal: object) -> dict[str, object]:
    messages = [
        {"role": "system", "content": "Name the capital."},
        {"role": "user", "content": f"Country: {question}\nCapital:"},
    ]
    return {"input": messages, "ideal": ideal}


def test_samples_of_an_eval_become_cases_of_one_prompt(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "Capitals v0.jsonl",
        sample("France", "Paris"),
        sample("Bolivia", ["Sucre", "La Paz"]),
        sample("Kenya", "Nairobi"),
    )

    imported = openai_evals.read(file)
    folder = written(imported, tmp_path / "workload")

    assert imported.account.found == imported.account.imported == 3
    assert imported.account.mapped == {"input": 3, "ideal": 3}
    assert folder.loaded.workload.name == "capitals-v0"
    assert folder.loaded.prompt.system == "Name the capital."
    assert folder.loaded.prompt.messages[0].content == "Country: {{input}}\nCapital:"
    assert [case.input["input"] for case in folder.cases] == ["France", "Bolivia", "Kenya"]
    assert folder.cases[1].reference == ["Sucre", "La Paz"]
    assert imported.declaration["scorers"][0]["type"] == "contains"
    assert "registry" in told(imported)
    assert "anthropic.claude-3-haiku-20240307-v1:0 is a stand-in" in told(imported)


def test_a_text_as_input_is_a_question(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "e.jsonl", {"input": "2+2", "ideal": "4"}, {"input": "3+3", "ideal": "6"})

    imported = openai_evals.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.rendered(1).messages[0].content == "3+3"
    assert imported.declaration["scorers"][0]["type"] == "number"


def test_examples_by_name_become_turns_and_a_wrong_line_is_counted(tmp_path: Path) -> None:
    messages = [
        {"role": "system", "content": "Sort."},
        {"role": "system", "name": "example_user", "content": "b a"},
        {"role": "system", "name": "example_assistant", "content": "a b"},
        {"role": "user", "content": "d c"},
    ]
    file = json_lines(tmp_path / "e.jsonl", {"input": messages, "ideal": "c d"}, {"ideal": "x"}, [1])
    with file.open("a") as lines:
        lines.write("{broken\n")

    imported = openai_evals.read(file)
    folder = written(imported, tmp_path / "workload")

    assert [turn.role for turn in folder.loaded.prompt.messages] == ["user", "assistant", "user"]
    assert folder.rendered(0).messages[-1].content == "d c"
    assert dropped(imported) == {"no sample: it has no `input`": 2, "not JSON": 1}
    assert imported.account.found == 4


def test_braces_of_a_prompt_stay_braces(tmp_path: Path) -> None:
    questions = [f"Fill {{{{slot}}}} and {{{{{{x: {number}" for number in ("one", "two", "three")]
    file = json_lines(tmp_path / "e.jsonl", *({"input": text, "ideal": "yes"} for text in questions))

    imported = openai_evals.read(file)
    folder = written(imported, tmp_path / "workload")

    assert [folder.rendered(place).messages[0].content for place in range(3)] == questions
    assert folder.loaded.prompt.placeholders == {"input", "open_braces"}


def test_a_file_without_a_sample_is_refused_with_the_reasons(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "e.jsonl", {"question": "x"}, 3)

    with pytest.raises(CannotImportError, match="2 of no sample"):
        openai_evals.read(file)


def training(question: str, answer: object, **more: object) -> dict[str, object]:
    return {
        "messages": [
            {"role": "system", "content": "You sort tickets."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ],
        **more,
    }


def test_the_last_answer_of_a_training_example_is_the_reference(tmp_path: Path) -> None:
    labels = ["Billing", "Delivery", "Billing", "Delivery", "billing", "Delivery"]
    file = json_lines(tmp_path / "train.jsonl", *(training(f"Ticket {n}", label) for n, label in enumerate(labels)))

    imported = openai_fine_tuning.read(file)
    folder = written(imported, tmp_path / "workload")

    assert imported.declaration["scorers"] == [{"name": "label", "type": "label", "labels": ["Billing", "Delivery"]}]
    assert [case.reference for case in folder.cases] == labels
    assert folder.rendered(3).messages[0].content == "Ticket 3"


def test_what_no_case_can_hold_is_dropped_by_its_reason(tmp_path: Path) -> None:
    picture = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "data:x"}}]
    call = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}
    file = json_lines(
        tmp_path / "train.jsonl",
        training("A", "one"),
        training("B", [{"type": "text", "text": "two"}]),
        {"messages": [{"role": "user", "content": picture}, {"role": "assistant", "content": "a cat"}]},
        {"messages": [{"role": "user", "content": "Call"}, call]},
        {"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "no", "weight": 0}]},
        {"messages": [{"role": "user", "content": "U"}]},
        {"input": {}, "preferred_output": [], "non_preferred_output": []},
        training("", "nothing asked"),
    )

    imported = openai_fine_tuning.read(file)
    folder = written(imported, tmp_path / "workload")

    assert [case.reference for case in folder.cases] == ["one", "two"]
    assert dropped(imported) == {
        "a turn with an image": 1,
        "a call of a tool that is not declared": 1,
        "an example whose last answer has the weight 0, so that it is no example": 1,
        "an example whose last turn is not the assistant's": 1,
        "a pair of answers for preference training": 1,
        "a turn without text": 1,
    }


def test_tools_come_along_and_other_conversations_are_told_of(tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
    turns = [("user", "A"), ("assistant", "b"), ("user", "more"), ("assistant", "again")]
    long = {"messages": [{"role": role, "content": content} for role, content in turns]}
    file = json_lines(
        tmp_path / "train.jsonl", *(training(f"Q {n}", "An answer.", tools=[tool]) for n in range(3)), long
    )

    imported = openai_fine_tuning.read(file)
    folder = written(imported, tmp_path / "workload")
    second = openai_fine_tuning.read(file, group=2)
    other = written(second, tmp_path / "other")

    assert [each.name for each in folder.loaded.prompt.tools] == ["look_up"]
    assert dropped(imported) == {"another prompt template": 1}
    assert "prompt template 2: 1 cases" in told(imported)
    assert len(other.cases) == 1
    assert dropped(second) == {"another prompt template": 3}
    with pytest.raises(CannotImportError, match="2 prompt templates"):
        openai_fine_tuning.read(file, group=3)
