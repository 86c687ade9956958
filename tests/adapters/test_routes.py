"""Routes in the embedded AppConfig, and the client that reads them: directly and through the agent."""

import json
import math
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from brainswap.adapters.appconfig_routes import WATCHED_S, AppConfigRoutes
from brainswap.client import BadVersionError, Client, MissingVariableError, NoRouteError, Settings, bucket
from brainswap.client.routes import read_route
from brainswap.core.errors import RouteTakenBackError, StorageAccessError, StorageUnavailableError
from brainswap.core.rollout.routes import document_of
from local.appconfig.server import EmbeddedAppConfig
from local.cloud import BUCKET
from local.functions import environment
from tests.fakes.routed import SOURCE_MODEL, TARGET_MODEL, WORKLOAD, Routed, routed

KEYS = [f"user-{number}" for number in range(10_000)]
TICKET = {"ticket": "It is broken."}


class Clock:
    """Some other time whenever somebody looks, so that nobody has to wait before he may look again."""

    def __init__(self) -> None:
        self._seconds = 1_800_000_000.0

    def __call__(self) -> float:
        self._seconds += 30
        return self._seconds


@pytest.fixture
def traffic(aws: None) -> Iterator[Routed]:  # noqa: ARG001 - the cloud that has the bucket
    with (
        EmbeddedAppConfig(clock=Clock()) as appconfig,
        environment(appconfig.endpoints),
        routed(appconfig) as made,
    ):
        yield made


@pytest.fixture(params=["directly", "agent"])
def settings(request: pytest.FixtureRequest, traffic: Routed) -> Settings:
    """Of clients that ask AppConfig, and of those that ask its agent."""
    return traffic.settings(agent_url=traffic.appconfig.url if request.param == "agent" else None)


def sides(client: Client, keys: list[str]) -> dict[str, str]:
    return {key: client.resolve(WORKLOAD, key, TICKET).variant for key in keys}


def test_a_request_gets_the_model_and_the_prompt_of_its_side(traffic: Routed, settings: Settings) -> None:
    traffic.send(10_000)

    made = Client(settings).resolve(WORKLOAD, "user-1", TICKET)

    assert (made.model, made.variant, made.step) == (TARGET_MODEL, "target", "run-1/1")
    assert made.system == f"You are asked as {TARGET_MODEL}."
    assert made.messages == (("user", "Sort: It is broken."),)
    assert made.converse()["inferenceConfig"] == {"maxTokens": 64, "temperature": 0.0}


def test_with_the_agent_and_without_the_same_keys_move(traffic: Routed) -> None:
    traffic.send(3000)
    agent = traffic.settings(agent_url=traffic.appconfig.url)

    with_agent = sides(Client(agent), KEYS[:2000])

    assert with_agent == sides(Client(traffic.settings()), KEYS[:2000])
    assert with_agent == {key: "target" if bucket("run-1", key) < 3000 else "source" for key in KEYS[:2000]}


def test_keys_that_moved_stay_moved_while_the_step_grows_and_come_back_when_it_goes_back(traffic: Routed) -> None:
    client = Client(traffic.settings())
    moved: list[set[str]] = []
    back = traffic.send(0, step=0)
    for step, share in enumerate((100, 1000, 5000, 10_000), start=1):
        traffic.send(share, step=step)
        client.refresh()
        moved.append({key for key, side in sides(client, KEYS).items() if side == "target"})
        expected, p = len(KEYS) * share / 10_000, share / 10_000
        assert abs(len(moved[-1]) - expected) <= 4 * math.sqrt(len(KEYS) * p * (1 - p))

    traffic.routes.deploy(WORKLOAD, back, "back")
    client.refresh()

    assert moved[0] < moved[1] < moved[2] < moved[3]
    assert set(sides(client, KEYS).values()) == {"source"}


def test_ten_thousand_requests_at_once_are_sticky_and_share_out_evenly(traffic: Routed) -> None:
    traffic.send(1000)
    client = Client(traffic.settings())

    with ThreadPoolExecutor(32) as pool:
        seen = list(pool.map(lambda key: (key, client.resolve(WORKLOAD, key, TICKET).variant), KEYS * 2))

    first, second = dict(seen[: len(KEYS)]), dict(seen[len(KEYS) :])
    moved = sum(side == "target" for side in first.values())
    assert first == second
    assert abs(moved - 1000) <= 4 * math.sqrt(10_000 * 0.1 * 0.9)
    assert traffic.appconfig.count("StartConfigurationSession") == 1


