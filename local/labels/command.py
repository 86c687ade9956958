"""What ``brainswap label`` does, and what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.labelling.labels import LABELS_FILE
from brainswap.core.loading.workloads import load_workload
from brainswap.core.statistics.prediction_powered import FEWEST_LABELLED
from brainswap.core.workload import Workload
from brainswap.report.rendering import count as counted
from local.labels.drawing import Draw, chosen_scorers, draw
from local.labels.labellers import labeller_name, user_name
from local.labels.sheet import SheetRead, read_sheet, write_sheet
from local.labels.store import LabelStore
from local.labels.terminal import Session, Sitting, keyboard

SHEET = "labels.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOptions:
    """What a user may choose.

    Attributes:
        run: the folder that a run left; None for where `brainswap run` leaves it.
        scorers: by name; none for all that are judged.
        count: of cases for each scorer.
        sheet: the spreadsheet to write; None for one in the workload's folder.
        labeller: who labels; None for the user of this machine, or for whom the sheet that is read was drawn for.
    """

    directory: Path
    run: Path | None = None
    scorers: Sequence[str] = ()
    count: int = 100
    seed: int = 0
    sheet: Path | None = None
    labeller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it.

    Attributes:
        lines: for people.
        document: for machines.
    """

    lines: tuple[str, ...]
    document: dict[str, Any]


def draw_sheet(options: LabelOptions) -> Done:
    """Write a spreadsheet of what is to be labelled.

    Raises:
        CannotLabelError: see `draw` and `write_sheet`.
        InvalidWorkloadError: the workload or its labels have problems.
    """
    workload, store, labeller, drawn = _drawn(options)
    sheet = options.sheet or options.directory / SHEET
    if drawn.items:
        write_sheet(drawn.items, sheet, labeller)
    next_step = f"brainswap label {options.directory} --read {sheet}"
    said = f"Wrote {sheet}. Fill in the column mark, from the top as far as you come. Next: {next_step}"
    if not drawn.items:
        said = f"Nothing is left to label for {labeller}; a larger --count draws more cases."
    document = {**_draw_document(workload, drawn), "sheet": str(sheet) if drawn.items else None}
    return Done(lines=(*_draw_lines(drawn), said), document={**document, "labels": len(store.labels)})


def label_here(options: LabelOptions, console: Console) -> Done:
    """Ask for labels in the terminal.

    Raises:
        CannotLabelError: see `draw`.
        InvalidWorkloadError: the workload or its labels have problems.
    """
    workload, store, labeller, drawn = _drawn(options)
    session = Session(labelled=0, skipped=0, left=0)
    if drawn.items:
        with keyboard() as key:
            session = Sitting(drawn.items, store, labeller, console=console, key=key).run()
    said = f"{counted(session.labelled, 'answer')} labelled, {session.skipped:,} skipped, {session.left:,} left."
    lines = (*_draw_lines(drawn), said, _kept(store), _run_again(options, workload))
    document = {"labelled": session.labelled, "skipped": session.skipped, "left": session.left}
    return Done(lines=lines, document={**_draw_document(workload, drawn), **document, "labels": len(store.labels)})


def read_back(options: LabelOptions, sheet: Path) -> Done:
    """Read a spreadsheet that people filled in, and add what they say to the workload's labels.

    Raises:
        CannotLabelError: the file is no such sheet.
        InvalidWorkloadError: the workload, its labels or the rows have problems; then nothing is added.
    """
    workload = load_workload(DirectoryFolder(options.directory)).workload
    store = LabelStore(options.directory, workload.scorers)
    labeller = None if options.labeller is None else labeller_name(options.labeller)
    found: SheetRead = read_sheet(sheet, workload.scorers, labeller=labeller, now=datetime.now(UTC))
    replaced = store.add(found.labels) if found.labels else 0
    cases = len({label.case for label in found.labels})
    said = (
        f"Read {counted(len(found.labels), 'label')} of {counted(cases, 'case')}, {replaced:,} in place of earlier ones"
    )
    lines = (
        f"{said}; {counted(found.unmarked, 'row')} without a mark.",
        _kept(store),
        _run_again(options, workload),
    )
    document = {"read": len(found.labels), "replaced": replaced, "unmarked": found.unmarked}
    return Done(lines=lines, document={**document, "labels": len(store.labels)})


def _drawn(options: LabelOptions) -> tuple[Workload, LabelStore, str, Draw]:
    workload = load_workload(DirectoryFolder(options.directory)).workload
    store = LabelStore(options.directory, workload.scorers)
    labeller = labeller_name(options.labeller or user_name())
    drawn = draw(
        workload,
        options.run or Path("out") / workload.name,
        chosen_scorers(workload, options.scorers),
        count=options.count,
        seed=options.seed,
        known=store.labels,
        labeller=labeller,
    )
    return workload, store, labeller, drawn


def _draw_lines(drawn: Draw) -> Iterator[str]:
    for scorer, cases in drawn.cases.items():
        yield f"{scorer}: drew {counted(cases, 'case')} of {drawn.of[scorer]:,}."
        if cases < FEWEST_LABELLED:
            few = f"fewer than {FEWEST_LABELLED} cases are too few to correct its scores by"
            yield f"Warning: they will tell how far `{scorer}` agrees with people; {few}."
    known = f"; {counted(drawn.known, 'answer')} of these were labelled before" if drawn.known else ""
    yield f"{counted(len(drawn.items), 'answer')} to label{known}."


def _draw_document(workload: Workload, drawn: Draw) -> dict[str, Any]:
    return {
        "workload": workload.name,
        "cases": dict(drawn.cases),
        "of": dict(drawn.of),
        "items": len(drawn.items),
        "known": drawn.known,
    }


def _kept(store: LabelStore) -> str:
    return f"{store.path} holds {counted(len(store.labels), 'label')}."


def _run_again(options: LabelOptions, workload: Workload) -> str:
    out = options.run or Path("out") / workload.name
    return (
        f"Next: brainswap run {options.directory} --out {out}, which asks nothing again and reports on {LABELS_FILE}."
    )
