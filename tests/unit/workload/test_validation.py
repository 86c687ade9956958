import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.cases import Split
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import load_workload

MakeFolder = Callable[..., DirectoryFolder]


def summary_of(folder: DirectoryFolder) -> CaseSummary:
    return validate_cases(folder, load_workload(folder))


def problems_of(folder: DirectoryFolder, limit: int = 50) -> tuple[Problem, ...]:
    loaded = load_workload(folder)
    with pytest.raises(InvalidWorkloadError) as caught:
        validate_cases(folder, loaded, limit=limit)
    return caught.value.problems


def case(case_id: str, **keys: Any) -> dict[str, Any]:
    return {"id": case_id, "input": {"question": "1 + 1?"}, "reference": 2, **keys}


def lines(*cases: dict[str, Any]) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in cases)


def test_the_summary_holds_what_a_forecast_needs(make_folder: MakeFolder, declaration: str) -> None:
    recorded = {"claude": {"output": "four", "latency_ms": 3}}
    content = lines(
        case("a", segment="en", recorded=recorded, critical=True),
        case("b", segment="en", input={"question": "12?", "unused": "x" * 100}),
        case("c", segment="de", input={"question": {"sum": "1 + é"}}, recorded={"claude": {"output": "3"}}),
    )
    declared = declaration.replace("v1:0}\ntargets", "v1:0, answers: recorded, recorded: claude}\ntargets")

    summary = summary_of(make_folder({"workload.yaml": declared, "cases.jsonl": content}))

    fixed = len("You solve word problems.") + len('\nAnswer in JSON: {"answer": "…"}\n')
    lengths = [fixed + len("1 + 1?"), fixed + len("12?"), fixed + len('{"sum": "1 + é"}')]
    assert summary.count == 3
    assert summary.critical == 1
    assert summary.splits == {Split.TRAIN: 0, Split.VALIDATION: 0, Split.TEST: 3}
    assert summary.segments == {"en": 2, "de": 1}
    assert summary.prompt_characters.mean == pytest.approx(sum(lengths) / 3)
    assert summary.prompt_characters.longest == max(lengths)
    assert summary.recorded_characters["claude"].mean == 2.5
    assert summary.recorded_characters["claude"].longest == 4
    assert summary.missing_recordings == {"claude": 1}
    assert summary.sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert summary.warnings == ("workload.yaml:9 source.recorded: 1 of 3 cases have no answer of `claude`",)


def test_the_counted_characters_are_those_of_the_rendered_prompt(make_folder: MakeFolder, declaration: str) -> None:
    values: list[Any] = ["text", 1, 2.5, None, ["é", {"a": True}], ""]
    content = lines(*(case(str(index), input={"question": value}) for index, value in enumerate(values)))
    folder = make_folder(
        {"workload.yaml": declaration.replace("{{question}}", "{{question}} {{ question }}"), "cases.jsonl": content}
    )
    loaded = load_workload(folder)

    summary = validate_cases(folder, loaded)

    rendered = [loaded.prompt.render({"question": value}) for value in values]
    lengths = [len(prompt.system or "") + sum(len(turn.content) for turn in prompt.messages) for prompt in rendered]
    assert summary.prompt_characters.mean == pytest.approx(sum(lengths) / len(lengths))
    assert summary.prompt_characters.longest == max(lengths)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["unix", "windows"])
def test_marks_line_ends_and_blank_lines_do_not_matter(make_folder: MakeFolder, mark: bytes, newline: bytes) -> None:
    content = mark + newline.join([json.dumps(case("a")).encode(), b"  ", b"", json.dumps(case("b")).encode()])

    assert summary_of(make_folder({"cases.jsonl": content})).count == 2


