import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.cases import Case, Recorded, Split
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.validation import validate_cases
from brainswap.core.loading.workloads import load_workload

MakeFolder = Callable[..., DirectoryFolder]


def cases_of(folder: DirectoryFolder) -> list[Case]:
    return list(iter_cases(folder, load_workload(folder)))


def problems_of(folder: DirectoryFolder) -> tuple[Problem, ...]:
    loaded = load_workload(folder)
    with pytest.raises(InvalidWorkloadError) as caught:
        validate_cases(folder, loaded)
    return caught.value.problems


def csv_text(header: Sequence[str], *rows: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


@pytest.fixture
def make_csv(make_folder: MakeFolder, declaration: str) -> Callable[[bytes | str], DirectoryFolder]:
    """A workload with the given ``cases.csv``."""

    def make(content: bytes | str) -> DirectoryFolder:
        return make_folder({"workload.yaml": declaration.replace("cases.jsonl", "cases.csv"), "cases.csv": content})

    return make


@pytest.fixture
def make_parquet(make_folder: MakeFolder, declaration: str) -> Callable[[str], DirectoryFolder]:
    """A workload whose cases are what a query gives."""

    def make(query: str) -> DirectoryFolder:
        folder = make_folder({"workload.yaml": declaration.replace("cases.jsonl", "'cases[1].parquet'")})
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"COPY ({query}) TO '{folder.root / 'cases[1].parquet'}' (FORMAT parquet)")
        return folder

    return make


MakeCsv = Callable[[bytes | str], DirectoryFolder]
MakeParquet = Callable[[str], DirectoryFolder]


def test_a_csv_file_holds_everything_that_a_case_may_say(make_csv: MakeCsv) -> None:
    header = ["id", "question", "input.context", "reference.answer", "reference.unit", "segment", "cluster", "critical"]
    header += ["weight", "split", "recorded.claude-3.5", "recorded.claude-3.5.latency_ms", "recorded.nova", "meta.by"]
    row = ["a", 'say "hi",\nplease', "", "4", "", "en", "talk", "true", "2.5", "train", "four", "12.5", "", "me"]
    bare = ["b", "", "c", "", "", "", "", "", "", "", "", "", "", ""]

    first, second = cases_of(make_csv("\ufeff" + csv_text(header, row, [], bare)))

    assert first == Case(
        id="a",
        input={"question": 'say "hi",\nplease', "context": ""},
        reference={"answer": "4"},
        segment="en",
        cluster="talk",
        critical=True,
        weight=2.5,
        split=Split.TRAIN,
        recorded={"claude-3.5": Recorded(output="four", latency_ms=12.5)},
        meta={"by": "me"},
    )
    assert second == Case(id="b", input={"question": "", "context": "c"})


BAD_TABLES = {
    "unknown column": ("id,question,refrence\n", "cases.csv:1", "Did you mean `reference`?"),
    "unknown column like none": (
        "id,question,zzz\n",
        "cases.csv:1",
        "What else the prompt may use is called input.<name>.",
    ),
    "no id": ("question,reference\n", "cases.csv:1", "no column `id`"),
    "a column twice": ("id,question,question\n", "cases.csv:1", "`question` is given twice"),
    "a column twice by two names": ("id,question,input.question\n", "cases.csv:1", "`input.question` is given twice"),
    "reference and its fields": ("id,question,reference,reference.a\n", "cases.csv:1", "Keep the one or the others."),
    "semicolons": ("id;question;reference\na;b;c\n", "cases.csv:1", "not separated by commas"),
    "no header": ("", "cases.csv", "the file is empty"),
    "nothing but a header": ("id,question\n", "cases.csv", "holds no case"),
    "a header that is not UTF-8": (b"id,caf\xe9\n", "cases.csv:1", "byte 0xE9 at position 7"),
    "a short row": ("id,question,reference\na,b\n", "cases.csv:2", "the row has 2 cells and the header 3"),
    "a bad weight": ("id,question,reference,weight\na,b,2,heavy\n", "cases.csv:2 weight", 'the text "heavy" stands'),
    "a bad flag": ("id,question,reference,critical\na,b,2,ja\n", "cases.csv:2 critical", "true or false"),
    "no reference": ("id,question,reference\na,b,\n", "cases.csv:2 reference", "cannot use the reference"),
    "no value": ("id,reference\na,2\n", "cases.csv:2 input", "the input has no `question`"),
    "the line of a row after a long one": (
        'id,question,reference\na,"b\n\nc",2\nd,e\n',
        "cases.csv:5",
        "the row has 2 cells",
    ),
    "a quote inside a cell": ('id,question,reference\na,"b"c,2\n', "cases.csv:2", "malformed CSV"),
    "an open quote": ('id,question,reference\na,"b,2\nc,d,3\n', "cases.csv:2", "malformed CSV"),
    "a row that is not UTF-8": (b"id,question,reference\na,caf\xe9,2\n", "cases.csv:2", "byte 0xE9 at position 6"),
    "a long row": ("id,question,reference\na," + "b" * 5_000_001 + ",2\n", "cases.csv:2", "longer than 5 MB"),
    "an id twice": ("id,question,reference\na,b,2\na,c,3\n", "cases.csv:3 id", "is that of line 2 as well"),
}


