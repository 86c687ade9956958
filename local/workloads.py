"""A workload on this machine that was found valid, with its forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.calling.forecast import with_calling
from brainswap.core.calling.forecasts import CallingForecast
from brainswap.core.calls import Inference
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.fingerprints import fingerprint
from brainswap.core.labelling.labels import LABELS_FILE, Label, labels_sha256
from brainswap.core.labelling.loading import load_labels
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.freezing import CaseFreezer
from brainswap.core.loading.model_ids import known_model_problem
from brainswap.core.loading.outlook import calling_outlook, outlook
from brainswap.core.loading.pilot import pilot_of
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from brainswap.core.models.needs import unmet
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.models.registry import profile_of
from brainswap.core.money.asked import IMPROVER
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.prices import known_models
from brainswap.core.money.resolution import (
    find_called_prices,
    find_improver_price,
    find_judge_prices,
    find_prices,
)
from brainswap.core.scoring.specs import GuardrailSpec, JudgedSpec, ToxicitySpec
from brainswap.core.workload import DeclaredModel, Workload
from local.bedrock.personas import SIMULATED_IDS

Models = Literal["embedded", "bedrock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWorkload:
    """A workload in a folder, with everything that could be checked without asking anybody."""

    directory: Path
    loaded: LoadedWorkload
    summary: CaseSummary
    labels: tuple[Label, ...] = ()

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
    def version(self) -> str:
        """A hash of everything that the workload is made of, but for what lies in S3."""
        said = labels_sha256(self.labels) if self.labels else None
        further = [each for each in (self.summary.attachments_sha256, said) if each]
        return fingerprint([self.workload_sha256, self.cases_sha256, *further])[:16]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that make up the workload, by their names in the folder."""
        return (
            *self.loaded.file_hashes,
            self.loaded.workload.cases,
            *self.summary.attached_files,
            *([LABELS_FILE] if self.labels else []),
        )

    @property
    def live_models(self) -> tuple[str, ...]:
        return self.loaded.workload.live_models

    @property
    def asked_models(self) -> tuple[str, ...]:
        """Everyone on Bedrock who is asked for anything: models that answer or judge, and models of embeddings."""
        return (*self.live_models, *self.loaded.workload.embedding_models)

    @property
    def asks_bedrock(self) -> bool:
        """Whether a run asks Bedrock for anything."""
        called = self.loaded.workload.called
        return bool(self.asked_models) or any(isinstance(spec, GuardrailSpec | ToxicitySpec) for spec in called)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is probably not meant, and which models a run would refuse for what the cases hold."""
        answering = (model.model for model in self.loaded.workload.slots.values() if model.answers == "live")
        refused = (
            f"a run refuses {model}: {'; '.join(lacks)}"
            for model in dict.fromkeys(answering)
            if (lacks := list(unmet(self.summary.needs, profile_of(model) or UNPROFILED)))
        )
        return (*self.summary.warnings, *refused)

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
        improver = find_improver_price(workload, region=None)
        improving = {} if improver is None else {IMPROVER: improver}
        priced = {**found, **find_judge_prices(workload, region=None), **improving}
        pilot = pilot_of(DirectoryFolder(self.directory), self.loaded, self.summary)
        return with_calling(outlook(workload, self.summary, priced, pilot=pilot), self.calling, workload)

    @property
    def calling(self) -> tuple[CallingForecast, ...]:
        """What scorers take that call something besides a chat model, by the same prices."""
        workload = self.loaded.workload
        return calling_outlook(workload, self.summary, find_called_prices(workload, region=None))

    def stage(self, target: Path) -> Path:
        """Write the cases as JSON lines, whatever form they came in, with the tokens that a run of them has."""
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = DirectoryFolder(self.directory)
        freezer = CaseFreezer(folder, self.loaded, self.summary.placement)
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
    labels: tuple[Label, ...] = ()
    try:
        labels = load_labels(folder, loaded.workload.scorers)
    except InvalidWorkloadError as error:
        problems.extend(error.problems)
    try:
        summary = validate_cases(folder, loaded)
    except InvalidWorkloadError as error:
        raise InvalidWorkloadError([*problems, *error.problems]) from None
    if problems:
        raise InvalidWorkloadError(problems)
    return CheckedWorkload(directory=directory, loaded=loaded, summary=summary, labels=labels)


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
    if workload.improver is not None:
        live.append((workload.improver.model, ("improve", "model", "model")))
    problems = []
    known = {*known_models(), *SIMULATED_IDS}
    for model_id, path in live:
        problem = known_model_problem(model_id, known)
        if problem:
            problems.append(Problem(place=loaded.place(*path), wrong=problem, remedy=""))
    return problems