GOOD = json.dumps(case("good"))
BAD_LINES = {
    "malformed": ('{"id": "x", }', "cases.jsonl:2", "malformed JSON at column 13"),
    "single quotes": ("{'id': 'x'}", "cases.jsonl:2", "in double quotes"),
    "cut off": ('{"id": "x"', "cases.jsonl:2", "malformed JSON at column 10"),
    "a tab inside a text": ('{"id": "x\t"}', "cases.jsonl:2", "control character"),
    "two objects": (GOOD + GOOD, "cases.jsonl:2", "trailing characters"),
    "half a surrogate pair": (r'{"id": "\ud800", "input": {}}', "cases.jsonl:2", "malformed JSON"),
    "deep": ('{"id": "x", "input": ' + "[" * 500 + "]" * 500 + "}", "cases.jsonl:2", "recursion limit"),
    "a list": ("[1]", "cases.jsonl:2", "not a JSON object"),
    "a number": ("12", "cases.jsonl:2", "not a JSON object"),
    "unknown key": (lines(case("x", refrence=2)), "cases.jsonl:2 refrence", "Did you mean `reference`?"),
    "a placeholder as a key": (
        lines({"id": "x", "question": "1?", "input": {"question": "1?"}, "reference": 2}),
        "cases.jsonl:2 question",
        'Put it into the input: {"input": {"question": …}}.',
    ),
    "no id": ('{"input": {"question": "?"}, "reference": 2}', "cases.jsonl:2 id", "the key `id` is missing"),
    "id that is a number": (lines({**case("x"), "id": 7}), "cases.jsonl:2 id", 'Put it in quotes: "7".'),
    "empty id": (lines(case("")), "cases.jsonl:2 id", "at least 1 characters"),
    "input that is a text": (lines(case("x", input="?")), "cases.jsonl:2 input", "keys with values should be"),
    "input without a name": (lines(case("x", input={"": 1})), "cases.jsonl:2", "An input needs a name."),
    "weight of nothing": (lines(case("x", weight=0)), "cases.jsonl:2 weight", "greater than 0"),
    "unknown split": (lines(case("x", split="tset")), "cases.jsonl:2 split", "Did you mean `test`?"),
    "recording without output": (
        lines(case("x", recorded={"m": {"latency_ms": 1}})),
        "cases.jsonl:2 recorded.m.output",
        "the key `output` is missing",
    ),
    "the same id": (GOOD, "cases.jsonl:2 id", "the id `good` is that of line 1 as well"),
    "placeholder without value": (
        lines(case("x", input={"qestion": "?"})),
        "cases.jsonl:2 input",
        "the input has no `question`, which the prompt asks for. Did you mean `qestion`?",
    ),
    "no reference": (
        '{"id": "x", "input": {"question": "?"}}',
        "cases.jsonl:2 reference",
        "the scorer `correct` cannot use the reference",
    ),
    "reference of another kind": (
        lines(case("x", reference="none")),
        "cases.jsonl:2 reference",
        "Give the case what `correct` compares with.",
    ),
    "not a number": ('{"id": "x", "input": {"question": NaN}, "reference": 2}', "cases.jsonl:2", "JSON knows no NaN"),
    "infinite": ('{"id": "x", "input": {"question": -Infinity}}', "cases.jsonl:2", "JSON knows no -Infinity"),
    "beyond all numbers": (
        '{"id": "x", "input": {"question": [1e999]}, "reference": 2}',
        "cases.jsonl:2 input",
        "holds a number that is not finite",
    ),
    "Latin-1": (
        b'{"id": "caf\xe9"}',
        "cases.jsonl:2",
        "byte 0xE9 at position 12 of the line. Convert it: iconv -f ISO-8859-1 -t UTF-8 cases.jsonl > converted",
    ),
    "long": ('{"id": "' + "x" * 10_000_000 + '"}', "cases.jsonl:2", "longer than 5 MB"),
}


