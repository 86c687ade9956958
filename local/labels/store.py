"""``labels.jsonl`` in a workload's folder: read, added to, and written whole at every change."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.labelling.labels import LABELS_FILE, Label, encode_labels, load_labels, merged
from brainswap.core.scoring.specs import ScorerSpec


class LabelStore:
    """What people have said of a workload so far."""

    def __init__(self, directory: Path, scorers: Sequence[ScorerSpec]) -> None:
        """Read what is there.

        Raises:
            InvalidWorkloadError: with every problem of the file.
        """
        self.path = directory / LABELS_FILE
        self._labels = list(load_labels(DirectoryFolder(directory), scorers))

    @property
    def labels(self) -> Sequence[Label]:
        return self._labels

    def add(self, further: Iterable[Label]) -> int:
        """Keep labels in place of those of the same person on the same; return how many were replaced."""
        new = list(further)
        before = len(self._labels)
        known = {label.subject for label in self._labels}
        fresh = {label.subject for label in new}
        self._labels = merged([*self._labels, *new])
        self._write()
        return len(known & fresh) if before else 0

    def remove(self, label: Label) -> None:
        self._labels.remove(label)
        self._write()

    def _write(self) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_bytes(encode_labels(self._labels))
        fresh.replace(self.path)
