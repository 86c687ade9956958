"""The table of functions: it drives CDK, the local cloud and the tests, and imports no CDK."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from infrastructure.event_patterns import (
    DECLARATION_UPLOADED,
    HEALTH_OF_BEDROCK,
    JOB_ENDED,
    LEGACY_MODEL_USED,
    MIGRATION_REQUESTED,
    ROLLOUT_BROKE_OFF,
    RUN_BROKE_OFF,
    TRIGGERING,
    EventRule,
)


class Grant(StrEnum):
    """A right that a function may hold; the constructs turn each into one ``grant_*`` call."""

    READ_WORKLOADS = "read objects under workloads/"
    READ_ATTACHMENTS = "read objects of the buckets that workloads may name files of"
    READ_RUNS = "read objects under runs/"
    READ_REPORTS = "read what a run leaves for people"
    WRITE_RUNS = "write objects under runs/"
    RETAIN_REPORTS = "keep reports and decisions from being deleted, where the settings say for how long"
    READ_HISTORY = "list and read objects under history/"
    WRITE_HISTORY = "write objects under history/"
    WRITE_LEDGER = "write the ledger table"
    READ_LEDGER = "read items of the ledger table"
    READ_ANSWERS = "read the answer table"
    WRITE_ANSWERS = "claim, release and write items of the answer table"
    INVOKE_MODELS = "invoke Bedrock models and inference profiles"
    APPLY_GUARDRAILS = "have Bedrock guardrails look at texts"
    CHECK_HARM = "have Bedrock's guardrail checks look at texts"
    CALL_FUNCTIONS = "invoke the functions that the settings name for scoring"
    READ_CATALOGUE = "list Bedrock models and inference profiles"
    READ_ACCESS = "read whether the account may use Bedrock models"
    READ_TERMS = "read what the account agreed to about what models are sent"
    READ_PRICES = "read what Bedrock models cost"
    READ_QUOTAS = "read what the account may use of Bedrock models"
    READ_PROFILES = "read objects under profiles/"
    WRITE_PROFILES = "write objects under profiles/"
    READ_KEYS = "read secrets under brainswap/"
    CREATE_BATCHES = "create batch inference jobs with the role that is for them"
    LOOK_AT_BATCHES = "read how batch inference jobs stand"
    STOP_BATCHES = "stop batch inference jobs"
    OPTIMISE_PROMPTS = "have Bedrock rewrite prompts"
    RUN_PROMPT_JOBS = "start jobs of Advanced Prompt Optimization, look at them and stop them"
    STOP_PROMPT_JOBS = "stop jobs of Advanced Prompt Optimization"
    HAVE_JOBS_CALL_FUNCTIONS = "let such jobs read and invoke the functions that the settings name for scoring"
    TELL_TASKS = "tell waiting tasks of the machine to go on"
    START_MIGRATIONS = "start executions of the machine and look at them"
    KEEP_RECORDS = "read and write records in the ledger table"
    LIST_RECORDS = "list records in the ledger table"
    DROP_RECORDS = "take away records in the ledger table"
    DEPLOY_ROUTES = "publish and deploy the documents that tell applications where requests go"
    LOOK_AT_ROUTES = "see which documents of routes are deployed"
    READ_OUTCOMES = "read what applications report of requests"
    READ_PUBLISHED = "read objects under published/"
    WRITE_PUBLISHED = "write objects under published/"
    READ_SAMPLES = "read objects under samples/"
    START_ROLLOUTS = "start the machine of roll-outs"
    ANNOUNCE = "put events on the stack's bus"
    SEND_MESSAGES = "publish to the stack's topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One Lambda function.

    Attributes:
        machine: whose state it is.
        state: the state of the machine that invokes it; ``${<state>FunctionArn}`` in the ASL.
        by_events: no state invokes it; ``state`` is its name all the same.
        events: that invoke it.
        every: how often it is invoked besides, as EventBridge Scheduler writes it: ``rate(6 hours)``.
        timeout_s: of the function; the state waits a little longer.
        layers: sections of ``lambdas/requirements.txt``.
        scratch_mb: of temporary files; Lambda gives 512 without being asked.
    """

    state: str
    memory_mb: int
    timeout_s: int
    layers: tuple[str, ...]
    grants: frozenset[Grant]
    scratch_mb: int = 512
    by_events: bool = False
    machine: Literal["migration", "rollout"] = "migration"
    events: tuple[EventRule, ...] = ()
    every: str | None = None

    @property
    def module(self) -> str:
        return f"brainswap.handlers.{self.state.lower()}"

    @property
    def handler(self) -> str:
        return f"{self.module}.lambda_handler"


_GOING_BACK = frozenset(
    {
        Grant.READ_LEDGER,
        Grant.WRITE_LEDGER,
        Grant.READ_CATALOGUE,
        Grant.READ_ACCESS,
        Grant.DEPLOY_ROUTES,
        Grant.ANNOUNCE,
    }
)
"""Of the ways back: by the analysis of a step, where the machine itself fails, and where it was stopped."""

