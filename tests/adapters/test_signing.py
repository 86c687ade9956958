from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from brainswap.adapters.signing import Credentials, Scope, Target, signed_headers, target

MODEL_IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(lambda it: it not in {".", ".."})
HOSTS = st.sampled_from(
    [
        "https://bedrock-runtime.eu-central-1.amazonaws.com",
        "https://bedrock-runtime.eu-central-1.amazonaws.com:443",
        "https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com:8443/",
        "http://127.0.0.1:4567",
        "http://localhost:80/some/base",
        "http://[::1]:9000",
    ]
)
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - of the strategy


CREDENTIALS = st.builds(Credentials, access_key=WORDS, secret_key=WORDS, token=st.none() | WORDS)
SCOPES = st.builds(Scope, region=st.sampled_from(["eu-central-1", "us-gov-west-1"]), service=st.just("bedrock"))


@pytest.fixture(scope="module")
def client() -> Any:
    session = Session()
    session.set_credentials("x", "x")
    return session.create_client("bedrock-runtime", region_name="eu-central-1")


@given(
    to=st.builds(lambda endpoint, model: target(endpoint, "model", model, "converse"), HOSTS, MODEL_IDS),
    body=st.binary(max_size=200),
    credentials=CREDENTIALS,
    scope=SCOPES,
    at=TIMES,
)
def test_the_signature_is_the_one_of_botocore(
    to: Target, body: bytes, credentials: Credentials, scope: Scope, at: datetime
) -> None:
    theirs = AWSRequest("POST", to.url, headers={"Content-Type": "application/json"}, data=body)
    known = ReadOnlyCredentials(credentials.access_key, credentials.secret_key, credentials.token)

    ours = signed_headers(to, body, content_type="application/json", scope=scope, credentials=credentials, at=at)

    with patch("botocore.auth.get_current_datetime", return_value=at.replace(tzinfo=None)):
        SigV4Auth(known, scope.service, scope.region).add_auth(theirs)
    assert ours == dict(theirs.headers.items())


@given(model=MODEL_IDS)
def test_a_model_id_is_encoded_as_botocore_does(client: Any, model: str) -> None:
    request = client._convert_to_request_dict(
        {"modelId": model, "messages": []},
        client.meta.service_model.operation_model("Converse"),
        endpoint_url="https://host",
    )

    assert target("https://host", "model", model, "converse").url == request["url"]


def test_a_port_that_is_the_schemes_own_is_no_part_of_the_host() -> None:
    endpoints = ["https://Host:443", "http://host:80", "http://host:443", "https://host"]

    hosts = [target(endpoint, "a").host for endpoint in endpoints]

    assert hosts == ["host", "host", "host:443", "host"]


def test_secrets_do_not_show() -> None:
    credentials = Credentials(access_key="AKID", secret_key="hidden", token="hidden")  # noqa: S106 - made up

    shown = repr(credentials)

    assert "AKID" in shown
    assert "hidden" not in shown
