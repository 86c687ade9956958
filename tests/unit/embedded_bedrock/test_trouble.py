import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError, EventStreamError, HTTPClientError
from urllib3.exceptions import ProtocolError

from brainswap.core.cases import Case
from local.bedrock.scenario_file import parse_scenario
from local.bedrock.server import EmbeddedBedrock, Models

MODEL = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
OTHER = "amazon.nova-lite-v1:0"
ANSWER = "a rather long answer, so that a stream has several pieces of it to bring"
CASE = Case.model_validate(
    {
        "id": "one",
        "input": {"text": "What is the meaning of it all?"},
        "recorded": {
            "old": {"output": ANSWER, "input_tokens": 100, "output_tokens": 40, "latency_ms": 900, "first_token_ms": 80}
        },
    }
)


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def troubled(
    rules: str, clock: Callable[[], float] | None = None, **head: Any
) -> Iterator[tuple[EmbeddedBedrock, Any]]:
    """A server with the rules of a scenario and a client that tries once."""
    text = "".join(f"{key}: {value}\n" for key, value in head.items()) + f"rules: {rules}"
    models = Models(recordings={MODEL: "old", OTHER: "old", "openai:gpt-4o": "old"})
    scenario = parse_scenario("scenario", text)
    with EmbeddedBedrock(cases=[CASE], models=models, pace=0, scenario=scenario, clock=clock or Clock()) as server:
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=server.url,
            region_name="eu-west-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - any value signs for the embedded server
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        try:
            yield server, client
        finally:
            client.close()


def asking(number: int = 0, model: str = MODEL, **inference: Any) -> dict[str, Any]:
    text = f"{number}. {CASE.input['text']}"
    request = {"modelId": model, "messages": [{"role": "user", "content": [{"text": text}]}]}
    return request | ({"inferenceConfig": inference} if inference else {})


def outcome(client: Any, number: int = 0, model: str = MODEL, **inference: Any) -> str:
    """The name of the error, or ``ok``."""
    try:
        client.converse(**asking(number, model, **inference))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except HTTPClientError:
        return "reset"
    return "ok"


def streamed(client: Any, number: int = 0) -> tuple[str, str]:
    """The text that came, and how the stream ended."""
    text, last = "", ""
    try:
        with contextlib.closing(client.converse_stream(**asking(number))["stream"]) as stream:
            for event in stream:
                last = next(iter(event))
                text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
    except EventStreamError as error:
        return text, str(error.response["Error"]["Code"])
    except ChecksumMismatch:
        return text, "checksum"
    except (HTTPClientError, ProtocolError):
        return text, "reset"
    return text, last


def chat(server: EmbeddedBedrock, **fields: Any) -> tuple[int, dict[str, str], bytes]:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": CASE.input["text"]}]} | fields
    request = Request(  # noqa: S310 - the scheme is the test server's http
        f"{server.url}/v1/chat/completions", data=json.dumps(body).encode(), headers={"Authorization": "Bearer x"}
    )
    try:
        with urlopen(request, timeout=10) as response:  # noqa: S310 - see above
            return response.status, dict(response.headers), response.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_requests_above_the_rate_are_throttled_until_the_bucket_refills() -> None:
    clock = Clock()
    with troubled("[{throttle: {requests_per_second: 2, burst: 3}}]", clock) as (server, client):
        burst = [outcome(client) for _ in range(4)]
        clock.now += 0.5
        later = [outcome(client) for _ in range(2)]

        assert burst == ["ok", "ok", "ok", "ThrottlingException"]
        assert later == ["ok", "ThrottlingException"]
        assert server.count(operation="Converse", model=MODEL, status=429) == 2
        assert server.paid(model=MODEL).answers == 4


def test_each_model_has_a_bucket_of_its_own_and_rules_meet_only_what_they_name() -> None:
    rule = '[{model: "*claude*", operation: Converse, throttle: {requests_per_second: 1}}]'
    with troubled(rule) as (_, client):
        assert [outcome(client), outcome(client)] == ["ok", "ThrottlingException"]
        assert [outcome(client, model=OTHER) for _ in range(3)] == ["ok"] * 3
        assert streamed(client)[1] == "metadata"


def test_tokens_are_reserved_with_the_limit_and_settled_with_the_burndown_of_the_family() -> None:
    # Each answer reserves 8 estimated tokens of input and its limit; it takes 100 + 5 x 40 tokens in the end.
    with troubled("[{throttle: {tokens_per_minute: 1000}}]") as (_, client):
        too_much = outcome(client, maxTokens=993)
        after = [outcome(client, maxTokens=300) for _ in range(4)]

        assert too_much == "ThrottlingException"
        assert after == ["ok", "ok", "ok", "ThrottlingException"]


