"""A run that lies on this machine: its report, and the prompt of one of its contenders."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from brainswap.contenders import prompt_of
from brainswap.contracts import SentPrompt
from brainswap.core.cases import Case
from brainswap.core.errors import BrainswapError, InvalidWorkloadError
from brainswap.core.exports.shipped import Shipped
from brainswap.core.loading.declaration import parse_declaration
from brainswap.core.scoring.specs import ScorerSpec
from brainswap.core.wording import listed, printable
from brainswap.report.document import from_json
from brainswap.report.model import Report

_REPORT = "report.json"
_OUT = Path("out")  # where runs go that name no other place
_SCORERS: TypeAdapter[tuple[ScorerSpec, ...]] = TypeAdapter(tuple[ScorerSpec, ...])


class CannotExportError(Exception):
    """Nothing was written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRun:
    """A folder that a run left."""

    folder: Path
    report: Report

    @property
    def description(self) -> str:
        return self.report.description or f"The workload {self.report.workload}."

    def scorers(self) -> tuple[ScorerSpec, ...]:
        """Of the workload as it was frozen.

        Raises:
            CannotExportError: the file is not what a run left.
        """
        path = self.folder / "workload" / "workload.yaml"
        try:
            declared: Any = parse_declaration(path.name, path.read_text("utf-8")).value
            return _SCORERS.validate_python(declared["scorers"])
        except (OSError, ValueError, TypeError, KeyError, InvalidWorkloadError) as error:
            raise CannotExportError(f"{printable(str(path), 300)} is not as a run left it: run it again.") from error

    def cases(self) -> Iterator[Case]:
        """Of the workload as it was frozen.

        Raises:
            CannotExportError: the file is not what a run left.
        """
        path = self.folder / "workload" / "cases.jsonl"
        try:
            with path.open("rb") as lines:
                for line in lines:
                    yield Case.model_validate_json(line)
        except (OSError, ValidationError) as error:
            raise CannotExportError(f"{printable(str(path), 300)} is not as a run left it: run it again.") from error


def find_run(named: str) -> FoundRun:
    """The run in a folder, or the one of an id in a folder below ``out``.

    Raises:
        CannotExportError: there is none.
    """
    if (Path(named) / _REPORT).is_file():
        return FoundRun(folder=Path(named), report=_report(Path(named)))
    folders = sorted(path.parent for path in _OUT.glob(f"*/{_REPORT}")) if _OUT.is_dir() else []
    for folder in folders:
        if _id(folder) == named:
            return FoundRun(folder=folder, report=_report(folder))
    known = f" Runs here: {listed([str(folder) for folder in folders])}." if folders else ""
    raise CannotExportError(
        f"{printable(named, 200)} is neither a folder with the report of a run nor the id of one below out/.{known}"
    )


def shipped_prompt(run: FoundRun, contender: str | None) -> Shipped:
    """The prompt of a contender, or of the one that the run recommends.

    Raises:
        CannotExportError: there is no such contender, none is recommended, or an earlier version made the run.
    """
    sent = _sent(run, _chosen(run.report, contender))
    return Shipped(
        workload=sent.workload,
        run_id=sent.run_id,
        contender=sent.contender,
        model=sent.model,
        variant=sent.variant,
        prompt=prompt_of(sent.prompt),
        settings=sent.settings,
        earlier_settings=sent.earlier_settings,
    )


def sent_document(run: FoundRun, contender: str | None) -> str:
    """``prompts/ID.json`` as it is; it is checked.

    Raises:
        CannotExportError: see `shipped_prompt`.
    """
    return f"{_sent(run, _chosen(run.report, contender)).model_dump_json(indent=1)}\n"


def _chosen(report: Report, contender: str | None) -> str:
    known = [each.id for each in report.contenders]
    if contender is not None:
        if contender not in known:
            raise CannotExportError(f"The run has no contender {printable(contender)}. It has {listed(known)}.")
        return contender
    if report.recommended is None:
        raise CannotExportError(
            f"The run recommends nobody ({report.verdict}). Name a contender with --contender: {listed(known)}."
        )
    return report.recommended.contender


def _sent(run: FoundRun, contender: str) -> SentPrompt:
    path = run.folder / "prompts" / f"{contender}.json"
    try:
        return SentPrompt.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise CannotExportError(
            f"{printable(str(path), 300)} is not there: the run is of an earlier version. Run it again; answers that "
            "are kept cost nothing."
        ) from error
    except (OSError, ValidationError) as error:
        raise CannotExportError(f"{printable(str(path), 300)} is not as a run left it: run it again.") from error


def _report(folder: Path) -> Report:
    try:
        return from_json((folder / _REPORT).read_text("utf-8"))
    except (OSError, ValueError, BrainswapError) as error:
        raise CannotExportError(f"{printable(str(folder / _REPORT), 300)} is no report of a run: {error}") from error


def _id(folder: Path) -> Any:
    try:
        return json.loads((folder / _REPORT).read_bytes()).get("run_id")
    except (OSError, ValueError, AttributeError):
        return None
