"""``labels.jsonl`` of a workload: what people said of answers, a line each."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LABELS_FILE = "labels.jsonl"

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")]
LabellerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,62}$")]


class Label(BaseModel):
    """What one person said of one answer, seen beside its request.

    Attributes:
        scorer: whose question was answered.
        case: the case that was drawn.
        shown_sha256: of the question and of the texts that were shown; the label holds wherever they come again.
        marks: by aspect of the question.
        labeller: who said it.
        labelled_at: when, with its time zone.
        seed: of the draw that the case came from; null where somebody chose it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    version: Literal[1] = 1
    scorer: Name
    case: str = Field(min_length=1, max_length=512)
    shown_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    marks: dict[Name, Annotated[str, Field(min_length=1, max_length=63)]] = Field(min_length=1, max_length=12)
    labeller: LabellerName
    labelled_at: AwareDatetime
    seed: int | None = None

    @property
    def subject(self) -> tuple[str, str, str]:
        """What there is one label of: by this person, on this question, of these texts."""
        return self.labeller, self.scorer, self.shown_sha256


def decode_labels(lines: Iterable[bytes]) -> Iterator[Label]:
    """Labels that were validated before."""
    return (Label.model_validate_json(line) for line in lines if line.strip())


def encode_labels(labels: Iterable[Label]) -> bytes:
    return b"".join(label.model_dump_json().encode() + b"\n" for label in labels)


def labels_sha256(labels: Iterable[Label]) -> str:
    """The fingerprint of labels in the order that they have."""
    return hashlib.sha256(encode_labels(labels)).hexdigest()


def merged(labels: Iterable[Label]) -> list[Label]:
    """The labels with the latest of each person on the same question and texts, in the order of the first."""
    latest: dict[tuple[str, str, str], Label] = {}
    for label in labels:
        known = latest.get(label.subject)
        if known is None or known.labelled_at.astimezone(UTC) <= label.labelled_at.astimezone(UTC):
            latest[label.subject] = label
    return list(latest.values())