def test_requests_go_on_while_the_route_changes(traffic: Routed) -> None:
    traffic.send(0)
    client = Client(traffic.settings())
    client.resolve(WORKLOAD, "user-1", TICKET)
    ended = threading.Event()

    def change() -> None:
        for share in range(100, 2100, 100):
            traffic.send(share)
            client.refresh()
        ended.set()

    changing = threading.Thread(target=change)
    changing.start()
    seen: dict[str, list[str]] = {key: [] for key in KEYS[:50]}
    while not ended.is_set():
        for key, variants in seen.items():
            variants.append(client.resolve(WORKLOAD, key, TICKET).variant)
    changing.join()

    # Each of them moved once at the most, and none of them moved back.
    assert all(one == sorted(one) for one in seen.values())


@pytest.mark.parametrize("outage", ["errors", "silence"])
def test_an_outage_leaves_the_last_good_route(traffic: Routed, settings: Settings, outage: Any) -> None:
    traffic.send(2000)
    client = Client(settings)
    before = sides(client, KEYS[:200])

    traffic.appconfig.outage = outage
    client.refresh()
    during = sides(client, KEYS[:200])
    traffic.appconfig.outage = "none"
    traffic.send(10_000)
    client.refresh()

    assert during == before
    assert set(sides(client, KEYS[:200]).values()) == {"target"}


@pytest.mark.parametrize(("on_lambda", "attempts"), [(True, 1), (False, 2)])
def test_on_lambda_where_a_request_waits_appconfig_is_asked_once_at_a_look(
    traffic: Routed, attempts: int, *, on_lambda: bool
) -> None:
    traffic.send(2000)
    client = Client(traffic.settings(on_lambda=on_lambda))
    client.resolve(WORKLOAD, "user-1", TICKET)
    traffic.appconfig.outage = "errors"
    before = traffic.appconfig.count("GetLatestConfiguration")

    client.refresh()

    assert traffic.appconfig.count("GetLatestConfiguration") - before == attempts


def test_a_process_that_starts_in_an_outage_has_what_an_earlier_one_kept(traffic: Routed, tmp_path: Path) -> None:
    traffic.send(2000)
    kept = traffic.settings(cache_dir=tmp_path / "routes")
    before = sides(Client(kept), KEYS[:200])
    traffic.appconfig.outage = "errors"

    after = sides(Client(kept), KEYS[:200])

    assert after == before
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "routes").iterdir()} == {"0o600"}


def test_kept_files_that_somebody_changed_are_of_no_use(traffic: Routed, tmp_path: Path) -> None:
    traffic.send(2000)
    kept = traffic.settings(cache_dir=tmp_path)
    Client(kept).resolve(WORKLOAD, "user-1", TICKET)
    for path in tmp_path.glob("*.version"):
        path.write_bytes(path.read_bytes().replace(b"You are asked", b"You are not asked"))
    traffic.appconfig.outage = "errors"

    with pytest.raises(NoRouteError, match="no route of support-triage is known"):
        Client(kept).resolve(WORKLOAD, "user-1", TICKET)


def test_before_the_first_roll_out_there_is_no_route_and_nobody_asks_again_at_once(traffic: Routed) -> None:
    client = Client(traffic.settings())

    for _ in range(5):
        with pytest.raises(NoRouteError, match="ask the model that the application asked before"):
            client.resolve(WORKLOAD, "user-1", TICKET)

    assert traffic.appconfig.count("StartConfigurationSession") == 1


def test_a_version_that_is_not_what_its_name_says_is_never_used(traffic: Routed) -> None:
    traffic.send(0)
    client = Client(traffic.settings())
    client.resolve(WORKLOAD, "user-1", TICKET)
    forged = "e" * 64
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"published/{WORKLOAD}/{forged}.json", Body=b'{"model": "evil"}')
    traffic.send(10_000, target=type(traffic.route.target)(model="evil", sha256=forged))

    client.refresh()

    assert client.resolve(WORKLOAD, "user-1", TICKET).model == SOURCE_MODEL


