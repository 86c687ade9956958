"""label: a sample for people in a spreadsheet, and what comes back of it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local.labels.sheet import COLUMNS, KEY, MARK
from local.labels.tables import LONGEST_CELL, neutral
from tests.cli.conftest import Said
from tests.fakes.labelled_runs import BETTER, GOOD, HOSTILE, PLAIN, POLITE, REPLAY, labels, rows, said

Brainswap = Callable[..., Said]
Workload = Callable[..., Path]
Table = list[dict[str, str]]


def table(path: Path) -> Table:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def save(found: Table, path: Path, delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(found)


def marked(found: Table) -> Table:
    """What a person says who looks for the words of the reference."""

    def right(row: dict[str, str], column: str) -> float:
        expected = row["reference"].split()
        return sum(word in expected for word in row[column].split()) / len(expected)

    for row in found:
        first, second = right(row, "answer"), right(row, "second answer")
        if row["scorer"] == "polite":
            row[MARK] = "yes" if first > 0.6 else "no"
        elif row["scorer"] == "good":
            row[MARK] = str(1 + round(4 * first))
        else:
            row[MARK] = "equal" if first == second else "first" if first > second else "second"
    return found


def test_from_a_run_to_labels_to_a_report_that_is_corrected_by_people(
    brainswap: Brainswap, ran: Callable[..., str]
) -> None:
    folder = ran(POLITE, GOOD, BETTER, cases=rows(60))
    before = json.loads(Path("o/report.json").read_text("utf-8"))

    drew = brainswap("label", folder, "--run", "o", "--count", "52", "--labeller", "ann")
    save(marked(table(Path("w/labels.csv"))), Path("filled.csv"))
    read = brainswap("label", folder, "--read", "filled.csv", "--json")
    checked = brainswap("check", folder)
    again = brainswap("run", folder, "--out", "o", "--pace", "0", "--resume")

    report = json.loads(Path("o/report.json").read_text("utf-8"))
    by_scorer = {each["scorer"]: each for each in report["calibration"]}
    assert (drew.code, read.code, again.code) == (0, 0, 0), drew.err + read.err + again.err
    assert json.loads(read.out)["labels"] == len(labels(folder))
    assert f"Labels of people: {len(labels(folder)):,}." in checked.out
    assert {each["answers"] for each in before["calibration"]} == {0}
    assert report["spend"]["calls"] == 0
    assert (Path("o/workload/labels.jsonl")).read_bytes() == Path("w/labels.jsonl").read_bytes()
    assert set(by_scorer) == {"polite", "good", "better"}
    for found in by_scorer.values():
        _, target = found["contenders"]
        assert found["unmatched"] == 0
        assert found["drawn"] == 52
        assert found["kappa"]["value"] > 0.3
        assert target["difference"]["n_labelled"] == 52
        assert target["difference"]["high"] < 0
    assert "By people" in Path("o/report.html").read_text("utf-8")
    assert "good: a kappa of" in again.out
    assert "nobody has labelled" not in json.dumps(report)


def test_a_sheet_does_not_tell_whose_an_answer_is(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(POLITE, GOOD, BETTER, cases=rows(60))

    brainswap("label", folder, "--run", "o", "--count", "60")

    text = Path("w/labels.csv").read_text("utf-8-sig")
    found = [row for row in table(Path("w/labels.csv")) if row["scorer"] == "better"]
    sources = {said(number, number % 3) for number in range(60)}
    assert not [name for name in ("haiku", "nova", "source", "target", "contender") if name in text]
    assert 10 < sum(row["answer"] in sources and row["second answer"] not in sources for row in found) < 50


def test_a_larger_draw_goes_on_where_a_smaller_one_ended(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    brainswap("label", folder, "--run", "o", "--count", "10", "--out", "small.csv")
    save(marked(table(Path("small.csv"))), Path("small.csv"))
    brainswap("label", folder, "--read", "small.csv")

    brainswap("label", folder, "--run", "o", "--count", "24", "--out", "rest.csv")
    brainswap("label", folder, "--run", "o", "--count", "24", "--out", "other.csv", "--labeller", "someone-else")

    small, rest, other = (table(Path(name)) for name in ("small.csv", "rest.csv", "other.csv"))
    assert [row["answer"] for row in other] == [row["answer"] for row in [*small, *rest]]


def test_a_sheet_may_be_sorted_cut_half_filled_and_saved_with_another_separator(
    brainswap: Brainswap, ran: Callable[..., str]
) -> None:
    folder = ran(GOOD)
    brainswap("label", folder, "--run", "o", "--count", "20")
    found = marked(table(Path("w/labels.csv")))
    for row in found[20:]:
        row[MARK] = ""
    for row in found[:20]:
        row[MARK] = f" {row[MARK]},0 "
        row["answer"] = "a spreadsheet ate this \u2026"
    save(sorted(found, key=lambda row: row[KEY]), Path("filled.csv"), ";")
    Path("filled.csv").write_bytes(Path("filled.csv").read_text("utf-8").encode("cp1252"))

    read = brainswap("label", folder, "--read", "filled.csv", "--json")

    assert json.loads(read.out) == {"read": 10, "replaced": 0, "unmarked": len(found) - 20, "labels": 10}
    assert all(set(label.marks) == {"right", "kind"} for label in labels(folder))


def test_reading_again_replaces_what_the_same_person_said(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    brainswap("label", folder, "--run", "o", "--count", "20")
    found = marked(table(Path("w/labels.csv")))
    save(found, Path("filled.csv"))
    brainswap("label", folder, "--read", "filled.csv")
    for row in found:
        row[MARK] = "no"
    save(found, Path("filled.csv"))

    again = json.loads(brainswap("label", folder, "--read", "filled.csv", "--json").out)
    second = json.loads(brainswap("label", folder, "--read", "filled.csv", "--json", "--labeller", "bob").out)

    assert (again["replaced"], again["labels"]) == (again["read"], again["read"])
    assert (second["replaced"], second["labels"]) == (0, 2 * second["read"])
    assert {label.marks["meets"] for label in labels(folder)} == {"no"}


def test_every_problem_of_a_sheet_is_told_with_row_and_column_and_nothing_is_added(
    brainswap: Brainswap, ran: Callable[..., str]
) -> None:
    folder = ran(GOOD)
    brainswap("label", folder, "--run", "o", "--count", "20")
    found = marked(table(Path("w/labels.csv")))
    found[0][MARK] = "6"
    found[2][KEY] = found[2][KEY][:-1]
    found[4][MARK] = "great"
    found[6][MARK] = ""
    found.append({**found[8], MARK: "1" if found[8][MARK] != "1" else "2"})
    found.append(dict.fromkeys(COLUMNS, "") | {MARK: "3"})
    save(found, Path("filled.csv"))

    read = brainswap("label", folder, "--read", "filled.csv")

    assert read.code == 2
    for place in (
        "row 2 column mark",
        "row 4 column key",
        "row 6 column mark",
        "row 9: of this answer",
        f"row {len(found)} column mark: row 10 says something else",
        f"row {len(found) + 1} column key",
    ):
        assert f"filled.csv {place}" in read.err, read.err
    assert not Path("w/labels.jsonl").exists()


def test_marks_of_a_question_that_has_changed_are_refused(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    brainswap("label", folder, "--run", "o", "--count", "2")
    save(marked(table(Path("w/labels.csv"))), Path("filled.csv"))
    declared = Path("w/workload.yaml")
    declared.write_text(declared.read_text("utf-8").replace("says the words", "says some words"), "utf-8")

    read = brainswap("label", folder, "--read", "filled.csv")

    assert read.code == 2
    assert "the question of `polite` has changed" in read.err


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "is no sheet"),
        (b"a,b\n1,2\n", "is no sheet"),
        (b"PK\x03\x04 workbook", "Save it as CSV"),
        (b"\x00\xff\xfe" * 100, "is no sheet"),
    ],
)
def test_what_is_no_sheet_is_refused(
    brainswap: Brainswap, workload: Workload, tmp_path: Path, content: bytes, because: str
) -> None:
    (tmp_path / "x.csv").write_bytes(content)

    read = brainswap("label", str(workload(rows(3), scorers=[POLITE], **REPLAY)), "--read", "x.csv")

    assert read.code == 2
    assert because in read.err


def test_a_sheet_that_may_hold_marks_is_not_written_over(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    Path("mine.csv").write_text("my work", "utf-8")

    drew = brainswap("label", folder, "--run", "o", "--out", "mine.csv")

    assert drew.code == 2
    assert "exists" in drew.err
    assert Path("mine.csv").read_text("utf-8") == "my work"


def test_no_cell_of_a_sheet_is_a_formula_or_too_long(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran({**POLITE, "criterion": "=cmd()"}, cases=HOSTILE)

    drew = brainswap("label", folder, "--run", "o")

    raw = Path("w/labels.csv").read_text("utf-8-sig")
    for delimiter in ",;\t":
        cells = [cell for row in csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter) for cell in row]
        assert not [cell for cell in cells if cell.strip()[:1] in ("=", "+", "-", "@", "\uff1d")], delimiter
        assert max(len(cell) for cell in cells) <= LONGEST_CELL + 200 or delimiter != ","
    assert "\x1b" not in raw + drew.out
    assert "Warning" in drew.out


@pytest.mark.parametrize("text", ["a = b", "2 - 1", "fine", "", "x, -1", "mail@example.org"])
def test_what_begins_no_formula_is_left_as_it_is(text: str) -> None:
    assert neutral(text) == text


def test_without_a_run_or_with_another_workloads_there_is_nothing_to_draw(
    brainswap: Brainswap, ran: Callable[..., str], workload: Workload
) -> None:
    nothing = brainswap("label", str(workload(rows(3), scorers=[POLITE], **REPLAY)), "--run", "nowhere")
    folder = ran(POLITE)
    declared = Path("w/workload.yaml")
    declared.write_text(declared.read_text("utf-8").replace("yes-or-no", "other"), "utf-8")
    other = brainswap("label", folder, "--run", "o")

    assert (nothing.code, other.code) == (2, 2)
    assert "--run" in nothing.err
    assert "yes-or-no" in other.err


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        ([], "is judged"),
        (["--scorer", "righ"], "Did you mean `right`?"),
        (["--scorer", "fast"], "cannot be labelled"),
        (["--labeller", "=cmd()"], "no name for a labeller"),
        (["--count", "0"], "--count"),
    ],
)
def test_wrong_usage_says_what_would_be_right(
    brainswap: Brainswap, ran: Callable[..., str], arguments: list[str], because: str
) -> None:
    folder = ran(*PLAIN, cases=rows(6))

    label = brainswap("label", folder, "--run", "o", *arguments)

    assert label.code == 2
    assert because in label.err


def test_a_scorer_that_is_no_judge_is_labelled_when_it_is_named(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(*PLAIN, cases=rows(6))

    drew = brainswap("label", folder, "--run", "o", "--scorer", "right", "--json")

    assert json.loads(drew.out)["cases"] == {"right": 6}
    assert table(Path("w/labels.csv"))[0]["marks"] == "0; 0.25; 0.5; 0.75; 1"


def test_a_report_that_a_later_version_wrote_is_good_enough(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(*PLAIN, cases=rows(6))
    later = {**json.loads(Path("o/report.json").read_text("utf-8")), "schema": "brainswap.report/2", "more": 1}
    Path("o/report.json").write_text(json.dumps(later), "utf-8")

    assert brainswap("label", folder, "--run", "o", "--scorer", "right").code == 0


def test_cases_that_were_asked_out_of_turn_or_not_of_everybody_are_not_drawn(
    brainswap: Brainswap, ran: Callable[..., str]
) -> None:
    folder = ran(*PLAIN, cases=rows(6))
    found = [json.loads(line) for line in Path("o/cases.jsonl").read_text("utf-8").splitlines()]
    found[0]["uncounted"] = ["source"]
    del found[1]["contenders"]["target-1-original"]
    Path("o/cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found), "utf-8")

    drew = brainswap("label", folder, "--run", "o", "--scorer", "right", "--json")

    assert json.loads(drew.out)["cases"] == {"right": 4}


def test_a_damaged_line_of_a_run_is_told_with_its_place(brainswap: Brainswap, ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    lines = Path("o/cases.jsonl").read_text("utf-8").splitlines()
    Path("o/cases.jsonl").write_text("\n".join([lines[0], '{"id": "x"}', *lines[2:]]), "utf-8")

    drew = brainswap("label", folder, "--run", "o")

    assert drew.code == 2
    assert "cases.jsonl:2" in drew.err


def test_labels_that_do_not_hold_together_are_found_by_check(brainswap: Brainswap, workload: Workload) -> None:
    folder = workload(rows(3), scorers=[POLITE], **REPLAY)
    (folder / "labels.jsonl").write_text('{"version": 1}\n', "utf-8")

    checked = brainswap("check", str(folder))

    assert checked.code == 2
    assert "labels.jsonl:1 scorer: the key `scorer` is missing" in checked.err
