"""The data plane, which clients poll, and the agent, which stands before it in Lambda and on servers."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.appconfig.faults import missing, rendered
from local.appconfig.store import Session, Store
from local.bedrock.aws import Handle
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpRequest, HttpResponse
from local.bedrock.service import Call, aws_headers, to_json

DEFAULT_INTERVAL_S = 60
_AGENT = re.compile(r"/applications/([^/]+)/environments/([^/]+)/configurations/([^/]+)")


class DataPlane:
    """Sessions of clients."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def handlers(self) -> Mapping[str, Handle]:
        return {
            "StartConfigurationSession": self.start_session,
            "GetLatestConfiguration": self.get_latest,
        }

    async def start_session(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        wanted = asked.get("RequiredMinimumPollIntervalInSeconds")
        with self._store.lock:
            application = self._store.application(asked["ApplicationIdentifier"])
            session = Session(
                application=application,
                environment=self._store.environment(application.id, asked["EnvironmentIdentifier"]),
                profile=self._store.profile(application.id, asked["ConfigurationProfileIdentifier"]),
                place=self._store.new_place(),
                interval_s=wanted or DEFAULT_INTERVAL_S,
                enforced=wanted is not None,
            )
            token = self._store.open_session(session)
        return HttpResponse(status=201, headers=aws_headers(), body=to_json({"InitialConfigurationToken": token}))

    async def get_latest(self, asked: Mapping[str, Any], _call: Call) -> HttpResponse:
        with self._store.lock:
            session, token, news = self._store.poll(asked["ConfigurationToken"])
        content, content_type = news or (b"", "application/json")
        headers = {
            "Next-Poll-Configuration-Token": token,
            "Next-Poll-Interval-In-Seconds": str(session.interval_s),
        }
        return HttpResponse(status=200, headers=aws_headers(content_type) | headers, body=content)


class Agent:
    """What AWS AppConfig Agent and the Lambda extension answer on port 2772, unsigned."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def asked(self, request: HttpRequest) -> bool:
        return "authorization" not in request.headers and _AGENT.fullmatch(request.path) is not None

    def answer(self, request: HttpRequest) -> HttpResponse:
        match = _AGENT.fullmatch(request.path)
        assert match is not None  # noqa: S101 - `asked` has said so
        try:
            content, content_type = self._content(*map(unquote, match.groups()))
            flags = [value for name, value in parse_qsl(request.query) if name == "flag"]
            if flags:
                content = _chosen(content, flags)
        except ServiceError as error:
            return rendered(error)
        return HttpResponse(status=200, headers={"Content-Type": content_type}, body=content)

    def _content(self, application: str, environment: str, profile: str) -> tuple[bytes, str]:
        with self._store.lock:
            of = self._store.profile(application, profile)
            version = self._store.version_for(self._store.environment(application, environment), of, 0.0)
            if version is None:
                raise missing("Deployed configuration of profile", of.name)
            return of.delivered(version)


def _chosen(content: bytes, flags: list[str]) -> bytes:
    document = json.loads(content)
    for flag in flags:
        if flag not in document:
            raise missing("Flag", flag)
    chosen = document[flags[0]] if len(flags) == 1 else {flag: document[flag] for flag in flags}
    return to_json(chosen)
