"""Runs in memory that have come to rewriting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from brainswap.contracts import Contender, RewriteRequest, RewriteResult, TranslateRequest
from brainswap.core.answers import Answer
from brainswap.handlers import prepare, rewrite, translate
from brainswap.ports import Question
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.clocks import StandingClock
from tests.fakes.memory import MemoryDependencies, ScriptedModels
from tests.fakes.rewriters import ScriptedPromptJobs, wording
from tests.fakes.runs import RUN, case, declaration, upload

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
REWRITER = "anthropic.claude-3-5-sonnet-20240620-v1:0"
PROMPT = {"user": "You know numbers. Answer with only yes or no.\n\nQuestion: {{question}}"}
SYSTEM, USER = "You know numbers. Answer with only yes or no.", "Question: {{question}}"
ORIGINAL = "target-1-original"


def better(question: Question) -> Answer:
    return wording(question, SYSTEM, USER)


class Run:
    """A run in memory that has come to rewriting."""

    def __init__(self, reply: Callable[[Question], Any] = better, *rewriters: str, **changes: Any) -> None:
        known = catalogue(*map(facts, (SOURCE, TARGET, REWRITER, "openai:gpt-5.6-sol")))
        self.using = MemoryDependencies(catalogue=known, models=ScriptedModels(reply=reply))
        self.jobs = ScriptedPromptJobs(artifacts=self.using.artifacts)
        self.using.prompt_jobs = self.jobs
        improve = {"methods": ["rewrite"], "rewriters": list(rewriters or ["own"]), **changes.pop("improve", {})}
        rows = changes.pop("rows", [case(number) for number in range(30)])
        splits = {"train": 0.4, "test": 0.6}
        declared = declaration(**{"prompt": PROMPT, "improve": improve, "splits": splits, **changes})
        prepare.run(upload(self.using, declared, rows), self.using)
        self.translated = translate.run(TranslateRequest(run_id=RUN, target=0), self.using)
        self.files = RunFiles(self.using.artifacts, RUN)

    def rewrite(self, *, waited_s: int = 0, time_left_s: float = 900.0) -> RewriteResult:
        request = RewriteRequest(run_id=RUN, target=0, contenders=self.translated.contenders, waited_s=waited_s)
        return rewrite.run(request, self.using, lambda: time_left_s)

    def contender(self, name: str) -> Contender:
        return self.files.contender(name)

    @property
    def notes(self) -> list[str]:
        return self.contender(ORIGINAL).notes

    @property
    def asked(self) -> list[Question]:
        return self.using.models.asked

    def later(self, **passed: int) -> None:
        self.using.clock = At(self.using.clock.now() + timedelta(**passed))


class At(StandingClock):
    """A clock that stands still elsewhere."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now
