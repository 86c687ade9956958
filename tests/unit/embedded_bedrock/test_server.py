import json
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from brainswap.core.cases import Case, Recorded
from brainswap.core.errors import InvalidWorkloadError
from local.bedrock.personas import EVEN, Persona
from local.bedrock.server import EmbeddedBedrock, Models
from local.bedrock.service import Counted


def converse(bedrock: EmbeddedBedrock, model: str, text: str) -> tuple[int, Any]:
    connection = HTTPConnection(bedrock.url.removeprefix("http://"), timeout=10)
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": text}]}]})
    connection.request("POST", f"/model/{model}/converse", body, {"Authorization": "Bearer x"})
    with connection.getresponse() as response:
        answered = response.status, json.loads(response.read())
    connection.close()
    return answered


def said(answered: tuple[int, Any]) -> str:
    return str(answered[1]["output"]["message"]["content"][0]["text"])


def test_cases_handed_over_in_python_are_answered(cases: tuple[Case, ...]) -> None:
    with EmbeddedBedrock(cases=iter(cases), models=Models(recordings={"acme.one": "haiku"}), pace=0) as bedrock:
        answered = converse(bedrock, "acme.one", cases[0].input["text"])

    assert said(answered) == "card_arrival"


def test_a_recording_answers_for_the_model_behind_the_profile_too(cases: tuple[Case, ...]) -> None:
    with EmbeddedBedrock(cases=cases, models=Models(recordings={"us.acme.one": "haiku"}), pace=0) as bedrock:
        assert said(converse(bedrock, "acme.one", cases[1].input["text"])).startswith("fee")
        assert converse(bedrock, "eu.acme.one", "Hi")[0] == 400


def test_a_persona_can_be_given_to_a_model(cases: tuple[Case, ...]) -> None:
    mute = Persona(name="mute", skill=1, format_discipline=1, verbosity=0, refusal_rate=1, speed=EVEN.speed)

    with EmbeddedBedrock(cases=cases, models=Models(personas={"us.acme.mute": mute}), pace=0) as bedrock:
        answered = converse(bedrock, "us.acme.mute", cases[0].input["text"])

    assert "can't help" in said(answered)


def test_calls_are_counted_by_operation_model_and_status(cases: tuple[Case, ...]) -> None:
    with EmbeddedBedrock(cases=cases, models=Models(recordings={"acme.one": "haiku"}), pace=0) as bedrock:
        for text in (cases[0].input["text"], cases[1].input["text"], "something else"):
            converse(bedrock, "acme.one", text)
        converse(bedrock, "acme.unknown", "Hi")

        assert bedrock.counts() == {
            Counted(operation="Converse", model="acme.one", status=200): 2,
            Counted(operation="Converse", model="acme.one", status=424): 1,
            Counted(operation="Converse", model=None, status=400): 1,
        }
        assert bedrock.count(model="acme.one") == 3
        assert bedrock.count(operation="ConverseStream") == 0


def test_two_servers_stand_side_by_side_and_give_the_same_answers(banking: Callable[[int], tuple[Case, ...]]) -> None:
    cases = banking(20)

    with EmbeddedBedrock(cases=cases, pace=0) as one, EmbeddedBedrock(cases=cases, pace=0) as other:
        answers = [
            [converse(bedrock, "brainswap.sim-weak-v1:0", case.input["text"]) for case in cases]
            for bedrock in (one, other)
        ]
        assert one.url != other.url

    assert answers[0] == answers[1]


def test_a_stopped_server_lets_go_of_its_thread_and_its_port(cases: tuple[Case, ...]) -> None:
    before = set(threading.enumerate())
    with EmbeddedBedrock(cases=cases) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(OSError, match="Address already in use"), EmbeddedBedrock(cases=cases, port=port):
            pytest.fail("two servers share a port")
    first.stop()

    assert set(threading.enumerate()) <= before
    with EmbeddedBedrock(cases=cases, port=port) as second:
        assert second.url == f"http://127.0.0.1:{port}"
    with pytest.raises(RuntimeError, match="not running"):
        _ = second.url


def test_a_server_stops_while_clients_wait(cases: tuple[Case, ...]) -> None:
    bedrock = EmbeddedBedrock(cases=cases, pace=1000).start()
    connection = HTTPConnection(bedrock.url.removeprefix("http://"), timeout=10)
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]})
    connection.request("POST", "/model/brainswap.sim-weak-v1%3A0/converse", body, {"Authorization": "Bearer x"})

    bedrock.stop()

    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()


def test_a_server_stops_while_a_client_does_not_read_its_answer() -> None:
    cases = [Case(id="long", input={"text": "Go on."}, recorded={"m": Recorded(output="word " * 4_000_000)})]
    bedrock = EmbeddedBedrock(cases=cases, models=Models(recordings={"acme.one": "m"}), pace=0).start()
    connection = HTTPConnection(bedrock.url.removeprefix("http://"), timeout=10)
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "Go on."}]}]})
    connection.request("POST", "/model/acme.one/converse", body, {"Authorization": "Bearer x"})
    with connection.getresponse() as response:
        assert response.status == 200
        bedrock.stop()

    connection.close()
    assert bedrock.count(status=200) == 1


def test_a_case_file_that_holds_no_cases_is_refused_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("{}\n", encoding="utf-8")

    with pytest.raises(InvalidWorkloadError):
        EmbeddedBedrock(case_files=[path])
    with pytest.raises(FileNotFoundError):
        EmbeddedBedrock(case_files=[tmp_path / "missing.jsonl"])
