"""Listings, terms and executions, as the services give them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from brainswap.adapters.bedrock_listings import BedrockListings, regions_of
from brainswap.adapters.bedrock_terms import BedrockTerms
from brainswap.adapters.executions import StepFunctionsExecutions
from brainswap.core.errors import ModelUnavailableError, StorageAccessError
from brainswap.runtime import Runtime
from local.bedrock.account import Account
from local.bedrock.server import EmbeddedBedrock, Models
from local.cloud import Cloud, local_cloud

GOING, PLAIN = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"


@pytest.fixture(scope="module")
def bedrock() -> Iterator[Any]:
    """A client of an embedded Bedrock."""
    models = Models(recordings={}, simulated=(GOING, f"us.{GOING}", PLAIN))
    with EmbeddedBedrock(cases=[], models=models, account=Account(data_retention="provider_data_share")) as server:
        yield boto3.client(
            "bedrock",
            region_name="us-east-1",
            endpoint_url=server.url,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - nobody's
        )


def test_a_listing_holds_every_model_and_every_profile_of_the_system(bedrock: Any) -> None:
    regions: list[str] = []

    def client_in(region: str) -> Any:
        regions.append(region)
        return bedrock

    listing = BedrockListings(client_in).listing("eu-west-1")

    listed = {each.id: each for each in listing.listed}
    assert regions == ["eu-west-1"]
    assert (listed[PLAIN].kind, listed[PLAIN].status) == ("model", "ACTIVE")
    assert "TEXT" in listed[PLAIN].outputs
    assert listed[PLAIN].provider
    profile = listed[f"us.{GOING}"]
    assert (profile.kind, profile.base) == ("profile", GOING)
    assert profile.regions == ("us-east-1", "us-east-2", "us-west-2")


class ScriptedClient:
    """A model that goes, a profile of the system, and one that the account made."""

    def list_foundation_models(self) -> Any:
        lifecycle = {"status": "LEGACY", "endOfLifeTime": datetime(2027, 1, 8, tzinfo=UTC)}
        return {"modelSummaries": [{"modelId": GOING, "modelLifecycle": lifecycle}]}

    def get_paginator(self, name: str) -> Any:
        assert name == "list_inference_profiles"
        return self

    def paginate(self, *, typeEquals: str) -> Any:  # noqa: N803 - Bedrock's own
        summary = {
            "inferenceProfileName": "p",
            "inferenceProfileId": "us.p" if typeEquals == "SYSTEM_DEFINED" else "p1",
            "inferenceProfileArn": "arn:aws:bedrock:us-east-1:1:profile" if typeEquals == "SYSTEM_DEFINED" else OWN,
            "type": typeEquals,
            "models": [{"modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{GOING}"}],
        }
        return [{"inferenceProfileSummaries": []}, {"inferenceProfileSummaries": [summary]}]


OWN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/p1"


def test_dates_are_those_of_the_lifecycle_in_utc() -> None:
    client: Any = ScriptedClient()
    listed, *_ = BedrockListings(lambda _: client).listing("us-east-1").listed

    assert (listed.status, listed.dates.end_of_life, listed.dates.start) == (
        "LEGACY",
        datetime(2027, 1, 8, tzinfo=UTC),
        None,
    )


def test_a_profile_that_the_account_made_is_listed_by_what_workloads_call_it() -> None:
    client: Any = ScriptedClient()
    _, system, own = BedrockListings(lambda _: client).listing("us-east-1").listed

    assert (system.id, system.kind, system.base) == ("us.p", "profile", GOING)
    assert (own.id, own.kind, own.base) == (OWN, "application", GOING)


@pytest.mark.parametrize(
    ("profile_id", "arns", "regions"),
    [
        ("us.a.model-v1:0", ["arn:aws:bedrock:us-east-1::foundation-model/a.model-v1:0"], {"us-east-1"}),
        ("us.a.model-v1:0", ["arn:aws:bedrock:::foundation-model/a.model-v1:0"], {""}),
        ("us.a.model-v1:0", ["", "nonsense"], {""}),
        ("global.a.model-v1:0", ["arn:aws:bedrock:us-east-1::foundation-model/a.model-v1:0"], {"", "us-east-1"}),
        ("global.a.model-v1:0", [], {""}),
    ],
)
def test_a_global_profile_routes_anywhere_whatever_its_models_name(
    profile_id: str, arns: list[str], regions: set[str]
) -> None:
    assert regions_of(profile_id, arns) == regions


def test_a_catalogue_that_nobody_serves_is_no_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    client = boto3.session.Session().client("bedrock", region_name="us-east-1", endpoint_url="http://127.0.0.1:9")

    with pytest.raises(ModelUnavailableError):
        BedrockListings(lambda _: client).listing("us-east-1")


def test_the_terms_are_in_the_words_of_the_service(bedrock: Any) -> None:
    assert BedrockTerms(bedrock).data_retention() == "provider_data_share"


@pytest.mark.parametrize(
    ("named", "watched"),
    [("", ["eu-west-1"]), ("us-east-1,eu-west-1", ["eu-west-1", "us-east-1"])],
)
def test_the_own_region_is_watched_in_any_event(named: str, watched: list[str]) -> None:
    runtime = Runtime(environment={"AWS_REGION": "eu-west-1", "BRAINSWAP_WATCH_REGIONS": named})

    assert runtime.watched_regions == watched


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud whose machine does nothing."""
    monkeypatch.setattr(
        "local.cloud.definition", lambda *_: '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
    )
    with local_cloud(realm="test") as made:
        yield made


def test_an_execution_is_started_once_however_often_it_is_asked_for(cloud: Cloud) -> None:
    client = boto3.client("stepfunctions")
    executions = StepFunctionsExecutions(client, cloud.machine_arn)
    assert executions.status("run-1") is None

    for request in ({"run_id": "run-1"}, {"run_id": "run-1"}, {"run_id": "another"}):
        executions.start("run-1", request)

    (execution,) = client.list_executions(stateMachineArn=cloud.machine_arn)["executions"]
    cloud.wait(execution["executionArn"])
    assert executions.status("run-1") == "SUCCEEDED"


@pytest.mark.usefixtures("cloud")
def test_a_machine_that_is_not_there_is_an_access_error() -> None:
    nowhere = "arn:aws:states:us-east-1:123456789012:stateMachine:nobody"

    with pytest.raises(StorageAccessError):
        StepFunctionsExecutions(boto3.client("stepfunctions"), nowhere).start("run-1", {})
