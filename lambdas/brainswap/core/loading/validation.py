"""Validate the cases of a workload in one pass over their file, and sum up what a forecast needs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from brainswap.core.cases import Case, Split
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder, Objects
from brainswap.core.loading.attachment_checks import Looker
from brainswap.core.loading.attachment_tally import AttachmentTally
from brainswap.core.loading.case_files import read_cases
from brainswap.core.loading.case_lines import Meter
from brainswap.core.loading.case_tally import CaseTally
from brainswap.core.loading.faults import Fault, fault
from brainswap.core.loading.sizes import Lengths
from brainswap.core.loading.workloads import LoadedWorkload
from brainswap.core.models.needs import Needs
from brainswap.core.near_duplicates.placement import Placement
from brainswap.core.rollout.feasibility import rollout_warnings
from brainswap.core.wording import printable

_REPEATED = "duplicate id"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSummary:
    """What the cases of a valid workload hold.

    Attributes:
        splits: number of cases by split, all three of them.
        placement: the split of each case; None where all are in test.
        segments: number of cases by segment, without those that name none.
        critical: number of critical cases.
        prompt_characters: of the rendered prompt, system text and all turns; of a chain, of all its steps together.
        step_characters: of a chain, of each of its steps, without the answers of earlier ones that it shows.
        step_shows: of a chain, how often each step shows the answer of an earlier one, or a part of it, by step.
        recorded_characters: of the recorded answers, by name of the recording.
        recorded_step_characters: of the recorded answers of a chain's steps before the last, and how many there are, by
            step and name of the recording.
        missing_recordings: number of cases without an answer, by name of each recording that a contender answers from.
        inapplicable: number of cases that a scorer does not apply to, by name of each that may skip some.
        sha256: of the bytes of the file of cases.
        attached_files: that cases name, in the workload's folder.
        attachments_sha256: of the names and bytes of all files; None where there are none, or not all have been seen.
        needs: what cases hold that not every model takes.
        warnings: sentences about what is allowed, but probably not meant.
    """

    count: int
    splits: Mapping[Split, int]
    placement: Placement | None
    segments: Mapping[str, int]
    critical: int
    prompt_characters: Lengths
    step_characters: Mapping[str, Lengths]
    step_shows: Mapping[str, Mapping[str, int]]
    recorded_characters: Mapping[str, Lengths]
    recorded_step_characters: Mapping[str, Mapping[str, tuple[Lengths, int]]]
    missing_recordings: Mapping[str, int]
    inapplicable: Mapping[str, int]
    sha256: str
    warnings: tuple[str, ...]
    attached_files: tuple[str, ...]
    attachments_sha256: str | None
    needs: Needs


def validate_cases(
    folder: Folder, loaded: LoadedWorkload, *, objects: Objects | None = None, limit: int = 50
) -> CaseSummary:
    """Read every case once. Only a repeated id takes a second look at the file, for the line where it came first.

    Args:
        folder: of the workload.
        loaded: from the same folder.
        objects: the files in S3 that cases name; None where nobody can read them yet.
        limit: how many problems of cases are told in detail; the rest is counted by kind.

    Raises:
        InvalidWorkloadError: with all problems of the cases, and of the workload as the cases show them.
    """
    meter = Meter()
    tally = CaseTally(loaded, AttachmentTally(Looker(folder, objects)))
    collected = _Collected(limit)
    seen: set[int] = set()
    try:
        for number, read in read_cases(folder, loaded, meter):
            if isinstance(read, list):
                collected.add_unreadable(read)
                continue
            collected.extend(tally.take(number, read))
            key = hash(read.id)
            if key in seen:
                collected.add_repeated(number, read.id)
            seen.add(key)
    except FileNotFoundError as error:
        raise InvalidWorkloadError([_missing(loaded)]) from error
    if not (tally.count or collected.unreadable):
        raise InvalidWorkloadError([_empty(loaded, meter)])
    if not collected.unreadable:
        tally.place(case for _, case in read_cases(folder, loaded) if isinstance(case, Case))
    problems = [
        *tally.problems(unreadable=collected.unreadable),
        *collected.problems(folder, loaded),
    ]
    if problems:
        raise InvalidWorkloadError(problems)
    return CaseSummary(
        count=tally.count,
        splits=tally.splits,
        placement=tally.placement,
        segments=dict(tally.segments),
        critical=tally.critical,
        prompt_characters=tally.prompt_characters.lengths,
        step_characters={name: sizes.lengths for name, sizes in tally.step_characters.items()},
        step_shows=tally.step_shows,
        recorded_step_characters=tally.recorded_steps.lengths,
        recorded_characters={name: sizes.lengths for name, sizes in tally.recorded_characters.items()},
        missing_recordings=tally.missing_recordings,
        inapplicable=dict(tally.inapplicable),
        sha256=meter.sha256,
        warnings=(
            *tally.warnings(),
            *tally.attached.warnings(printable(loaded.workload.cases)),
            *rollout_warnings(loaded.workload),
        ),
        attached_files=tally.attached.files,
        attachments_sha256=tally.attached.sha256,
        needs=tally.attached.needs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repeated:
    """A case whose id, or at least the hash of it, came before."""

    number: int
    id: str


class _Collected:
    """The first problems of the cases in the order of the file, and how many more there are of each kind."""

    def __init__(self, limit: int) -> None:
        self.unreadable = 0
        self._limit = limit
        self._told: list[Fault | _Repeated] = []
        self._more: Counter[str] = Counter()

    def add_unreadable(self, faults: Iterable[Fault]) -> None:
        self.unreadable += 1
        self.extend(faults)

    def extend(self, faults: Iterable[Fault]) -> None:
        for found in faults:
            self._add(found, found.kind)

    def add_repeated(self, number: int, case_id: str) -> None:
        self._add(_Repeated(number=number, id=case_id), _REPEATED)

    def problems(self, folder: Folder, loaded: LoadedWorkload) -> Iterator[Problem]:
        name = printable(loaded.workload.cases)
        repeated = {found.id for found in self._told if isinstance(found, _Repeated)}
        first = _first_numbers(folder, loaded, repeated) if repeated else {}
        for found in self._told:
            if isinstance(found, Fault):
                yield found.problem
            elif first[found.id] != found.number:
                wrong = f"the id `{printable(found.id)}` is that of line {first[found.id]} as well"
                yield fault(f"{name}:{found.number} id", _REPEATED, wrong, "Give each case an id of its own.").problem
        if self._more:
            kinds = ", ".join(f"{count:,} of {kind}" for kind, count in self._more.most_common())
            wrong = f"{self._more.total():,} more problems: {kinds}"
            yield Problem(place=name, wrong=wrong, remedy="Correct those above and check again.")

    def _add(self, found: Fault | _Repeated, kind: str) -> None:
        if len(self._told) < self._limit:
            self._told.append(found)
        else:
            self._more[kind] += 1


def _first_numbers(folder: Folder, loaded: LoadedWorkload, ids: Iterable[str]) -> dict[str, int]:
    """The line, or row, in which each id comes first."""
    wanted = set(ids)
    first: dict[str, int] = {}
    for number, read in read_cases(folder, loaded):
        if isinstance(read, Case) and read.id in wanted:
            first[read.id] = number
            wanted.discard(read.id)
            if not wanted:
                break
    return first


def _missing(loaded: LoadedWorkload) -> Problem:
    wrong = f"there is no file `{printable(loaded.workload.cases)}`"
    return Problem(place=loaded.place("cases"), wrong=wrong, remedy="Name a file of the workload's folder.")


def _empty(loaded: LoadedWorkload, meter: Meter) -> Problem:
    return Problem(
        place=printable(loaded.workload.cases),
        wrong="the file holds no case" if meter.size else "the file is empty",
        remedy="Write at least one case, with an `id` and an `input`.",
    )
