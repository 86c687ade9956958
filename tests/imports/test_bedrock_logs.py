import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from local.imports import bedrock_logs
from local.imports.account import CannotImportError
from tests.imports.writing import dropped, json_lines, told, written

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"


def log(number: int, asked: object, answered: object, **more: Any) -> dict[str, Any]:
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": "2026-03-01T10:00:00Z",
        "accountId": "111122223333",
        "region": "us-east-1",
        "requestId": f"request-{number}",
        "operation": "Converse",
        "modelId": f"arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}",
        "input": {"inputContentType": "application/json", "inputBodyJson": asked, "inputTokenCount": 21},
        "output": {"outputContentType": "application/json", "outputBodyJson": answered, "outputTokenCount": 3},
    } | more


def question(text: str, system: str = "You sort tickets of 1 March.") -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": [{"text": text}]}],
        "system": [{"text": system}],
        "inferenceConfig": {"maxTokens": 300, "temperature": 0.0, "stopSequences": ["###"]},
    }


def answer(text: str) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 20, "outputTokens": 3, "totalTokens": 23},
        "metrics": {"latencyMs": 412},
    }


def sorting(number: int, ticket: str) -> dict[str, Any]:
    return log(number, question(f"Ticket: {ticket}\nLabel:"), answer("billing"))


