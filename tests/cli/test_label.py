"""label: a sample for people, in a spreadsheet or in the terminal, and what comes back of it."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from brainswap.core.labelling.labels import Label
from local.labels.sheet import COLUMNS, KEY, LONGEST_CELL, MARK, neutral
from tests.cli.conftest import Said
from tests.fakes.runs import case

Brainswap = Callable[..., Said]
Workload = Callable[..., Path]
Table = list[dict[str, str]]

OLD, NEW = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"
JUDGE = {"model": "mistral.mistral-large-2407-v1:0"}
POLITE = {
    "name": "polite",
    "type": "closed_qa",
    "criterion": "It says the words.",
    "show_reference": True,
    "judge": JUDGE,
}
GOOD = {
    "name": "good",
    "type": "rubric",
    "show_reference": True,
    "judge": JUDGE,
    "criteria": [{"name": "right", "question": "Is it right?"}, {"name": "kind", "description": "Kind."}],
}
BETTER = {"name": "better", "type": "pairwise", "show_reference": True, "judge": JUDGE}
WORDS = ["red", "green", "blue", "fast", "slow", "cat", "dog", "tree", "river", "stone", "cloud", "light"]
REPLAY: dict[str, Any] = {
    "source": {"model": OLD, "answers": "recorded", "recorded": "old"},
    "targets": [{"model": NEW, "answers": "recorded", "recorded": "new"}],
    "gates": [],
}


PLAIN = [{"name": "right", "type": "exact"}, {"name": "fast", "type": "latency", "at_most_ms": 9}]
EVIL = [
    "=1+1",
    "@SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    " \t+1",
    "\uff1d1",
    'x";=1',
    "a\n=1\r\n-b",
    "\x1b]0;title\x07\x1b[2J[red]evil[/red]\u202e",
    "y" * 40_000,
]
HOSTILE = [
    case(number, reference=text, recorded={"old": {"output": text}, "new": {"output": f"{text} "}})
    for number, text in enumerate(EVIL)
]


def said(number: int, wrong: int) -> str:
    """The words of a case, the first of them wrong."""
    words = [WORDS[(number + each) % len(WORDS)] for each in range(4)]
    return " ".join([*["nothing"] * wrong, *words[wrong:]])


def rows(count: int = 24) -> list[dict[str, Any]]:
    """Cases of which the source gets words wrong every third time, and the target three times out of four."""
    return [
        case(
            number,
            reference=said(number, 0),
            recorded={
                "old": {"output": said(number, number % 3)},
                "new": {"output": " ".join(reversed(said(number, 3 * (number % 4 > 0)).split()))},
            },
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where a run is kept for the tests that want the same."""
    kept: dict[str, Path] = {}
    return lambda wanted: kept.setdefault(wanted, tmp_path_factory.mktemp("run"))


@pytest.fixture
def ran(brainswap: Brainswap, workload: Workload, earlier: Callable[[str], Path], tmp_path: Path) -> Callable[..., str]:
    """A workload in the folder ``w`` with its run in ``o``; returns the folder of the workload."""

    def run(*scorers: dict[str, Any], cases: Sequence[dict[str, Any]] | None = None) -> str:
        kept = earlier(json.dumps([scorers, cases]))
        if not any(kept.iterdir()):
            folder = workload(rows() if cases is None else cases, scorers=list(scorers), **REPLAY)
            assert brainswap("run", str(folder), "--out", "o", "--pace", "0").code == 0
            shutil.copytree(tmp_path, kept, dirs_exist_ok=True)
        shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
        return str(tmp_path / "w")

    return run


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


def labels(folder: str) -> list[Label]:
    lines = (Path(folder) / "labels.jsonl").read_text("utf-8").splitlines()
    return [Label.model_validate_json(line) for line in lines]


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


@pytest.fixture
def typing(brainswap: Brainswap, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Label in the terminal with these keys, one to a line."""

    def run(keys: str, *arguments: str) -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{key}\n" for key in keys)))
        return brainswap("label", *arguments, "--terminal")

    return run


def test_in_the_terminal_a_key_is_a_mark_and_quitting_keeps_what_is_there(
    typing: Callable[..., Said], ran: Callable[..., str]
) -> None:
    folder = ran(GOOD)

    sat = typing("3x5412q", folder, "--run", "o", "--count", "20")

    assert sat.code == 0
    assert [label.marks for label in labels(folder)] == [{"right": "3", "kind": "5"}, {"right": "4", "kind": "1"}]
    assert "2 answers labelled, 0 skipped" in sat.out
    assert "1 of " in sat.out


def test_the_next_sitting_goes_on_behind_the_last(typing: Callable[..., Said], ran: Callable[..., str]) -> None:
    folder = ran(POLITE)
    typing("yy", folder, "--run", "o", "--count", "20")

    typing("nn", folder, "--run", "o", "--count", "20")

    assert [label.marks["meets"] for label in labels(folder)] == ["yes", "yes", "no", "no"]
    assert len({label.shown_sha256 for label in labels(folder)}) == 4


def test_undo_takes_the_last_mark_back_and_then_the_answer_before(
    typing: Callable[..., Said], ran: Callable[..., str]
) -> None:
    folder = ran(GOOD)

    # 3 5 is the first answer; 4 and back, back to the first answer, which gets 1 2; skip; 5 5.
    sat = typing("354uu12s55", folder, "--run", "o", "--count", "20")

    assert [label.marks for label in labels(folder)] == [{"right": "1", "kind": "2"}, {"right": "5", "kind": "5"}]
    assert "2 answers labelled, 1 skipped" in sat.out


def test_undo_at_the_beginning_stays_there(typing: Callable[..., Said], ran: Callable[..., str]) -> None:
    folder = ran(POLITE)

    typing("uuy", folder, "--run", "o", "--count", "20")

    assert len(labels(folder)) == 1


def test_a_pair_in_the_terminal_is_marked_by_its_place_and_kept_by_whose_it_is(
    typing: Callable[..., Said], ran: Callable[..., str]
) -> None:
    folder = ran(BETTER)

    typing("1" * 24, folder, "--run", "o")

    places = {label.marks["better"] for label in labels(folder)}
    assert places == {"this", "other"}


def test_what_steers_a_terminal_does_not_reach_it(typing: Callable[..., Said], ran: Callable[..., str]) -> None:
    folder = ran({**POLITE, "criterion": "=cmd()"}, cases=HOSTILE)

    sat = typing("y" * 30, folder, "--run", "o")

    assert "[red]evil[/red]" in sat.out
    assert not [sign for sign in ("\x1b", "\x07", "\u202e") if sign in sat.out]