@pytest.mark.parametrize(
    "changes",
    [
        {"share": 10_001},
        {"share": 0.5},
        {"share": True},
        {"workload": "another"},
        {"target_key": "published/support-triage/../../secrets.json"},
        {"target_sha256": "x"},
        {"seed": None},
        {"enabled": False},
    ],
)
def test_a_route_that_does_not_fit_is_refused(traffic: Routed, changes: dict[str, Any]) -> None:
    flag = json.loads(document_of(traffic.route))["values"]["route"]

    with pytest.raises(BadVersionError):
        read_route(json.dumps({"route": {**flag, **changes}}).encode(), WORKLOAD)


def test_a_prompt_names_the_variable_that_is_not_given(traffic: Routed) -> None:
    traffic.send(0)

    with pytest.raises(MissingVariableError, match="ticket"):
        Client(traffic.settings()).resolve(WORKLOAD, "user-1")


def test_a_deployment_that_is_under_way_is_broken_off_for_the_way_back(traffic: Routed) -> None:
    number = traffic.send(0)
    slow = type(traffic.routes)(
        traffic.routes._client,
        application=traffic.routes._application,
        environment=traffic.routes._environment,
        strategy="AppConfig.Linear20PercentEvery6Minutes",
        sleep=lambda _: None,
    )
    slow.deploy(WORKLOAD, slow.publish(WORKLOAD, document_of(traffic.route), "slowly"), "slowly")

    traffic.routes.deploy(WORKLOAD, number, "back")

    listed = boto3.client("appconfig").list_deployments(
        ApplicationId=traffic.routes._application, EnvironmentId=traffic.routes._environment
    )["Items"]
    assert [one["State"] for one in listed] == ["COMPLETE", "ROLLED_BACK", "COMPLETE"]


def test_the_way_back_reads_no_history_of_others(traffic: Routed) -> None:
    number = traffic.send(0)
    for _ in range(50):  # a page
        traffic.routes.deploy(WORKLOAD, number, "again")
    told: dict[str, Any] = {"application": traffic.routes._application, "environment": traffic.routes._environment}
    by_and_by = "AppConfig.Linear20PercentEvery6Minutes"
    slow = AppConfigRoutes(traffic.routes._client, strategy=by_and_by, sleep=lambda _: None, **told)
    slow.deploy(WORKLOAD, slow.publish(WORKLOAD, document_of(traffic.route), "slowly"), "slowly")
    before = traffic.appconfig.count("ListDeployments")

    traffic.routes.deploy(WORKLOAD, number, "back")

    assert traffic.appconfig.count("ListDeployments") - before == 2  # a page to stop what runs, a page to see it stay


def test_a_deployment_that_bakes_is_broken_off_as_well(traffic: Routed) -> None:
    number = traffic.send(0)
    told: dict[str, Any] = {"application": traffic.routes._application, "environment": traffic.routes._environment}
    baking = AppConfigRoutes(traffic.routes._client, strategy="AppConfig.AllAtOnce", sleep=lambda _: None, **told)
    baking.deploy(WORKLOAD, baking.publish(WORKLOAD, document_of(traffic.route), "it bakes"), "it bakes")

    traffic.routes.deploy(WORKLOAD, number, "back")

    assert traffic.routes.deployed(WORKLOAD) == number


def test_the_version_that_was_told_last_is_known_whoever_told_it(traffic: Routed) -> None:
    before = traffic.routes.deployed(WORKLOAD)
    first, second = traffic.send(0), traffic.send(100)
    routes = traffic.routes
    last = routes.deployed(WORKLOAD)
    boto3.client("appconfig").stop_deployment(
        ApplicationId=routes._application, EnvironmentId=routes._environment, DeploymentNumber=2, AllowRevert=True
    )

    assert (before, last, routes.deployed(WORKLOAD), routes.deployed("another")) == (None, second, first, None)


@dataclass
class Busy:
    """AppConfig while another deployment is being taken back, which takes it a moment and cannot be stopped.

    Attributes:
        client: that answers everything else.
        conflicts: deployments that are refused still.
    """

    client: Any
    conflicts: int
    asked: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def start_deployment(self, **asked: Any) -> Any:
        self.asked += 1
        if self.asked <= self.conflicts:
            raise ClientError({"Error": {"Code": "ConflictException", "Message": "busy"}}, "StartDeployment")
        return self.client.start_deployment(**asked)

    def stop_deployment(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "BadRequestException", "Message": "not DEPLOYING"}}, "StopDeployment")