def test_requests_of_one_template_become_its_cases_and_the_answers_are_no_references(tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs" / "2026" / "03" / "01" / "10"
    folder.mkdir(parents=True)
    records = [sorting(number, ticket) for number, ticket in enumerate(["My card", "A parcel", "My account is gone"])]
    with gzip.open(folder / "a.json.gz", "wt") as packed:
        packed.write("".join(json.dumps(record) + "\n" for record in records))
    summary = question("Summarise: all is well", system="You summarise.")
    (folder / "b.json").write_text(json.dumps([log(7, summary, answer("Fine."))], indent=2))

    imported = bedrock_logs.read(tmp_path / "AWSLogs")
    loaded = written(imported, tmp_path / "workload")

    assert loaded.loaded.prompt.system == "You sort tickets of 1 March."
    assert loaded.loaded.prompt.messages[0].content == "Ticket: {{input}}\nLabel:"
    assert [case.input["input"] for case in loaded.cases] == ["My card", "A parcel", "My account is gone"]
    assert [case.id for case in loaded.cases] == ["request-0", "request-1", "request-2"]
    assert all(case.reference is None for case in loaded.cases)
    assert loaded.cases[0].recorded[HAIKU].model_dump(exclude_none=True, exclude_defaults=True) == {
        "output": "billing",
        "latency_ms": 412.0,
        "input_tokens": 21,
        "output_tokens": 3,
        "stop_reason": "end_turn",
    }
    assert imported.declaration["source"] == {
        "model": HAIKU,
        "answers": "recorded",
        "recorded": HAIKU,
        "parameters": {"max_tokens": 300, "temperature": 0.0, "stop_sequences": ["###"]},
    }
    assert imported.account.found == 4
    assert dropped(imported) == {"another prompt template": 1}
    assert "what the model said, not what is right" in told(imported)
    assert "nobody said what right is" in told(imported)
    assert "prompt template 2: 1 cases" in told(imported)
    assert imported.declaration["limits"] == {"personal_data": "refuse"}


def test_a_smaller_template_is_read_by_its_number(tmp_path: Path) -> None:
    other = [
        log(10 + n, question(text, "You translate."), answer("x")) for n, text in enumerate(["Guten Tag", "Hallo"])
    ]
    file = json_lines(tmp_path / "log.jsonl", *(sorting(n, text) for n, text in enumerate(["a", "b", "c"])), *other)

    imported = bedrock_logs.read(file, group=2)
    folder = written(imported, tmp_path / "workload")

    assert folder.loaded.prompt.system == "You translate."
    assert folder.loaded.prompt.messages[0].content == "{{input}}"
    assert dropped(imported) == {"another prompt template": 3}


def test_templates_under_one_system_text_are_told_apart_by_their_wording(tmp_path: Path) -> None:
    texts = [f"Translate into French: text {n}, really" for n in "abcd"] + [f"Summarise: news of {n}" for n in "efg"]
    file = json_lines(tmp_path / "log.jsonl", *(log(n, question(text), answer("x")) for n, text in enumerate(texts)))

    imported = bedrock_logs.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.loaded.prompt.messages[0].content == "Translate into French: text {{input}}, really"
    assert dropped(imported) == {"another prompt template": 3}


def test_free_questions_under_one_system_text_stay_together(tmp_path: Path) -> None:
    texts = ["How do I get my money back?", "Where is it?", "What is the delay", "What is the price?", "How do I pay?"]
    file = json_lines(tmp_path / "log.jsonl", *(log(n, question(text), answer("x")) for n, text in enumerate(texts)))

    imported = bedrock_logs.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.loaded.prompt.messages[0].content == "{{input}}"
    assert [folder.rendered(n).messages[0].content for n in range(5)] == texts


def test_a_date_in_the_system_text_becomes_a_value(tmp_path: Path) -> None:
    systems = [f"Today is 2026-03-0{day}. Be brief." for day in (1, 2, 3)]
    records = [log(n, question(f"Ticket {n}", system), answer("x")) for n, system in enumerate(systems)]

    folder = written(bedrock_logs.read(json_lines(tmp_path / "log.jsonl", *records)), tmp_path / "workload")

    assert folder.loaded.prompt.system == "Today is 2026-03-{{system_text}}. Be brief."
    assert [folder.rendered(n).system for n in range(3)] == systems


def test_errors_repeats_and_other_models_are_dropped_by_their_reasons(tmp_path: Path) -> None:
    failed = log(8, question("Ticket: z\nLabel:"), None, errorCode="ThrottlingException")
    other = sorting(9, "other") | {"modelId": "eu.amazon.nova-lite-v1:0"}
    file = json_lines(
        tmp_path / "log.jsonl",
        *(sorting(n, text) for n, text in enumerate(["a", "b", "c"])),
        sorting(2, "c"),
        failed,
        other,
        {"schemaType": "Something"},
    )

    imported = bedrock_logs.read(file)
    written(imported, tmp_path / "workload")

    assert imported.account.found == 7
    assert imported.account.imported == 3
    assert dropped(imported) == {
        "the same request again": 1,
        "an error: ThrottlingException": 1,
        "asked of another model": 1,
        "no record of the schema ModelInvocationLog": 1,
    }


def test_large_bodies_are_taken_from_beside_the_log_and_missed_where_they_are_not(tmp_path: Path) -> None:
    hour = tmp_path / "logs" / "10"
    (hour / "data").mkdir(parents=True)
    with gzip.open(hour / "data" / "big_input.json.gz", "wt") as packed:
        packed.write(json.dumps(question("Ticket: big\nLabel:")))
    there = sorting(1, "x")
    there["input"] = {"inputBodyS3Path": "s3://bucket/prefix/logs/10/data/big_input.json.gz"}
    gone = sorting(2, "x")
    gone["output"] = {"outputBodyS3Path": "s3://bucket/prefix/logs/10/data/gone.json.gz"}
    outside = sorting(3, "x")
    outside["input"] = {"inputBodyS3Path": "s3://bucket/../../secret.json"}
    (tmp_path / "secret.json").write_text(json.dumps(question("secret")))
    json_lines(hour / "a.jsonl", there, gone, outside)

    imported = bedrock_logs.read(tmp_path / "logs")
    folder = written(imported, tmp_path / "workload")

    assert [folder.rendered(0).messages[0].content] == ["Ticket: big\nLabel:"]
    assert imported.account.found == 3
    assert dropped(imported) == {
        "the body of the output is in S3 and not beside the log": 1,
        "the body of the input is in S3 and not beside the log": 1,
    }


@pytest.mark.parametrize(
    "key", ["s3://bucket/../secret.json", "s3://b/linked.json", "s3://", "s3://b/\0", "s3://b/" + "x/" * 9999]
)
def test_a_body_is_never_taken_from_outside_the_folder(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (tmp_path / "secret.json").write_text(json.dumps(question("secret")))
    (folder / "linked.json").symlink_to(tmp_path / "secret.json")
    astray = sorting(1, "x")
    astray["input"] = {"inputBodyS3Path": key}
    file = json_lines(folder / "a.jsonl", sorting(0, "a"), astray)

    imported = bedrock_logs.read(file)
    written(imported, tmp_path / "workload")

    assert dropped(imported) == {"the body of the input is in S3 and not beside the log": 1}


ANTHROPIC_STREAM = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Good "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "day"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {
        "type": "message_stop",
        "amazon-bedrock-invocationMetrics": {
            "inputTokenCount": 5,
            "outputTokenCount": 2,
            "invocationLatency": 900,
            "firstByteLatency": 300,
        },
    },
]
CONVERSE_STREAM = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Good "}}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "day"}}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 5, "outputTokens": 2}, "metrics": {"latencyMs": 900}}},
]
LLAMA_PROMPT = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
)
FAMILIES = {
    "converse": (question("Hello", "Be kind."), answer("Good day"), "Be kind."),
    "converse stream": (question("Hello", "Be kind."), CONVERSE_STREAM, "Be kind."),
    "anthropic messages": (
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "system": "Be kind.",
         "messages": [{"role": "user", "content": "Hello"}]},
        {"content": [{"type": "text", "text": "Good day"}], "stop_reason": "end_turn",
         "usage": {"input_tokens": 5, "output_tokens": 2}},
        "Be kind.",
    ),
    "anthropic stream": (
        {"max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]},
        ANTHROPIC_STREAM,
        None,
    ),
    "anthropic text": (
        {"prompt": "\n\nHuman: Hello\n\nAssistant:", "max_tokens_to_sample": 9},
        {"completion": "Good day", "stop_reason": "stop_sequence"},
        None,
    ),
    "nova": (
        {"schemaVersion": "messages-v1", "system": [{"text": "Be kind."}],
         "messages": [{"role": "user", "content": [{"text": "Hello"}]}], "inferenceConfig": {"max_new_tokens": 9}},
        answer("Good day"),
        "Be kind.",
    ),
    "titan": (
        {"inputText": "User: Hello\nBot:", "textGenerationConfig": {"maxTokenCount": 9}},
        {"inputTextTokenCount": 5,
         "results": [{"tokenCount": 2, "outputText": "Good day", "completionReason": "FINISH"}]},
        None,
    ),
    "titan stream": (
        {"inputText": "Hello"},
        [{"outputText": "Good "}, {"outputText": "day", "completionReason": "FINISH", "inputTextTokenCount": 5}],
        None,
    ),
    "llama": (
        {"prompt": LLAMA_PROMPT, "max_gen_len": 9},
        {"generation": "Good day", "prompt_token_count": 5, "generation_token_count": 2, "stop_reason": "stop"},
        "Be kind.",
    ),
    "llama stream": (
        {"prompt": "Hello"},
        [{"generation": "Good "}, {"generation": "day", "stop_reason": "stop"}],
        None,
    ),
    "llama 2": (
        {"prompt": "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHello [/INST]"},
        {"generation": "Good day"},
        "Be kind.",
    ),
    "mistral": (
        {"prompt": "<s>[INST] Hello [/INST]", "max_tokens": 9},
        {"outputs": [{"text": "Good day", "stop_reason": "stop"}]},
        None,
    ),
    "mistral chat": (
        {"messages": [{"role": "user", "content": "Hello"}]},
        {"choices": [{"message": {"role": "assistant", "content": "Good day"}, "finish_reason": "stop"}]},
        None,
    ),
    "chat stream": (
        {"messages": [{"role": "user", "content": "Hello"}]},
        [{"choices": [{"delta": {"content": "Good "}}]}, {"choices": [{"delta": {"content": "day"}}]},
         {"choices": [{"delta": {}, "finish_reason": "stop"}]}],
        None,
    ),
    "cohere": (
        {"message": "Hello", "preamble": "Be kind.", "chat_history": []},
        {"text": "Good day", "finish_reason": "COMPLETE"},
        "Be kind.",
    ),
    "cohere stream": (
        {"message": "Hello"},
        [{"event_type": "stream-start"}, {"event_type": "text-generation", "text": "Good "},
         {"event_type": "text-generation", "text": "day"},
         {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "Good day"}}],
        None,
    ),
    "cohere text": ({"prompt": "Hello"}, {"generations": [{"text": "Good day", "finish_reason": "COMPLETE"}]}, None),
    "ai21": (
        {"prompt": "Hello", "maxTokens": 9},
        {"completions": [{"data": {"text": "Good day"}, "finishReason": {"reason": "endoftext"}}]},
        None,
    ),
    "deepseek": (
        {"prompt": "<\uff5cbegin\u2581of\u2581sentence\uff5c><\uff5cUser\uff5c>Hello<\uff5cAssistant\uff5c>"},
        {"choices": [{"text": "Good day", "stop_reason": "stop"}]},
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_says_what_was_asked_and_answered(tmp_path: Path, family: str) -> None:
    asked, answered, system = FAMILIES[family]
    file = json_lines(tmp_path / "log.json", log(1, asked, answered, operation="InvokeModel"))

    imported = bedrock_logs.read(file)
    folder = written(imported, tmp_path / "workload")

    assert folder.rendered(0).system == system
    assert [turn.content for turn in folder.rendered(0).messages] == ["Hello"]
    assert folder.cases[0].recorded[HAIKU].output == "Good day"
    assert dropped(imported) == {}


def test_a_stream_of_invoke_model_brings_its_latencies(tmp_path: Path) -> None:
    record = log(1, {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 9}, ANTHROPIC_STREAM)

    folder = written(bedrock_logs.read(json_lines(tmp_path / "log.json", record)), tmp_path / "workload")

    assert folder.cases[0].recorded[HAIKU].latency_ms == 900
    assert folder.cases[0].recorded[HAIKU].first_token_ms == 300
    assert folder.cases[0].recorded[HAIKU].stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("asked", "answered", "reason"),
    [
        (
            question("a"),
            {"content": [{"type": "tool_use", "name": "f", "input": [1]}]},
            "a turn with a call of a tool whose arguments are no JSON object",
        ),
        (question("a"), [], "an answer without a chunk"),
        (question("a"), [{"modelStreamErrorException": {}}], "a stream that broke off with an error"),
        (question("a"), {"embedding": [0.1]}, "an answer of an unknown form"),
        ({"texts": ["a"], "input_type": "search"}, answer("b"), "a request for something other than text"),
        (
            {"promptVariables": {"a": {"text": "b"}}},
            answer("b"),
            "a request by a prompt of Prompt Management, whose text the log does not hold",
        ),
        ({"messages": [{"role": "user", "content": [{"image": {}}]}]}, answer("b"), "a turn with an image"),
    ],
)
def test_what_is_no_exchange_of_texts_is_dropped(tmp_path: Path, asked: object, answered: object, reason: str) -> None:
    file = json_lines(tmp_path / "log.json", sorting(0, "a"), log(1, asked, answered))

    imported = bedrock_logs.read(file)
    written(imported, tmp_path / "workload")

    assert dropped(imported) == {reason: 1}


def test_a_folder_without_logs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotImportError, match="no folder that holds files"):
        bedrock_logs.read(tmp_path)