@pytest.mark.parametrize(("line", "place", "said"), BAD_LINES.values(), ids=BAD_LINES)
def test_one_bad_line_is_one_problem_and_the_next_is_read(
    make_folder: MakeFolder, line: bytes | str, place: str, said: str
) -> None:
    bad = line.encode() if isinstance(line, str) else line
    content = b"\n".join([GOOD.encode(), bad.rstrip(b"\n"), b"{"])

    problems = problems_of(make_folder({"cases.jsonl": content}))

    assert [problem.place for problem in problems] == [place, "cases.jsonl:3"]
    assert said in str(problems[0])


def test_what_json_does_not_know_may_stand_in_a_text(make_folder: MakeFolder) -> None:
    content = lines(case("a", input={"question": "Infinity or NaN?"}))

    assert summary_of(make_folder({"cases.jsonl": content})).count == 1


BAD_FILES = {
    "empty": ("", "cases.jsonl", "the file is empty"),
    "blank": ("\n \n", "cases.jsonl", "the file holds no case"),
    "a JSON array": ('[\n{"id": "a"},\n{"id": "b"}\n]', "cases.jsonl:1", "jq -c '.[]' cases.jsonl"),
    "printed prettily": ('{\n"id": "a"\n}\n', "cases.jsonl:1", "jq -c '.' cases.jsonl"),
    "UTF-16": (lines(case("a"), case("b")).encode("utf-16"), "cases.jsonl:1", "iconv -f UTF-16"),
}


@pytest.mark.parametrize(("content", "place", "said"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_of_the_wrong_kind_is_one_problem(
    make_folder: MakeFolder, content: bytes | str, place: str, said: str
) -> None:
    problems = problems_of(make_folder({"cases.jsonl": content}))

    assert [problem.place for problem in problems] == [place]
    assert said in str(problems[0])


def test_a_file_that_vanished_is_a_problem_of_the_key_that_names_it(make_folder: MakeFolder) -> None:
    folder = make_folder()
    loaded = load_workload(folder)
    (folder.root / "cases.jsonl").unlink()

    with pytest.raises(InvalidWorkloadError, match=r"workload\.yaml:8 cases: there is no file `cases\.jsonl`"):
        validate_cases(folder, loaded)


def test_a_prompt_without_placeholders_uses_none_of_the_inputs(make_folder: MakeFolder, declaration: str) -> None:
    problems = problems_of(make_folder({"workload.yaml": declaration.replace("{{question}}", "Hello.")}))

    assert [problem.place for problem in problems] == ["workload.yaml:3 prompt"]
    assert "Write {{question}} where" in problems[0].remedy


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        ("answers: recorded, recorded: clade", "workload.yaml:9 source.recorded"),
        ("answers: recorded", "workload.yaml:9 source.model"),
    ],
)
def test_a_recording_that_no_case_holds_is_a_problem(
    make_folder: MakeFolder, declaration: str, declared: str, place: str
) -> None:
    files = {
        "workload.yaml": declaration.replace("v1:0}\ntargets", f"v1:0, {declared}}}\ntargets"),
        "cases.jsonl": lines(case("a", recorded={"claude": {"output": "2"}})),
    }

    problems = problems_of(make_folder(files))

    assert [problem.place for problem in problems] == [place]
    assert "`claude`" in problems[0].remedy


def test_a_split_with_a_share_and_no_case_is_a_problem(make_folder: MakeFolder, declaration: str) -> None:
    files = {
        "workload.yaml": declaration.replace("cases:", "splits: {train: 0.2, validation: 0.2, test: 0.6}\ncases:"),
        "cases.jsonl": lines(case("a", split="train"), case("b", split="train")),
    }

    problems = problems_of(make_folder(files))

    assert [problem.place for problem in problems] == [
        "workload.yaml:8 splits.validation",
        "workload.yaml:8 splits.test",
    ]
    assert problems[0].wrong == "no case is in the validation split, whose share is 0.2"


