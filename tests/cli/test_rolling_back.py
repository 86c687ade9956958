"""``brainswap rollback`` against a stack in moto and the embedded AppConfig."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from brainswap.adapters.appconfig_routes import AppConfigRoutes
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.adapters.dynamodb_rollouts import DynamoRollouts
from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.core.errors import StorageUnavailableError
from brainswap.core.rollout.routes import document_of
from brainswap.core.watching.listing import Known
from brainswap.registry import facts_of
from local.appconfig.clocks import JumpingClock
from local.appconfig.server import EmbeddedAppConfig
from tests.cli.conftest import Said
from tests.fakes.listings import NOW, model
from tests.fakes.routed import SOURCE_MODEL, TARGET_MODEL, WORKLOAD, route_of, version

TABLE = "ledger"
KEYS = (("pk", "HASH"), ("sk", "RANGE"))


def template(ids: Mapping[str, str]) -> dict[str, Any]:
    outputs = {"LedgerTableName": TABLE, "BusName": "bus"} | {
        f"Routes{name.capitalize()}Id": value for name, value in ids.items()
    }
    return {
        "Resources": {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
            "Ledger": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": TABLE,
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in KEYS],
                    "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key, _ in KEYS],
                },
            },
        },
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }


@pytest.fixture
def appconfig() -> Iterator[EmbeddedAppConfig]:
    with EmbeddedAppConfig(clock=JumpingClock()) as served:
        yield served


@pytest.fixture
def account(
    brainswap: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, appconfig: EmbeddedAppConfig
) -> Iterator[Callable[..., Said]]:
    """A stack in which ten per cent of a workload's traffic have moved; the command, as its caller has it."""
    for name, value in {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", **appconfig.endpoints}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:9")
    monkeypatch.delenv("BRAINSWAP_STACK", raising=False)
    ids: dict[str, Any] = {**appconfig.found()}
    with mock_aws():
        boto3.client("cloudformation").create_stack(StackName="Brainswap", TemplateBody=json.dumps(template(ids)))
        routes = AppConfigRoutes(boto3.client("appconfig"), sleep=time.sleep, **ids)
        source, target = version(SOURCE_MODEL), version(TARGET_MODEL)
        back, moved = (
            routes.publish(WORKLOAD, document_of(route_of(source, target, share=share)), "a test")
            for share in (0, 1000)
        )
        routes.deploy(WORKLOAD, moved, "a test")
        route = route_of(source, target, share=1000)
        facts = {
            "percent": 10,
            "source_model": SOURCE_MODEL,
            "source_sha256": route.source.sha256,
            "source_prompt": "p" * 64,
            "target_model": TARGET_MODEL,
            "target_sha256": route.target.sha256,
            "target_prompt": "q" * 64,
            "back_version": back,
        }
        assert records().claim(WORKLOAD, "run-1", facts)
        yield brainswap


def records() -> DynamoRollouts:
    return DynamoRollouts(boto3.client("dynamodb"), TABLE)


def share_told(appconfig: EmbeddedAppConfig) -> Any:
    client = boto3.client("appconfigdata", endpoint_url=appconfig.url)
    token = client.start_configuration_session(
        ApplicationIdentifier="brainswap", EnvironmentIdentifier="production", ConfigurationProfileIdentifier=WORKLOAD
    )["InitialConfigurationToken"]
    read = client.get_latest_configuration(ConfigurationToken=token)["Configuration"].read()
    return json.loads(read)["route"]["share"]


def test_one_command_sends_all_traffic_back_and_names_who_did_it(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig
) -> None:
    said = account("rollback", WORKLOAD, "--reason", "customers complain")

    record = records().current(WORKLOAD) or {}
    assert said.code == 0, said.err
    assert share_told(appconfig) == 0
    assert (record["status"], record["reason"], record["percent"]) == ("rolled_back", "customers complain", 0)
    assert record["by"] == "arn:aws:sts::123456789012:user/moto"
    assert f"All traffic of {WORKLOAD} goes to {SOURCE_MODEL} again; 10 % of it had moved" in said.out


