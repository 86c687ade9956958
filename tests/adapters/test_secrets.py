import json
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from brainswap.adapters.secrets import KEPT_S, REFUSED_S, Secrets
from brainswap.core.errors import BrainswapError, ModelAccessError, ModelUnavailableError

NAME = "brainswap/openai"
KEY = "sk-first-9f2c"


class HandClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class OneOutcome:
    """A client of Secrets Manager to which the same thing always happens, after so many seconds."""

    def __init__(self, outcome: dict[str, Any] | Exception, takes_s: float = 0.0) -> None:
        self.outcome = outcome
        self.takes_s = takes_s
        self.asked = 0

    def get_secret_value(self, **_asked: str) -> dict[str, Any]:
        self.asked += 1
        time.sleep(self.takes_s)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture(scope="module")
def manager() -> Iterator[Any]:
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client: Any = boto3.Session().client("secretsmanager", config=Config(retries={"total_max_attempts": 1}))
        yield client
        client.close()


@pytest.fixture
def secret(manager: Any) -> Iterator[str]:
    """The ARN of a secret under `NAME`."""
    made = manager.create_secret(Name=NAME, SecretString=KEY)
    yield made["ARN"]
    manager.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def refusal(code: str, status: int) -> ClientError:
    said: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "GetSecretValue")


def test_a_secret_is_found_by_its_name_and_by_its_arn(manager: Any, secret: str) -> None:
    secrets = Secrets(manager)

    assert (secrets.value(NAME), secrets.value(secret)) == (KEY, KEY)


def test_a_rotated_key_is_noticed_when_the_old_one_has_been_kept_long_enough(
    manager: Any, secret: str, clock: HandClock
) -> None:
    secrets = Secrets(manager, clock)
    before = secrets.value(NAME)
    manager.put_secret_value(SecretId=secret, SecretString="sk-second")

    clock.now += KEPT_S - 1
    kept = secrets.value(NAME)
    clock.now += 1
    after = secrets.value(NAME)

    assert (before, kept, after) == (KEY, KEY, "sk-second")


def test_a_secret_that_is_not_there_says_so_by_name(manager: Any) -> None:
    with pytest.raises(ModelAccessError, match="brainswap/nobody: ResourceNotFoundException"):
        Secrets(manager).value("brainswap/nobody")


def test_a_secret_that_was_made_after_it_was_missed_is_found_soon(manager: Any, clock: HandClock) -> None:
    secrets = Secrets(manager, clock)
    with pytest.raises(ModelAccessError):
        secrets.value("brainswap/late")
    manager.create_secret(Name="brainswap/late", SecretString=KEY)

    clock.now += REFUSED_S

    assert secrets.value("brainswap/late") == KEY


def test_a_secret_of_bytes_says_what_to_store_instead(manager: Any) -> None:
    manager.create_secret(Name="brainswap/bytes", SecretBinary=b"sk-bytes")

    with pytest.raises(ModelAccessError, match="brainswap/bytes holds bytes; store the key as text"):
        Secrets(manager).value("brainswap/bytes")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"api_key": "sk-1"}', "sk-1"),
        (' {"OPENAI_API_KEY": " sk-1\\n"}\n', "sk-1"),
        ("sk-1\n", "sk-1"),
        ('"sk-1"', '"sk-1"'),
        ("1234", "1234"),
    ],
)
def test_a_key_is_the_text_or_the_only_value_of_json(text: str, key: str) -> None:
    assert Secrets(OneOutcome({"SecretString": text})).value(NAME) == key


@pytest.mark.parametrize(
    "text",
    [
        '{"api_key": "sk-1", "organisation": "org-1"}',
        '{"api_key": 5}',
        '{"api_key": {"value": "sk-1"}}',
        '{"api_key": ""}',
        '{"api_key": "sk-1"',
        '{"a":' * 100_000,
        "{}",
        " \n",
        "",
    ],
    ids=range(9),
)
def test_a_secret_in_which_no_key_can_be_told_says_what_to_store(text: str) -> None:
    with pytest.raises(ModelAccessError, match="has to hold one key; store it as text, or as JSON with one entry"):
        Secrets(OneOutcome({"SecretString": text})).value(NAME)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.lists(st.text()))).map(json.dumps),
        st.text().map("{".__add__),
    ).map(lambda held: held.replace("{", '{"marker-7d1e": 1, ', 1))
)
def test_nothing_that_a_secret_holds_is_in_an_error(held: str) -> None:
    with pytest.raises(BrainswapError) as caught:
        Secrets(OneOutcome({"SecretString": held})).value(NAME)

    seen, error = [], caught.value.__cause__ or caught.value.__context__
    while error is not None:
        seen.append(error)
        error = error.__cause__ or error.__context__
    assert "marker-7d1e" not in "".join(traceback.format_exception(caught.value))
    assert seen == []


@pytest.mark.parametrize(
    ("raised", "ours"),
    [
        (refusal("AccessDeniedException", 400), ModelAccessError),
        (refusal("DecryptionFailure", 400), ModelAccessError),
        (refusal("InvalidRequestException", 400), ModelAccessError),
        (refusal("ThrottlingException", 400), ModelUnavailableError),
        (refusal("InternalServiceError", 500), ModelUnavailableError),
        (ReadTimeoutError(endpoint_url="u"), ModelUnavailableError),
        (EndpointConnectionError(endpoint_url="u"), ModelUnavailableError),
        (NoCredentialsError(), ModelAccessError),
    ],
)
def test_what_secrets_manager_answers_becomes_ours(raised: Exception, ours: type[BrainswapError]) -> None:
    with pytest.raises(ours, match="brainswap/openai: ") as caught:
        Secrets(OneOutcome(raised)).value(NAME)

    assert type(caught.value) is ours


def test_a_name_that_no_secret_can_have_is_refused_without_asking(manager: Any) -> None:
    with pytest.raises(ModelAccessError, match=r"a b: "):
        Secrets(manager).value("a\nb")


@pytest.mark.parametrize("outcome", [{"SecretString": KEY}, refusal("AccessDeniedException", 400)])
def test_of_many_who_want_a_secret_at_once_one_asks(outcome: dict[str, Any] | Exception, clock: HandClock) -> None:
    client = OneOutcome(outcome, takes_s=0.05)
    secrets = Secrets(client, clock)
    together = threading.Barrier(8)

    def wanted(_number: int) -> str:
        together.wait()
        try:
            return secrets.value(NAME)
        except ModelAccessError:
            return "refused"

    with ThreadPoolExecutor(8) as threads:
        values = set(threads.map(wanted, range(8)))

    assert client.asked == 1
    assert len(values) == 1
