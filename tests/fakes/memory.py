"""Everything that handlers depend on, in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from brainswap.core.answers import Answer, AnswerStatus, Origin, Usage
from brainswap.ports import BatchJobs, PromptJobs, Question
from tests.fakes.clocks import StandingClock
from tests.fakes.known import FixedCatalogue, FixedPrices, FixedQuotas, FixedTerms, ScriptedListings
from tests.fakes.rollouts import MemoryOutcomes, MemoryRollouts, MemoryRoutes, MemorySamples, StartedRollouts
from tests.fakes.stores import (
    MemoryApprovals,
    MemoryArtifacts,
    MemoryLedger,
    MemoryObjects,
    MemoryRecords,
)
from tests.fakes.told import (
    MemoryEvents,
    MemoryExecutions,
    MemoryMessages,
    MemoryMetrics,
    MemoryTasks,
    MemoryTaskTokens,
    PlainLinks,
)
from tests.fakes.workers import MemoryAnswerCache, MemoryPaces, MemoryPurse

T = TypeVar("T")


@dataclass
class ScriptedModels:
    """Answers, or raises, what a function says, plain or awaited; keeps the questions."""

    reply: Callable[[Question], Answer | Awaitable[Answer]]
    asked: list[Question] = field(default_factory=list)

    async def warm_up(self, question: Question) -> None:
        assert question.model

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        answer = self.reply(question)
        return answer if isinstance(answer, Answer) else await answer


def _answered(question: Question) -> Answer:
    return answered(question)


@dataclass
class MemoryDependencies:
    """Everything in memory; a test replaces what it is about."""

    realm: str = "test"
    region: str = "us-east-1"
    clock: StandingClock = field(default_factory=StandingClock)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)
    cache: MemoryAnswerCache = field(default_factory=MemoryAnswerCache)
    paces: MemoryPaces = field(default_factory=MemoryPaces)
    purse: MemoryPurse = field(default_factory=MemoryPurse)
    prices: FixedPrices = field(default_factory=FixedPrices)
    quotas: FixedQuotas = field(default_factory=FixedQuotas)
    models: ScriptedModels = field(default_factory=lambda: ScriptedModels(reply=_answered))
    recordings: ScriptedModels = field(default_factory=lambda: ScriptedModels(reply=_answered))
    catalogue: FixedCatalogue = field(default_factory=FixedCatalogue)
    terms: FixedTerms = field(default_factory=FixedTerms)
    listings: ScriptedListings = field(default_factory=ScriptedListings)
    executions: MemoryExecutions = field(default_factory=MemoryExecutions)
    migrations_at_once: int = 5
    watched_regions: tuple[str, ...] = ("us-east-1",)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    messages: MemoryMessages | None = None
    links: PlainLinks = field(default_factory=PlainLinks)
    batch_jobs: BatchJobs | None = None
    prompt_jobs: PromptJobs | None = None
    task_tokens: MemoryTaskTokens = field(default_factory=MemoryTaskTokens)
    tasks: MemoryTasks = field(default_factory=MemoryTasks)
    routes: MemoryRoutes = field(default_factory=MemoryRoutes)
    outcome_reports: MemoryOutcomes = field(default_factory=MemoryOutcomes)
    samples: MemorySamples = field(default_factory=MemorySamples)
    rollout_records: MemoryRollouts = field(default_factory=MemoryRollouts)
    rollouts: StartedRollouts | None = None
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)

    def complete(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


def answered(question: Question, text: str = "yes") -> Answer:
    """A plain live answer to a question."""
    return Answer(
        case_id=question.case.id,
        text=text,
        status=AnswerStatus.ANSWERED,
        origin=Origin.LIVE,
        stop_reason="end_turn",
        usage=Usage(input_tokens=10, output_tokens=2),
        latency_ms=100.0,
        first_token_ms=40.0,
        repeat=question.repeat,
    )