def test_a_source_that_cannot_be_looked_at_is_a_warning_and_no_hindrance(account: Callable[..., Said]) -> None:
    said = account("rollback", WORKLOAD)

    assert said.code == 0
    assert f"Warning: the way back: {SOURCE_MODEL} could not be looked at" in said.err


def test_again_is_no_harm(account: Callable[..., Said], appconfig: EmbeddedAppConfig) -> None:
    account("rollback", WORKLOAD)

    said = account("rollback", WORKLOAD, "--json")

    assert json.loads(said.out)["from_percent"] == 0
    assert share_told(appconfig) == 0


def test_what_was_interrupted_is_finished(account: Callable[..., Said], appconfig: EmbeddedAppConfig) -> None:
    appconfig.outage = "errors"
    broken = account("rollback", WORKLOAD)
    between = (records().current(WORKLOAD) or {})["status"]
    appconfig.outage = "none"

    said = account("rollback", WORKLOAD)

    assert broken.code == 2
    assert "Run the command again" in broken.err
    assert between == "rolling_back"
    assert said.code == 0
    assert share_told(appconfig) == 0


def test_a_workload_that_never_moved_has_nothing_to_go_back_to(account: Callable[..., Said]) -> None:
    said = account("rollback", "another")

    assert said.code == 2
    assert said.err == "Nothing was rolled back: no roll-out of another is known.\n"


def test_a_bus_that_takes_no_event_is_a_warning(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventBridgeEvents, "publish", mock.Mock(side_effect=StorageUnavailableError("no bus")))

    said = account("rollback", WORKLOAD)

    assert said.code == 0
    assert "Warning: the event could not be put on the bus: no bus." in said.err
    assert share_told(appconfig) == 0


@contextmanager
def bedrock(**availability: str) -> Iterator[None]:
    """A control plane of Bedrock that has the source, and says this of it."""
    summary = {
        "modelArn": f"arn:aws:bedrock:eu-west-1::foundation-model/{SOURCE_MODEL}",
        "modelId": SOURCE_MODEL,
        "modelLifecycle": {"status": availability.pop("status", "ACTIVE")},
    }
    answers = {
        "ListFoundationModels": {"modelSummaries": [summary]},
        "ListInferenceProfiles": {"inferenceProfileSummaries": []},
        "GetFoundationModelAvailability": {
            "agreementAvailability": {"status": "AVAILABLE"},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "regionAvailability": "AVAILABLE",
            **availability,
        },
    }
    make_call = BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore's one way out

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        of_bedrock = client.meta.service_model.service_name == "bedrock"
        return answers[operation] if of_bedrock else make_call(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield


def test_nothing_goes_back_to_a_source_that_answers_nobody_unless_somebody_insists(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig
) -> None:
    with bedrock(authorizationStatus="NOT_AUTHORIZED"):
        refused = account("rollback", WORKLOAD)
        share, status = share_told(appconfig), (records().current(WORKLOAD) or {})["status"]
        forced = account("rollback", WORKLOAD, "--force")

    assert (refused.code, share, status) == (2, 1000, "running")
    assert "every request would fail" in refused.err
    assert "authorization is NOT_AUTHORIZED" in refused.err
    assert "--force" in refused.err
    assert (forced.code, share_told(appconfig)) == (0, 0)


def test_a_source_that_goes_soon_is_a_warning_and_no_hindrance(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig
) -> None:
    with bedrock(status="LEGACY"):
        said = account("rollback", WORKLOAD)

    assert (said.code, share_told(appconfig)) == (0, 0)
    assert "its status is LEGACY" in said.err


def test_a_source_that_two_looks_have_missed_is_gone_although_nobody_answers_now(
    account: Callable[..., Said], appconfig: EmbeddedAppConfig
) -> None:
    gone = Known(seen=model(SOURCE_MODEL), first_seen=NOW, absences=2)
    DynamoRecords(boto3.client("dynamodb"), TABLE).keep("MODELS#eu-west-1", SOURCE_MODEL, facts_of(gone), over=None)

    said = account("rollback", WORKLOAD)

    assert (said.code, share_told(appconfig)) == (2, 1000)
    assert "the catalogue lists it no more" in said.err
