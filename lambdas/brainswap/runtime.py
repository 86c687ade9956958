"""The composition root: the only reader of the environment, and lazy about it."""

import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from brainswap.ports import (
    AccountTerms,
    AnswerCache,
    Approvals,
    Artifacts,
    BatchJobs,
    Catalogue,
    Clock,
    Dependencies,
    Endpoint,
    Events,
    Executions,
    Ledger,
    Links,
    Listings,
    Messages,
    Metric,
    Metrics,
    Models,
    Paces,
    PriceSource,
    PromptJobs,
    Purse,
    Question,
    Quotas,
    Records,
    Tasks,
    TaskTokens,
)

# Adapters and the libraries beneath them are imported where they are made: most functions need few of them, and a cold
# start pays for every import.
if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

    from brainswap.adapters.bedrock_access import BedrockAccess
    from brainswap.adapters.bedrock_catalogue import BedrockCatalogue
    from brainswap.adapters.http import HttpClient
    from brainswap.adapters.secrets import Secrets
    from brainswap.adapters.sqlite_state import SqliteState
    from brainswap.core.answers import Answer
    from brainswap.core.folder import Objects
    from brainswap.core.money.price_lines import CandidatePrice
    from brainswap.core.quotas import Quota
    from brainswap.loop_thread import LoopThread
    from brainswap.rollout.ports import OutcomeReports, RolloutRecords, Rollouts, Routes, Samples

OPENAI_PREFIX = "openai:"
EMBEDDED = "embedded"
NO_ACCOUNT = "none"
NOBODY_TO_CALL = (
    "embedded models stand in for Bedrock here, and nobody for functions; name where they are in "
    "AWS_ENDPOINT_URL_LAMBDA, or ask real models"
)
CALL_TIMEOUT_S = 600.0
CONNECTIONS = 64
ANSWER_DAYS = 90
AT_ONCE = 5
BATCH_HOURS = 24  # Bedrock's own default; the state machine looks at a job every half an hour

T = TypeVar("T")


if TYPE_CHECKING:
    _Once = cached_property
else:

    class _Once(cached_property):
        """A cached property that is made once, also when several threads want it first."""

        _making = threading.RLock()

        def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
            with self._making:
                return super().__get__(instance, owner)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_ms(self) -> float:
        return time.perf_counter() * 1000


class RoutedModels:
    """Live models by provider: the part of the id before a colon, Bedrock where there is none.

    Args:
        simulated: somebody stands in for all providers, and nobody else may be asked, whatever a workload names.
        called: by the same part of the id, who answers that is no chat model.
    """

    def __init__(
        self, bedrock: Models, openai: Models, *, simulated: bool, called: Mapping[str, Callable[[], Models]]
    ) -> None:
        self._bedrock = bedrock
        self._openai = openai
        self._simulated = simulated
        self._called = called

    async def warm_up(self, question: Question) -> None:
        models, question = self._route(question)
        await models.warm_up(question)

    async def ask(self, question: Question) -> "Answer":
        models, question = self._route(question)
        return await models.ask(question)

    def _route(self, question: Question) -> tuple[Models, Question]:
        called = self._called.get(question.model.partition(":")[0])
        if called is not None:
            return called(), question
        if not question.model.startswith(OPENAI_PREFIX):
            return self._bedrock, question
        return self._openai, replace(question, endpoint=Endpoint()) if self._simulated else question


class NoPriceSource:
    """Nobody is asked what models cost."""

    def prices(self, model_ids: Collection[str], region: str) -> "Mapping[str, Sequence[CandidatePrice]]":  # noqa: ARG002 - the port has it
        return {}


class NoQuotas:
    """Nobody is asked what the account may use."""

    def of(self, model_ids: Collection[str]) -> "Mapping[str, Quota]":  # noqa: ARG002 - the port has it
        return {}


class NoMetrics:
    """Nobody watches."""

    def record(self, metrics: Sequence[Metric], *, by: Mapping[str, str], about: Mapping[str, str]) -> None:
        """Forget them."""


