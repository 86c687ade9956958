"""The embedded AppConfig, asked by boto3."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from hypothesis import given
from hypothesis import strategies as st

from local.appconfig.deployments import Strategy
from local.appconfig.server import EmbeddedAppConfig

KEY = "any"
FLAGS = "AWS.AppConfig.FeatureFlags"


@dataclass
class Clock:
    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def served(clock: Clock) -> Iterator[EmbeddedAppConfig]:
    with EmbeddedAppConfig(clock=clock) as server:
        yield server


@pytest.fixture
def control(served: EmbeddedAppConfig) -> Any:
    return _client("appconfig", served)


@pytest.fixture
def data(served: EmbeddedAppConfig) -> Any:
    return _client("appconfigdata", served)


def _client(service: Any, served: EmbeddedAppConfig) -> Any:
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=served.url,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def place(served: EmbeddedAppConfig, control: Any) -> dict[str, str]:
    ids = served.found()
    profile = control.create_configuration_profile(
        ApplicationId=ids["application"], Name="triage", LocationUri="hosted", Type=FLAGS
    )
    return {**ids, "profile": profile["Id"]}


def flags(**values: Any) -> bytes:
    kinds = {str: "string", int: "number", bool: "boolean"}
    attributes = {name: {"constraints": {"type": kinds[type(value)]}} for name, value in values.items()}
    return json.dumps(
        {
            "version": "1",
            "flags": {"route": {"name": "route", "attributes": attributes}},
            "values": {"route": {"enabled": True, **values}},
        }
    ).encode()


def publish(control: Any, place: dict[str, str], content: bytes) -> int:
    made = control.create_hosted_configuration_version(
        ApplicationId=place["application"],
        ConfigurationProfileId=place["profile"],
        Content=content,
        ContentType="application/json",
    )
    return int(made["VersionNumber"])


def deploy(control: Any, place: dict[str, str], version: int, strategy: str | None = None) -> int:
    started = control.start_deployment(
        ApplicationId=place["application"],
        EnvironmentId=place["environment"],
        ConfigurationProfileId=place["profile"],
        ConfigurationVersion=str(version),
        DeploymentStrategyId=strategy or place["strategy"],
    )
    return int(started["DeploymentNumber"])


def session(data: Any, **more: Any) -> str:
    return str(
        data.start_configuration_session(
            ApplicationIdentifier="brainswap",
            EnvironmentIdentifier="production",
            ConfigurationProfileIdentifier="triage",
            **more,
        )["InitialConfigurationToken"]
    )


def state(control: Any, place: dict[str, str], number: int) -> str:
    described = control.get_deployment(
        ApplicationId=place["application"], EnvironmentId=place["environment"], DeploymentNumber=number
    )
    return str(described["State"])


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_readers_get_the_values_of_flags_and_not_their_definitions(control: Any, data: Any, place: Any) -> None:
    deploy(control, place, publish(control, place, flags(share=100, seed="s")))

    answer = data.get_latest_configuration(ConfigurationToken=session(data))

    assert json.loads(answer["Configuration"].read()) == {"route": {"enabled": True, "share": 100, "seed": "s"}}


def test_what_has_not_changed_is_not_sent_again(control: Any, data: Any, place: Any) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    first = data.get_latest_configuration(ConfigurationToken=session(data))

    second = data.get_latest_configuration(ConfigurationToken=first["NextPollConfigurationToken"])
    deploy(control, place, publish(control, place, flags(share=2)))
    third = data.get_latest_configuration(ConfigurationToken=second["NextPollConfigurationToken"])

    assert second["Configuration"].read() == b""
    assert json.loads(third["Configuration"].read())["route"]["share"] == 2


def test_a_token_works_once(control: Any, data: Any, place: Any) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    token = session(data)
    data.get_latest_configuration(ConfigurationToken=token)

    with pytest.raises(ClientError) as refused:
        data.get_latest_configuration(ConfigurationToken=token)

    assert code(refused) == "BadRequestException"


def test_a_token_lives_for_a_day(control: Any, data: Any, place: Any, clock: Clock) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    token = session(data)

    clock.seconds += 25 * 3600

    with pytest.raises(ClientError, match="Expired"):
        data.get_latest_configuration(ConfigurationToken=token)


def test_who_asked_to_wait_has_to_wait(control: Any, data: Any, place: Any, clock: Clock) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    token = session(data, RequiredMinimumPollIntervalInSeconds=15)
    token = data.get_latest_configuration(ConfigurationToken=token)["NextPollConfigurationToken"]

    with pytest.raises(ClientError, match="PollIntervalNotSatisfied"):
        data.get_latest_configuration(ConfigurationToken=token)

    clock.seconds += 15
    answer = data.get_latest_configuration(ConfigurationToken=token)
    assert answer["NextPollIntervalInSeconds"] == 15


def test_before_the_first_deployment_there_is_nothing_to_read(control: Any, data: Any, place: Any) -> None:
    publish(control, place, flags(share=1))

    with pytest.raises(ClientError) as refused:
        data.get_latest_configuration(ConfigurationToken=session(data))

    assert code(refused) == "ResourceNotFoundException"


def test_one_deployment_of_a_profile_at_a_time(control: Any, place: Any) -> None:
    version = publish(control, place, flags(share=1))
    number = deploy(control, place, version, "AppConfig.AllAtOnce")

    with pytest.raises(ClientError) as refused:
        deploy(control, place, version)

    assert code(refused) == "ConflictException"
    assert state(control, place, number) == "BAKING"


def test_a_deployment_that_is_stopped_gives_back_what_was_there(control: Any, data: Any, place: Any) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    number = deploy(control, place, publish(control, place, flags(share=2)), "AppConfig.Linear20PercentEvery6Minutes")
    where = {"ApplicationId": place["application"], "EnvironmentId": place["environment"], "DeploymentNumber": number}

    control.stop_deployment(**where)

    answer = data.get_latest_configuration(ConfigurationToken=session(data))
    assert state(control, place, number) == "ROLLED_BACK"
    assert json.loads(answer["Configuration"].read())["route"]["share"] == 1


def test_a_deployment_that_bakes_is_stopped_only_if_one_says_so(control: Any, place: Any) -> None:
    number = deploy(control, place, publish(control, place, flags(share=1)), "AppConfig.AllAtOnce")
    where = {"ApplicationId": place["application"], "EnvironmentId": place["environment"], "DeploymentNumber": number}

    with pytest.raises(ClientError) as refused:
        control.stop_deployment(**where)
    control.stop_deployment(**where, AllowRevert=True)

    assert code(refused) == "BadRequestException"
    assert state(control, place, number) == "ROLLED_BACK"


def test_a_complete_deployment_is_reverted_for_three_days_if_one_says_so(
    control: Any, place: Any, clock: Clock
) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    number = deploy(control, place, publish(control, place, flags(share=2)))
    where = {"ApplicationId": place["application"], "EnvironmentId": place["environment"], "DeploymentNumber": number}
    clock.seconds += 71 * 3600

    with pytest.raises(ClientError) as refused:
        control.stop_deployment(**where)
    stopped = control.stop_deployment(**where, AllowRevert=True)

    assert code(refused) == "BadRequestException"
    assert stopped["State"] == "REVERTED"


def test_after_three_days_nothing_is_reverted(control: Any, place: Any, clock: Clock) -> None:
    number = deploy(control, place, publish(control, place, flags(share=1)))
    clock.seconds += 73 * 3600

    with pytest.raises(ClientError, match="cannot be stopped"):
        control.stop_deployment(
            ApplicationId=place["application"],
            EnvironmentId=place["environment"],
            DeploymentNumber=number,
            AllowRevert=True,
        )


def test_an_alarm_rolls_back_what_is_still_baking(served: EmbeddedAppConfig, control: Any, place: Any) -> None:
    number = deploy(control, place, publish(control, place, flags(share=1)), "AppConfig.AllAtOnce")

    assert served.ring() == 1

    assert state(control, place, number) == "ROLLED_BACK"


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        json.dumps({"version": "2"}).encode(),
        flags(seed="x" * 1025),
        flags(**{f"a{number}": number for number in range(26)}),
        flags(share=1).replace(b'"number"', b'"string"'),
        flags(Share=1),
        json.dumps({"version": "1", "flags": {}, "values": {"route": {"enabled": True}}}).encode(),
    ],
    ids=["no json", "version", "long text", "many attributes", "other type", "name", "undefined flag"],
)
def test_flags_that_do_not_fit_are_refused(control: Any, place: Any, content: bytes) -> None:
    with pytest.raises(ClientError) as refused:
        publish(control, place, content)

    assert code(refused) == "BadRequestException"


def test_who_says_which_version_is_the_latest_is_held_to_it(control: Any, place: Any) -> None:
    publish(control, place, flags(share=1))

    with pytest.raises(ClientError) as refused:
        control.create_hosted_configuration_version(
            ApplicationId=place["application"],
            ConfigurationProfileId=place["profile"],
            Content=flags(share=2),
            ContentType="application/json",
            LatestVersionNumber=7,
        )

    assert code(refused) == "ConflictException"


def test_a_request_that_does_not_fit_its_shape_is_a_bad_one(control: Any) -> None:
    with pytest.raises(ClientError) as refused:
        control.create_deployment_strategy(
            Name="x", DeploymentDurationInMinutes=1, GrowthFactor=10, GrowthType="SIDEWAYS"
        )

    assert code(refused) == "BadRequestException"


def test_lists_come_in_pages(control: Any, place: Any) -> None:
    for number in range(5):
        publish(control, place, flags(share=number))

    pages = control.get_paginator("list_hosted_configuration_versions").paginate(
        ApplicationId=place["application"],
        ConfigurationProfileId=place["profile"],
        PaginationConfig={"PageSize": 2},
    )

    assert [[item["VersionNumber"] for item in page["Items"]] for page in pages] == [[5, 4], [3, 2], [1]]


def test_the_agent_answers_who_does_not_sign(served: EmbeddedAppConfig, control: Any, place: Any) -> None:
    deploy(control, place, publish(control, place, flags(share=3)))
    url = f"{served.url}/applications/brainswap/environments/production/configurations/triage"

    whole, one = (json.loads(urllib3.request("GET", f"{url}{query}").data) for query in ("", "?flag=route"))

    assert whole["route"] == one == {"enabled": True, "share": 3}


@pytest.mark.usefixtures("place")
def test_an_outage_is_an_outage(served: EmbeddedAppConfig, data: Any) -> None:
    served.outage = "errors"
    with pytest.raises(ClientError) as refused:
        session(data)
    served.outage = "silence"
    with pytest.raises(HTTPClientError):
        session(data)

    assert code(refused) == "InternalServerException"


def test_a_growing_deployment_reaches_its_share_of_the_clients(
    control: Any, data: Any, place: Any, clock: Clock
) -> None:
    deploy(control, place, publish(control, place, flags(share=1)))
    deploy(control, place, publish(control, place, flags(share=2)), "AppConfig.Linear20PercentEvery6Minutes")
    clock.seconds += 7 * 60

    shares = [
        json.loads(data.get_latest_configuration(ConfigurationToken=session(data))["Configuration"].read())
        for _ in range(60)
    ]

    reached = sum(one["route"]["share"] == 2 for one in shares)
    assert 12 <= reached <= 36  # 40 % of 60, four standard errors


@given(
    minutes=st.integers(1, 1440),
    factor=st.floats(1, 100),
    kind=st.sampled_from(["LINEAR", "EXPONENTIAL"]),
    elapsed=st.lists(st.floats(0, 100_000), min_size=2, max_size=20),
)
def test_the_percentage_of_a_deployment_only_grows(
    minutes: int, factor: float, kind: str, elapsed: list[float]
) -> None:
    strategy = Strategy(id="s", name="s", minutes=minutes, growth_factor=factor, growth_type=kind)

    seen = [strategy.percentage(seconds) for seconds in sorted(elapsed)]

    assert seen == sorted(seen)
    assert all(1 <= one <= 100 for one in seen)
    assert strategy.percentage(minutes * 60) == 100