FUNCTIONS: tuple[Function, ...] = (
    Function(
        state="Prepare",
        memory_mb=1769,
        timeout_s=900,
        layers=("base", "tables"),
        scratch_mb=4096,  # a Parquet file has to be a local one
        grants=frozenset(
            {
                Grant.READ_WORKLOADS,
                Grant.READ_ATTACHMENTS,
                Grant.WRITE_RUNS,
                Grant.WRITE_LEDGER,
                Grant.READ_CATALOGUE,
                Grant.READ_ACCESS,
                Grant.READ_TERMS,
                Grant.READ_PRICES,
                Grant.READ_QUOTAS,
                Grant.READ_PROFILES,
                Grant.WRITE_PROFILES,
                Grant.INVOKE_MODELS,
                Grant.READ_KEYS,
            }
        ),
    ),
    Function(
        state="Translate",
        memory_mb=1769,  # the guards look at every case
        timeout_s=300,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Rewrite",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.WRITE_RUNS,
                Grant.WRITE_LEDGER,
                Grant.READ_LEDGER,
                Grant.READ_ANSWERS,
                Grant.WRITE_ANSWERS,
                Grant.INVOKE_MODELS,
                Grant.READ_KEYS,
                Grant.OPTIMISE_PROMPTS,
                Grant.RUN_PROMPT_JOBS,
                Grant.STOP_PROMPT_JOBS,
                Grant.HAVE_JOBS_CALL_FUNCTIONS,
            }
        ),
    ),
    Function(
        state="Optimise",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.APPLY_GUARDRAILS,
                Grant.READ_RUNS,
                Grant.WRITE_RUNS,
                Grant.WRITE_LEDGER,
                Grant.READ_LEDGER,
                Grant.READ_ANSWERS,
                Grant.WRITE_ANSWERS,
                Grant.INVOKE_MODELS,
                Grant.READ_KEYS,
            }
        ),
    ),
    Function(
        state="Shard",
        memory_mb=1024,
        timeout_s=900,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS, Grant.WRITE_LEDGER}),
    ),
    Function(
        state="Submit",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.WRITE_RUNS,
                Grant.READ_LEDGER,
                Grant.WRITE_LEDGER,
                Grant.READ_ANSWERS,
                Grant.CREATE_BATCHES,
                Grant.LOOK_AT_BATCHES,
                Grant.STOP_BATCHES,
                Grant.TELL_TASKS,
            }
        ),
    ),
    Function(
        state="Collect",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.WRITE_RUNS,
                Grant.WRITE_LEDGER,
                Grant.WRITE_ANSWERS,
                Grant.LOOK_AT_BATCHES,
                Grant.STOP_BATCHES,
            }
        ),
    ),
    Function(
        state="Resume",
        memory_mb=512,
        timeout_s=60,
        layers=("base",),
        grants=frozenset(
            {Grant.READ_RUNS, Grant.READ_LEDGER, Grant.STOP_BATCHES, Grant.STOP_PROMPT_JOBS, Grant.TELL_TASKS}
        ),
        by_events=True,
        events=(JOB_ENDED, RUN_BROKE_OFF),
    ),
    Function(
        state="Answer",
        memory_mb=1024,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.APPLY_GUARDRAILS,
                Grant.READ_RUNS,
                Grant.WRITE_RUNS,
                Grant.WRITE_LEDGER,
                Grant.READ_LEDGER,
                Grant.READ_ANSWERS,
                Grant.WRITE_ANSWERS,
                Grant.INVOKE_MODELS,
                Grant.READ_KEYS,
            }
        ),
    ),
    Function(
        state="Score",
        memory_mb=1024,
        timeout_s=300,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Judge",
        memory_mb=1024,
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.APPLY_GUARDRAILS,
                Grant.CHECK_HARM,
                Grant.CALL_FUNCTIONS,
                Grant.READ_RUNS,
                Grant.WRITE_RUNS,
                Grant.WRITE_LEDGER,
                Grant.READ_LEDGER,
                Grant.READ_ANSWERS,
                Grant.WRITE_ANSWERS,
                Grant.INVOKE_MODELS,
                Grant.READ_KEYS,
            }
        ),
    ),
    Function(
        state="Look",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS, Grant.WRITE_LEDGER}),
    ),
    Function(
        state="Decide",
        memory_mb=1769,
        timeout_s=900,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS}),
    ),
    Function(
        state="Report",
        memory_mb=1769,
        timeout_s=900,
        layers=("base", "documents"),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_RUNS, Grant.RETAIN_REPORTS}),
    ),
    Function(
        state="Announce",
        memory_mb=1024,  # the index of ten thousand runs of one workload
        timeout_s=60,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.READ_HISTORY,
                Grant.WRITE_HISTORY,
                Grant.WRITE_LEDGER,
                Grant.ANNOUNCE,
                Grant.SEND_MESSAGES,
            }
        ),
    ),
    Function(
        state="Approve",
        memory_mb=512,
        timeout_s=60,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.READ_LEDGER,
                Grant.WRITE_LEDGER,
                Grant.ANNOUNCE,
                Grant.SEND_MESSAGES,
                Grant.TELL_TASKS,
            }
        ),
    ),
    Function(
        state="Settle",
        memory_mb=512,
        timeout_s=60,
        layers=("base",),
        grants=frozenset({Grant.READ_LEDGER, Grant.WRITE_LEDGER, Grant.ANNOUNCE}),
    ),
    Function(
        state="Register",
        memory_mb=1769,
        timeout_s=900,
        layers=("base", "tables"),
        scratch_mb=4096,  # a Parquet file has to be a local one
        grants=frozenset(
            {
                Grant.READ_WORKLOADS,
                Grant.READ_ATTACHMENTS,
                Grant.KEEP_RECORDS,
                Grant.ANNOUNCE,
                Grant.SEND_MESSAGES,
            }
        ),
        by_events=True,
        events=(DECLARATION_UPLOADED,),
    ),
    Function(
        state="Watch",
        memory_mb=1024,
        timeout_s=300,
        layers=("base",),
        grants=frozenset(
            {
                Grant.KEEP_RECORDS,
                Grant.LIST_RECORDS,
                Grant.READ_CATALOGUE,
                Grant.READ_ACCESS,
                Grant.READ_PRICES,
                Grant.ANNOUNCE,
            }
        ),
        by_events=True,
        events=(HEALTH_OF_BEDROCK, LEGACY_MODEL_USED),
        every="rate(6 hours)",
    ),
    Function(
        state="Trigger",
        memory_mb=1024,
        timeout_s=300,
        layers=("base",),
        grants=frozenset(
            {
                Grant.KEEP_RECORDS,
                Grant.LIST_RECORDS,
                Grant.DROP_RECORDS,
                Grant.READ_LEDGER,
                Grant.READ_HISTORY,
                Grant.WRITE_HISTORY,
                Grant.WRITE_LEDGER,
                Grant.START_MIGRATIONS,
                Grant.ANNOUNCE,
            }
        ),
        by_events=True,
        events=(TRIGGERING, MIGRATION_REQUESTED, RUN_BROKE_OFF),
        every="rate(15 minutes)",
    ),
    Function(
        state="Switch",
        memory_mb=512,
        timeout_s=60,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.WRITE_LEDGER, Grant.START_ROLLOUTS}),
    ),
    Function(
        state="BeginRollout",
        machine="rollout",
        memory_mb=1024,
        timeout_s=120,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.READ_LEDGER,
                Grant.WRITE_LEDGER,
                Grant.READ_PUBLISHED,
                Grant.WRITE_PUBLISHED,
                Grant.READ_CATALOGUE,
                Grant.READ_ACCESS,
                Grant.DEPLOY_ROUTES,
                Grant.ANNOUNCE,
            }
        ),
    ),
    Function(
        state="Step",
        machine="rollout",
        memory_mb=512,
        timeout_s=120,
        layers=("base",),
        grants=frozenset({Grant.READ_RUNS, Grant.READ_LEDGER, Grant.WRITE_LEDGER, Grant.DEPLOY_ROUTES, Grant.ANNOUNCE}),
    ),
    Function(
        state="JudgeSample",
        machine="rollout",
        memory_mb=1769,  # the answers of a step, and as many questions
        timeout_s=900,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.READ_SAMPLES,
                Grant.READ_LEDGER,
                Grant.WRITE_LEDGER,
                Grant.READ_ANSWERS,
                Grant.WRITE_ANSWERS,
                Grant.INVOKE_MODELS,
                Grant.READ_KEYS,
            }
        ),
    ),
    Function(
        state="Analyse",
        machine="rollout",
        memory_mb=512,
        timeout_s=120,
        layers=("base",),
        grants=frozenset(
            {
                Grant.READ_RUNS,
                Grant.READ_LEDGER,
                Grant.WRITE_LEDGER,
                Grant.READ_OUTCOMES,
                Grant.LOOK_AT_ROUTES,
                Grant.ANNOUNCE,
            }
        ),
    ),
    Function(
        state="RollBack",
        machine="rollout",
        memory_mb=512,
        timeout_s=120,
        layers=("base",),
        grants=_GOING_BACK,
    ),
    Function(
        state="Retreat",
        machine="rollout",
        memory_mb=512,
        timeout_s=120,
        layers=("base",),
        grants=_GOING_BACK,
    ),
    Function(
        state="Recover",
        by_events=True,
        machine="rollout",
        memory_mb=512,
        timeout_s=120,
        layers=("base",),
        grants=_GOING_BACK,
        events=(ROLLOUT_BROKE_OFF,),
    ),
    Function(
        state="FinishRollout",
        machine="rollout",
        memory_mb=512,
        timeout_s=120,
        layers=("base",),
        grants=frozenset({Grant.READ_LEDGER, Grant.WRITE_LEDGER, Grant.ANNOUNCE}),
    ),
)

PORTAL = Function(
    state="Portal",
    memory_mb=1024,  # a page is waited for
    timeout_s=20,
    layers=("base",),
    grants=frozenset({Grant.READ_REPORTS, Grant.READ_HISTORY, Grant.READ_LEDGER, Grant.WRITE_LEDGER, Grant.TELL_TASKS}),
)
"""Where the settings ask for it, what answers people's browsers; no state and no event invokes it."""
