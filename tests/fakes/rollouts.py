"""What moving traffic needs, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from brainswap.core.errors import RouteTakenBackError
from brainswap.core.rollout.analysis import Outcomes
from brainswap.rollout.ports import Variant


@dataclass
class MemoryRoutes:
    """Documents by workload, and the numbers of those that were deployed, in order.

    Attributes:
        refused: versions that are undone as soon as they are deployed.
    """

    documents: dict[str, list[bytes]] = field(default_factory=dict)
    deployments: list[tuple[str, int]] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)

    def publish(self, workload: str, document: bytes, about: str) -> int:
        assert about
        versions = self.documents.setdefault(workload, [])
        versions.append(document)
        return len(versions)

    def deploy(self, workload: str, version: int, about: str) -> None:
        assert about
        assert 0 < version <= len(self.documents[workload])
        if version in self.refused:
            raise RouteTakenBackError(f"version {version} was undone")
        self.deployments.append((workload, version))

    def deployed(self, workload: str) -> int | None:
        versions = [version for name, version in self.deployments if name == workload]
        return versions[-1] if versions else None

    def told(self, workload: str) -> bytes | None:
        """What applications were told last."""
        version = self.deployed(workload)
        return None if version is None else self.documents[workload][version - 1]


@dataclass
class MemoryOutcomes:
    """What a test says that was reported, by step."""

    reported: dict[str, dict[Variant, Outcomes]] = field(default_factory=dict)

    def outcomes(self, workload: str, step: str, *, since: datetime, until: datetime) -> Mapping[Variant, Outcomes]:
        assert workload
        assert since <= until
        nothing: dict[Variant, Outcomes] = {"source": {}, "target": {}}
        return nothing | self.reported.get(step, {})


@dataclass
class MemorySamples:
    """Samples by step and variant, as a test says; by rank."""

    kept: dict[tuple[str, Variant], dict[str, bytes]] = field(default_factory=dict)

    def lowest(self, workload: str, step: str, variant: Variant, most: int) -> Mapping[str, bytes]:
        assert workload
        return dict(sorted(self.kept.get((step, variant), {}).items())[:most])


@dataclass
class MemoryRollouts:
    """Records by workload."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def claim(self, workload: str, run_id: str, facts: Mapping[str, Any]) -> bool:
        before = self.records.get(workload)
        if before is not None:
            ended = before["status"] not in {"running", "rolling_back"}
            ours = before["run_id"] == run_id
            if not (before["status"] == "running" if ours else ended):
                return False
        self.records[workload] = {**(before or {}), **facts, "run_id": run_id, "status": "running"}
        return True

    def current(self, workload: str) -> Mapping[str, Any] | None:
        found = self.records.get(workload)
        return None if found is None else dict(found)

    def note(self, workload: str, run_id: str, facts: Mapping[str, Any], *, expecting: frozenset[str]) -> bool:
        found = self.records.get(workload)
        if found is None or found["run_id"] != run_id or found["status"] not in expecting:
            return False
        found.update(facts)
        return True

    def shadow_asked(self, run_id: str) -> int:
        return self.asked.get(run_id, 0)


@dataclass
class StartedRollouts:
    """Whose machines were started."""

    started: list[tuple[str, str]] = field(default_factory=list)

    def start(self, run_id: str, workload: str) -> None:
        self.started.append((run_id, workload))
