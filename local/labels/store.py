"""``labels.jsonl`` in a workload's folder: read, added to, and written whole at every change."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.labelling.labels import LABELS_FILE, Label, encode_labels, merged
from brainswap.core.labelling.loading import load_labels
from brainswap.core.scoring.specs import ScorerSpec


class LabelStore:
    """What people have said of a workload so far; several may add to it side by side."""

    def __init__(self, directory: Path, scorers: Sequence[ScorerSpec]) -> None:
        """Read what is there.

        Raises:
            InvalidWorkloadError: with every problem of the file.
        """
        self.path = directory / LABELS_FILE
        self._folder = DirectoryFolder(directory)
        self._scorers = scorers
        self.labels = self._read()

    def add(self, further: Iterable[Label]) -> int:
        """Keep labels in place of those of the same person on the same; return how many were replaced."""
        new, known = list(further), self._read()
        self._write(merged([*known, *new]))
        return len({label.subject for label in known} & {label.subject for label in new})

    def remove(self, label: Label) -> None:
        self._write([other for other in self._read() if other != label])

    def _read(self) -> Sequence[Label]:
        return load_labels(self._folder, self._scorers)

    def _write(self, labels: Sequence[Label]) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_bytes(encode_labels(labels))
        fresh.replace(self.path)
        self.labels = labels
