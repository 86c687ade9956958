import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local.bedrock.__main__ import main


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-m", "local.bedrock", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - this very interpreter
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_goes_when_told(case_file: Path, sent: signal.Signals) -> None:
    arguments = ("--cases", str(case_file), "--recording", "acme.one=haiku", "--pace", "0")
    with program(*arguments) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        text = "Why did you charge me a fee for taking out cash?"
        body = json.dumps({"messages": [{"role": "user", "content": [{"text": text}]}]})
        connection.request("POST", "/model/acme.one/converse", body, {"Authorization": "Bearer x"})
        with connection.getresponse() as response:
            answer = json.loads(response.read())

        process.send_signal(sent)
        rest, complaints = process.communicate(timeout=10)
        connection.close()

    assert answer["output"]["message"]["content"][0]["text"].startswith("fee")
    assert (process.returncode, rest, complaints) == (0, "", "")


def test_cases_that_cannot_be_read_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n", encoding="utf-8")

    assert main(["--cases", str(bad)]) == 2
    assert main(["--cases", str(tmp_path / "missing.jsonl")]) == 2
    complaints = capsys.readouterr().err
    assert "bad.jsonl:1" in complaints
    assert "missing.jsonl" in complaints


def test_a_scenario_is_read_from_a_file_and_what_it_does_is_told_outside(tmp_path: Path) -> None:
    scenario = tmp_path / "trouble.yaml"
    scenario.write_text("rules: [{deny: AccessDeniedException}]", encoding="utf-8")

    with program("--simulate", "acme.one", "--scenario", str(scenario)) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        body = json.dumps({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]})
        connection.request("POST", "/model/acme.one/converse", body, {"Authorization": "Bearer x"})
        with connection.getresponse() as response:
            status = response.status
            response.read()
        connection.request("GET", "/brainswap/counts")
        with connection.getresponse() as response:
            told = json.loads(response.read())
        connection.close()

    counted = {"operation": "Converse", "model": "acme.one", "status": 403, "count": 1}
    assert (status, told) == (403, {"counts": [counted], "paid": []})


def test_a_scenario_that_cannot_be_read_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("rules: [{throtle: 1}]", encoding="utf-8")

    assert main(["--scenario", str(bad)]) == 2
    assert main(["--scenario", str(tmp_path / "missing.yaml")]) == 2
    assert "bad.yaml:1 rules[0].throtle" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--recording", "acme.one"], ["--pace", "-1"], ["--pace", "fast"], ["--port", "x"]]
)
def test_arguments_that_mean_nothing_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_help_says_how_a_client_finds_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    assert "AWS_ENDPOINT_URL_BEDROCK_RUNTIME" in capsys.readouterr().out
