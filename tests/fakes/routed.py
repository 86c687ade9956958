"""A route that is deployed in an embedded AppConfig, with its versions in a bucket of moto's."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import boto3

from brainswap.adapters.appconfig_routes import AppConfigRoutes
from brainswap.client import Settings
from brainswap.contracts import FrozenMessage, FrozenPrompt
from brainswap.core import calls
from brainswap.core.declared_models import Parameters
from brainswap.core.rollout.routes import Route, Version, document_of
from brainswap.rollout.contracts import PublishedVersion
from local.appconfig.server import EmbeddedAppConfig
from local.cloud import BUCKET

WORKLOAD = "support-triage"
SOURCE_MODEL, TARGET_MODEL = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0"
SETTINGS = calls.Settings(max_tokens=64, temperature=0.0)


def version(model: str, **changes: Any) -> PublishedVersion:
    prompt = FrozenPrompt(
        system=f"You are asked as {model}.", messages=[FrozenMessage(role="user", content="Sort: {{ticket}}")]
    )
    plain: dict[str, Any] = {"prompt": prompt, "parameters": Parameters(max_tokens=64), "settings": SETTINGS}
    return PublishedVersion(workload=WORKLOAD, model=model, prompt_sha256="0" * 64, **{**plain, **changes})


def named(published: PublishedVersion) -> tuple[Version, bytes]:
    data = published.model_dump_json().encode()
    return Version(model=published.model, sha256=hashlib.sha256(data).hexdigest()), data


def route_of(source: PublishedVersion, target: PublishedVersion, *, share: int, step: int = 1) -> Route:
    return Route(
        workload=WORKLOAD,
        rollout="run-1",
        step=step,
        share=share,
        seed="run-1",
        source=named(source)[0],
        target=named(target)[0],
        slow_ms=2000,
    )


@dataclass
class Routed:
    """What a test moves traffic with."""

    appconfig: EmbeddedAppConfig
    routes: AppConfigRoutes
    route: Route

    def send(self, share: int, step: int = 1, **changes: Any) -> int:
        """Deploy a share of the target; the number of the version."""
        self.route = replace(self.route, share=share, step=step, **changes)
        number = self.routes.publish(WORKLOAD, document_of(self.route), "a test")
        self.routes.deploy(WORKLOAD, number, "a test")
        return number

    def settings(self, **changes: Any) -> Settings:
        plain: dict[str, Any] = {
            "application": "brainswap",
            "environment": "production",
            "bucket": BUCKET,
            "region": "us-east-1",
        }
        return Settings(**{**plain, **changes})


@contextmanager
def routed(appconfig: EmbeddedAppConfig, versions: Mapping[str, PublishedVersion] | None = None) -> Iterator[Routed]:
    """Publish two versions, and nothing of a route yet; in a cloud that has the bucket."""
    published = versions or {"source": version(SOURCE_MODEL), "target": version(TARGET_MODEL)}
    ids: dict[str, Any] = {**appconfig.found()}
    s3 = boto3.client("s3")
    for each in published.values():
        made, data = named(each)
        s3.put_object(Bucket=BUCKET, Key=made.key(WORKLOAD), Body=data)
    client = boto3.client("appconfig", endpoint_url=appconfig.url)
    routes = AppConfigRoutes(
        client, application=ids["application"], environment=ids["environment"], strategy=ids["strategy"]
    )
    yield Routed(appconfig=appconfig, routes=routes, route=route_of(published["source"], published["target"], share=0))
