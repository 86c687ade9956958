"""init, check and run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from brainswap.core.errors import StorageAccessError
from brainswap.handlers import report as report_state
from local.workloads import check_workload
from tests.cli.conftest import Said
from tests.fakes.conversations import PDF
from tests.fakes.live_answers import KIND
from tests.fakes.runs import case

Brainswap = Callable[..., Said]
Workload = Callable[..., Path]

OLD, NEW = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"


def recorded(*, right: Callable[[int], bool], count: int = 60) -> list[dict[str, Any]]:
    return [
        case(number, recorded={"old": {"output": "yes"}, "new": {"output": "yes" if right(number) else "no"}})
        for number in range(count)
    ]


REPLAY: dict[str, Any] = {
    "source": {"model": OLD, "answers": "recorded", "recorded": "old"},
    "targets": [{"model": NEW, "answers": "recorded", "recorded": "new"}],
}


def test_help_lists_the_commands(brainswap: Brainswap) -> None:
    said = brainswap("--help")

    assert said.code == 0
    assert all(command in said.out for command in ("init", "check", "run"))


def test_an_unknown_command_is_wrong_usage(brainswap: Brainswap) -> None:
    assert brainswap("fly").code == 2


def test_a_new_workload_is_valid_and_runs(brainswap: Brainswap) -> None:
    written = brainswap("init", "my-workload")
    checked = brainswap("check", "my-workload")
    ran = brainswap("run", "my-workload", "--pace", "0")

    assert (written.code, checked.code, ran.code) == (0, 0, 0)
    assert "valid" in checked.out
    assert "SIMULATED" in ran.out
    assert Path("out/my-workload/report.html").is_file()


@pytest.mark.parametrize("name", ["Upper", "a b", "../up", "-x", "x" * 64, ""])
def test_a_bad_name_writes_nothing(brainswap: Brainswap, tmp_path: Path, name: str) -> None:
    said = brainswap("init", name) if not name.startswith("-") else brainswap("init", "--", name)

    assert said.code == 2
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_an_existing_folder_is_left_alone(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()

    said = brainswap("init", "here")

    assert said.code == 2
    assert not list((tmp_path / "here").iterdir())


def test_check_forecasts_in_words_and_for_machines(brainswap: Brainswap, workload: Workload) -> None:
    folder = str(workload())

    words, machine = brainswap("check", folder), brainswap("check", folder, "--json")

    document = json.loads(machine.out)
    assert "Smallest difference" in words.out
    assert document["valid"] is True
    assert document["forecast"]["calls"] == 60
    assert document["forecast"]["cost_usd"] > 0


def test_check_says_how_many_calls_looks_are_expected_to_leave(brainswap: Brainswap, workload: Workload) -> None:
    folder = str(workload(stopping={"looks": 3}))

    words, machine = brainswap("check", folder), brainswap("check", folder, "--json")

    found = json.loads(machine.out)["forecast"]["stopping"]
    assert (found["looks"], found["most"]) == (3, 60)
    assert 0 < found["expected"] <= 60
    assert f"With 3 looks on the way: at most 60 calls, {found['expected']} expected" in words.out


def test_check_says_what_a_judge_of_live_answers_takes_and_warns_of_a_cap_that_ends_before_it(
    brainswap: Brainswap, workload: Workload
) -> None:
    scorers = [{"name": "right", "type": "exact"}, KIND]
    guards = [{"measure": "judged_bad", "margin": 0.05}]
    judge = {"scorer": "kind", "budget_usd": 0.01}
    folder = str(workload(scorers=scorers, rollout={"guards": guards, "judge": judge}))

    words, machine = brainswap("check", folder), brainswap("check", folder, "--json")

    document = json.loads(machine.out)
    assert document["most_judged_live"] == 1600
    assert document["forecast"]["judging_live"]["expected"] > 0.01
    assert "A roll-out has kind judge at most 1,600 live answers in 1,600 calls" in words.out
    assert "rollout.judge: budget_usd is 0.01, and judging all of them is expected to cost" in words.out


def test_looks_at_batch_jobs_are_refused_with_what_to_do(brainswap: Brainswap, workload: Workload) -> None:
    checked = brainswap("check", str(workload(stopping={"looks": 3}, inference="batch")))

    assert checked.code == 2
    assert "inference: a batch job answers all cases at once, so that nothing can stop early" in checked.err
    assert "leave `stopping` out" in checked.err


def test_check_counts_near_duplicates_where_there_are_several_splits(brainswap: Brainswap, workload: Workload) -> None:
    asked = [f"Is the {colour} {thing} here?" for colour in ("red", "blue", "green") for thing in ("car", "van", "bus")]
    cases = [case(number, input={"question": f"{asked[number % 9]} {number}"}) for number in range(27)]
    splits = {"train": 0.3, "validation": 0.3, "test": 0.4}
    folder = str(workload(cases, splits=splits))

    words, machine = brainswap("check", folder), brainswap("check", folder, "--json")

    assert "27 cases in 9 groups ask nearly the same, each group in one split." in words.out
    assert json.loads(machine.out)["near_duplicates"] == {"cases": 27, "groups": 9, "largest": 3, "apart": 0, "most": 4}


def test_every_problem_is_told_at_once_and_nothing_is_written(brainswap: Brainswap, workload: Workload) -> None:
    cases = [case(1), case(1), {"id": "x", "input": {}}, {**case(4), "reference": None}]
    folder = workload(cases, gates=[{"scorer": "nobody", "rule": "not_worse", "margin": 0.1}])

    in_yaml = brainswap("check", str(folder))
    (folder / "workload.yaml").write_text((folder / "workload.yaml").read_text().replace("nobody", "right"))
    in_cases = brainswap("run", str(folder), "--out", "o")
    machine = brainswap("check", str(folder), "--json")

    assert (in_yaml.code, in_cases.code, machine.code) == (2, 2, 2)
    assert "nobody" in in_yaml.err
    assert all(f"cases.jsonl:{line}" in in_cases.err for line in (2, 3, 4))
    assert len(json.loads(machine.out)["problems"]) >= 3
    assert not Path("o").exists()


def test_an_unknown_live_model_is_refused_with_a_suggestion(brainswap: Brainswap, workload: Workload) -> None:
    said = brainswap("check", str(workload(targets=[{"model": "amazon.nova-lit-v1:0"}])), "--models", "embedded")

    assert said.code == 2
    assert "amazon.nova-lite-v1:0" in said.err


@pytest.mark.parametrize(
    ("right", "code", "verdict"),
    [(lambda _: True, 0, "migrate"), (lambda number: number % 3 > 0, 3, "hold"), (lambda number: number > 3, 4, "in")],
)
def test_the_exit_code_tells_the_verdict_when_asked(
    brainswap: Brainswap, workload: Workload, right: Callable[[int], bool], code: int, verdict: str
) -> None:
    folder = str(workload(recorded(right=right), **REPLAY))

    gated = brainswap("run", folder, "--out", "o", "--gate", "--json")
    ungated = brainswap("run", folder, "--out", "o")

    assert (gated.code, ungated.code) == (code, 0), gated.err + ungated.err
    assert json.loads(gated.out)["verdict"].startswith(verdict)


def test_a_run_leaves_everything_that_the_contract_names(brainswap: Brainswap, workload: Workload) -> None:
    brainswap("run", str(workload(recorded(right=lambda _: True), **REPLAY)), "--out", "o")

    left = {str(path.relative_to("o")) for path in Path("o").rglob("*") if path.is_file()}
    names = {"report.html", "report.json", "junit.xml", "cases.jsonl", "decision.json"}
    assert names <= left
    assert {"prompts/source.txt", "prompts/target-1-original.diff", "workload/cases.jsonl"} <= left
    assert not [name for name in left if name.endswith(".new")]


@pytest.mark.parametrize("megabytes", [1, 3, 6, 12])
def test_a_run_of_any_size_comes_home(brainswap: Brainswap, workload: Workload, megabytes: int) -> None:
    padding = "x" * (megabytes * 1_000_000 // 60)
    rows = [{**row, "meta": padding} for row in recorded(right=lambda _: True)]
    for row in rows:
        row["recorded"]["old"]["output"] = "yes" + " " * len(padding)

    said = brainswap("run", str(workload(rows, **REPLAY)), "--out", "o")

    assert said.code == 0, said.err
    assert len(Path("o/cases.jsonl").read_text("utf-8").splitlines()) == 60


def test_a_second_run_in_the_same_folder_pays_for_nothing(brainswap: Brainswap, workload: Workload) -> None:
    folder = str(workload())

    first = json.loads(brainswap("run", folder, "--out", "o", "--pace", "0", "--json").out)
    second = json.loads(brainswap("run", folder, "--out", "o", "--pace", "0", "--json").out)

    assert (first["spend"]["calls"], first["spend"]["cached"]) == (60, 0)
    assert (second["spend"]["calls"], second["spend"]["cached"]) == (0, 60)
    assert first["contenders"][0]["scores"] == second["contenders"][0]["scores"]


def test_a_run_that_died_says_so_and_goes_on(
    brainswap: Brainswap, workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(workload())

    def dies(*_: Any) -> None:
        raise KeyError("out of the blue")

    with monkeypatch.context() as broken:
        broken.setattr(report_state, "run", dies)
        failed = brainswap("run", folder, "--out", "o", "--pace", "0")
    record = json.loads(Path("o/.brainswap/run.json").read_text())
    resumed = brainswap("run", folder, "--out", "o", "--pace", "0", "--resume", "--json")

    after = json.loads(resumed.out)
    assert failed.code == 1
    assert (record["status"], record["state"]) == ("failed", "report")
    assert "KeyError" in record["error"]
    assert not Path("o/report.json.new").exists()
    assert (after["run_id"], after["spend"]["calls"], after["spend"]["cached"]) == (record["run_id"], 0, 60)


def test_simulated_models_know_the_cases_by_their_redacted_values(brainswap: Brainswap, workload: Workload) -> None:
    cases = [
        {"id": f"c{number}", "input": {"question": f"Who is jane{number}@mail.org, {number}?"}, "reference": "yes"}
        for number in range(30)
    ]

    def scores(policy: str) -> Any:
        folder = str(workload(cases, limits={"personal_data": policy}))
        said = brainswap("run", folder, "--out", policy, "--models", "embedded", "--pace", "0", "--json")
        return json.loads(said.out)["contenders"][0]["scores"]

    assert scores("redact") == scores("allow")
    files = [path for path in Path("redact").rglob("*") if path.is_file()]
    assert [str(path) for path in files if b"mail.org" in path.read_bytes()] == []


def test_resuming_needs_a_run(brainswap: Brainswap, workload: Workload) -> None:
    said = brainswap("run", str(workload()), "--out", "empty", "--resume")

    assert said.code == 1
    assert "--resume" in said.err


def test_resuming_another_workloads_run_is_refused(brainswap: Brainswap, workload: Workload) -> None:
    folder = workload(recorded(right=lambda _: True), **REPLAY)
    brainswap("run", str(folder), "--out", "o")
    (folder / "workload.yaml").write_text((folder / "workload.yaml").read_text().replace("yes-or-no", "other"))

    said = brainswap("run", str(folder), "--out", "o", "--resume")

    assert said.code == 1
    assert "yes-or-no" in said.err


def test_trouble_with_storage_names_the_error(
    brainswap: Brainswap, workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise StorageAccessError("the key is not ours")

    monkeypatch.setattr("brainswap.adapters.s3.S3Artifacts.writing", broken)

    said = brainswap("run", str(workload(recorded(right=lambda _: True), **REPLAY)), "--out", "o")

    assert said.code == 1
    assert "StorageAccessError: the key is not ours" in said.err


def test_terminal_codes_in_cases_do_not_reach_the_terminal(brainswap: Brainswap, workload: Workload) -> None:
    cases = recorded(right=lambda number: number > 0)
    cases[0] = {**cases[0], "id": "evil\x1b[31m\x07", "critical": True}
    folder = workload(cases, gates=[{"cases": "critical", "rule": "none_lost"}], **REPLAY)

    said = brainswap("run", str(folder), "--out", "o")

    assert "evil" in said.out
    assert "\x1b" not in said.out + said.err


def test_an_import_writes_a_workload_that_check_finds_valid(brainswap: Brainswap, tmp_path: Path) -> None:
    configuration = {
        "prompts": ["{{question}}"],
        "providers": [f"bedrock:{OLD}", f"bedrock:{NEW}"],
        "tests": [{"vars": {"question": "Is 2 even?"}, "assert": [{"type": "equals", "value": "yes"}]}],
    }
    (tmp_path / "config.json").write_text(json.dumps(configuration), "utf-8")

    words = brainswap("import", "promptfoo", "config.json", "first")
    machine = brainswap("import", "promptfoo", "config.json", "second", "--json")
    again = brainswap("import", "promptfoo", "config.json", "first")
    checked = brainswap("check", "second")

    assert (words.code, machine.code, checked.code, again.code) == (0, 0, 0, 2)
    assert "1 cases found, 1 imported, 0 dropped" in words.out
    assert json.loads(machine.out)["valid"] is True
    assert "not empty" in again.err


def test_an_import_of_nothing_or_of_an_unknown_format_is_wrong_usage(brainswap: Brainswap) -> None:
    assert brainswap("import", "promptfoo", "nowhere.yaml", "w").code == 2
    assert brainswap("import", "abacus", "nowhere.yaml", "w").code == 2
    assert not Path("w").exists()


def test_a_run_takes_the_files_of_its_cases_along(brainswap: Brainswap, workload: Workload, tmp_path: Path) -> None:
    cases = [case(number, attachments=[{"file": "docs/a.pdf"}], context="Nothing.") for number in range(12)]
    prompt = {"user": "{{context}} Answer yes or no: {{question}}"}
    workload(cases, prompt=prompt)
    (tmp_path / "w" / "docs").mkdir()
    (tmp_path / "w" / "docs" / "a.pdf").write_bytes(PDF)

    checked = brainswap("check", "w")
    said = brainswap("run", "w", "--out", "out", "--pace", "0")
    (tmp_path / "w" / "docs" / "a.pdf").write_bytes(PDF + b"%changed\n")
    again = brainswap("run", "w", "--out", "out", "--pace", "0", "--json")

    kept = list((tmp_path / "out" / "workload" / "attachments").iterdir())
    frozen = brainswap("check", "out/workload")
    assert (checked.code, said.code, again.code) == (0, 0, 0)
    assert json.loads(again.out)["spend"]["calls"] == 24
    assert [file.read_bytes() for file in kept] == [PDF + b"%changed\n"]
    assert frozen.code == 0


def test_the_version_of_a_workload_is_that_of_its_files(workload: Workload) -> None:
    folder = workload([case(1, attachments=[{"file": "a.txt"}])])

    def version(text: str) -> str:
        (folder / "a.txt").write_text(text, "utf-8")
        return check_workload(folder, "bedrock").version

    assert version("one") == version("one") != version("two")


def test_check_names_the_models_that_a_run_will_refuse(brainswap: Brainswap, workload: Workload) -> None:
    folder = workload(
        [case(1, attachments=[{"file": "a.txt"}])],
        targets=[{"model": "amazon.nova-micro-v1:0"}, {"model": "amazon.nova-lite-v1:0"}],
    )
    (folder / "a.txt").write_text("x", "utf-8")

    words, machine = brainswap("check", "w"), brainswap("check", "w", "--json")

    (warning,) = json.loads(machine.out)["warnings"]
    assert warning.startswith("a run refuses amazon.nova-micro-v1:0: it reads no documents")
    assert f"Warning: {warning}" in words.out


def test_a_file_that_is_not_there_is_told_by_check(brainswap: Brainswap, workload: Workload) -> None:
    workload([case(1, attachments=[{"file": "none.pdf"}])])

    checked = brainswap("check", "w")

    assert checked.code == 2
    assert "cases.jsonl:1 attachments[0]: there is no file `none.pdf`" in checked.err
