"""Models that rewrite as they are told, and jobs that end when a test says so."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from brainswap.core.answers import Answer
from brainswap.core.calls import Settings
from brainswap.core.errors import BrainswapError
from brainswap.core.rewriting.job_records import RESULTS, TEMPLATE
from brainswap.core.rewriting.one_text import OPTIMIZE, Optimised, packed
from brainswap.ports import BatchJob, Question
from tests.fakes.memory import answered
from tests.fakes.stores import MemoryArtifacts

_CODE = re.compile(r"The code of this request is ([0-9a-f]{20})\.\n")


def is_rewriting(question: Question) -> bool:
    return _CODE.search(question.prompt.messages[-1].content) is not None


def material(question: Question, name: str) -> str | None:
    """The text of an element of a rewriting request."""
    request = question.prompt.messages[-1].content
    code = _CODE.search(request)
    assert code is not None
    found = re.search(rf"<{name}-{code[1]}>\n(.*?)\n</{name}-{code[1]}>", request, re.DOTALL)
    return found and found[1]


def wording(question: Question, system: str, user: str, reasons: str = "Clearer.") -> Answer:
    """The answer that gives a prompt of one turn this new wording."""
    code = _CODE.search(question.prompt.messages[-1].content)
    assert code is not None
    texts = {"reasons": reasons, "system": system, "turn-1": user}
    elements = (f"<{name}-{code[1]}>\n{text}\n</{name}-{code[1]}>" for name, text in texts.items())
    return answered(question, "\n".join(elements))


def optimising(text: str) -> Callable[[Question], Answer]:
    """``OptimizePrompt`` that says this text, whatever it is asked."""

    def reply(question: Question) -> Answer:
        assert question.model.startswith(OPTIMIZE)
        return answered(question, packed(Optimised(text=text, analysis="It was short.")))

    return reply


@dataclass
class ScriptedPromptJobs:
    """Jobs by the token of the request that created them.

    Attributes:
        refusal: raised instead of creating a job.
        created: the keys of the records, by job.
    """

    artifacts: MemoryArtifacts
    refusal: BrainswapError | None = None
    created: dict[str, tuple[str, str, Settings]] = field(default_factory=dict)
    standing: dict[str, BatchJob | BrainswapError] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    results: str = ""

    def create(self, *, name: str, token: str, model: str, settings: Settings, record: str, results: str) -> str:
        assert name
        if self.refusal is not None:
            raise self.refusal
        job = f"arn:job/{token[:12]}"
        self.created[job] = (record, model, settings)
        self.results = results
        self.standing.setdefault(job, BatchJob(status="InProgress"))
        return job

    def look(self, job: str) -> BatchJob:
        found = self.standing[job]
        if isinstance(found, BrainswapError):
            raise found
        return found

    def stop(self, job: str) -> None:
        self.stopped.append(job)

    def written(self, job: str, *, results: str) -> str:
        return f"{results}{job.rpartition('/')[2]}/{RESULTS}"

    @property
    def only(self) -> str:
        (job,) = self.created
        return job

    @property
    def line(self) -> Any:
        """What the only job was given."""
        (line,) = self.artifacts.lines(self.created[self.only][0])
        return json.loads(line)

    def end(self, text: str, model: str, status: str = "Completed") -> None:
        """Let the only job end with this text."""
        made = {"status": "SUCCESS", "modelId": model, "optimizedPromptTemplate": text}
        row = {"promptTemplateId": TEMPLATE, "promptOptimizationResults": [made]}
        self.artifacts.files[self.written(self.only, results=self.results)] = json.dumps(row).encode() + b"\n"
        self.standing[self.only] = BatchJob(status=status)