def test_a_request_without_a_limit_reserves_all_that_its_model_can_say() -> None:
    with troubled("[{throttle: {tokens_per_minute: 60000}}]") as (_, client):
        assert outcome(client) == "ThrottlingException"
        assert outcome(client, model=OTHER) == "ok"


def test_an_error_in_place_of_an_answer_gives_back_what_was_reserved() -> None:
    rules = "[{throttle: {tokens_per_minute: 1000}}, {faults: {internal_error: 1}}]"
    with troubled(rules) as (server, client):
        assert {outcome(client, number, maxTokens=900) for number in range(5)} == {"InternalServerException"}
        assert server.paid().answers == 0


def test_a_rule_holds_in_its_window_alone_and_time_can_be_compressed() -> None:
    clock = Clock()
    rules = "[{from_s: 1800, until_s: 3600, deny: AccessDeniedException}]"
    with troubled(rules, clock, time_factor=600) as (_, client):
        seen = []
        for second in (0.0, 2.9, 3.0, 5.9, 6.0):
            clock.now = 1000 + second
            seen.append(outcome(client))

    assert seen == ["ok", "ok", "AccessDeniedException", "AccessDeniedException", "ok"]


def test_a_denial_may_come_after_some_requests_and_stays() -> None:
    with troubled("[{deny: {error: ResourceNotFoundException, after_requests: 2}}]") as (_, client):
        assert [outcome(client) for _ in range(4)] == ["ok", "ok", *["ResourceNotFoundException"] * 2]


def test_openai_clients_are_told_when_to_come_back() -> None:
    with troubled("[{throttle: {requests_per_second: 1, retry_after_s: 7}}]") as (server, _):
        chat(server)
        status, headers, body = chat(server)

    assert (status, headers["Retry-After"]) == (429, "7")
    assert json.loads(body)["error"]["message"].startswith("Too many requests")


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ("internal_error", "InternalServerException", 500),
        ("model_error", "ModelErrorException", 424),
        ("service_unavailable", "ServiceUnavailableException", 503),
        ("model_timeout", "ModelTimeoutException", 408),
        ("model_not_ready", "ModelNotReadyException", 429),
    ],
)
def test_faults_come_with_their_name_and_status(fault: str, error: str, status: int) -> None:
    with troubled(f"[{{faults: {{{fault}: 1, original_status: 503}}}}]") as (server, client):
        with pytest.raises(ClientError) as caught:
            client.converse(**asking())

        assert caught.value.response["Error"]["Code"] == error
        assert server.count(operation="Converse", model=MODEL, status=status) == 1
        if error == "ModelErrorException":
            assert dict(caught.value.response)["originalStatusCode"] == 503


def test_faults_are_the_same_in_every_run_whatever_the_order_and_come_as_often_as_declared() -> None:
    rules = "[{faults: {internal_error: 0.2, model_timeout: 0.1}}]"
    runs = []
    for order in (range(150), reversed(range(150))):
        with troubled(rules) as (_, client):
            runs.append({number: outcome(client, number) for number in order})
    with troubled(rules, seed=8) as (_, client):
        other_seed = {number: outcome(client, number) for number in range(150)}

    assert runs[0] == runs[1]
    assert runs[0] != other_seed
    assert 15 <= list(runs[0].values()).count("InternalServerException") <= 45
    assert 5 <= list(runs[0].values()).count("ModelTimeoutException") <= 27


def test_a_retry_of_the_same_request_is_drawn_anew() -> None:
    with troubled("[{faults: {internal_error: 0.5}}]") as (_, client):
        attempts = [outcome(client) for _ in range(30)]

    assert {"ok", "InternalServerException"} == set(attempts)


def test_a_throttled_request_is_no_attempt() -> None:
    clock = Clock()
    faults = "{faults: {internal_error: 0.5}}"
    with troubled(f"[{faults}]") as (_, client):
        expected = [outcome(client) for _ in range(10)]
    with troubled(f"[{faults}, {{throttle: {{requests_per_second: 1}}}}]", clock) as (_, client):
        seen = []
        for _ in range(10):
            seen.append(outcome(client))
            assert outcome(client) == "ThrottlingException"
            clock.now += 1

    assert seen == expected


def test_a_reset_connection_is_counted_as_status_0_and_costs_nothing_before_the_answer() -> None:
    with troubled("[{faults: {reset: 1}}]") as (server, client):
        with pytest.raises(HTTPClientError):
            client.converse(**asking())

        assert server.count(operation="Converse", model=MODEL, status=0) == 1
        assert server.paid().answers == 0


