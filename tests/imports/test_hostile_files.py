import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.imports import (
    bedrock_evaluation,
    bedrock_logs,
    deepeval,
    dspy,
    langfuse,
    llama_prompt_ops,
    openai_evals,
    openai_fine_tuning,
    ragas,
    records,
)
from local.imports.account import CannotImportError, Imported
from local.imports.common_text import CommonText
from local.imports.records import MAX_RECORD, TOO_LARGE, Record, read_records
from tests.imports.writing import dropped, json_lines, written

READERS: Mapping[str, Callable[[Path], Imported]] = {
    "openai_evals": openai_evals.read,
    "openai_fine_tuning": openai_fine_tuning.read,
    "bedrock_logs": bedrock_logs.read,
    "bedrock_evaluation": bedrock_evaluation.read,
    "langfuse": langfuse.read,
    "deepeval": deepeval.read,
    "ragas": ragas.read,
    "dspy": dspy.read,
    "llama_prompt_ops": llama_prompt_ops.read,
}
KEYS = [
    *("input", "ideal", "messages", "role", "content", "type", "text", "weight", "tools", "id", "name", "metadata"),
    *("schemaType", "operation", "modelId", "requestId", "errorCode", "inputBodyJson", "outputBodyJson", "output"),
    *("inputBodyS3Path", "prompt", "referenceResponse", "category", "modelResponses", "response", "modelIdentifier"),
    *("expectedOutput", "status", "model", "usage", "latency", "startTime", "endTime", "data", "observations"),
    *("retrieval_context", "actualOutput", "goldens", "user_input", "retrieved_contexts", "reference", "question"),
    *("contexts", "predict", "signature", "fields", "instructions", "demos", "train", "prefix", "description"),
    *("choices", "message", "delta", "completion", "generation", "results", "system", "inferenceConfig", "stopReason"),
]
WORDS = [
    *("", " ", "user", "assistant", "system", "text", "GENERATION", "ModelInvocationLog", "{{", "{{a}}", "{{{", "\0"),
    *("\ud800", "a\udc00b", "é", "Label: one two three four", "42", "yes", "x" * 700, "\u2028", "[INST] a [/INST]"),
    *("\n\nHuman: a\n\nAssistant:", "<|start_header_id|>user<|end_header_id|>", "s3://a/../b", "arn:aws:bedrock:\0"),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.sampled_from([0, 1, 1e308, -1, 10**14, 10**301]),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(st.characters(), max_size=20),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)
TEXTS = st.sampled_from(WORDS) | st.text(max_size=30)
TURNS = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system", "tool"]), "content": TEXTS | VALUES}
    ),
    min_size=1,
    max_size=4,
)
LIKELY: Mapping[str, st.SearchStrategy[Any]] = {
    "openai_evals": st.fixed_dictionaries({"input": TEXTS | TURNS}, optional={"ideal": TEXTS | VALUES, "id": VALUES}),
    "openai_fine_tuning": st.fixed_dictionaries({"messages": TURNS}, optional={"tools": VALUES}),
    "bedrock_logs": st.fixed_dictionaries(
        {
            "schemaType": st.just("ModelInvocationLog"),
            "modelId": TEXTS,
            "input": st.fixed_dictionaries(
                {"inputBodyJson": st.fixed_dictionaries({"messages": TURNS}) | st.fixed_dictionaries({"prompt": TEXTS})}
            ),
            "output": st.fixed_dictionaries(
                {"outputBodyJson": st.fixed_dictionaries({"completion": TEXTS}, optional={"usage": VALUES}) | VALUES}
            ),
        },
        optional={"requestId": VALUES, "requestMetadata": VALUES},
    ),
    "bedrock_evaluation": st.fixed_dictionaries(
        {"prompt": TEXTS}, optional={"referenceResponse": TEXTS, "category": VALUES, "modelResponses": VALUES}
    ),
    "langfuse": st.fixed_dictionaries({"input": TEXTS | TURNS | VALUES, "expectedOutput": VALUES}),
    "deepeval": st.fixed_dictionaries({"input": TEXTS}, optional={"expectedOutput": TEXTS, "actualOutput": TEXTS}),
    "ragas": st.fixed_dictionaries({"question": TEXTS}, optional={"ground_truth": TEXTS | VALUES, "contexts": VALUES}),
    "dspy": st.fixed_dictionaries(
        {
            "signature": st.fixed_dictionaries({"fields": VALUES, "instructions": TEXTS}),
            "demos": st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), min_size=1, max_size=3),
        }
    ),
    "llama_prompt_ops": VALUES,
}


def balanced_and_valid(name: str, file: Path, folder: Path) -> None:
    """What every file has to come to: a refusal, or an account that adds up and a folder that loads."""
    try:
        imported = READERS[name](file)
        loaded = written(imported, folder)
    except CannotImportError:
        return
    assert imported.account.balanced
    assert imported.account.imported == len(loaded.cases) > 0
    for place in range(len(loaded.cases)):
        loaded.rendered(place)


def written_lines(values: list[Any], *, damage: bytes = b"") -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values) + damage


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40)
@given(values=st.lists(VALUES, max_size=5), damage=st.binary(max_size=20))
def test_any_lines_are_refused_or_accounted_for(name: str, values: list[Any], damage: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file.json"
        file.write_bytes(written_lines(values, damage=damage))

        balanced_and_valid(name, file, Path(folder) / "workload")


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40)
@given(data=st.data())
def test_lines_that_look_right_are_refused_or_accounted_for(name: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(LIKELY[name], min_size=1, max_size=1 if name == "dspy" else 6))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file.json"
        file.write_bytes(written_lines(values))

        balanced_and_valid(name, file, Path(folder) / "workload")


