"""A spreadsheet for people who label: a row for each mark, as CSV, and what comes back of it."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.labelling.drawing import is_swapped
from brainswap.core.labelling.labels import Label, LabellerName
from brainswap.core.labelling.questions import aspects, question_sha256
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.wording import listed, printable, shown
from local.labels.drawing import Item
from local.labels.presenting import Asked, Choice, asked, presented
from local.labels.tables import neutral, read_table, unquoted, write_table

KEY, MARK = "key", "mark"
COLUMNS = (KEY, "scorer", "question", "request", "reference", "answer", "second answer", "marks", MARK)


class RowKey(BaseModel):
    """What a row is about; it stands in the row itself, sealed, because a sheet is sorted, cut and mailed about.

    Attributes:
        question: the beginning of the hash of what is asked.
        labeller: whom the sheet was drawn for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scorer: str
    aspect: str
    case: str = Field(min_length=1, max_length=512)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    seed: int
    question: str
    labeller: LabellerName

    def written(self) -> str:
        text = base64.urlsafe_b64encode(self.model_dump_json().encode()).decode()
        return f"k{text}.{_seal(text)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRead:
    """What came back of a sheet: labels, and how many of its rows have no mark yet."""

    labels: tuple[Label, ...]
    unmarked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """A row with a mark."""

    row: int
    key: RowKey
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _MarkedAnswer:
    """All rows with marks of one answer, by one person."""

    labeller: str
    rows: list[_Marked]

    def problems(self, name: str, scorers: Sequence[ScorerSpec]) -> Iterator[Problem]:
        """Marks that contradict each other, and marks that are missing."""
        first, *others = self.rows
        said = {first.key.aspect: first}
        for one in others:
            earlier = said.setdefault(one.key.aspect, one)
            if earlier.mark != one.mark:
                place = f"{name} row {one.row} column {MARK}"
                wrong = f"row {earlier.row} says something else of the same"
                yield Problem(place=place, wrong=wrong, remedy="Leave one of the two rows.")
        asked_for = next(aspects(spec) for spec in scorers if spec.name == first.key.scorer)
        missing = [aspect.name for aspect in asked_for if aspect.name not in said]
        if missing:
            wrong = f"of this answer {listed(said)} has a mark, and {listed(missing)} has none"
            remedy = "Mark the answer's other rows too, or none."
            yield Problem(place=f"{name} row {first.row}", wrong=wrong, remedy=remedy)

    def label(self, now: datetime) -> Label:
        key = self.rows[0].key
        return Label(
            scorer=key.scorer,
            case=key.case,
            shown_sha256=key.sha256,
            marks={one.key.aspect: one.mark for one in self.rows},
            labeller=self.labeller,
            labelled_at=now,
            seed=key.seed,
        )


def write_sheet(items: Iterable[Item], path: Path, labeller: str) -> None:
    """Write a new file.

    Raises:
        CannotLabelError: the file exists, and may hold somebody's work, or cannot be written.
    """
    write_table(path, COLUMNS, (row for item in items for row in _rows(item, labeller)))


def read_sheet(path: Path, scorers: Sequence[ScorerSpec], *, labeller: str | None, now: datetime) -> SheetRead:
    """Read what people marked; columns may stand in any order, and all but the key and the mark are left alone.

    Args:
        path: a CSV file with commas, semicolons or tabs.
        scorers: of the workload.
        labeller: who marked; None for whom the sheet was drawn for.
        now: when the labels are taken for given.

    Raises:
        CannotLabelError: the file is no such sheet.
        InvalidWorkloadError: with every problem of its rows.
    """
    name = printable(path.name, 200)
    problems: list[Problem] = []
    marked: list[_Marked] = []
    unmarked = 0
    for number, cells in read_table(path, (KEY, MARK)):
        text = unquoted(cells[MARK])
        if not text and not cells[KEY].strip():
            continue
        if not text:
            unmarked += 1
            continue
        place = f"{name} row {number}"
        try:
            marked.append(_marked(number, place, cells[KEY], text, scorers))
        except _RowError as error:
            problems.append(error.problem)
    answers = _answers(marked, labeller)
    problems += [problem for each in answers for problem in each.problems(name, scorers)]
    if problems:
        raise InvalidWorkloadError(problems)
    return SheetRead(labels=tuple(each.label(now) for each in answers), unmarked=unmarked)


