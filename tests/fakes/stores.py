"""Files and records in memory."""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from brainswap.core.approving.record import ApprovalRecord
from brainswap.core.errors import ArtifactMissingError
from brainswap.core.folder import Folder
from brainswap.ports import KeptApproval, Record


@dataclass
class MemoryArtifacts:
    """Files in a dictionary."""

    files: dict[str, bytes] = field(default_factory=dict)
    final: set[str] = field(default_factory=set)

    def read(self, key: str) -> bytes:
        if key not in self.files:
            raise ArtifactMissingError(key)
        return self.files[key]

    def write(self, key: str, data: bytes, content_type: str, *, final: bool = False) -> None:
        assert content_type
        self.files[key] = data
        if final:
            self.final.add(key)

    def lines(self, key: str) -> Iterator[bytes]:
        return iter(self.read(key).removesuffix(b"\n").split(b"\n"))

    @contextmanager
    def writing(self, key: str, content_type: str, *, final: bool = False) -> Iterator[BinaryIO]:
        buffer = io.BytesIO()
        yield buffer
        self.write(key, buffer.getvalue(), content_type, final=final)

    def exists(self, key: str) -> bool:
        return key in self.files

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.files if key.startswith(prefix)))

    def folders(self, prefix: str) -> Iterator[str]:
        below = (key.removeprefix(prefix).split("/") for key in self.files if key.startswith(prefix))
        return iter(sorted({parts[0] for parts in below if len(parts) > 1}))

    def folder(self, prefix: str) -> Folder:
        return MemoryFolder(self, prefix)


@dataclass
class MemoryFolder:
    """The files under a prefix."""

    artifacts: MemoryArtifacts
    prefix: str

    def open(self, name: str) -> BinaryIO:
        try:
            return io.BytesIO(self.artifacts.read(f"{self.prefix}/{name}"))
        except ArtifactMissingError:
            raise FileNotFoundError(name) from None

    def exists(self, name: str) -> bool:
        return self.artifacts.exists(f"{self.prefix}/{name}")

    def local_path(self, name: str) -> Path:
        raise FileNotFoundError(name)

    def rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        raise FileNotFoundError(name)


@dataclass
class MemoryObjects:
    """Files in S3, by address."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, uri: str, most: int) -> bytes:
        if uri not in self.files:
            raise FileNotFoundError("S3 does not have it")
        return self.files[uri][: most + 1]


@dataclass
class MemoryLedger:
    """Records in a dictionary."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)

    def open_run(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.runs[run_id] = {**facts, "status": "running"}

    def note(self, run_id: str, facts: Mapping[str, Any]) -> None:
        self.runs.setdefault(run_id, {}).update(facts)

    def run(self, run_id: str) -> Mapping[str, Any] | None:
        return self.runs.get(run_id)

    def stop(self, run_id: str, contender: str, reason: str) -> None:
        self.reasons.setdefault(run_id, {}).setdefault(contender, reason)

    def stopped(self, run_id: str) -> Mapping[str, str]:
        return dict(self.reasons.get(run_id, {}))


@dataclass
class MemoryRecords:
    """Records in a dictionary for each group."""

    kept: dict[str, dict[str, Record]] = field(default_factory=dict)

    def find(self, group: str, key: str) -> Record | None:
        return self.kept.get(group, {}).get(key)

    def all(self, group: str) -> Sequence[Record]:
        return [record for _, record in sorted(self.kept.get(group, {}).items())]

    def keep(self, group: str, key: str, facts: Mapping[str, Any], *, over: int | None) -> bool:
        now = self.find(group, key)
        if (now.revision if now else None) != over:
            return False
        told = json.loads(json.dumps(dict(facts)))
        self.kept.setdefault(group, {})[key] = Record(key=key, facts=told, revision=(over or 0) + 1)
        return True

    def drop(self, group: str, key: str, *, over: int) -> bool:
        now = self.find(group, key)
        if now is None or now.revision != over:
            return False
        del self.kept[group][key]
        return True


@dataclass
class MemoryApprovals:
    """Records and tokens in dictionaries; ``meanwhile`` is done once, before the next write."""

    kept: dict[str, KeptApproval] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None

    def read(self, run_id: str) -> KeptApproval | None:
        return self.kept.get(run_id)

    def write(self, record: ApprovalRecord, *, after: int) -> bool:
        if self.meanwhile is not None:
            other, self.meanwhile = self.meanwhile, None
            other()
        known = self.kept.get(record.run_id)
        if (known.revision if known else 0) != after:
            return False
        self.kept[record.run_id] = KeptApproval(record=record, revision=after + 1)
        return True

    def keep_token(self, run_id: str, token: str) -> None:
        self.tokens[run_id] = token

    def token(self, run_id: str) -> str | None:
        return self.tokens.get(run_id)
