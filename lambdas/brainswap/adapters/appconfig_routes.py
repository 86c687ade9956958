"""Routes as feature flags of AWS AppConfig: a configuration profile for each workload."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import RouteTakenBackError
from brainswap.rollout.ports import Told

FLAGS = "AWS.AppConfig.FeatureFlags"
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 4.0)
"""Between looks at a deployment that was just started; who looks later learns of what comes later."""

_RUNNING = frozenset({"DEPLOYING", "BAKING", "VALIDATING", "ROLLING_BACK"})
_TAKEN_BACK = frozenset({"ROLLING_BACK", "ROLLED_BACK", "REVERTED"})


class AppConfigRoutes:
    """Deploys at once, to every client; it is the document that says how far the traffic has moved.

    Args:
        client: of AppConfig's control plane.
        application: its id.
        environment: the id of the one that applications read.
        strategy: the id of one that deploys at once and bakes nothing: another deployment has to wait for its end.
        sleep: between looks.
    """

    def __init__(
        self,
        client: Any,
        *,
        application: str,
        environment: str,
        strategy: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._application = application
        self._environment = environment
        self._strategy = strategy
        self._sleep = sleep

    def publish(self, workload: str, document: bytes, about: str) -> int:
        with storage_errors(f"the configuration of {workload}"):
            profile = self._profile(workload) or self._create_profile(workload)
            made = self._client.create_hosted_configuration_version(
                ApplicationId=self._application,
                ConfigurationProfileId=profile,
                Content=document,
                ContentType="application/json",
                Description=_header(about),
            )
            return int(made["VersionNumber"])

    def deploy(self, workload: str, version: int, about: str) -> None:
        with storage_errors(f"the configuration of {workload}"):
            profile = self._profile(workload)
            try:
                number = self._start(str(profile), version, about)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ConflictException":
                    raise
                self._stop_what_runs(workload)
                number = self._start(str(profile), version, about)
        self._watch(workload, version, number)

    def told_last(self, workload: str) -> Told | None:
        with storage_errors(f"the configuration of {workload}"):
            last = self._last(workload)
        if last is None:
            return None
        state = last["State"]
        return Told(
            version=int(last["ConfigurationVersion"]),
            state="taken_back" if state in _TAKEN_BACK else "in_force" if state == "COMPLETE" else "under_way",
        )

    def _watch(self, workload: str, version: int, number: int) -> None:
        """Look for some seconds whether a deployment stays.

        Alarms that somebody lets AppConfig watch undo it within those, and nobody would learn of it otherwise.

        Raises:
            RouteTakenBackError: it was undone, and nobody has deployed anything else since.
        """
        for pause_s in (0.0, *PAUSES_S):
            if pause_s:
                self._sleep(pause_s)
            try:
                last = self._last(workload)
            except (ClientError, BotoCoreError):
                return  # the deployment was accepted; whether it stays is looked at again later
            if last is None or last["DeploymentNumber"] != number or last["State"] == "COMPLETE":
                return
            if last["State"] in _TAKEN_BACK:
                raise RouteTakenBackError(
                    f"AppConfig undid the deployment of version {version} of {workload}'s configuration "
                    f"({last['State']}): an alarm that its environment watches, or a person, did so; take the monitor "
                    "away or disable the alarm's actions, for it undoes the way back as well"
                )

    def _start(self, profile: str, version: int, about: str) -> int:
        started = self._client.start_deployment(
            ApplicationId=self._application,
            EnvironmentId=self._environment,
            DeploymentStrategyId=self._strategy,
            ConfigurationProfileId=profile,
            ConfigurationVersion=str(version),
            Description=about[:1024],
        )
        return int(started["DeploymentNumber"])

    def _stop_what_runs(self, workload: str) -> None:
        for one in self._deployments(workload):
            if one.get("State") in _RUNNING:
                self._client.stop_deployment(
                    ApplicationId=self._application,
                    EnvironmentId=self._environment,
                    DeploymentNumber=one["DeploymentNumber"],
                )

    def _last(self, workload: str) -> Any:
        return next(self._deployments(workload), None)

    def _deployments(self, workload: str) -> Iterator[Any]:
        """The last one first, as AppConfig lists them."""
        pages = self._client.get_paginator("list_deployments").paginate(
            ApplicationId=self._application, EnvironmentId=self._environment
        )
        yield from (one for page in pages for one in page.get("Items", []) if one.get("ConfigurationName") == workload)

    def _profile(self, workload: str) -> str | None:
        pages = self._client.get_paginator("list_configuration_profiles").paginate(ApplicationId=self._application)
        named = (str(one["Id"]) for page in pages for one in page["Items"] if one["Name"] == workload)
        return next(named, None)

    def _create_profile(self, workload: str) -> str:
        made = self._client.create_configuration_profile(
            ApplicationId=self._application, Name=workload, LocationUri="hosted", Type=FLAGS
        )
        return str(made["Id"])


def _header(text: str) -> str:
    """A description that travels in a header of HTTP, which takes printable ASCII."""
    return "".join(letter if " " <= letter <= "~" else " " for letter in text)[:1024].strip()