def busy(traffic: Routed, conflicts: int) -> tuple[AppConfigRoutes, list[float]]:
    """Routes in an AppConfig that is busy, with a slow deployment under way; and how long they waited."""
    told: dict[str, Any] = {"application": traffic.routes._application, "environment": traffic.routes._environment}
    by_and_by = "AppConfig.Linear20PercentEvery6Minutes"
    slow = AppConfigRoutes(traffic.routes._client, strategy=by_and_by, sleep=lambda _: None, **told)
    slow.deploy(WORKLOAD, slow.publish(WORKLOAD, document_of(traffic.route), "slowly"), "slowly")
    waited: list[float] = []
    client = Busy(traffic.routes._client, conflicts)
    return AppConfigRoutes(client, strategy=traffic.routes._strategy, sleep=waited.append, **told), waited


def test_the_way_back_waits_for_a_deployment_that_is_being_taken_back(traffic: Routed) -> None:
    number = traffic.send(0)
    routes, waited = busy(traffic, conflicts=3)
    running = boto3.client("appconfig").stop_deployment
    running(ApplicationId=routes._application, EnvironmentId=routes._environment, DeploymentNumber=2)

    routes.deploy(WORKLOAD, number, "back")

    assert waited == [0, 1, 2]
    assert Client(traffic.settings()).resolve(WORKLOAD, "user-1", TICKET).step == "run-1/1"


def test_a_deployment_that_does_not_end_is_waited_for_again_by_the_machine(traffic: Routed) -> None:
    number = traffic.send(0)
    routes, waited = busy(traffic, conflicts=100)

    with pytest.raises(StorageUnavailableError, match="does not come to its end"):
        routes.deploy(WORKLOAD, number, "back")

    assert sum(waited) == 15


def test_a_deployment_that_an_alarm_undoes_is_said_to_be_undone(traffic: Routed) -> None:
    first = traffic.send(0)

    with traffic.appconfig.ringing(), pytest.raises(RouteTakenBackError, match=r"ROLLED_BACK.*disable the alarm"):
        traffic.send(1000)

    assert traffic.routes.deployed(WORKLOAD) == first
    assert set(sides(Client(traffic.settings()), KEYS[:50]).values()) == {"source"}


