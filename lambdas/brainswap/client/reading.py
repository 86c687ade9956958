"""Where configurations and versions come from: AppConfig or its agent, and the bucket."""

import http.client
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from brainswap.client.errors import BadVersionError
from brainswap.client.settings import Settings

TIMEOUT_S = 3.0
_OK = 200


class Reader(Protocol):
    """One workload's configuration, asked for again and again."""

    def news(self) -> bytes | None:
        """The configuration, where it has changed since it was last read; raises whatever goes wrong."""
        ...


class AppConfigReader:
    """A session of AppConfig's data plane; one that failed is left for a new one.

    Args:
        client: of boto3, for ``appconfigdata``.
        settings: whose application and environment.
        workload: the name of the configuration profile.
    """

    def __init__(self, client: Any, settings: Settings, workload: str) -> None:
        self._client = client
        self._settings = settings
        self._workload = workload
        self._token: str | None = None

    def news(self) -> bytes | None:
        token, self._token = self._token, None
        if token is None:
            token = self._client.start_configuration_session(
                ApplicationIdentifier=self._settings.application,
                EnvironmentIdentifier=self._settings.environment,
                ConfigurationProfileIdentifier=self._workload,
                RequiredMinimumPollIntervalInSeconds=max(15, self._settings.poll_s // 2),
            )["InitialConfigurationToken"]
        answer = self._client.get_latest_configuration(ConfigurationToken=token)
        self._token = answer["NextPollConfigurationToken"]
        return answer["Configuration"].read() or None


class AgentReader:
    """AWS AppConfig Agent, which caches for all processes of the machine; it is on loopback and asks for no signature.

    Args:
        url: of the agent.
        settings: whose application and environment.
        workload: the name of the configuration profile.
    """

    def __init__(self, url: str, settings: Settings, workload: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError(f"the agent of AppConfig is on this machine, such as http://localhost:2772, not at {url}")
        self._place = (parts.hostname, parts.port or 2772)
        names = (settings.application, settings.environment, workload)
        self._path = "/applications/{}/environments/{}/configurations/{}".format(*(quote(name, "") for name in names))
        self._last: bytes | None = None

    def news(self) -> bytes | None:
        connection = http.client.HTTPConnection(*self._place, timeout=TIMEOUT_S)
        try:
            connection.request("GET", self._path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != _OK:
            raise BadVersionError(f"the agent of AppConfig answered with status {answer.status}")
        changed, self._last = body != self._last, body
        return body if changed else None


class Bucket:
    """Published versions that are read, and samples that are written, by key.

    Args:
        client: of boto3, for ``s3``.
        name: of the bucket.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def read(self, key: str) -> bytes:
        data: bytes = self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
        return data

    def write(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._name, Key=key, Body=data, ContentType="application/json")
