"""What moving traffic needs, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from brainswap.core.errors import RouteTakenBackError
from brainswap.core.rollout.analysis import Outcomes
from brainswap.rollout.ports import Told, Variant


@dataclass
class MemoryRoutes:
    """Documents by workload, and the numbers of those that were deployed, in order.

    Attributes:
        undone: of those, what was taken back.
        refused: versions that are taken back as soon as they are deployed.
    """

    documents: dict[str, list[bytes]] = field(default_factory=dict)
    deployed: list[tuple[str, int]] = field(default_factory=list)
    undone: set[tuple[str, int]] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)

    def publish(self, workload: str, document: bytes, about: str) -> int:
        assert about
        versions = self.documents.setdefault(workload, [])
        versions.append(document)
        return len(versions)

    def deploy(self, workload: str, version: int, about: str) -> None:
        assert about
        assert 0 < version <= len(self.documents[workload])
        self.deployed.append((workload, version))
        if version in self.refused:
            self.undone.add((workload, version))
            raise RouteTakenBackError(f"version {version} was undone")

    def told_last(self, workload: str) -> Told | None:
        versions = [version for name, version in self.deployed if name == workload]
        if not versions:
            return None
        undone = (workload, versions[-1]) in self.undone
        return Told(version=versions[-1], state="taken_back" if undone else "in_force")

    def told(self, workload: str) -> bytes | None:
        """What applications were told last."""
        versions = [version for name, version in self.deployed if name == workload]
        return self.documents[workload][versions[-1] - 1] if versions else None


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
class MemoryRollouts:
    """Records by workload."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)

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


@dataclass
class StartedRollouts:
    """Whose machines were started."""

    started: list[tuple[str, str]] = field(default_factory=list)

    def start(self, run_id: str, workload: str) -> None:
        self.started.append((run_id, workload))