def test_an_unreadable_case_may_have_been_the_one_that_a_split_lacks(make_folder: MakeFolder) -> None:
    content = lines(case("a", split="train"), case("b", splt="test"))

    problems = problems_of(make_folder({"cases.jsonl": content}))

    assert [problem.place for problem in problems] == ["cases.jsonl:2 splt"]


def test_a_critical_case_takes_its_cluster_into_the_test(make_folder: MakeFolder, declaration: str) -> None:
    everything_else = "splits: {train: 0.98, validation: 0.01, test: 0.01}\ncases:"
    cases = [case(str(index), cluster="talk", critical=index == 0) for index in range(3)]
    cases += [case(split, split=split, input={"question": f"Is it {split}?"}) for split in ("train", "validation")]
    files = {"workload.yaml": declaration.replace("cases:", everything_else), "cases.jsonl": lines(*cases)}

    summary = summary_of(make_folder(files))

    assert summary.splits == {Split.TRAIN: 1, Split.VALIDATION: 1, Split.TEST: 3}
    assert not summary.warnings


def test_a_split_that_near_duplicates_leave_empty_is_told_as_such(make_folder: MakeFolder, declaration: str) -> None:
    files = {
        "workload.yaml": declaration.replace("cases:", "splits: {train: 0.2, validation: 0.2, test: 0.6}\ncases:"),
        "cases.jsonl": lines(*(case(str(index)) for index in range(30))),
    }

    problems = problems_of(make_folder(files))

    assert len(problems) == 2
    assert all("cases that ask nearly the same as others" in problem.wrong for problem in problems)


def test_near_duplicates_whose_owner_put_them_apart_are_counted_and_warned_of(make_folder: MakeFolder) -> None:
    named = [case(f"{split} {index}", split=split) for index, split in enumerate(("test", "test", "train"))]
    other = case("other", input={"question": "Where does the river begin?"})

    summary = summary_of(make_folder({"cases.jsonl": lines(other, *named)}))

    assert summary.splits == {Split.TRAIN: 1, Split.VALIDATION: 0, Split.TEST: 3}
    assert summary.placement is not None
    assert summary.placement.near_duplicates.cases == 3
    assert summary.placement.near_duplicates.apart == 3
    assert "3 cases ask nearly the same as cases of another split" in summary.warnings[0]


def test_nobody_looks_for_near_duplicates_where_all_cases_are_for_the_test(make_folder: MakeFolder) -> None:
    summary = summary_of(make_folder({"cases.jsonl": lines(*(case(str(index)) for index in range(5)))}))

    assert summary.placement is None


def test_segments_beyond_a_thousand_are_not_counted_one_by_one(make_folder: MakeFolder) -> None:
    content = lines(*(case(str(index), segment=f"user {index}") for index in range(1003)))

    summary = summary_of(make_folder({"cases.jsonl": content}))

    assert len(summary.segments) == 1000
    assert "3 cases of the others" in summary.warnings[0]


def test_beyond_the_limit_problems_are_counted_by_kind(make_folder: MakeFolder) -> None:
    content = "\n".join(["oops"] * 3 + [GOOD] * 3)

    problems = problems_of(make_folder({"cases.jsonl": content}), limit=2)

    assert [problem.place for problem in problems] == ["cases.jsonl:1", "cases.jsonl:2", "cases.jsonl"]
    assert problems[2].wrong == "3 more problems: 2 of duplicate id, 1 of malformed JSON"


def test_a_repeated_id_names_the_line_where_it_came_first(make_folder: MakeFolder) -> None:
    content = lines(case("a"), case("b"), case("a"), case("b"), case("a"))

    problems = problems_of(make_folder({"cases.jsonl": content}))

    assert [(problem.place, problem.wrong) for problem in problems] == [
        ("cases.jsonl:3 id", "the id `a` is that of line 1 as well"),
        ("cases.jsonl:4 id", "the id `b` is that of line 2 as well"),
        ("cases.jsonl:5 id", "the id `a` is that of line 1 as well"),
    ]