def test_a_reset_is_one_of_the_connection_and_no_polite_end() -> None:
    with troubled("[{faults: {reset: 1}}]") as (server, _), pytest.raises(ConnectionResetError) as caught:
        chat(server)

    assert caught.type is ConnectionResetError


def test_a_stream_is_reset_before_or_in_the_middle_and_what_came_is_paid() -> None:
    with troubled("[{faults: {reset: 1}}]") as (server, client):
        ends = [streamed(client, number) for number in range(20)]

        paid = server.paid(model=MODEL)
        assert {end for _, end in ends} == {"reset"}
        assert all(ANSWER.startswith(text) for text, _ in ends)
        assert {"", ANSWER} < {text for text, _ in ends}
        assert server.count(operation="ConverseStream", status=0) == 20
        assert 0 < paid.answers < 20
        assert paid.input_tokens == 100 * paid.answers
        assert paid.output_tokens < 40 * paid.answers


def test_malformed_streams_break_off_with_a_wrong_checksum_or_within_a_frame() -> None:
    with troubled("[{faults: {malformed: 1}}]") as (server, client):
        ends = [streamed(client, number) for number in range(20)]

        assert "checksum" in {end for _, end in ends}
        assert "metadata" not in {end for _, end in ends}
        assert {"contentBlockDelta", "messageStart"} & {end for _, end in ends}
        assert server.paid().answers == 20


def test_a_malformed_answer_is_json_without_its_end_and_paid() -> None:
    with troubled("[{faults: {malformed: 1}}]") as (server, client):
        assert "output" not in client.converse(**asking())
        status, _, body = chat(server)

        assert status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
        assert (server.paid(model=MODEL).output_tokens, server.paid().answers) == (40, 2)


def test_an_exception_ends_a_stream_in_the_middle_on_both_wires() -> None:
    with troubled("[{faults: {stream_exception: {throttlingException: 1}}}]") as (server, client):
        text, end = streamed(client)
        whole = outcome(client)
        _, _, events = chat(server, stream=True)

    last = json.loads(events.split(b"\n\n")[-2].removeprefix(b"data: "))
    assert end == "throttlingException"
    assert ANSWER.startswith(text)
    assert text != ANSWER
    assert whole == "ok"
    assert last["error"]["code"] == "throttlingException"


@pytest.mark.parametrize(
    ("slow", "latency", "first"),
    [
        ("{factor: 3}", "2700.000", "240.000"),
        ("{latency_ms: 200}", "200.000", "80.000"),
        ("{latency_ms: 50}", "50.000", "50.000"),
        ("{first_token_ms: 400}", "900.000", "400.000"),
        ("{stall: {share: 1, s: 60}}", "60900.000", "80.000"),
    ],
)
def test_slowness_changes_the_latencies_that_are_told(slow: str, latency: str, first: str) -> None:
    with troubled(f"[{{slow: {slow}}}]") as (_, client):
        response = client.converse(**asking())

    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-brainswap-latency-ms"], headers["x-brainswap-first-token-ms"]) == (latency, first)
    assert response["metrics"]["latencyMs"] == float(latency)


def test_the_control_plane_meets_trouble_as_well() -> None:
    rules = "[{operation: GetFoundationModel, model: '*nova*', deny: AccessDeniedException}]"
    with troubled(rules) as (server, _):
        control = boto3.client(
            "bedrock",
            endpoint_url=server.url,
            region_name="eu-west-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106 - any value signs for the embedded server
        )
        with pytest.raises(ClientError, match="AccessDenied"):
            control.get_foundation_model(modelIdentifier=OTHER)
        assert control.get_foundation_model(modelIdentifier=MODEL.removeprefix("us."))
        control.close()


def test_counts_and_payments_are_told_without_a_key_and_not_counted() -> None:
    with troubled("[{operation: ConverseStream, throttle: {requests_per_second: 1}}]") as (server, client):
        outcome(client)
        streamed(client)
        with suppress(ClientError):
            streamed(client)
        with urlopen(f"{server.url}/brainswap/counts", timeout=10) as response:  # noqa: S310 - the test server's http
            told = json.loads(response.read())

    assert told["counts"] == [
        {"operation": "Converse", "model": MODEL, "status": 200, "count": 1},
        {"operation": "ConverseStream", "model": MODEL, "status": 200, "count": 1},
        {"operation": "ConverseStream", "model": MODEL, "status": 429, "count": 1},
    ]
    assert told["paid"] == [{"model": MODEL, "input_tokens": 200, "output_tokens": 80, "answers": 2}]
