import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import EndpointConnectionError, ProfileNotFound
from botocore.session import Session

from brainswap.adapters.bedrock_access import BedrockAccess, ServiceAccess
from brainswap.core.errors import ModelAccessError, ModelUnavailableError
from tests.fakes.asking import Account


@pytest.fixture
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", *bundles):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.usefixtures("_bare")
@pytest.mark.parametrize(
    ("said", "region", "endpoint"),
    [
        ({}, None, "https://bedrock-runtime.eu-central-1.amazonaws.com"),
        ({}, "us-west-2", "https://bedrock-runtime.us-west-2.amazonaws.com"),
        ({}, "us-gov-west-1", "https://bedrock-runtime.us-gov-west-1.amazonaws.com"),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "us-east-1", "https://bedrock-runtime-fips.us-east-1.amazonaws.com"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, None, "https://bedrock-runtime.eu-central-1.api.aws"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, None, "http://127.0.0.1:1"),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:2"},
            None,
            "http://127.0.0.1:2",
        ),
    ],
)
def test_the_endpoint_is_the_one_that_botocore_would_ask(
    said: Mapping[str, str], region: str | None, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)

    grant = asyncio.run(BedrockAccess(Session, region=region).grant())

    assert grant.place.endpoint == endpoint
    assert (grant.place.scope.region, grant.place.scope.service) == (region or "eu-central-1", "bedrock")
    assert grant.credentials is not None
    assert grant.credentials.access_key == "AKID"


@pytest.mark.usefixtures("_bare")
def test_without_a_region_there_is_no_access(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)

    with pytest.raises(ModelAccessError, match="region"):
        asyncio.run(BedrockAccess(Session).grant())


@pytest.mark.usefixtures("_bare")
def test_the_bundle_of_certificates_is_the_one_that_botocore_would_use(monkeypatch: pytest.MonkeyPatch) -> None:
    before = asyncio.run(BedrockAccess(Session).grant()).place.trust
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere.pem")

    with pytest.raises(ModelAccessError, match="No such file"):
        asyncio.run(BedrockAccess(Session).grant())

    assert before is True


def test_a_session_that_cannot_be_opened_is_no_access() -> None:
    def fail() -> Session:
        raise ProfileNotFound(profile="nobody")

    with pytest.raises(ModelAccessError, match="nobody"):
        asyncio.run(BedrockAccess(fail).grant())


def test_all_that_wait_open_one_session() -> None:
    account = Account("http://127.0.0.1:1")
    access = BedrockAccess(account.open_session)

    async def main() -> int:
        grants = await asyncio.gather(*(access.grant() for _ in range(10)))
        return len({id(grant.credentials) for grant in grants})

    assert asyncio.run(main()) == 1
    assert account.opened == 1


def test_credentials_are_renewed_once_for_all_whose_were_refused() -> None:
    account = Account("http://127.0.0.1:1", ["OLD", "NEW"])
    access = BedrockAccess(account.open_session)

    async def main() -> list[str]:
        refused = await access.grant()
        renewed = await asyncio.gather(*(access.renew(refused) for _ in range(10)))
        return [it.credentials.access_key for it in renewed if it is not None and it.credentials is not None]

    assert asyncio.run(main()) == ["NEW"] * 10
    assert account.opened == 2


class Ending:
    """Gives out credentials that end in five minutes, numbered; ``fails`` makes it unreachable."""

    def __init__(self) -> None:
        self.given = 0
        self.fails = False

    def refresh(self) -> dict[str, str]:
        if self.fails:
            raise EndpointConnectionError(endpoint_url="http://sts")
        self.given += 1
        ends = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
        return {"access_key": f"K{self.given}", "secret_key": "s", "token": "t", "expiry_time": ends}

    def open_session(self) -> Session:
        credentials = RefreshableCredentials.create_from_metadata(self.refresh(), self.refresh, "test")
        known = Account("http://127.0.0.1:1").open_session()
        return cast("Session", SimpleNamespace(**vars(known) | {"get_credentials": lambda: credentials}))


def test_credentials_that_end_soon_are_refreshed() -> None:
    access = BedrockAccess(Ending().open_session)

    async def main() -> list[str]:
        grants = [await access.grant(), await access.grant()]
        return [grant.credentials.access_key for grant in grants if grant.credentials is not None]

    first, second = asyncio.run(main())

    assert first != second


def test_credentials_that_cannot_be_refreshed_make_the_model_unavailable() -> None:
    source = Ending()
    access = BedrockAccess(source.open_session)
    asyncio.run(access.grant())
    source.fails = True

    with pytest.raises(ModelUnavailableError, match="credentials"):
        asyncio.run(access.grant())


@pytest.mark.usefixtures("_bare")
@pytest.mark.parametrize(
    ("given", "endpoint"),
    [(None, "https://lambda.ap-south-1.amazonaws.com"), ("http://127.0.0.1:3001", "http://127.0.0.1:3001")],
)
def test_another_service_is_asked_in_the_region_that_it_is_in(given: str | None, endpoint: str) -> None:
    access = ServiceAccess(Session, service="lambda", signing_name="lambda", region="ap-south-1", endpoint=given)

    place = asyncio.run(access.grant()).place

    assert place.endpoint == endpoint
    assert (place.scope.region, place.scope.service) == ("ap-south-1", "lambda")