@dataclass
class Listed:
    """A client of AppConfig whose deployments are in the states of a script, one after another, or raise."""

    states: list[str | Exception]
    number: int = 7

    def get_paginator(self, name: str) -> Any:
        return self if name == "list_deployments" else FixedPages([{"Id": "p", "Name": WORKLOAD}])

    def paginate(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        last = {"DeploymentNumber": self.number, "ConfigurationVersion": "3", "State": state}
        yield {"Items": [{**last, "ConfigurationName": "another"}, {**last, "ConfigurationName": WORKLOAD}]}

    def start_deployment(self, **_: Any) -> Mapping[str, Any]:
        return {"DeploymentNumber": 7}


@dataclass
class FixedPages:
    """One page."""

    items: list[Mapping[str, Any]]

    def paginate(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        yield {"Items": self.items}


def watched(client: Any) -> list[float]:
    """Deploy; the pauses until no more was looked."""
    pauses: list[float] = []
    routes = AppConfigRoutes(client, application="a", environment="e", strategy="s", sleep=pauses.append)
    routes.deploy(WORKLOAD, 3, "a test")
    return pauses


def test_a_deployment_is_watched_until_it_is_complete() -> None:
    assert watched(Listed(["VALIDATING", "DEPLOYING", "COMPLETE"])) == list(WATCHED_S[:2])


def test_a_deployment_that_takes_long_is_not_waited_for_any_longer() -> None:
    assert watched(Listed(["DEPLOYING"])) == list(WATCHED_S)


@pytest.mark.parametrize("state", ["ROLLING_BACK", "ROLLED_BACK", "REVERTED"])
def test_a_deployment_that_is_undone_while_it_is_watched_is_an_error(state: str) -> None:
    with pytest.raises(RouteTakenBackError, match=state):
        watched(Listed(["DEPLOYING", state]))


def test_what_somebody_deployed_later_is_not_this_ones_to_watch() -> None:
    assert watched(Listed(["ROLLED_BACK"], number=8)) == []


def test_a_deployment_that_may_not_be_watched_was_still_accepted() -> None:
    refused: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}

    assert watched(Listed([ClientError(refused, "ListDeployments")])) == []


def test_a_version_that_somebody_else_writes_at_the_same_time_is_written_again(
    traffic: Routed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ConflictException", "Message": "x"}}, "CreateHostedConfigurationVersion")

    monkeypatch.setattr(traffic.routes._client, "create_hosted_configuration_version", conflict)

    with pytest.raises(StorageUnavailableError, match="at the same time"):
        traffic.routes.publish(WORKLOAD, document_of(traffic.route), "a test")


@dataclass
class Full:
    """AppConfig with an application that takes no more profiles."""

    client: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def create_configuration_profile(self, **_: Any) -> None:
        told: Any = {"Error": {"Code": "ServiceQuotaExceededException", "Message": "exceeds the maximum allowed"}}
        raise ClientError(told, "CreateConfigurationProfile")


def test_a_workload_too_many_is_told_what_to_ask_for(traffic: Routed) -> None:
    told: dict[str, Any] = {"application": traffic.routes._application, "environment": traffic.routes._environment}
    routes = AppConfigRoutes(Full(traffic.routes._client), strategy=traffic.routes._strategy, **told)

    with pytest.raises(StorageAccessError, match="100 until Service Quotas gives you more"):
        routes.publish("one-too-many", document_of(traffic.route), "a test")


def test_an_application_that_is_not_there_is_an_access_error(traffic: Routed) -> None:
    nowhere = type(traffic.routes)(boto3.client("appconfig"), application="nowhere", environment="e", strategy="s")

    with pytest.raises(StorageAccessError):
        nowhere.publish(WORKLOAD, b"{}", "a test")


def test_a_forked_process_goes_on_by_itself(traffic: Routed) -> None:
    traffic.send(1000)
    client = Client(traffic.settings(), send=lambda _: None)
    before = sides(client, KEYS[:500])
    receiving, sending = multiprocessing.Pipe(duplex=False)

    child = os.fork()
    if child == 0:  # what the child measures is judged by its parent
        client.refresh()
        sending.send((sides(client, KEYS[:500]), [one.name for one in threading.enumerate()]))
        os._exit(0)
    os.waitpid(child, 0)

    after, threads = receiving.recv()
    assert after == before
    assert "brainswap-client" in threads


def test_the_client_works_without_the_rest_of_the_project(tmp_path: Path) -> None:
    """In a folder of its own, in a process that finds neither the project nor what it needs besides boto3."""
    source = Path(__file__).parents[2] / "lambdas" / "brainswap" / "client"
    copy = tmp_path / "brainswap" / "client"
    copy.mkdir(parents=True)
    for path in source.glob("*.py"):
        (copy / path.name).write_bytes(path.read_bytes())
    program = (
        "import sys; from brainswap import client; "
        "client.Client(client.Settings(application='a', environment='e', bucket='b'), send=lambda _: None); "
        "theirs = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names); "
        "print(sorted(name for name in theirs if not name.startswith('_')))"
    )

    ended = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stderr == ""
    assert ended.stdout.strip() == "['brainswap']"


def test_settings_say_what_is_missing() -> None:
    with pytest.raises(ValueError, match="BRAINSWAP_ROUTES_ENVIRONMENT, BRAINSWAP_BUCKET"):
        Settings.from_environment({"BRAINSWAP_ROUTES_APPLICATION": "a"})


def test_settings_know_that_they_are_on_lambda() -> None:
    told = {"BRAINSWAP_ROUTES_APPLICATION": "a", "BRAINSWAP_ROUTES_ENVIRONMENT": "e", "BRAINSWAP_BUCKET": "b"}

    made = Settings.from_environment({**told, "AWS_LAMBDA_FUNCTION_NAME": "f", "BRAINSWAP_ROUTES_POLL_SECONDS": "20"})

    assert (made.on_lambda, made.poll_s, made.agent_url) == (True, 20, None)


@pytest.mark.parametrize("url", ["https://example.com", "http://169.254.169.254", "localhost:2772"])
def test_an_agent_is_on_this_machine(traffic: Routed, url: str) -> None:
    traffic.send(0)

    with pytest.raises(NoRouteError, match="is on this machine"):
        Client(traffic.settings(agent_url=url)).resolve(WORKLOAD, "user-1", TICKET)
