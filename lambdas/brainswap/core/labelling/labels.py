"""``labels.jsonl`` of a workload: what people said of answers, a line each."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder
from brainswap.core.labelling.questions import marks_problem
from brainswap.core.loading.case_lines import MAX_LINE, read_lines
from brainswap.core.loading.diagnosis import findings
from brainswap.core.loading.findings import dotted
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.wording import printable

LABELS_FILE = "labels.jsonl"
MOST_LABELS = 200_000
_TOLD = 50  # problems that are told one by one

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


def load_labels(folder: Folder, scorers: Sequence[ScorerSpec]) -> tuple[Label, ...]:
    """The labels of a workload's folder; none where it holds no file of them.

    Raises:
        InvalidWorkloadError: with every problem of the file.
    """
    if not folder.exists(LABELS_FILE):
        return ()
    with folder.open(LABELS_FILE) as stream:
        return _valid(read_lines(stream, None), {spec.name: spec for spec in scorers})


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


def _valid(lines: Iterable[tuple[int, bytes | None]], specs: Mapping[str, ScorerSpec]) -> tuple[Label, ...]:
    labels: list[Label] = []
    problems: list[Problem] = []
    for number, line in lines:
        if line is not None and not line.strip():
            continue
        if len(labels) >= MOST_LABELS:
            wrong = f"there are more than {MOST_LABELS:,} labels"
            problems.append(Problem(place=LABELS_FILE, wrong=wrong, remedy="Take out those that nothing needs."))
            break
        read = _read(f"{LABELS_FILE}:{number}", line, specs)
        if isinstance(read, Label):
            labels.append(read)
        else:
            problems.extend(read)
    if len(problems) > _TOLD:
        rest = len(problems) - _TOLD
        more = Problem(place=LABELS_FILE, wrong=f"{rest:,} more problems", remedy="Correct these first.")
        problems = [*problems[:_TOLD], more]
    if problems:
        raise InvalidWorkloadError(problems)
    return tuple(merged(labels))


def _read(place: str, line: bytes | None, specs: Mapping[str, ScorerSpec]) -> Label | list[Problem]:
    if line is None:
        wrong = f"the line is longer than {MAX_LINE // 1_000_000} MB"
        return [Problem(place=place, wrong=wrong, remedy="A label is short: take the line out.")]
    try:
        label = Label.model_validate_json(line)
    except ValidationError as error:
        return _invalid(place, line, error)
    spec = specs.get(label.scorer)
    problem = None if spec is None else marks_problem(spec, label.marks)
    if problem is not None:
        return [Problem(place=f"{place} marks", wrong=problem, remedy="Write one of them, or take the line out.")]
    return label


def _invalid(place: str, line: bytes, error: ValidationError) -> list[Problem]:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        wrong = f"malformed JSON: {printable(str(first['ctx']['error']), limit=200)}"
        return [Problem(place=place, wrong=wrong, remedy="Write one JSON object a line, in UTF-8.")]
    data = from_json(line)
    if not isinstance(data, dict):
        return [Problem(place=place, wrong="the line is not a JSON object", remedy="Write one JSON object a line.")]
    return [
        Problem(place=f"{place} {dotted(finding.path)}".rstrip(), wrong=finding.wrong, remedy=finding.remedy)
        for finding in findings(error, data, Label.model_json_schema())
    ]
