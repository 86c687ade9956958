"""The composition root: the only reader of the environment, and lazy about it."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import urllib3
from botocore.config import Config

from brainswap.adapters.bedrock import BedrockCatalogue, BedrockModels
from brainswap.adapters.dynamodb import DynamoAnswerCache, DynamoLedger
from brainswap.adapters.eventbridge import EventBridgeEvents
from brainswap.adapters.openai import PREFIX, OpenAIModels
from brainswap.adapters.recordings import RecordedModels
from brainswap.adapters.s3 import S3Artifacts
from brainswap.adapters.sqlite_answers import SqliteAnswerCache
from brainswap.core.answers import Answer
from brainswap.core.errors import ModelAccessError
from brainswap.ports import AnswerCache, Artifacts, Catalogue, Clock, Dependencies, Events, Ledger, Models, Question

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

CONNECTIONS = 64
READ_TIMEOUT_S = 600
ANSWER_DAYS = 90


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ms(self) -> float:
        return time.perf_counter() * 1000


class RoutedModels:
    """Live models by provider: the part of the id before a colon, Bedrock where there is none."""

    def __init__(self, bedrock: Models, openai: Models | None) -> None:
        self._bedrock = bedrock
        self._openai = openai

    def ask(self, question: Question) -> Answer:
        if not question.model.startswith(PREFIX):
            return self._bedrock.ask(question)
        if self._openai is None:
            raise ModelAccessError(f"{question.model}: set OPENAI_BASE_URL or OPENAI_API_KEY to reach this provider")
        return self._openai.ask(question)


@dataclass(frozen=True)
class Runtime:
    """The dependencies of one process; each is made when it is first needed."""

    environment: Mapping[str, str]

    @property
    def realm(self) -> str:
        return self.environment.get("BRAINSWAP_REALM", "bedrock")

    @cached_property
    def clock(self) -> Clock:
        return SystemClock()

    @cached_property
    def artifacts(self) -> Artifacts:
        return S3Artifacts(self._session.client("s3", config=_patient()), self.environment["BRAINSWAP_BUCKET"])

    @cached_property
    def ledger(self) -> Ledger:
        client = self._session.client("dynamodb", config=_patient())
        return DynamoLedger(client, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @cached_property
    def cache(self) -> AnswerCache:
        file = self.environment.get("BRAINSWAP_ANSWER_FILE")
        if file:
            return SqliteAnswerCache(Path(file))
        client = self._session.client("dynamodb", config=_patient())
        days = int(self.environment.get("BRAINSWAP_ANSWER_TTL_DAYS", ANSWER_DAYS))
        return DynamoAnswerCache(client, self.environment["BRAINSWAP_ANSWER_TABLE"], self.artifacts, days=days)

    @cached_property
    def recordings(self) -> Models:
        return RecordedModels()

    @cached_property
    def models(self) -> Models:
        base_url = self.environment.get("OPENAI_BASE_URL")
        key = self.environment.get("OPENAI_API_KEY")
        openai = None
        if base_url or key:
            pool = urllib3.PoolManager(maxsize=CONNECTIONS, timeout=urllib3.Timeout(connect=10, read=READ_TIMEOUT_S))
            openai = OpenAIModels(pool, base_url or "https://api.openai.com/v1", key, self.clock)
        return RoutedModels(BedrockModels(self._bedrock_runtime, self.clock), openai)

    @cached_property
    def catalogue(self) -> Catalogue:
        quick = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=5, read_timeout=20)
        client: BedrockClient = self._session.client("bedrock", config=quick)
        return BedrockCatalogue(client)

    @cached_property
    def events(self) -> Events:
        return EventBridgeEvents(self._session.client("events", config=_patient()), self.environment["BRAINSWAP_BUS"])

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session()

    @cached_property
    def _bedrock_runtime(self) -> "BedrockRuntimeClient":
        config = Config(
            retries={"total_max_attempts": 1},  # the Answer step knows its deadline and tries again itself
            read_timeout=READ_TIMEOUT_S,
            connect_timeout=10,
            max_pool_connections=CONNECTIONS,
            tcp_keepalive=True,
        )
        return self._session.client("bedrock-runtime", config=config)


def _patient() -> Config:
    return Config(retries={"mode": "standard", "total_max_attempts": 5}, max_pool_connections=CONNECTIONS)


@cache
def dependencies() -> Dependencies:
    """The dependencies of this process."""
    return Runtime(dict(os.environ))
