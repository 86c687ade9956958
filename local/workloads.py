"""A workload on this machine that was found valid, with its forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.calls import Inference
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.freezing import CaseFreezer
from brainswap.core.loading.model_ids import known_model_problem
from brainswap.core.loading.outlook import outlook
from brainswap.core.loading.pilot import pilot_of
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from brainswap.core.money.forecast import Forecast
from brainswap.core.money.prices import known_models
from brainswap.core.money.resolution import find_prices
from brainswap.core.scoring.specs import JudgedSpec
from brainswap.core.workload import DeclaredModel, Workload
from local.bedrock.personas import SIMULATED_IDS

Models = Literal["embedded", "bedrock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWorkload:
    """A workload in a folder, with everything that could be checked without asking anybody."""

    directory: Path
    loaded: LoadedWorkload
    summary: CaseSummary

    @property
    def name(self) -> str:
        return self.loaded.workload.name

    @property
    def workload_sha256(self) -> str:
        return self.loaded.sha256

    @property
    def cases_sha256(self) -> str:
        return self.summary.sha256

    @property
    def files(self) -> tuple[str, ...]:
        """The files that make up the workload, by their names in the folder."""
        return (*self.loaded.file_hashes, self.loaded.workload.cases)

    @property
    def live_models(self) -> tuple[str, ...]:
        return self.loaded.workload.live_models

    @property
    def recordings(self) -> Mapping[str, str]:
        """The recording's name by live model, for those models that the cases hold answers of."""
        workload = self.loaded.workload
        return {
            model.model: model.recording
            for model in (workload.source, *workload.targets)
            if model.answers == "live" and model.recording in self.summary.recorded_characters
        }

    @property
    def forecast(self) -> Forecast:
        """From the workload's own prices and the dated table: nobody is asked, and quotas are unknown."""
        workload = self.loaded.workload
        found = find_prices(workload, inference=_in_batches(workload), region=None)
        pilot = pilot_of(DirectoryFolder(self.directory), self.loaded, self.summary)
        return outlook(workload, self.summary, found, pilot=pilot)

    def stage(self, target: Path) -> Path:
        """Write the cases as JSON lines, whatever form they came in, with the tokens that a run of them has."""
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = DirectoryFolder(self.directory)
        freezer = CaseFreezer(folder, self.loaded)
        with target.open("wb") as lines:
            for case in iter_cases(folder, self.loaded):
                lines.write(freezer.freeze(case).model_dump_json(exclude_defaults=True).encode() + b"\n")
        return target


def check_workload(directory: Path, models: Models) -> CheckedWorkload:
    """Load and validate a folder.

    Args:
        directory: that holds ``workload.yaml``.
        models: who would answer; Amazon's own catalogue knows more models than the project's table.

    Raises:
        InvalidWorkloadError: with every problem of all its files.
    """
    folder = DirectoryFolder(directory)
    loaded = load_workload(folder)
    problems = _unknown_models(loaded) if models == "embedded" else []
    try:
        summary = validate_cases(folder, loaded)
    except InvalidWorkloadError as error:
        raise InvalidWorkloadError([*problems, *error.problems]) from None
    if problems:
        raise InvalidWorkloadError(problems)
    return CheckedWorkload(directory=directory, loaded=loaded, summary=summary)


def _in_batches(workload: Workload) -> dict[str, Inference]:
    """How each slot is asked; ``auto`` is counted as on demand."""
    return dict.fromkeys(workload.slots, "batch" if workload.inference == "batch" else "on_demand")


def _unknown_models(loaded: LoadedWorkload) -> list[Problem]:
    """Live models that the project's table does not know; recorded ones are nobody's business but the owner's."""
    workload = loaded.workload
    contenders: list[tuple[DeclaredModel, tuple[str | int, ...]]] = [(workload.source, ("source", "model"))]
    contenders += [(target, ("targets", index, "model")) for index, target in enumerate(workload.targets)]
    live: list[tuple[str, tuple[str | int, ...]]]
    live = [(model.model, path) for model, path in contenders if model.answers == "live"]
    for index, spec in enumerate(workload.scorers):
        judges = spec.panel if isinstance(spec, JudgedSpec) else ()
        live += [(judge.model, ("scorers", index, "judge")) for judge in judges]
    problems = []
    known = {*known_models(), *SIMULATED_IDS}
    for model_id, path in live:
        problem = known_model_problem(model_id, known)
        if problem:
            problems.append(Problem(place=loaded.place(*path), wrong=problem, remedy=""))
    return problems