@given(st.lists(st.text("ab _{}1\n", max_size=12), min_size=1, max_size=6))
def test_a_frame_and_what_is_inside_make_up_every_text(texts: list[str]) -> None:
    common = CommonText()
    for text in texts:
        common.add(text)

    frame = common.frame(fewest=3)

    if frame.varies:
        assert [frame.prefix + frame.inner(text) + frame.suffix for text in texts] == texts
    else:
        assert set(texts) == {frame.prefix}


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text('a"\\[]{},', max_size=5), max_size=3), max_size=6))
def test_records_are_the_same_in_whatever_layout(values: list[dict[str, str]]) -> None:
    layouts = [
        "\n".join(json.dumps(value) for value in values),
        "".join(json.dumps(value) for value in values),
        json.dumps(values),
        json.dumps(values, indent=1),
        " ".join(f"[{json.dumps(value)}]" for value in values),
        "".join(json.dumps(value, indent=2) + "\n" for value in values if value),
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "f"
        for place, layout in enumerate(layouts):
            file.write_text(layout)
            found = [found.value for found in read_records(file, "f") if isinstance(found, Record)]
            assert found == (values if place < 5 else [value for value in values if value])


def test_a_chunk_may_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_CHUNK", 3)
    values = [{"a": 'x"\\'}, {"b": [{"c": "]}"}]}, {}]
    file = tmp_path / "f"
    for layout in (json.dumps(values), json.dumps(values, indent=1), "\n".join(map(json.dumps, values))):
        file.write_text(layout)

        assert [found.value for found in read_records(file, "f") if isinstance(found, Record)] == values


def test_one_that_is_nested_too_deep_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "e.jsonl"
    good = json.dumps({"input": "a b", "ideal": "c"})
    deep = [f'{{"input": {"[" * depth}{"]" * depth}}}' for depth in (100, 990, 100_000)]
    file.write_text("\n".join([good, *deep]))

    imported = openai_evals.read(file)
    written(imported, tmp_path / "workload")

    assert dropped(imported) == {"nested deeper than 64 levels": 3}


def test_a_file_of_which_every_case_is_dropped_is_refused_at_its_end(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "e.jsonl", {"input": "word " * 1_000_000, "ideal": "a"})
    imported = openai_evals.read(file)

    with pytest.raises(CannotImportError, match="1 of a case of more than 5 MB"):
        list(imported.cases)

    assert imported.account.balanced


def test_numbers_that_no_file_of_cases_holds_are_dropped(tmp_path: Path) -> None:
    file = tmp_path / "e.jsonl"
    numbers = ["1e999", "NaN", "-Infinity", "9" * 5000]
    lines = [f'{{"input": "a", "ideal": {number}}}' for number in numbers]
    file.write_text("\n".join([json.dumps({"input": "a b", "ideal": "c"}), *lines]))

    imported = openai_evals.read(file)
    written(imported, tmp_path / "workload")

    assert dropped(imported) == {
        "a number beyond all bounds": 2,
        "JSON knows no NaN": 1,
        "JSON knows no -Infinity": 1,
    }


def test_half_a_character_is_replaced_and_a_nul_kept(tmp_path: Path) -> None:
    file = tmp_path / "e.jsonl"
    file.write_text('{"input": "cut \\ud83d", "ideal": "a\\u0000b"}\n{"input": "\\ud83d\\ude00", "ideal": "c"}\n')

    folder = written(openai_evals.read(file), tmp_path / "workload")

    assert [case.input["input"] for case in folder.cases] == ["cut \ufffd", "\U0001f600"]
    assert folder.cases[0].reference == "a\0b"


def test_a_line_of_five_megabytes_is_no_case(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "e.jsonl", {"input": "word " * 1_000_000, "ideal": "a"}, {"input": "short", "ideal": "b"}
    )

    imported = openai_evals.read(file)
    folder = written(imported, tmp_path / "workload")

    assert len(folder.cases) == 1
    assert dropped(imported) == {"a case of more than 5 MB": 1}


@pytest.mark.parametrize("opening", [b'{"a": "', b"[[", b" " * 10])
def test_a_bomb_is_not_unpacked_to_its_end(tmp_path: Path, opening: bytes) -> None:
    file = tmp_path / "bomb.json.gz"
    with gzip.open(file, "wb", compresslevel=1) as packed:
        packed.write(opening)
        for _ in range(MAX_RECORD // 1_000_000 + 20):
            packed.write(b"a" * 1_000_000)

    found = list(read_records(file, "bomb"))

    assert [each.reason for each in found if not isinstance(each, Record)] == [TOO_LARGE]


def test_what_comes_after_a_record_that_is_too_large_is_read(tmp_path: Path) -> None:
    file = tmp_path / "large.jsonl"
    with file.open("wb") as lines:
        lines.write(b'{"a": 1}\n')
        for _ in range(MAX_RECORD // 1_000_000 + 2):
            lines.write(b"a" * 1_000_000)
        lines.write(b'\n{"a": 2}\n')

    found = list(read_records(file, "large"))

    assert [each.value if isinstance(each, Record) else each.reason for each in found] == [
        {"a": 1},
        TOO_LARGE,
        {"a": 2},
    ]


def test_a_damaged_gzip_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"a": 1}\n' * 100_000)
    file = tmp_path / "half.gz"
    file.write_bytes(whole[: len(whole) // 2])

    found = list(read_records(file, "half"))

    assert isinstance(found[0], Record)
    assert [each.reason for each in found if not isinstance(each, Record)] == [records.DAMAGED]
