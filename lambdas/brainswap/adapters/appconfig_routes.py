"""Routes as feature flags of AWS AppConfig: a configuration profile for each workload."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from brainswap.adapters.vendor_errors import storage_errors
from brainswap.core.errors import RouteTakenBackError, StorageAccessError, StorageUnavailableError

FLAGS = "AWS.AppConfig.FeatureFlags"
_RUNNING = frozenset({"DEPLOYING", "BAKING", "VALIDATING", "ROLLING_BACK"})
_TAKEN_BACK = frozenset({"ROLLING_BACK", "ROLLED_BACK", "REVERTED"})
_PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0)  # after which a deployment that was stopped may have made room


WATCHED_S = (0.5, 1.0, 2.0, 4.0, 4.0)
"""Between looks at a deployment that was just accepted; what comes later is seen by whoever looks later."""


class AppConfigRoutes:
    """Deploys at once, to every client; it is the document that says how far the traffic has moved.

    Args:
        client: of AppConfig's control plane.
        application: its id.
        environment: the id of the one that applications read.
        strategy: the id of one that deploys at once and bakes nothing: another deployment has to wait for its end.
        sleep: waits so many seconds.
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
            try:
                made = self._client.create_hosted_configuration_version(
                    ApplicationId=self._application,
                    ConfigurationProfileId=profile,
                    Content=document,
                    ContentType="application/json",
                    Description=_header(about),
                )
            except ClientError as error:
                if _code(error) != "ConflictException":
                    raise
                raise StorageUnavailableError(
                    f"somebody else writes the configuration of {workload} at the same time"
                ) from error
            return int(made["VersionNumber"])

    def deploy(self, workload: str, version: int, about: str) -> None:
        with storage_errors(f"the configuration of {workload}"):
            profile = self._profile(workload)
            for pause_s in _PAUSES_S:
                number = self._start(str(profile), version, about)
                if number is not None:
                    self._watch(workload, version, number)
                    return
                self._stop_what_runs(workload)
                self._sleep(pause_s)
        raise StorageUnavailableError(f"another deployment of the configuration of {workload} does not come to its end")

    def deployed(self, workload: str) -> int | None:
        with storage_errors(f"the configuration of {workload}"):
            standing = (one for one in self._deployments(workload) if one.get("State") not in _TAKEN_BACK)
            version = str(next(standing, {}).get("ConfigurationVersion", ""))
        return int(version) if version.isdecimal() else None

    def _start(self, profile: str, version: int, about: str) -> int | None:
        """The number of a deployment that begins; None while another one of the same profile is under way."""
        try:
            started = self._client.start_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentStrategyId=self._strategy,
                ConfigurationProfileId=profile,
                ConfigurationVersion=str(version),
                Description=about[:1024],
            )
        except ClientError as error:
            if _code(error) != "ConflictException":
                raise
            return None
        return int(started["DeploymentNumber"])

    def _watch(self, workload: str, version: int, number: int) -> None:
        """Look for some seconds whether a deployment stays.

        An alarm that somebody lets AppConfig watch undoes it within those, and nobody would learn of it at once.

        Raises:
            RouteTakenBackError: it was undone, and nobody has deployed anything else since.
        """
        for pause_s in (*WATCHED_S, None):
            try:
                last = next(self._deployments(workload), None)
            except (ClientError, BotoCoreError):
                return  # the deployment was accepted; whether it stays is looked at again after the bake
            if last is None or last["DeploymentNumber"] != number or last["State"] == "COMPLETE":
                return
            if last["State"] in _TAKEN_BACK:
                raise RouteTakenBackError(
                    f"AppConfig undid the deployment of version {version} of {workload}'s configuration "
                    f"({last['State']}): an alarm that its environment watches, or a person, did so; take the monitor "
                    "away or disable the alarm's actions, for it undoes the way back as well"
                )
            if pause_s is not None:
                self._sleep(pause_s)

    def _stop_what_runs(self, workload: str) -> None:
        """Only the newest of a profile can be under way; one that has ended meanwhile need not be stopped."""
        newest = next(self._deployments(workload), {})
        if newest.get("State") not in _RUNNING:
            return
        try:
            self._client.stop_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentNumber=newest["DeploymentNumber"],
                AllowRevert=newest["State"] == "BAKING",  # without which only what is DEPLOYING can be stopped
            )
        except ClientError as error:
            if _code(error) != "BadRequestException":
                raise

    def _deployments(self, workload: str) -> Iterator[Mapping[str, Any]]:
        """Those of a workload, the newest first, as AppConfig lists them; only as many are read as are looked at."""
        pages = self._client.get_paginator("list_deployments").paginate(
            ApplicationId=self._application, EnvironmentId=self._environment
        )
        return (one for page in pages for one in page.get("Items", []) if one.get("ConfigurationName") == workload)

    def _profile(self, workload: str) -> str | None:
        pages = self._client.get_paginator("list_configuration_profiles").paginate(ApplicationId=self._application)
        named = (str(one["Id"]) for page in pages for one in page["Items"] if one["Name"] == workload)
        return next(named, None)

    def _create_profile(self, workload: str) -> str:
        try:
            made = self._client.create_configuration_profile(
                ApplicationId=self._application, Name=workload, LocationUri="hosted", Type=FLAGS
            )
        except ClientError as error:
            if _code(error) != "ServiceQuotaExceededException":
                raise
            raise StorageAccessError(
                f"AppConfig takes no configuration of {workload}: the application holds as many as it may, which are "
                "100 until Service Quotas gives you more; ask for more, or delete those of workloads that are gone"
            ) from error
        return str(made["Id"])


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _header(text: str) -> str:
    """A description that travels in a header of HTTP, which takes printable ASCII."""
    return "".join(letter if " " <= letter <= "~" else " " for letter in text)[:1024].strip()
