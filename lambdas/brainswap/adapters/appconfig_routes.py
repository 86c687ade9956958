"""Routes as feature flags of AWS AppConfig: a configuration profile for each workload."""

from typing import Any

from botocore.exceptions import ClientError

from brainswap.adapters.vendor_errors import storage_errors

FLAGS = "AWS.AppConfig.FeatureFlags"
_RUNNING = frozenset({"DEPLOYING", "BAKING", "VALIDATING", "ROLLING_BACK"})


class AppConfigRoutes:
    """Deploys at once, to every client; it is the document that says how far the traffic has moved.

    Args:
        client: of AppConfig's control plane.
        application: its id.
        environment: the id of the one that applications read.
        strategy: the id of one that deploys at once and bakes nothing: another deployment has to wait for its end.
    """

    def __init__(self, client: Any, *, application: str, environment: str, strategy: str) -> None:
        self._client = client
        self._application = application
        self._environment = environment
        self._strategy = strategy

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
                self._start(str(profile), version, about)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ConflictException":
                    raise
                self._stop_what_runs(workload)
                self._start(str(profile), version, about)

    def _start(self, profile: str, version: int, about: str) -> None:
        self._client.start_deployment(
            ApplicationId=self._application,
            EnvironmentId=self._environment,
            DeploymentStrategyId=self._strategy,
            ConfigurationProfileId=profile,
            ConfigurationVersion=str(version),
            Description=about[:1024],
        )

    def _stop_what_runs(self, workload: str) -> None:
        pages = self._client.get_paginator("list_deployments").paginate(
            ApplicationId=self._application, EnvironmentId=self._environment
        )
        for page in pages:
            for one in page.get("Items", []):
                if one.get("ConfigurationName") == workload and one.get("State") in _RUNNING:
                    self._client.stop_deployment(
                        ApplicationId=self._application,
                        EnvironmentId=self._environment,
                        DeploymentNumber=one["DeploymentNumber"],
                    )

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
