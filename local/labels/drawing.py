"""Draw what people are to look at out of what a run left."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from brainswap.contenders import SOURCE
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.labelling.drawing import drawn_repeat, place, rank
from brainswap.core.labelling.items import Showing, Shown
from brainswap.core.labelling.labels import Label
from brainswap.core.labelling.questions import can_be_labelled
from brainswap.core.scoring.scorers import applies
from brainswap.core.scoring.specs import JudgedSpec, ScorerSpec
from brainswap.core.wording import guess, listed, printable
from brainswap.core.workload import Workload


class CannotLabelError(Exception):
    """There is nothing to label, or nothing to label it by; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One answer for a person, who is not told whose it is."""

    spec: ScorerSpec
    case_id: str
    seed: int
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was drawn.

    Attributes:
        items: to label, in the order of the draw.
        cases: drawn, by scorer.
        of: cases that they were drawn from, by scorer.
        known: items that the labeller has labelled before, which are left out.
    """

    items: tuple[Item, ...]
    cases: Mapping[str, int]
    of: Mapping[str, int]
    known: int


class _Head(BaseModel):
    """What has to be known of a report, whichever version wrote it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    workload: str
    contenders: list[Any]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    answer: str
    status: AnswerStatus
    reason: str | None
    origin: Origin
    repeat: int


class _Row(BaseModel):
    """A line of ``cases.jsonl``, as far as it is needed."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    input: dict[str, Any]
    reference: Any
    contenders: dict[str, list[_Said]]
    uncounted: list[str] = []

    def is_sampled(self, contenders: int) -> bool:
        """Whether so many contenders were asked in the order of chance, as a random sample takes it."""
        return len(self.contenders) == contenders and not self.uncounted

    @property
    def case(self) -> Case:
        return Case(id=self.id, input=self.input, reference=self.reference)

    def answers(self, repeat: int) -> dict[str, Answer]:
        """By contender, the source first."""
        return {
            name: Answer(
                case_id=self.id,
                text=said[repeat].answer,
                status=said[repeat].status,
                reason=said[repeat].reason,
                origin=said[repeat].origin,
                repeat=repeat,
            )
            for name, said in self.contenders.items()
        }


def chosen_scorers(workload: Workload, names: Sequence[str]) -> list[ScorerSpec]:
    """The scorers that were named, or all that are judged.

    Raises:
        CannotLabelError: there is none, or people cannot say what it says.
    """
    able = {spec.name: spec for spec in workload.scorers if can_be_labelled(spec)}
    if not names:
        judged: list[ScorerSpec] = [spec for spec in able.values() if isinstance(spec, JudgedSpec)]
        if judged:
            return judged
        others = f"Name one with --scorer: {listed(able)}." if able else "None of its scorers can be labelled."
        raise CannotLabelError(f"No scorer of {workload.name} is judged. {others}")
    unable = [name for name in names if name not in able]
    if unable:
        known = f"Scorers that people can label: {listed(able) or 'none'}."
        raise CannotLabelError(f"`{printable(unable[0])}` cannot be labelled. {guess(unable[0], able)}{known}")
    return [able[name] for name in dict.fromkeys(names)]


def draw(
    workload: Workload,
    out: Path,
    scorers: Sequence[ScorerSpec],
    *,
    count: int,
    seed: int,
    known: Sequence[Label],
    labeller: str,
) -> Draw:
    """Draw cases at random for each scorer, and what every contender said to them.

    Args:
        workload: of the run.
        out: the folder that the run left.
        scorers: whose questions are asked.
        count: of cases for each scorer.
        seed: of the draw; a larger draw with the same seed holds the smaller one.
        known: labels that there are already.
        labeller: who will label.

    Raises:
        CannotLabelError: the folder holds no run of the workload.
    """
    everyone = _require_run(workload, out)
    have = {label.subject for label in known}
    found: list[tuple[int, int, int, Item]] = []
    cases: dict[str, int] = {}
    frame: dict[str, int] = {}
    left_out = 0
    for number, spec in enumerate(scorers):
        showing = Showing(spec)
        rows = (row for row in _rows(out / "cases.jsonl") if row.is_sampled(everyone))
        able = _Counted(row for row in rows if applies(spec, row.reference))
        drawn = heapq.nsmallest(count, able, key=lambda row: rank(seed, row.id))
        cases[spec.name], frame[spec.name] = len(drawn), able.count
        seen: set[str] = set()
        for row in drawn:
            answers = row.answers(drawn_repeat(seed, row.id, len(row.contenders[SOURCE])))
            for shown in showing.of_case(row.case, answers, SOURCE).values():
                if not isinstance(shown, Shown) or shown.sha256 in seen:
                    continue
                seen.add(shown.sha256)
                if (labeller, spec.name, shown.sha256) in have:
                    left_out += 1
                    continue
                item = Item(spec=spec, case_id=row.id, seed=seed, shown=shown)
                found.append((rank(seed, row.id), number, place(seed, shown.sha256), item))
    found.sort(key=lambda each: each[:3])
    return Draw(items=tuple(item for *_, item in found), cases=cases, of=frame, known=left_out)


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[_Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _require_run(workload: Workload, out: Path) -> int:
    """How many contenders the run has."""
    shown = printable(str(out), 300)
    try:
        report = _Head.model_validate_json((out / "report.json").read_bytes())
    except OSError:
        raise CannotLabelError(
            f"{shown} holds no run. Run the workload first, or name its folder with --run."
        ) from None
    except ValidationError:
        raise CannotLabelError(f"{shown}/report.json is no report. Run the workload again.") from None
    if report.workload != workload.name:
        raise CannotLabelError(
            f"The run in {shown} is of the workload {printable(report.workload)}, not {workload.name}."
        )
    if not report.contenders:
        raise CannotLabelError(f"The run in {shown} was refused, and asked nothing that could be labelled.")
    return len(report.contenders)


def _rows(path: Path) -> Iterator[_Row]:
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield _row(path, number, line)
    except OSError as error:
        raise CannotLabelError(f"{printable(str(path), 300)} cannot be read: {error.strerror}.") from None


def _row(path: Path, number: int, line: bytes) -> _Row:
    try:
        row = _Row.model_validate_json(line)
    except ValidationError:
        row = None
    repeats = None if row is None else {len(said) for said in row.contenders.values()}
    if row is None or SOURCE not in row.contenders or repeats in (None, {0}) or len(repeats or ()) != 1:
        raise CannotLabelError(f"{printable(str(path), 300)}:{number} is no case as a run leaves it. Run it again.")
    return row