class _RowError(Exception):
    def __init__(self, place: str, wrong: str, remedy: str) -> None:
        self.problem = Problem(place=place, wrong=wrong, remedy=remedy)
        super().__init__(wrong)


def _rows(item: Item, labeller: str) -> Iterator[Sequence[str]]:
    seen = presented(item)
    for one in seen.asked:
        key = RowKey(
            scorer=item.spec.name,
            aspect=one.aspect,
            case=item.case_id,
            sha256=item.shown.sha256,
            seed=item.seed,
            question=question_sha256(item.spec)[:8],
            labeller=labeller,
        )
        yield [
            key.written(),
            item.spec.name,
            neutral(one.wording),
            neutral(seen.request),
            neutral(seen.reference or ""),
            neutral(seen.answer),
            neutral(seen.second or ""),
            neutral("; ".join(_offered(choice) for choice in one.choices)),
            "",
        ]


def _offered(choice: Choice) -> str:
    return f"{choice.name} = {choice.means}" if choice.means else choice.name


def _marked(number: int, place: str, key: str, text: str, scorers: Sequence[ScorerSpec]) -> _Marked:
    found = _read_key(f"{place} column {KEY}", key)
    spec = next((spec for spec in scorers if spec.name == found.scorer), None)
    if spec is None:
        wrong = f"`{printable(found.scorer)}` is no scorer of the workload any more"
        raise _RowError(place, wrong, "Take the row out, or give the scorer its name back.")
    if question_sha256(spec)[:8] != found.question:
        wrong = f"the question of `{found.scorer}` has changed since the sheet was drawn"
        raise _RowError(place, wrong, "Draw a new sheet, or change the question back.")
    aspect = next((aspect for aspect in aspects(spec) if aspect.name == found.aspect), None)
    if aspect is None:
        raise _RowError(f"{place} column {KEY}", f"`{found.scorer}` does not ask that", "Draw a new sheet.")
    one = asked(spec, aspect, swapped=is_swapped(found.seed, found.sha256))
    choice = _chosen(one, text)
    if choice is None:
        allowed = listed(each.name for each in one.choices)
        raise _RowError(f"{place} column {MARK}", f"{shown(text)} is no mark here", f"Write one of {allowed}.")
    return _Marked(row=number, key=found, mark=choice.mark)


def _read_key(place: str, text: str) -> RowKey:
    content, _, seal = text.strip().removeprefix("k").partition(".")
    try:
        return RowKey.model_validate_json(base64.urlsafe_b64decode(content if seal == _seal(content) else ""))
    except ValueError:
        remedy = f"Take the column `{KEY}` from the sheet as it was drawn."
        raise _RowError(place, "the key was changed or is missing", remedy) from None


def _seal(text: str) -> str:
    """Tells a key that something happened to; it keeps nobody from making one."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _chosen(one: Asked, text: str) -> Choice | None:
    """The choice that was meant: whatever its case, and 4.0 or 0,5 as spreadsheets write numbers."""
    said = text.casefold()
    exact = next((choice for choice in one.choices if choice.name.casefold() == said), None)
    number = _number(said)
    if exact is not None or number is None:
        return exact
    return next((choice for choice in one.choices if _number(choice.name) == number), None)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _answers(marked: Iterable[_Marked], labeller: str | None) -> list[_MarkedAnswer]:
    """The rows with marks, together where they are about the same answer."""
    found: dict[tuple[str, str, str], _MarkedAnswer] = {}
    for one in marked:
        who = labeller or one.key.labeller
        answer = found.setdefault((who, one.key.scorer, one.key.sha256), _MarkedAnswer(labeller=who, rows=[]))
        answer.rows.append(one)
    return list(found.values())
