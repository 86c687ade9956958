from pathlib import Path

from local.imports import bedrock_evaluation, deepeval, ragas
from tests.imports.writing import dropped, json_lines, told, written


def test_prompts_of_an_evaluation_job_bring_categories_and_answers_along(tmp_path: Path) -> None:
    model = "us.amazon.nova-lite-v1:0"
    lines = [
        {
            "prompt": f"Classify the mood: text {number}",
            "referenceResponse": mood,
            "category": "mail" if number % 2 else "chat",
            "modelResponses": [{"response": mood.upper(), "modelIdentifier": model}],
        }
        for number, mood in enumerate(["good", "bad", "good", "bad", "good", "bad"])
    ]
    file = json_lines(tmp_path / "moods.jsonl", *lines, {"conversationTurns": []}, {"prompt": 3})

    imported = bedrock_evaluation.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.loaded.prompt.messages[0].content == "Classify the mood: text {{prompt}}"
    assert folder.rendered(4).messages[0].content == "Classify the mood: text 4"
    assert imported.declaration["scorers"] == [{"name": "label", "type": "label", "labels": ["bad", "good"]}]
    assert imported.declaration["source"] == {"model": model, "answers": "recorded", "recorded": model}
    assert folder.summary.segments == {"chat": 3, "mail": 3}
    assert folder.cases[1].recorded[model].output == "BAD"
    assert imported.account.found == 8
    assert dropped(imported) == {"a conversation of a knowledge base's evaluation": 1, "no `prompt`": 1}
    assert imported.account.mapped["modelResponses"] == 6


def test_answers_of_some_cases_alone_are_kept_but_not_the_baseline(tmp_path: Path) -> None:
    answered = {"prompt": "a b", "modelResponses": [{"response": "x", "modelIdentifier": "my own"}]}
    file = json_lines(tmp_path / "e.jsonl", answered, {"prompt": "c d"})

    imported = bedrock_evaluation.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.cases[0].recorded["my own"].output == "x"
    assert "“my own” is no id of Amazon Bedrock or OpenAI" in told(imported)


def test_a_case_without_a_reference_is_dropped_where_most_have_one(tmp_path: Path) -> None:
    lines = [{"prompt": f"p {name}", "referenceResponse": f"answer of {name}"} for name in ("ann", "bob", "cy")]
    file = json_lines(tmp_path / "e.jsonl", *lines, {"prompt": "p dan"})

    imported = bedrock_evaluation.read(file)
    folder = written(imported, tmp_path / "workload")

    assert len(folder.cases) == 3
    assert dropped(imported) == {"no reference": 1}


def test_prose_as_reference_is_kept_and_told_of(tmp_path: Path) -> None:
    prose = "A long answer that nobody repeats word by word. " * 5
    file = json_lines(tmp_path / "e.jsonl", {"prompt": "a", "referenceResponse": prose})

    imported = bedrock_evaluation.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.cases[0].reference == prose
    assert imported.declaration["scorers"] == [{"name": "overlap", "type": "rouge"}]
    assert "the references are prose" in told(imported)


def test_goldens_in_either_spelling_become_the_same_cases(tmp_path: Path) -> None:
    snake = {
        "input": "Who wrote it?",
        "expected_output": "Ada",
        "actual_output": "Ada did.",
        "retrieval_context": ["Ada wrote it.", "In 1843."],
        "completion_time": 1.5,
        "tools_called": [{"name": "search"}],
    }
    camel = {
        "input": "Who wrote it?",
        "expectedOutput": "Ada",
        "actualOutput": "Ada did.",
        "retrievalContext": ["Ada wrote it.", "In 1843."],
        "completionTime": 1.5,
        "toolsCalled": [{"name": "search"}],
    }
    in_lines = json_lines(tmp_path / "goldens.jsonl", snake)
    wrapped = json_lines(tmp_path / "goldens.json", {"goldens": [camel, {"scenario": "A call", "turns": []}, {}]})

    one, other = deepeval.read(in_lines), deepeval.read(wrapped)
    first, second = written(one, tmp_path / "one"), written(other, tmp_path / "other")

    assert first.cases == second.cases
    assert first.rendered(0).messages[0].content == "Context:\nAda wrote it.\n\nIn 1843.\n\nWho wrote it?"
    assert first.cases[0].recorded["actual_output"].latency_ms == 1500
    assert first.cases[0].meta == {"tools_called": [{"name": "search"}]}
    assert one.declaration["scorers"][0]["type"] == "exact"
    assert one.declaration["source"]["recorded"] == "actual_output"
    assert dropped(other) == {
        "a conversation that DeepEval simulates": 1,
        "no golden: it has no `input`": 1,
    }
    assert "tools_called, expected_tools" in told(one)
    assert "goldens hold what users say" in told(one)


def test_a_golden_without_context_gets_an_empty_one(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "g.json", [{"input": "a", "retrieval_context": ["c"]}, {"input": "b", "retrieval_context": None}]
    )

    folder = written(deepeval.read(file), tmp_path / "workload")

    assert [case.input["retrieval_context"] for case in folder.cases] == ["c", ""]


def test_samples_of_ragas_by_new_and_old_names(tmp_path: Path) -> None:
    new = {
        "user_input": "When?",
        "retrieved_contexts": ["It was 1815."],
        "response": "In 1815.",
        "reference": "1815",
        "rubrics": {"score1": "bad"},
    }
    old = {"question": "When?", "contexts": ["It was 1815."], "answer": "In 1815.", "ground_truths": ["1815"]}
    turns = {"user_input": [{"content": "Hi", "type": "human"}], "reference": "x"}

    first_import = ragas.read(json_lines(tmp_path / "new.jsonl", new, turns))
    second_import = ragas.read(json_lines(tmp_path / "old.json", [old]))
    first, second = written(first_import, tmp_path / "a"), written(second_import, tmp_path / "b")

    assert first.cases == second.cases
    assert first.cases[0].reference == "1815"
    assert first.cases[0].recorded["response"].output == "In 1815."
    assert first_import.declaration["scorers"][0]["type"] == "number"
    assert dropped(first_import) == {"a sample of several turns": 1}
    assert "key `rubrics`" in told(first_import)


def test_samples_that_came_column_by_column_become_rows(tmp_path: Path) -> None:
    table = {"question": ["When?", "Where?"], "ground_truth": ["in May", "at sea"], "contexts": [["c"], ["d"]]}

    imported = ragas.read(json_lines(tmp_path / "table.json", table))
    folder = written(imported, tmp_path / "workload")

    assert [case.input["user_input"] for case in folder.cases] == ["When?", "Where?"]
    assert [case.reference for case in folder.cases] == ["in May", "at sea"]
    assert imported.account.found == 2
