"""Turns, tools, passages and files of cases: what a valid one is, and what is said of one that is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.cases import Case
from brainswap.core.conversations import Passage
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.case_columns import case_of_row, plan_columns
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import load_workload
from brainswap.core.models.needs import Needs
from tests.fakes.conversations import PDF, TOOL, TURNS, png
from tests.fakes.stores import MemoryObjects

MakeFolder = Callable[..., DirectoryFolder]
WITH_TOOLS = """\
prompt:
  system: "{{context}}"
  user: "{{question}}"
  tools:
    - {name: weather, input_schema: {type: object}}
"""
PLAIN = 'prompt:\n  user: "{{question}}"\n'
WHERE = "prompt:\n  messages:\n    - {case: messages}\n"


def a_case(**keys: Any) -> dict[str, Any]:
    return {"id": "a", "input": {"question": "1 + 1?"}, "reference": 2, **keys}


def folder_with(
    make: MakeFolder, declaration: str, *cases: dict[str, Any], prompt: str = PLAIN, **files: Any
) -> DirectoryFolder:
    start, end = declaration.index("prompt:"), declaration.index("cases:")
    lines = "".join(json.dumps(one) + "\n" for one in cases)
    declared = declaration[:start] + prompt + declaration[end:]
    named = {name.replace("__", "/").replace("_dot_", "."): data for name, data in files.items()}
    return make({"workload.yaml": declared, "cases.jsonl": lines, **named})


def summary_of(folder: DirectoryFolder, **objects: bytes) -> CaseSummary:
    stored = MemoryObjects({f"s3://bucket/{name.replace('_dot_', '.')}": data for name, data in objects.items()})
    return validate_cases(folder, load_workload(folder), objects=stored)


def problems_of(folder: DirectoryFolder) -> list[str]:
    with pytest.raises(InvalidWorkloadError) as caught:
        summary_of(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_case_of_every_kind_is_counted(make_folder: MakeFolder, declaration: str) -> None:
    cases = [
        a_case(context=["p"], messages=TURNS),
        a_case(id="b", context="p", tool_results=[{"name": "weather", "result": 1}]),
        a_case(id="c", context="p", attachments=[{"file": "docs/a.pdf"}, {"file": "b.png"}]),
        a_case(id="d", context="p", attachments=[{"s3": "s3://bucket/c.md"}]),
        a_case(id="e", context="p"),
    ]
    folder = folder_with(
        make_folder, declaration, *cases, prompt=WITH_TOOLS, docs__a_dot_pdf=PDF, b_dot_png=png(1500, 1000)
    )

    summary = summary_of(folder, c_dot_md=b"# C")

    assert summary.needs == Needs(turns=1, tools=1, results=1, images=1, documents=2, attached=2, formats=("md", "pdf"))
    assert summary.attached_files == ("b.png", "docs/a.pdf")
    assert summary.attachments_sha256 is not None
    assert summary.prompt_characters.longest > 4 * 1_600
    assert any("the tokens of 2 requests" in warning for warning in summary.warnings)


def test_the_hash_of_the_files_is_of_their_bytes(make_folder: MakeFolder, declaration: str) -> None:
    case = a_case(attachments=[{"file": "a.txt"}])

    hashes = [
        summary_of(folder_with(make_folder, declaration, case, a_dot_txt=data)).attachments_sha256
        for data in (b"one", b"two", b"one")
    ]

    assert hashes[0] == hashes[2] != hashes[1]


def test_files_in_s3_that_nobody_can_read_yet_are_told_of(make_folder: MakeFolder, declaration: str) -> None:
    folder = folder_with(make_folder, declaration, a_case(attachments=[{"s3": "s3://bucket/c.md"}]))

    summary = validate_cases(folder, load_workload(folder))

    assert summary.attachments_sha256 is None
    assert summary.warnings == ("cases.jsonl: 1 file in S3 is looked at when a run begins, and not before",)


def turns(*changes: tuple[int, dict[str, Any]], until: int = 4) -> dict[str, Any]:
    """The usual conversation with some of its turns changed."""
    made = [dict(turn) for turn in TURNS[:until]]
    for place, change in changes:
        made[place] = {**made[place], **change}
    return {"messages": made}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            turns((0, {"role": "human"})),
            'cases.jsonl:1 messages[0].role: unknown role "human". Available: `user`, `assistant`, `tool`.',
        ),
        (
            turns((0, {"content": ""})),
            'cases.jsonl:1 messages[0].content: "" is too short. Write at least 1 characters.',
        ),
        (turns((0, {"contents": "x"})), "cases.jsonl:1 messages[0].contents: unknown key `contents`"),
        (
            turns((2, {"tool_call_id": "other"})),
            "cases.jsonl:1 messages[2]: no call before it that waits for a result has the id `other`",
        ),
        (turns(until=2), "cases.jsonl:1 messages[1]: these calls have no result: `a1`"),
        (
            {"messages": [*TURNS[:2], TURNS[3], TURNS[0]]},
            "cases.jsonl:1 messages[1]: these calls have no result: `a1`",
        ),
        (
            turns((1, {"tool_calls": [{"id": "a1", "name": "wether"}]})),
            "cases.jsonl:1 messages[1].tool_calls[0]: no tool is called `wether`. Did you mean `weather`?",
        ),
        (turns((0, {"content": " "})), "cases.jsonl:1 messages[0]: the user says nothing"),
        (turns((3, {"content": " "})), "cases.jsonl:1 messages[3]: the assistant neither says nor calls anything"),
        ({"messages": TURNS[3:]}, "cases.jsonl:1 messages: the conversation begins with the assistant"),
        (
            {"tool_results": [{"name": "clock", "result": 1}]},
            "cases.jsonl:1 tool_results[0].name: no tool is called `clock`",
        ),
        ({"tool_results": [{"name": "weather"}]}, "cases.jsonl:1 tool_results[0].result: the key `result` is missing"),
        ({"tools": [TOOL, TOOL]}, "cases.jsonl:1 tools[0]: two tools are called `weather`"),
        (
            {"tools": [{**TOOL, "input_schema": {"type": "text"}}]},
            "cases.jsonl:1 tools[0].input_schema: the schema is not valid JSON Schema",
        ),
        (
            {"input": {"question": "?", "context": 1}},
            "cases.jsonl:1 context: the input has a value of the name `context`",
        ),
        ({"context": [{"txt": "x"}]}, "cases.jsonl:1 context[0].txt: unknown key `txt`"),
    ],
)
def test_what_is_wrong_with_a_conversation_is_told_with_its_place(
    make_folder: MakeFolder, declaration: str, keys: dict[str, Any], told: str
) -> None:
    case = {**a_case(context="p"), **keys}

    problems = problems_of(folder_with(make_folder, declaration, case, prompt=WITH_TOOLS))

    assert [problem for problem in problems if problem.startswith(told)], problems
    assert len(problems) <= 2


def test_passages_that_the_prompt_does_not_show_are_told(make_folder: MakeFolder, declaration: str) -> None:
    problems = problems_of(folder_with(make_folder, declaration, a_case(context="p")))

    (problem,) = problems
    assert problem.startswith("cases.jsonl:1 context: the prompt does not show the passages. ")
    assert problem.endswith("Write {{context}} into the prompt where they belong.")


def test_a_prompt_of_nothing_but_turns_needs_turns_that_end_with_the_user(
    make_folder: MakeFolder, declaration: str
) -> None:
    cases = [
        a_case(id="none", input={}),
        a_case(id="ends", input={}, messages=[{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]),
        a_case(id="good", input={}, messages=[{"role": "user", "content": "?"}]),
    ]

    problems = problems_of(folder_with(make_folder, declaration, *cases, prompt=WHERE))

    assert [problem.partition(". ")[0] for problem in problems] == [
        "cases.jsonl:1: the case has no `messages`, and the prompt says nothing without them",
        "cases.jsonl:2 messages: the conversation ends with the assistant",
    ]


def test_the_turns_of_a_case_come_in_one_place(make_folder: MakeFolder, declaration: str) -> None:
    folder = folder_with(make_folder, declaration, a_case(), prompt=WHERE + "    - {case: messages}\n")

    with pytest.raises(InvalidWorkloadError) as caught:
        load_workload(folder)

    assert "the turns of a case can come in one place only" in str(caught.value)


def test_a_turn_of_a_prompt_is_still_told_what_it_lacks(make_folder: MakeFolder, declaration: str) -> None:
    folder = folder_with(make_folder, declaration, a_case(), prompt="prompt:\n  messages:\n    - {role: user}\n")

    with pytest.raises(InvalidWorkloadError) as caught:
        load_workload(folder)

    assert [str(problem) for problem in caught.value.problems] == [
        "workload.yaml:5 prompt.messages[0].content: the key `content` is missing. Add `content`."
    ]


LARGE = b"%PDF-1.4\n" + b"x" * 4_500_000


@pytest.mark.parametrize(
    ("attachment", "told"),
    [
        ({"file": "none.pdf"}, "there is no file `none.pdf`"),
        ({"file": "../a.pdf"}, "`../a.pdf` leaves the workload's folder"),
        ({"file": "/etc/passwd.txt"}, "`/etc/passwd.txt` leaves the workload's folder"),
        ({"file": "link.txt"}, "`link.txt` leaves the workload's folder"),
        ({"file": "a.exe"}, "`a.exe` has no ending that tells what it is"),
        ({"file": "a.bin", "media_type": "image/bmp"}, "no model takes files of the type `image/bmp`"),
        ({"file": "empty.txt"}, "`empty.txt` is empty"),
        ({"file": "large.pdf"}, "`large.pdf` is larger than the 4.50 MB"),
        ({"file": "text.png"}, "`text.png` does not begin as a file of the format png does"),
        ({"file": "binary.txt"}, "`binary.txt` is no text"),
        ({"file": "wide.png"}, "`wide.png` has a side of more than 8,000 pixels"),
        ({"file": "a.pdf", "sha256": "0" * 64}, "`a.pdf` has the SHA-256"),
        ({"file": "a.pdf", "s3": "s3://bucket/a.pdf"}, "give either `file` or `s3`"),
        ({}, "give either `file` or `s3`"),
        ({"s3": "s3://bucket/none.pdf"}, "there is no file `s3://bucket/none.pdf`: S3 does not have it"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(
    make_folder: MakeFolder, declaration: str, tmp_path: Path, attachment: dict[str, Any], told: str
) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.txt"
    outside.write_text("secret", "utf-8")
    (tmp_path / "link.txt").symlink_to(outside)
    files: dict[str, Any] = {
        "a_dot_pdf": PDF,
        "a_dot_exe": b"MZ",
        "a_dot_bin": b"BM",
        "empty_dot_txt": b"",
        "large_dot_pdf": LARGE,
        "text_dot_png": b"text",
        "binary_dot_txt": b"a\0b",
        "wide_dot_png": png(8_001, 1),
    }
    folder = folder_with(make_folder, declaration, a_case(attachments=[attachment]), **files)

    problems = problems_of(folder)

    assert len(problems) == 1
    assert problems[0].startswith(f"cases.jsonl:1 attachments[0]: {told}")


@pytest.mark.parametrize(("name", "count", "most"), [("a.pdf", 6, "5"), ("b.png", 21, "20")])
def test_no_more_files_than_models_take(
    make_folder: MakeFolder, declaration: str, name: str, count: int, most: str
) -> None:
    case = a_case(attachments=[{"file": name}] * count)

    problems = problems_of(folder_with(make_folder, declaration, case, a_dot_pdf=PDF, b_dot_png=png()))

    assert len(problems) == 1
    assert f"models take {most} at most" in problems[0]


def test_structures_of_a_table_may_have_fields_that_hold_nothing() -> None:
    columns, faults = plan_columns("t.parquet", ["id", "input", "messages", "context"], {"question"}, nested=True)
    turn = {"role": "user", "content": "a", "tool_calls": None, "attachments": [{"file": "a.png", "s3": None}]}
    row = ["a", {"question": "?"}, [turn], [{"text": "p", "title": None}]]

    case = case_of_row("t.parquet:1", columns, row, {"question"})

    assert not faults
    assert isinstance(case, Case)
    assert case.messages[0].model_dump(exclude_defaults=True) == {
        "role": "user",
        "content": "a",
        "attachments": ({"file": "a.png"},),
    }
    assert case.context == (Passage(text="p"),)


@pytest.mark.parametrize(
    ("cell", "context"),
    [("passage", "passage"), ('["one", {"text": "two"}]', ("one", Passage(text="two"))), ("7", "7"), ("[7", "[7")],
)
def test_a_cell_of_passages_is_a_list_or_a_text(cell: str, context: Any) -> None:
    columns, _ = plan_columns("t.csv", ["id", "question", "context"], {"question", "context"}, nested=False)

    case = case_of_row("t.csv:2", columns, ["a", "?", cell], {"question", "context"})

    assert isinstance(case, Case)
    assert case.context == context


def test_lists_in_a_cell_of_a_table_are_json(make_folder: MakeFolder, declaration: str) -> None:
    prompt = 'prompt:\n  user: "{{question}}{{context}}"\n'
    start, end = declaration.index("prompt:"), declaration.index("cases:")
    declared = (declaration[:start] + prompt + declaration[end:]).replace("cases.jsonl", "cases.csv")
    cell = json.dumps([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]).replace('"', '""')
    table = f'id,question,context,messages,reference\na,q,passage,"{cell}",2\nb,q,passage,[,2\n'
    folder = make_folder({"workload.yaml": declared, "cases.csv": table, "cases.jsonl": None})

    problems = problems_of(folder)
    good = make_folder({"workload.yaml": declared, "cases.csv": table.replace("b,q,passage,[,2\n", "")})
    (case,) = iter_cases(good, load_workload(good))

    assert problems == ['cases.csv:3 messages: the text "[" stands where a list should be. Write a list.']
    assert case.context == "passage"
    assert [turn.content for turn in case.messages] == ["a", "b"]
