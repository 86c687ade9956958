from pathlib import Path
from typing import Any

import pytest

from local.imports import langfuse
from local.imports.account import CannotImportError
from tests.imports.writing import dropped, json_lines, told, written


def item(number: int, given: object, expected: object, **more: object) -> dict[str, Any]:
    return {
        "id": f"item-{number}",
        "datasetName": "support",
        "input": given,
        "expectedOutput": expected,
        "status": "ACTIVE",
        "sourceTraceId": None,
    } | more


def observation(number: int, question: str, answer: object, **more: object) -> dict[str, Any]:
    return {
        "id": f"observation-{number}",
        "traceId": "trace",
        "type": "GENERATION",
        "model": "gpt-4o-2024-08-06",
        "modelParameters": {"temperature": 0.2, "max_tokens": 100},
        "startTime": "2026-03-01T10:00:00.000Z",
        "completionStartTime": "2026-03-01T10:00:00.250Z",
        "endTime": "2026-03-01T10:00:01.500Z",
        "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}],
        "output": answer,
        "usage": {"input": 12, "output": 4, "total": 16, "unit": "TOKENS"},
    } | more


def test_items_with_fields_become_placeholders_by_names_that_may_be_ones(tmp_path: Path) -> None:
    items = [
        item(1, {"user question": "Where is it?", "lang": "en"}, "At sea."),
        item(2, {"user question": "Wo ist es?", "lang": "de"}, "Auf See."),
        item(3, {"lang": "fr"}, "En mer.", status="ARCHIVED"),
        item(4, "just a text", "no"),
        item(5, None, "no"),
    ]
    imported = langfuse.read(json_lines(tmp_path / "items.json", {"data": items, "meta": {"page": 1}}))
    folder = written(imported, tmp_path / "workload")

    assert folder.rendered(1).messages[0].content == "user question: Wo ist es?\n\nlang: de"
    assert folder.loaded.prompt.placeholders == {"user_question", "lang"}
    assert [case.id for case in folder.cases] == ["item-1", "item-2"]
    assert imported.account.found == 5
    assert dropped(imported) == {
        "an archived item": 1,
        "an item whose input has no fields": 1,
        "no item: it has no `input`": 1,
    }
    assert "the items hold values, not what the application sends" in told(imported)


def test_items_with_conversations_keep_their_turns(tmp_path: Path) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    expected = {"role": "assistant", "content": "Hi"}
    file = json_lines(tmp_path / "items.jsonl", item(1, {"messages": messages}, expected))

    folder = written(langfuse.read(file), tmp_path / "workload")

    assert folder.rendered(0).system == "Be brief."
    assert folder.rendered(0).messages[0].content == "Hello"
    assert folder.cases[0].reference == "Hi"


def test_of_as_many_fields_as_texts_the_texts_win(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "items.jsonl", item(1, "one", "x"), item(2, {"a": 1}, "b"))

    imported = langfuse.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.rendered(0).messages[0].content == "one"
    assert dropped(imported) == {"an item whose input has fields, unlike most": 1}


def test_generations_bring_usage_and_latency_as_the_baseline(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "observations.jsonl",
        observation(1, "Ticket: lost", {"role": "assistant", "content": "Found."}),
        observation(2, "Ticket: late", "Soon."),
        observation(3, "Ticket: torn", {"choices": [{"message": {"content": "Sorry."}}]}),
        {"type": "SPAN", "input": "x", "output": "y"},
        observation(4, "Ticket: x", None, level="ERROR"),
        observation(5, "Ticket: x", {"role": "assistant", "tool_calls": [{}]}),
    )

    imported = langfuse.read(file)
    folder = written(imported, tmp_path / "workload")

    assert imported.declaration["source"] == {
        "model": "openai:gpt-4o-2024-08-06",
        "answers": "recorded",
        "recorded": "openai:gpt-4o-2024-08-06",
        "parameters": {"max_tokens": 100, "temperature": 0.2},
    }
    assert folder.loaded.prompt.system == "Be brief."
    assert folder.loaded.prompt.messages[0].content == "Ticket: {{input}}"
    assert [case.recorded["openai:gpt-4o-2024-08-06"].output for case in folder.cases] == ["Found.", "Soon.", "Sorry."]
    assert folder.cases[0].recorded["openai:gpt-4o-2024-08-06"].model_dump(
        exclude={"output", "stop_reason"}, exclude_defaults=True
    ) == {
        "latency_ms": 1500,
        "first_token_ms": 250,
        "input_tokens": 12,
        "output_tokens": 4,
    }
    assert dropped(imported) == {
        "no observation of the type GENERATION": 1,
        "an error": 1,
        "a turn with a call of a tool without a name": 1,
    }
    assert "what the model said, not what is right" in told(imported)


def test_seconds_are_read_where_there_are_no_moments(tmp_path: Path) -> None:
    without = observation(1, "a", "b", latency=1.25, startTime="yesterday", usageDetails={"input": 1, "output": 2})

    folder = written(langfuse.read(json_lines(tmp_path / "o.jsonl", without)), tmp_path / "workload")

    recorded = folder.cases[0].recorded["openai:gpt-4o-2024-08-06"]
    assert (recorded.latency_ms, recorded.input_tokens) == (1250, 1)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotImportError, match="neither items"):
        langfuse.read(json_lines(tmp_path / "x.jsonl", {"a": 1}))


def test_a_generation_with_earlier_turns_and_a_call_is_kept(tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
    call = {"id": "x", "type": "function", "function": {"name": "look_up", "arguments": '{"id": 7}'}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where is 7?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "x", "content": "In Oslo."},
        {"role": "assistant", "content": "In Oslo."},
        {"role": "user", "content": "And now?"},
    ]
    seen = {"messages": messages, "tools": [tool]}
    answer = {"role": "assistant", "content": None, "tool_calls": [call]}
    file = json_lines(
        tmp_path / "observations.jsonl", *(observation(n, "", answer) | {"input": seen} for n in range(3))
    )

    imported = langfuse.read(file)
    folder = written(imported, tmp_path / "workload")

    case = folder.cases[0]
    (recorded,) = case.recorded.values()
    assert not dropped(imported)
    assert [turn.role for turn in case.messages] == ["user", "assistant", "tool", "assistant"]
    assert [call.model_dump() for call in recorded.tool_calls] == [{"name": "look_up", "arguments": {"id": 7}}]
    assert imported.account.mapped["earlier turns"] == imported.account.mapped["calls of tools"] == 3
