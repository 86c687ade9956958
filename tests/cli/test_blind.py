"""``brainswap blind``: drawn, graded, read, and all that can be wrong with a sheet."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.cli.conftest import Said
from tests.fakes.labelled_runs import EVIL, NEW, OLD
from tests.fakes.runs import case

Row = dict[str, str]
CASES = 60
SAME = 12  # cases to which both say the same


@pytest.fixture
def drawn(
    brainswap: Callable[..., Said], workload: Callable[..., Path], earlier: Callable[[str], Path], tmp_path: Path
) -> Callable[..., Said]:
    """A run in the folder ``o`` whose target is as right as the source, and says it in other words."""
    kept = earlier("blind")
    if not any(kept.iterdir()):
        cases = [
            case(
                number,
                recorded={
                    "old": {"output": f"yes {EVIL[number % len(EVIL)] if number < 9 else number}"},
                    "new": {"output": f"YES  {number}" if number >= CASES - SAME else f"certainly yes {number}"},
                },
            )
            for number in range(CASES)
        ]
        folder = workload(
            cases,
            source={"model": OLD, "answers": "recorded", "recorded": "old"},
            targets=[{"model": NEW, "answers": "recorded", "recorded": "new"}],
            scorers=[{"name": "right", "type": "contains", "ignore_case": True}],
        )
        ended = brainswap("run", str(folder), "--out", "o", "--pace", "0")
        assert ended.code == 0, ended.err
        shutil.copytree(tmp_path, kept, dirs_exist_ok=True)
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)

    def draw(*more: str) -> Said:
        return brainswap("blind", "o", *more)

    return draw


def rows(path: str = "blind-yes-or-no.csv") -> list[Row]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(grade: Callable[[Row], str], source: list[Row] | None = None, path: str = "graded.csv") -> str:
    filled = [{**row, "grade": grade(row)} for row in (rows() if source is None else source)]
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(filled[0]))
        writer.writeheader()
        writer.writerows(filled)
    return path


def prefers_target(row: Row) -> str:
    """Whoever can tell the target by its words."""
    a, b = ("certainly" in row[name] for name in ("answer A", "answer B"))
    return "A" if a else "B" if b else "same"


def test_a_sheet_does_not_say_whose_the_answers_are(drawn: Callable[..., Said]) -> None:
    said = drawn()

    text = Path("blind-yes-or-no.csv").read_text("utf-8-sig")
    sides = ["A" if "certainly" in row["answer A"] else "B" for row in rows() if prefers_target(row) != "same"]
    assert said.code == 0, said.err
    assert not [name for name in (OLD, NEW, "target", "source", "nova", "claude") if name in text]
    assert 10 < sides.count("A") < len(sides) - 10
    assert [prefers_target(row) for row in rows()].count("same") == 5
    assert len(rows()) == 50
    assert not [cell for row in rows() for cell in row.values() if cell.lstrip()[:1] in {*"=@+-"}]


def test_grades_are_read_and_shown_in_the_report(drawn: Callable[..., Said]) -> None:
    drawn()

    said = drawn("--read", fill(prefers_target), "--grader", "anna")

    page = Path("o/report.html").read_text("utf-8")
    kept = json.loads(Path("o/grades.json").read_text("utf-8"))
    assert said.code == 0, said.err
    assert "Of 45 cases with different answers, people prefer the target's in 45 and the source's in 0" in said.out
    assert "a probability of below 0.001 (exact sign test)" in said.out
    assert set(kept["people"][0]["grades"].values()) == {"target", "same"}
    assert page.count("By people, blind") == 1


def test_a_second_person_is_added_and_the_same_person_is_replaced(drawn: Callable[..., Said]) -> None:
    drawn()
    drawn("--read", fill(prefers_target), "--grader", "anna")
    drawn("--read", fill(lambda row: "A" if prefers_target(row) == "B" else prefers_target(row)), "--grader", "bert")

    again = drawn("--read", fill(lambda _: "both bad"), "--grader", "anna", "--json")

    page = Path("o/report.html").read_text("utf-8")
    found = json.loads(again.out)
    assert (found["people"], found["better"] + found["worse"], found["both_bad"]) == (2, 45, 0)
    assert found["better"] < 45  # which anna alone would have left
    assert page.count("By people, blind") == 1
    assert "2 people saw two answers" in page


def test_the_same_seed_draws_the_same_sheet_and_another_is_not_drawn_once_somebody_graded(
    drawn: Callable[..., Said],
) -> None:
    drawn()
    drawn("--seed", "5", "--out", "other.csv")
    drawn("--out", "first-again.csv")
    same = rows() == rows("first-again.csv")
    drawn("--read", fill(prefers_target), "--grader", "anna")

    copy, other = drawn("--out", "copy.csv"), drawn("--seed", "6", "--out", "sixth.csv")

    assert same
    assert rows("other.csv") != rows()
    assert (copy.code, other.code) == (0, 2)
    assert "graded another sheet of this run already" in other.err
    assert not Path("sixth.csv").exists()


def test_a_page_is_drawn_in_place_of_a_sheet_and_does_not_say_whose_the_answers_are(
    drawn: Callable[..., Said],
) -> None:
    drawn()
    said = drawn("--out", "blind.html")

    text = Path("blind.html").read_text("utf-8")
    keys = re.findall(r'data-key="([^"]+)"', text)
    run_id = json.loads(Path("o/report.json").read_text("utf-8"))["run_id"]
    assert said.code == 0, said.err
    assert "open it in a browser" in said.out
    assert "--read grades-yes-or-no.csv" in said.out
    assert keys == [row["key"] for row in rows()]
    assert not [name for name in (OLD, NEW, run_id, "target", "source", "nova", "claude") if f'"{name}' in text]
    assert drawn("--out", "blind.html").err.startswith("blind.html exists: ")


def test_what_the_page_hands_out_is_read_and_the_page_itself_is_not(drawn: Callable[..., Said]) -> None:
    drawn("--out", "blind.html")
    keys = re.findall(r'data-key="([^"]+)"', Path("blind.html").read_text("utf-8"))
    lines = ["key,grade", *(f"{key},{'same' if number < 7 else ''}" for number, key in enumerate(keys)), ""]
    Path("grades.csv").write_text("\r\n".join(lines), "utf-8")

    wrong = drawn("--read", "blind.html")
    read = drawn("--read", "grades.csv", "--json")

    assert (wrong.code, read.code) == (2, 0)
    assert "press Download grades in it, and read that" in wrong.err
    assert json.loads(read.out)["graded"] + json.loads(read.out)["controls"] == 7


def changed(number: int, **changes: str) -> list[Row]:
    found = rows()
    found[number] = {**found[number], **changes}
    return found


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        (lambda: changed(3, key=rows()[3]["key"][:-1] + "x"), "row 5 column key: the key was changed"),
        (lambda: changed(3, key=rows()[3]["key"].replace("-4-", "-5-")), "row 5 column key: the key was changed"),
        (lambda: [*rows(), rows()[0]], "row 52: it is the row 1 of the sheet once more"),
        (lambda: rows()[:-2], "2 of the 50 rows of the sheet are gone, the first of them row 49"),
        (lambda: changed(3, key="b000000000000-4-00000000"), "row 5: the row is of another sheet"),
    ],
)
def test_a_sheet_that_somebody_changed_is_refused(
    drawn: Callable[..., Said], source: Callable[[], list[Row]], wrong: str
) -> None:
    drawn()

    said = drawn("--read", fill(prefers_target, source()), "--grader", "anna")

    assert said.code == 2
    assert wrong in said.err
    assert not Path("o/grades.json").exists()


def test_rows_may_be_sorted_and_the_rest_left_for_later_but_not_passed_over(drawn: Callable[..., Said]) -> None:
    drawn()
    first = {row["key"] for row in rows()[:20]}

    part = drawn("--read", fill(lambda row: "same" if row["key"] in first else "", rows()[::-1]), "--json")
    gap = drawn("--read", fill(lambda row: "same" if row["key"] not in first else ""))
    wrong = drawn("--read", fill(lambda _: "the first"))

    assert part.code == 0, part.err
    assert json.loads(part.out)["graded"] + json.loads(part.out)["controls"] == 20
    assert "it has no grade, and a later row has one" in gap.err
    assert '"the first" is no grade. Write one of: A; B; same; both bad' in wrong.err


def test_grades_are_of_the_report_that_the_sheet_was_drawn_from(drawn: Callable[..., Said]) -> None:
    drawn()
    text = Path("o/report.json").read_text("utf-8")
    Path("o/report.json").write_text(text.replace('"yes-or-no"', '"no-or-yes"'), "utf-8")

    said = drawn("--read", fill(prefers_target))

    assert said.code == 2
    assert "is another than when the sheet was drawn" in said.err


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        (("--contender", "nobody"), "The run has no target nobody"),
        (("--count", "0"), "--count is 1 or more"),
        (("--read", "blind-yes-or-no.csv"), "No sheet was drawn of this run"),
    ],
)
def test_what_cannot_be_done_is_said(drawn: Callable[..., Said], more: tuple[str, ...], wrong: Any) -> None:
    said = drawn(*more)

    assert said.code == 2
    assert wrong in said.err


def test_a_run_in_the_account_is_compared_there(
    drawn: Callable[..., Said], brainswap: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "runs-of-people"}}
    template = {"Resources": {"Bucket": bucket}, "Outputs": {"BucketName": {"Value": {"Ref": "Bucket"}}}}
    nowhere = drawn("--stack", "Mine")
    with mock_aws():
        boto3.client("cloudformation").create_stack(StackName="Mine", TemplateBody=json.dumps(template))
        s3 = boto3.client("s3")
        for name in ("report.json", "report.html", "cases.jsonl"):
            s3.upload_file(f"o/{name}", "runs-of-people", f"runs/run-7/{name}")

        sheet = brainswap("blind", "run-7", "--stack", "Mine")
        read = brainswap("blind", "run-7", "--stack", "Mine", "--read", fill(prefers_target), "--grader", "anna")
        unknown = brainswap("blind", "run-8", "--stack", "Mine")

        kept = json.loads(s3.get_object(Bucket="runs-of-people", Key="runs/run-7/grades.json")["Body"].read())
        page = s3.get_object(Bucket="runs-of-people", Key="runs/run-7/report.html")["Body"].read().decode()

    assert (nowhere.code, sheet.code, read.code, unknown.code) == (2, 0, 0, 2)
    assert "The stack Mine has no report of such a run either" in unknown.err
    assert kept["people"][0]["grader"] == "anna"
    assert "By people, blind" in page
    assert not Path("o/grades.json").exists()