@pytest.mark.parametrize(("content", "place", "said"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_one_mistake_in_a_csv_file_is_one_problem(
    make_csv: MakeCsv, content: bytes | str, place: str, said: str
) -> None:
    problems = problems_of(make_csv(content))

    assert [problem.place for problem in problems] == [place]
    assert said in str(problems[0])


def test_a_long_text_in_a_csv_file_is_no_mistake(make_csv: MakeCsv) -> None:
    (read,) = cases_of(make_csv(csv_text(["id", "question"], ["a", "x" * 1_000_000])))

    assert len(read.input["question"]) == 1_000_000


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=20)
NAMES = st.text("abcxyz-_", min_size=1, max_size=8)
CASES = st.lists(
    st.builds(
        Case,
        id=WORDS,
        input=st.fixed_dictionaries({"question": WORDS | st.just(""), "context": WORDS}),
        reference=WORDS | st.none(),
        segment=WORDS | st.none(),
        cluster=WORDS | st.none(),
        critical=st.booleans(),
        weight=st.floats(0.001, 1000),
        split=st.sampled_from(Split) | st.none(),
        recorded=st.dictionaries(NAMES, st.builds(Recorded, output=WORDS), max_size=2),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=30)
@given(cases=CASES)
def test_cases_are_the_same_in_jsonl_and_in_csv(
    tmp_path_factory: pytest.TempPathFactory, declaration: str, cases: list[Case]
) -> None:
    directory = tmp_path_factory.getbasetemp()
    names = sorted({name for case in cases for name in case.recorded})
    header = ["id", "question", "input.context", "reference", "segment", "cluster", "critical", "weight", "split"]
    rows = [
        [
            case.id,
            case.input["question"],
            case.input["context"],
            case.reference or "",
            case.segment or "",
            case.cluster or "",
            str(case.critical).lower(),
            repr(case.weight),
            case.split or "",
            *(case.recorded[name].output if name in case.recorded else "" for name in names),
        ]
        for case in cases
    ]
    table = csv_text([*header, *(f"recorded.{name}" for name in names)], *rows)
    (directory / "cases.csv").write_text(table, encoding="utf-8", newline="")
    (directory / "cases.jsonl").write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
    read = []
    for extension in ("csv", "jsonl"):
        (directory / "workload.yaml").write_text(declaration.replace("cases.jsonl", f"cases.{extension}"))
        read.append(cases_of(DirectoryFolder(directory)))

    assert read == [cases, cases]


def test_flat_columns_of_parquet_are_those_of_csv(make_parquet: MakeParquet) -> None:
    query = """
        SELECT 1 AS id, '1 + 1?' AS question, 2.0::DOUBLE AS reference, true AS critical, 'two' AS "recorded.claude"
        UNION ALL SELECT 2, '2 + 2?', 'NaN'::DOUBLE, NULL, NULL
    """

    first, second = cases_of(make_parquet(query))

    assert first == Case(
        id="1", input={"question": "1 + 1?"}, reference=2.0, critical=True, recorded={"claude": Recorded(output="two")}
    )
    assert second == Case(id="2", input={"question": "2 + 2?"})


def test_a_name_with_wildcards_is_that_of_one_file(make_parquet: MakeParquet) -> None:
    folder = make_parquet("SELECT 'beside' AS id, '?' AS question")
    (folder.root / "cases[1].parquet").rename(folder.root / "cases1.parquet")

    cases = cases_of(make_parquet("SELECT 'named' AS id, '?' AS question"))

    assert [case.id for case in cases] == ["named"]


def test_parquet_may_hold_structures(make_parquet: MakeParquet) -> None:
    query = """
        SELECT
            'a' AS id,
            {question: '?', tags: ['x', 'y']} AS input,
            {answer: 2, unit: NULL} AS reference,
            {claude: {output: 'two', latency_ms: 3.5::DOUBLE}, nova: 'deux'} AS recorded
        UNION ALL SELECT 'b', {question: '!', tags: NULL}, NULL, {claude: {output: NULL, latency_ms: NULL}, nova: NULL}
    """

    first, second = cases_of(make_parquet(query))

    assert first.input == {"question": "?", "tags": ["x", "y"]}
    assert first.reference == {"answer": 2, "unit": None}
    assert first.recorded == {"claude": Recorded(output="two", latency_ms=3.5), "nova": Recorded(output="deux")}
    assert second == Case(id="b", input={"question": "!"})


def test_what_json_does_not_know_becomes_text(make_parquet: MakeParquet) -> None:
    query = """
        SELECT 'a' AS id, '?' AS question, DATE '2024-01-31' AS "input.day", TIMESTAMPTZ '2024-01-31 10:00:00+00' AS
        "input.instant", 1.50::DECIMAL(9, 2) AS "input.price", 'text'::BLOB AS "input.text"
    """

    (read,) = cases_of(make_parquet(query))

    assert read.input["day"] == "2024-01-31"
    assert str(read.input["instant"]).startswith("2024-01-31 ")
    assert read.input["price"] == 1.5
    assert read.input["text"] == "text"


def test_a_mistake_in_parquet_is_placed_by_its_row(make_parquet: MakeParquet) -> None:
    query = "SELECT 'a' AS id, '1' AS question, 1 AS reference UNION ALL SELECT 'a', '2', NULL"

    problems = problems_of(make_parquet(query))

    assert [problem.place for problem in problems] == ["cases[1].parquet:2 reference", "cases[1].parquet:2 id"]


def test_an_unknown_column_of_parquet_is_told_once(make_parquet: MakeParquet) -> None:
    (problem,) = problems_of(make_parquet("SELECT unnest(['a', 'b']) AS id, '1' AS qestion"))

    assert problem.place == "cases[1].parquet"
    assert problem.wrong == "unknown column `qestion`"


def test_bytes_that_are_no_text_are_one_problem(make_parquet: MakeParquet) -> None:
    (problem,) = problems_of(make_parquet(r"SELECT 'a' AS id, '\xFF\xFE'::BLOB AS question"))

    assert problem.place == "cases[1].parquet"
    assert "not valid UTF8" in problem.wrong


def test_what_is_called_parquet_and_is_not_is_one_problem(make_folder: MakeFolder, declaration: str) -> None:
    files = {"workload.yaml": declaration.replace("cases.jsonl", "cases.parquet"), "cases.parquet": "id,question\n"}

    problems = problems_of(make_folder(files))

    assert [problem.place for problem in problems] == ["cases.parquet"]
    assert "not a readable Parquet file" in problems[0].wrong


def test_the_hash_of_parquet_is_that_of_its_bytes(make_parquet: MakeParquet) -> None:
    folder = make_parquet("SELECT 'a' AS id, '1' AS question, 1 AS reference")

    summary = validate_cases(folder, load_workload(folder))

    assert summary.sha256 == hashlib.sha256((folder.root / "cases[1].parquet").read_bytes()).hexdigest()


def test_iteration_stops_at_a_case_that_cannot_be_read(make_folder: MakeFolder) -> None:
    folder = make_folder({"cases.jsonl": '{"id": "a", "input": {}}\n{"id": 2, "input": {}}\n'})
    cases = iter_cases(folder, load_workload(folder))

    assert next(cases).id == "a"
    with pytest.raises(InvalidWorkloadError, match=r"cases\.jsonl:2 id"):
        next(cases)


def peak_bytes(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def write_cases(folder: DirectoryFolder, count: int) -> None:
    with (folder.root / "cases.jsonl").open("w") as file:
        for number in range(count):
            case = {"id": f"case {number}", "input": {"question": "?" * 100}, "reference": number}
            file.write(json.dumps(case) + "\n")


def test_the_memory_of_iterating_does_not_grow_with_the_file(make_folder: MakeFolder) -> None:
    folder = make_folder()
    loaded = load_workload(folder)
    peaks = []
    for count in (6_000, 18_000):
        write_cases(folder, count)
        peaks.append(peak_bytes(lambda: sum(1 for _ in iter_cases(folder, loaded))))

    assert (folder.root / "cases.jsonl").stat().st_size > 2_000_000
    assert peaks[1] < peaks[0] + 500_000


def test_the_memory_of_validating_grows_by_little_more_than_a_hash_a_case(make_folder: MakeFolder) -> None:
    folder = make_folder()
    loaded = load_workload(folder)
    peaks = []
    for count in (2_000, 8_000):
        write_cases(folder, count)
        peaks.append(peak_bytes(lambda: validate_cases(folder, loaded)))

    assert peaks[1] < peaks[0] + 6_000 * 200


def test_a_line_that_is_too_long_is_never_held_whole(make_folder: MakeFolder) -> None:
    folder = make_folder({"cases.jsonl": b'{"id": "' + b"x" * 30_000_000 + b'"}'})
    loaded = load_workload(folder)

    def refuse() -> None:
        with pytest.raises(InvalidWorkloadError, match="longer than 5 MB"):
            validate_cases(folder, loaded)

    assert peak_bytes(refuse) < 15_000_000