def test_ids_that_only_share_a_hash_are_not_repeated(make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainswap.core.loading.validation.hash", len, raising=False)

    summary = summary_of(make_folder({"cases.jsonl": lines(case("a"), case("b"), case("c"))}))

    assert summary.count == 3


def test_several_faults_of_one_case_are_all_told(make_folder: MakeFolder) -> None:
    content = lines({"id": 1, "input": {}, "weight": -1, "splt": "test"}) + lines(case("b", input={}, reference=None))

    problems = problems_of(make_folder({"cases.jsonl": content}))

    assert [problem.place for problem in problems] == [
        "cases.jsonl:1 id",
        "cases.jsonl:1 weight",
        "cases.jsonl:1 splt",
        "cases.jsonl:2 input",
        "cases.jsonl:2 reference",
    ]


def spoilt_or_read(folder: DirectoryFolder) -> None:
    loaded = load_workload(folder)
    try:
        validate_cases(folder, loaded)
    except InvalidWorkloadError as error:
        assert error.problems  # noqa: PT017 - either outcome is right, any other exception is not


@pytest.mark.parametrize("extension", ["jsonl", "csv", "parquet"])
@settings(deadline=None, max_examples=20)
@given(raw=st.binary(max_size=400) | st.text('{}[]":,.\n\r aidputn01-\\;', max_size=200).map(str.encode))
def test_random_bytes_are_no_surprise(
    tmp_path_factory: pytest.TempPathFactory, declaration: str, extension: str, raw: bytes
) -> None:
    directory = tmp_path_factory.getbasetemp()
    (directory / "workload.yaml").write_text(declaration.replace("cases.jsonl", f"cases.{extension}"))
    (directory / f"cases.{extension}").write_bytes(raw)

    spoilt_or_read(DirectoryFolder(directory))


@settings(deadline=None, max_examples=20)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=4), as_csv=st.booleans()
)
def test_a_spoilt_file_of_cases_is_no_surprise(
    tmp_path_factory: pytest.TempPathFactory, declaration: str, cuts: list[tuple[int, bytes]], *, as_csv: bool
) -> None:
    extension = "csv" if as_csv else "jsonl"
    jsonl = lines(case("a", critical=True, recorded={"m": {"output": "é"}}), case("b", weight=2, segment="en"))
    csv = 'id,question,reference,critical,recorded.m\na,"1, ""2"" \né",2,true,x\nb,?,3,,\n'
    raw = bytearray((csv if as_csv else jsonl).encode())
    for position, bytes_ in cuts:
        raw[position : position + 2] = bytes_
    directory = tmp_path_factory.getbasetemp()
    (directory / "workload.yaml").write_text(declaration.replace("cases.jsonl", f"cases.{extension}"))
    (directory / f"cases.{extension}").write_bytes(raw)

    spoilt_or_read(DirectoryFolder(directory))


def test_cases_that_an_optional_scorer_does_not_apply_to_are_counted_and_no_problem(
    make_folder: MakeFolder, declaration: str
) -> None:
    optional = declaration.replace("type: number}", "type: number, reference: total, optional: true}")
    lines = [
        '{"id": "a", "input": {"question": "1"}, "reference": {"total": 1}}',
        '{"id": "b", "input": {"question": "2"}}',
    ]

    summary = summary_of(make_folder({"workload.yaml": optional, "cases.jsonl": "\n".join(lines)}))

    assert summary.inapplicable == {"correct": 1}


def test_an_optional_scorer_that_applies_to_no_case_is_a_problem(make_folder: MakeFolder, declaration: str) -> None:
    optional = declaration.replace("type: number}", "type: number, reference: totl, optional: true}")

    problems = problems_of(make_folder({"workload.yaml": optional}))

    assert [problem.wrong for problem in problems] == [
        "the scorer `correct` applies to no case: none has a reference at `totl`"
    ]
