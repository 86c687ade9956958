"""The control plane: what deploys."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.appconfig.deployments import Deployment, Strategy
from local.appconfig.faults import AppConfigError
from local.appconfig.store import Application, Environment, HostedVersion, Profile, Store
from local.bedrock.aws import Handle
from local.bedrock.http1 import HttpResponse
from local.bedrock.service import Call, aws_headers, to_json

_PAGE = 50


class Control:
    """Applications, environments, profiles, versions, strategies and deployments."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def handlers(self) -> Mapping[str, Handle]:
        return {
            "CreateApplication": self.create_application,
            "ListApplications": self.list_applications,
            "CreateEnvironment": self.create_environment,
            "GetEnvironment": self.get_environment,
            "ListEnvironments": self.list_environments,
            "CreateConfigurationProfile": self.create_profile,
            "ListConfigurationProfiles": self.list_profiles,
            "CreateHostedConfigurationVersion": self.create_version,
            "GetHostedConfigurationVersion": self.get_version,
            "ListHostedConfigurationVersions": self.list_versions,
            "CreateDeploymentStrategy": self.create_strategy,
            "ListDeploymentStrategies": self.list_strategies,
            "StartDeployment": self.start_deployment,
            "GetDeployment": self.get_deployment,
            "ListDeployments": self.list_deployments,
            "StopDeployment": self.stop_deployment,
        }

    async def create_application(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application = Application(id=self._store.new_id(), name=asked["Name"])
            self._store.applications[application.id] = application
        return _created({"Id": application.id, "Name": application.name})

    async def list_applications(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            known = [{"Id": one.id, "Name": one.name} for one in self._store.applications.values()]
        return _page(known, asked)

    async def create_environment(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application = self._store.application(asked["ApplicationId"])
            environment = Environment(
                id=self._store.new_id(), name=asked["Name"], monitors=list(asked.get("Monitors") or ())
            )
            application.environments[environment.id] = environment
            return _created(self._environment(application, environment))

    async def get_environment(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application = self._store.application(asked["ApplicationId"])
            environment = self._store.environment(application.id, asked["EnvironmentId"])
            return _answer(200, self._environment(application, environment))

    async def list_environments(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application = self._store.application(asked["ApplicationId"])
            known = [self._environment(application, one) for one in application.environments.values()]
        return _page(known, asked)

    async def create_profile(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        if asked["LocationUri"] != "hosted":
            raise AppConfigError("BadRequestException", "The embedded AppConfig knows hosted configurations alone.")
        with self._store.lock:
            application = self._store.application(asked["ApplicationId"])
            profile = Profile(
                id=self._store.new_id(),
                name=asked["Name"],
                type=asked.get("Type") or "AWS.Freeform",
                location=asked["LocationUri"],
            )
            application.profiles[profile.id] = profile
            return _created(_profile(application, profile))

    async def list_profiles(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application = self._store.application(asked["ApplicationId"])
            known = [
                _profile(application, one)
                for one in application.profiles.values()
                if asked.get("Type") in (None, one.type)
            ]
        return _page(known, asked)

    async def create_version(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            profile = self._store.profile(asked["ApplicationId"], asked["ConfigurationProfileId"])
            version = self._store.add_version(
                profile,
                base64.b64decode(asked["Content"]),
                asked["ContentType"],
                asked.get("Description") or "",
                asked.get("LatestVersionNumber"),
            )
        return _version(asked["ApplicationId"], profile, version, status=201)

    async def get_version(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            profile = self._store.profile(asked["ApplicationId"], asked["ConfigurationProfileId"])
            version = profile.versions.get(asked["VersionNumber"])
        if version is None:
            raise AppConfigError("ResourceNotFoundException", "There is no such version.")
        return _version(asked["ApplicationId"], profile, version, status=200)

    async def list_versions(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            profile = self._store.profile(asked["ApplicationId"], asked["ConfigurationProfileId"])
            known = [
                {
                    "ApplicationId": asked["ApplicationId"],
                    "ConfigurationProfileId": profile.id,
                    "VersionNumber": one.number,
                    "ContentType": one.content_type,
                    "Description": one.description,
                }
                for one in sorted(profile.versions.values(), key=lambda it: -it.number)
            ]
        return _page(known, asked)

    async def create_strategy(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            strategy = Strategy(
                id=self._store.new_id(),
                name=asked["Name"],
                minutes=asked["DeploymentDurationInMinutes"],
                growth_factor=asked["GrowthFactor"],
                growth_type=asked.get("GrowthType") or "LINEAR",
                bake_minutes=asked.get("FinalBakeTimeInMinutes") or 0,
            )
            self._store.strategies[strategy.id] = strategy
        return _created(_strategy(strategy))

    async def list_strategies(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            known = [_strategy(one) for one in self._store.strategies.values()]
        return _page(known, asked)

    async def start_deployment(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application = self._store.application(asked["ApplicationId"])
            environment = self._store.environment(application.id, asked["EnvironmentId"])
            strategy = self._store.strategies.get(asked["DeploymentStrategyId"])
            if strategy is None:
                raise AppConfigError("ResourceNotFoundException", "There is no such deployment strategy.")
            profile = self._store.profile(application.id, asked["ConfigurationProfileId"])
            deployment = self._store.deploy(
                environment, profile, asked["ConfigurationVersion"], strategy, asked.get("Description") or ""
            )
            return _answer(201, self._deployment(application, environment, deployment))

    async def get_deployment(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application, environment, deployment = self._named(asked)
            return _answer(200, self._deployment(application, environment, deployment))

    async def list_deployments(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        now_s = self._store.clock()
        with self._store.lock:
            environment = self._store.environment(asked["ApplicationId"], asked["EnvironmentId"])
            known = [
                {
                    "DeploymentNumber": one.number,
                    "ConfigurationName": one.profile_name,
                    "ConfigurationVersion": str(one.version),
                    "DeploymentDurationInMinutes": one.strategy.minutes,
                    "GrowthType": one.strategy.growth_type,
                    "GrowthFactor": one.strategy.growth_factor,
                    "FinalBakeTimeInMinutes": one.strategy.bake_minutes,
                    "State": one.state(now_s),
                    "PercentageComplete": one.percentage(now_s),
                    "StartedAt": _stamp(one.began_s),
                }
                for one in reversed(environment.deployments)
            ]
        return _page(known, asked)

    async def stop_deployment(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            application, environment, deployment = self._named(asked)
            self._store.stop(deployment, allow_revert=bool(asked.get("AllowRevert")))
            return _answer(202, self._deployment(application, environment, deployment))

    def _named(self, asked: Mapping[str, Any]) -> tuple[Application, Environment, Deployment]:
        application = self._store.application(asked["ApplicationId"])
        environment = self._store.environment(application.id, asked["EnvironmentId"])
        return application, environment, self._store.deployment(environment, asked["DeploymentNumber"])

    def _environment(self, application: Application, environment: Environment) -> dict[str, Any]:
        now_s = self._store.clock()
        last = environment.deployments[-1] if environment.deployments else None
        running = any(one.runs(now_s) for one in environment.deployments)
        taken_back = last.taken_back if last is not None else None
        return {
            "ApplicationId": application.id,
            "Id": environment.id,
            "Name": environment.name,
            "State": "DEPLOYING" if running else taken_back or "READY_FOR_DEPLOYMENT",
            "Monitors": environment.monitors,
        }

    def _deployment(self, application: Application, environment: Environment, deployment: Deployment) -> dict[str, Any]:
        now_s = self._store.clock()
        strategy = deployment.strategy
        return {
            "ApplicationId": application.id,
            "EnvironmentId": environment.id,
            "DeploymentStrategyId": strategy.id,
            "ConfigurationProfileId": deployment.profile,
            "DeploymentNumber": deployment.number,
            "ConfigurationName": deployment.profile_name,
            "ConfigurationLocationUri": "hosted",
            "ConfigurationVersion": str(deployment.version),
            "Description": deployment.description,
            "DeploymentDurationInMinutes": strategy.minutes,
            "GrowthType": strategy.growth_type,
            "GrowthFactor": strategy.growth_factor,
            "FinalBakeTimeInMinutes": strategy.bake_minutes,
            "State": deployment.state(now_s),
            "EventLog": [{**event, "OccurredAt": _stamp(event["OccurredAt"])} for event in deployment.events],
            "PercentageComplete": deployment.percentage(now_s),
            "StartedAt": _stamp(deployment.began_s),
        }


def _profile(application: Application, profile: Profile) -> dict[str, Any]:
    return {
        "ApplicationId": application.id,
        "Id": profile.id,
        "Name": profile.name,
        "LocationUri": profile.location,
        "Type": profile.type,
    }


def _strategy(strategy: Strategy) -> dict[str, Any]:
    return {
        "Id": strategy.id,
        "Name": strategy.name,
        "DeploymentDurationInMinutes": strategy.minutes,
        "GrowthType": strategy.growth_type,
        "GrowthFactor": strategy.growth_factor,
        "FinalBakeTimeInMinutes": strategy.bake_minutes,
        "ReplicateTo": "NONE",
    }


def _version(application: str, profile: Profile, version: HostedVersion, *, status: int) -> HttpResponse:
    headers = {
        "Application-Id": application,
        "Configuration-Profile-Id": profile.id,
        "Version-Number": str(version.number),
        "Description": version.description,
    }
    return HttpResponse(status=status, headers=aws_headers(version.content_type) | headers, body=version.content)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _created(payload: Mapping[str, Any]) -> HttpResponse:
    return _answer(201, payload)


def _answer(status: int, payload: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(status=status, headers=aws_headers(), body=to_json(payload))


def _page(items: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]) -> HttpResponse:
    start = int(asked.get("NextToken") or 0)
    size = asked.get("MaxResults") or _PAGE
    payload: dict[str, Any] = {"Items": list(items[start : start + size])}
    if start + size < len(items):
        payload["NextToken"] = str(start + size)
    return _answer(200, payload)