@dataclass(frozen=True)
class Runtime:
    """The dependencies of one process; each is made when it is first needed."""

    environment: Mapping[str, str]

    @property
    def realm(self) -> str:
        return self.environment.get("BRAINSWAP_REALM", "bedrock")

    @property
    def region(self) -> str:
        return self.environment.get("AWS_REGION") or self.environment.get("AWS_DEFAULT_REGION") or "us-east-1"

    @_Once
    def clock(self) -> Clock:
        return SystemClock()

    @_Once
    def artifacts(self) -> Artifacts:
        from brainswap.adapters.s3 import Retention, S3Artifacts

        told = self.environment.get("BRAINSWAP_RETENTION")
        return S3Artifacts(
            self._session.client("s3", config=_patient()),
            self.environment["BRAINSWAP_BUCKET"],
            self.clock,
            Retention.parse(told) if told else None,
        )

    @_Once
    def objects(self) -> "Objects":
        from brainswap.adapters.s3_objects import S3Objects

        return S3Objects(self._session.client("s3", config=_patient()))

    @_Once
    def ledger(self) -> Ledger:
        from brainswap.adapters.dynamodb_ledger import DynamoLedger

        return DynamoLedger(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def records(self) -> Records:
        from brainswap.adapters.dynamodb_records import DynamoRecords

        return DynamoRecords(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def metrics(self) -> Metrics:
        stack = self.environment.get("BRAINSWAP_METRICS_OF")
        if not stack:
            return NoMetrics()
        from brainswap.adapters.embedded_metrics import EmbeddedMetrics

        return EmbeddedMetrics(sys.stdout, self.clock, stack=stack)

    @_Once
    def cache(self) -> AnswerCache:
        if self._state is not None:
            return self._state.answers
        from brainswap.adapters.dynamodb_answers import DynamoAnswerCache

        days = int(self.environment.get("BRAINSWAP_ANSWER_TTL_DAYS", ANSWER_DAYS))
        return DynamoAnswerCache(self._dynamodb, self.environment["BRAINSWAP_ANSWER_TABLE"], self.artifacts, days=days)

    @_Once
    def paces(self) -> Paces:
        if self._state is not None:
            return self._state.paces
        from brainswap.adapters.dynamodb_paces import DynamoPaces

        return DynamoPaces(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def purse(self) -> Purse:
        if self._state is not None:
            return self._state.purse
        from brainswap.adapters.dynamodb_purse import DynamoPurse

        return DynamoPurse(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def recordings(self) -> Models:
        from brainswap.adapters.recordings import RecordedModels

        return RecordedModels()

    @_Once
    def models(self) -> Models:
        from brainswap.adapters.bedrock import BedrockModels
        from brainswap.adapters.openai import OPENAI, OpenAIModels

        openai = OpenAIModels(self._http, self._key, base_url=self.environment.get("OPENAI_BASE_URL") or OPENAI)
        return RoutedModels(
            BedrockModels(self._http, self._bedrock_access, self.clock),
            openai,
            simulated=self._simulated,
            called={
                "embedding": lambda: self._embeddings,
                "guardrail": lambda: self._guardrails,
                "lambda": lambda: self._functions,
                "optimize-prompt": lambda: self._optimiser,
            },
        )

    @_Once
    def catalogue(self) -> Catalogue:
        return self._bedrock_catalogue

    @_Once
    def prices(self) -> PriceSource:
        if not self._account_is_asked:
            return NoPriceSource()
        from brainswap.adapters.price_lists import AwsPriceSource

        return AwsPriceSource.from_session(self._session, self.clock)

    @_Once
    def quotas(self) -> Quotas:
        if not self._account_is_asked:
            return NoQuotas()
        from brainswap.adapters.service_quotas import AwsQuotas

        return AwsQuotas(self._session.client("service-quotas", config=_quick()), self._bedrock_catalogue)

    @_Once
    def terms(self) -> AccountTerms:
        from brainswap.adapters.bedrock_terms import BedrockTerms

        return BedrockTerms(self._session.client("bedrock", config=_quick()))

    @_Once
    def listings(self) -> Listings:
        from brainswap.adapters.bedrock_listings import BedrockListings

        return BedrockListings(lambda region: self._session.client("bedrock", region_name=region, config=_quick()))

    @property
    def watched_regions(self) -> Sequence[str]:
        """The own one first: it is by its models that triggers go."""
        named = [region for region in self.environment.get("BRAINSWAP_WATCH_REGIONS", "").split(",") if region]
        return list(dict.fromkeys([self.region, *named]))

    @_Once
    def batch_jobs(self) -> BatchJobs | None:
        role = self.environment.get("BRAINSWAP_BATCH_ROLE")
        if not role:
            return None
        from brainswap.adapters.bedrock_batches import BedrockBatchJobs

        client = self._session.client("bedrock", config=_quick())
        return BedrockBatchJobs(client, bucket=self.environment["BRAINSWAP_BUCKET"], role=role, hours=BATCH_HOURS)

    @_Once
    def prompt_jobs(self) -> PromptJobs | None:
        """They work with the caller's own rights; without the role of batch jobs, no job can read the bucket."""
        if not self.environment.get("BRAINSWAP_BATCH_ROLE"):
            return None
        from brainswap.adapters.bedrock_prompt_jobs import BedrockPromptJobs

        client = self._session.client("bedrock", config=_quick())
        return BedrockPromptJobs(client, bucket=self.environment["BRAINSWAP_BUCKET"])

    @_Once
    def executions(self) -> Executions:
        from brainswap.adapters.executions import StepFunctionsExecutions

        return StepFunctionsExecutions(
            self._session.client("stepfunctions", config=_patient()), self.environment["BRAINSWAP_MACHINE"]
        )

    @property
    def migrations_at_once(self) -> int:
        return int(self.environment.get("BRAINSWAP_MIGRATIONS_AT_ONCE", AT_ONCE))

    @_Once
    def task_tokens(self) -> TaskTokens:
        from brainswap.adapters.task_tokens import DynamoTaskTokens

        return DynamoTaskTokens(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def tasks(self) -> Tasks:
        from brainswap.adapters.task_tokens import StepFunctionsTasks

        return StepFunctionsTasks(self._session.client("stepfunctions", config=_patient()))

    @_Once
    def approvals(self) -> Approvals:
        from brainswap.adapters.dynamodb_approvals import DynamoApprovals

        return DynamoApprovals(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def events(self) -> Events:
        from brainswap.adapters.eventbridge import EventBridgeEvents

        return EventBridgeEvents(self._session.client("events", config=_patient()), self.environment["BRAINSWAP_BUS"])

    @_Once
    def messages(self) -> Messages | None:
        topic = self.environment.get("BRAINSWAP_TOPIC")
        if not topic:
            return None
        from brainswap.adapters.sns_messages import SnsMessages

        return SnsMessages(self._session.client("sns", config=_patient()), topic)

    @_Once
    def links(self) -> Links:
        from brainswap.adapters.s3 import S3Links

        # Links of the older signature end in regions that take the newer one alone.
        client = self._session.client("s3", config=_patient(signature_version="s3v4"))
        return S3Links(client, self.environment["BRAINSWAP_BUCKET"])

    @_Once
    def routes(self) -> "Routes":
        from brainswap.adapters.appconfig_routes import AppConfigRoutes

        return AppConfigRoutes(
            self._session.client("appconfig", config=_patient()),
            application=self.environment["BRAINSWAP_ROUTES_APPLICATION"],
            environment=self.environment["BRAINSWAP_ROUTES_ENVIRONMENT"],
            strategy=self.environment["BRAINSWAP_ROUTES_STRATEGY"],
        )

    @_Once
    def outcome_reports(self) -> "OutcomeReports":
        from brainswap.adapters.cloudwatch_outcomes import CloudWatchOutcomes

        return CloudWatchOutcomes(self._session.client("cloudwatch", config=_patient()))

    @_Once
    def samples(self) -> "Samples":
        from brainswap.adapters.s3_samples import S3Samples

        return S3Samples(self._session.client("s3", config=_patient()), self.environment["BRAINSWAP_BUCKET"])

    @_Once
    def rollout_records(self) -> "RolloutRecords":
        from brainswap.adapters.dynamodb_rollouts import DynamoRollouts

        return DynamoRollouts(self._dynamodb, self.environment["BRAINSWAP_LEDGER_TABLE"])

    @_Once
    def rollouts(self) -> "Rollouts | None":
        machine = self.environment.get("BRAINSWAP_ROLLOUT_MACHINE")
        if not machine:
            return None
        from brainswap.adapters.rollout_machine import RolloutMachine

        return RolloutMachine(self._session.client("stepfunctions", config=_patient()), machine)

    def complete(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.complete(work)

    def close(self) -> None:
        """Close what was opened; used where a process goes on without it."""
        opened = self.__dict__
        if "_loop" in opened:
            if "_http" in opened:
                self._loop.complete(self._http.close())
            self._loop.close()
        if opened.get("_state") is not None:
            opened["_state"].close()

    @_Once
    def _bedrock_access(self) -> "BedrockAccess":
        from brainswap.adapters.bedrock_access import BedrockAccess

        return BedrockAccess(
            _open_session, region=self.region, bearer_token=self.environment.get("AWS_BEARER_TOKEN_BEDROCK")
        )

    @_Once
    def _embeddings(self) -> Models:
        from brainswap.adapters.aws_calls import AwsCalls
        from brainswap.adapters.bedrock_embeddings import BedrockEmbeddings

        return BedrockEmbeddings(AwsCalls(self._http, self._bedrock_access, self.clock))

    @_Once
    def _guardrails(self) -> Models:
        from brainswap.adapters.aws_calls import AwsCalls
        from brainswap.adapters.bedrock_guardrails import BedrockGuardrails

        return BedrockGuardrails(AwsCalls(self._http, self._bedrock_access, self.clock))

    @_Once
    def _optimiser(self) -> Models:
        from brainswap.adapters.aws_calls import AwsCalls
        from brainswap.adapters.bedrock_access import SIGNING_NAME, ServiceAccess
        from brainswap.adapters.bedrock_optimize_prompt import SERVICE, BedrockOptimizePrompt

        access = ServiceAccess(_open_session, service=SERVICE, signing_name=SIGNING_NAME, region=self.region)
        return BedrockOptimizePrompt(AwsCalls(self._http, access, self.clock))

    @_Once
    def _functions(self) -> Models:
        """Those that the deployment allows; on a laptop those that its account may invoke, or that are at a URL."""
        from brainswap.adapters.aws_calls import AwsCalls
        from brainswap.adapters.bedrock_access import ServiceAccess
        from brainswap.adapters.lambda_functions import LambdaFunctions

        listed = self.environment.get("BRAINSWAP_SCORING_FUNCTIONS")
        endpoint = self.environment.get("BRAINSWAP_FUNCTIONS_URL")

        @cache
        def calls(region: str) -> AwsCalls:
            access = ServiceAccess(
                _open_session, service="lambda", signing_name="lambda", region=region, endpoint=endpoint
            )
            return AwsCalls(self._http, access, self.clock)

        return LambdaFunctions(
            calls,
            allowed=None if listed is None else [arn for arn in listed.split(",") if arn],
            refused_because=NOBODY_TO_CALL if self._simulated and not endpoint else None,
        )

    @_Once
    def _bedrock_catalogue(self) -> "BedrockCatalogue":
        from brainswap.adapters.bedrock_catalogue import BedrockCatalogue

        return BedrockCatalogue(self._session.client("bedrock", config=_quick()))

    @property
    def _account_is_asked(self) -> bool:
        """Whether prices and quotas are looked up; a simulator has none, and a laptop may have no account."""
        return not self._simulated and self.environment.get("BRAINSWAP_ACCOUNT") != NO_ACCOUNT

    @property
    def _simulated(self) -> bool:
        return self.realm.startswith(EMBEDDED)

    @_Once
    def _loop(self) -> "LoopThread":
        from brainswap.loop_thread import LoopThread

        return LoopThread()

    @_Once
    def _http(self) -> "HttpClient":
        from brainswap.adapters.http import HttpClient

        return HttpClient(self.clock, timeout_s=CALL_TIMEOUT_S)

    @_Once
    def _state(self) -> "SqliteState | None":
        """The laptop's own state, in one file; None in the account."""
        file = self.environment.get("BRAINSWAP_ANSWER_FILE")
        if not file:
            return None
        from brainswap.adapters.sqlite_state import SqliteState

        return SqliteState(Path(file))

    @_Once
    def _session(self) -> "boto3.Session":
        import boto3

        return boto3.Session()

    @_Once
    def _dynamodb(self) -> Any:
        return self._session.client("dynamodb", config=_patient())

    async def _key(self, endpoint: Endpoint) -> str | None:
        """The key to an endpoint: a secret, a variable that says that it is a key, or OpenAI's own variable."""
        if endpoint.key_secret:
            import asyncio

            return await asyncio.to_thread(self._secret, endpoint.key_secret)
        return self.environment.get(endpoint.key_env or "OPENAI_API_KEY")

    def _secret(self, name: str) -> str | None:
        return self._secrets.value(name)

    @_Once
    def _secrets(self) -> "Secrets":
        from brainswap.adapters.secrets import Secrets

        return Secrets(self._session.client("secretsmanager", config=_quick()))


def _open_session() -> Any:
    import botocore.session

    return botocore.session.get_session()


def _patient(**more: Any) -> "Config":
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": 5}, max_pool_connections=CONNECTIONS, **more)


def _quick() -> "Config":
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=5, read_timeout=20)


def sign_in() -> dict[str, str]:
    """Where people sign in to the portal: its ``client`` and the ``domain``."""
    return {"client": os.environ["BRAINSWAP_PORTAL_CLIENT"], "domain": os.environ["BRAINSWAP_PORTAL_DOMAIN"]}


def teams_apart() -> bool:
    """Whether people see the workloads of their groups alone in the portal."""
    return os.environ.get("BRAINSWAP_PORTAL_TEAMS") == "apart"


@cache
def dependencies() -> Dependencies:
    """The dependencies of this process."""
    return Runtime(dict(os.environ))


def forget() -> None:
    """Close the dependencies of this process, and read the environment anew when they are next needed."""
    if dependencies.cache_info().currsize:
        used = dependencies()
        dependencies.cache_clear()
        if isinstance(used, Runtime):
            used.close()
