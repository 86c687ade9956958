"""brainswap report and compare: runs that are over, told again and held against each other."""

import json
import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.cli.conftest import Said
from tests.fakes.labelled_runs import REPLAY, rows
from tests.fakes.pages import read

Brainswap = Callable[..., Said]
Workload = Callable[..., Path]


@pytest.fixture(autouse=True)
def runs(brainswap: Brainswap, workload: Workload, earlier: Callable[[str], Path], tmp_path: Path) -> None:
    """The runs ``a`` and ``b``, of which the second has other cases."""
    kept = earlier("finished runs")
    if not any(kept.iterdir()):
        for out, cases in (("a", rows()), ("b", worse(rows()))):
            folder = workload(cases, scorers=[{"name": "right", "type": "exact"}], **REPLAY)
            assert brainswap("run", str(folder), "--out", out, "--pace", "0").code == 0
            shutil.copytree(tmp_path / out, kept / out)
    for out in ("a", "b"):
        shutil.copytree(kept / out, tmp_path / out, dirs_exist_ok=True)


def worse(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The source answers the first case wrongly, another case asks something else, and the last is gone."""
    for answer in cases[0]["recorded"].values():
        answer["output"] = "something else"
    cases[1]["input"] = {name: f"{value}?" for name, value in cases[1]["input"].items()}
    return cases[:-1]


def test_a_run_is_told_again(brainswap: Brainswap) -> None:

    said = brainswap("report", "a")

    assert said.code == 0
    assert said.out.startswith("Verdict: ")
    assert said.out.endswith("Report: a/report.html\n")
    assert json.loads(brainswap("report", "a", "--json").out) == json.loads(Path("a/report.json").read_text("utf-8"))


def test_a_report_is_opened_in_the_browser(brainswap: Brainswap, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_)

    assert brainswap("report", "a", "--open").code == 0

    assert opened == [Path("a/report.html").resolve().as_uri()]


def test_an_index_of_all_runs_links_to_each_and_says_what_is_different(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "report.json").write_text("{}", "utf-8")
    (tmp_path / "a").rename(tmp_path / "a run & more")

    said = brainswap("report", "--all", ".", "--json")

    found = json.loads(said.out)
    assert said.code == 0
    assert found == json.loads(Path("index.json").read_text("utf-8"))
    assert [each["place"] for each in found["runs"]] == ["b", "a%20run%20%26%20more"]
    assert "cases" in {each["what"] for each in found["runs"][0]["differences"]}
    assert found["unreadable"] == ["broken/report.json"]
    page = read(Path("index.html").read_text("utf-8"))
    links = [start.attributes["href"] for start in page.starts if start.tag == "a" and "/" in start.attributes["href"]]
    assert len(links) == 8
    assert all(Path(unquote(link)).is_file() for link in links)


def test_an_index_is_told_and_opened(brainswap: Brainswap, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_)

    said = brainswap("report", "--all", ".", "--open")

    assert said.code == 0
    assert len(said.out.splitlines()) == 3
    assert said.out.endswith("Index: index.html\n")
    assert opened == [Path("index.html").resolve().as_uri()]


@pytest.mark.parametrize("arguments", [("report", "--all", "a"), ("report", "--all", "nowhere")])
def test_a_folder_without_runs_has_no_index(brainswap: Brainswap, arguments: tuple[str, ...]) -> None:
    said = brainswap(*arguments)

    assert (said.code, said.out) == (2, "")
    assert "holds no folder of a finished run" in said.err
    assert not Path(arguments[-1], "index.html").exists()


def test_the_same_run_twice_differs_in_nothing(brainswap: Brainswap) -> None:

    found = json.loads(brainswap("compare", "a", "a", "--json").out)

    assert found["changes"] == []
    assert (found["altered"], found["only_before"], found["only_after"]) == (0, [], [])
    for contender in found["contenders"]:
        (shift,) = contender["scores"].values()
        assert (shift["difference"], shift["better"], shift["worse"]) == (0, 0, 0)
        assert shift["low"] < 0 < shift["high"]


def test_what_became_worse_is_named_and_other_cases_are_not_compared(brainswap: Brainswap) -> None:
    cases = rows()

    found = json.loads(brainswap("compare", "a", "b", "--json").out)

    assert (found["shared"], found["altered"]) == (len(cases) - 2, 1)
    assert "cases" in {change["what"] for change in found["changes"]}
    fallen = {
        name
        for contender in found["contenders"]
        for shift in contender["scores"].values()
        for name in shift["became_worse"]
    }
    assert fallen == {cases[0]["id"]}
    said = brainswap("compare", "a", "b")
    assert f"worse: {cases[0]['id']}\n" in said.out
    assert "1 case of the same id changed and is left out" in said.out


@pytest.mark.parametrize("arguments", [("report", "nowhere"), ("compare", "a", "nowhere"), ("compare", "a", "broken")])
def test_what_is_no_run_is_said(brainswap: Brainswap, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "report.json").write_text('{"schema": "brainswap.report/1"}', "utf-8")

    said = brainswap(*arguments)

    assert (said.code, said.out) == (2, "")
    assert f"{arguments[-1]} is no folder of a finished run" in said.err


def test_cases_that_do_not_fit_are_said(brainswap: Brainswap) -> None:
    Path("b/cases.jsonl").write_text('{"id": "x"}\nnot JSON\n', "utf-8")

    said = brainswap("compare", "a", "b")

    assert said.code == 2
    assert "cases.jsonl" in said.err


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "local", "report", "a"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, ROOT))},
        )

    assert (done.returncode, done.stderr) == (0, "")


ROOT = [Path(__file__).parents[2], Path(__file__).parents[2] / "lambdas"]
