"""Who is told something, in lists: figures, events, messages, executions, and tasks that wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brainswap.ports import Metric


@dataclass
class MemoryMetrics:
    """Figures in a list, each moment with its dimensions and what else is known."""

    recorded: list[tuple[tuple[Metric, ...], Mapping[str, str], Mapping[str, str]]] = field(default_factory=list)

    def record(self, metrics: Sequence[Metric], *, by: Mapping[str, str], about: Mapping[str, str]) -> None:
        self.recorded.append((tuple(metrics), by, about))


@dataclass
class MemoryExecutions:
    """Executions that a test ends; ``started`` holds what each was first started with."""

    started: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def start(self, run_id: str, request: Mapping[str, Any]) -> None:
        self.calls.append(run_id)
        if run_id not in self.started:
            self.started[run_id] = request
            self.statuses[run_id] = "RUNNING"

    def status(self, run_id: str) -> str | None:
        return self.statuses.get(run_id)


@dataclass
class MemoryEvents:
    """Events in a list."""

    published: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        self.published.append((kind, detail))


@dataclass
class MemoryMessages:
    """What was sent: subject, text, document and attributes."""

    sent: list[tuple[str, str, Mapping[str, Any], Mapping[str, str]]] = field(default_factory=list)

    def send(self, subject: str, text: str, document: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        self.sent.append((subject, text, document, attributes))


class PlainLinks:
    """Links that lead nowhere."""

    def lasting(self, key: str) -> str:
        return f"https://console.invalid/{key}"

    def signed(self, key: str, name: str, seconds: int) -> str:
        return f"https://bucket.invalid/{key}?name={name}&seconds={seconds}"


@dataclass
class MemoryTaskTokens:
    """Who waits, in a dictionary."""

    tokens: dict[str, str] = field(default_factory=dict)

    def keep(self, job: str, token: str) -> None:
        self.tokens[job] = token

    def find(self, job: str) -> str | None:
        return self.tokens.get(job)


@dataclass
class MemoryTasks:
    """The tasks that were told to go on."""

    told: list[str] = field(default_factory=list)

    def succeed(self, token: str) -> None:
        self.told.append(token)
