"""Whether the account may ask the models of workloads, and the functions too."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from brainswap.adapters.bedrock_catalogue import BedrockCatalogue
from brainswap.core.errors import BrainswapError, InvalidWorkloadError
from brainswap.core.wording import printable
from local.account.findings import Finding
from local.workloads import CheckedWorkload, check_workload

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient

_LONG = 300


def read_workloads(folders: Iterable[Path]) -> tuple[list[CheckedWorkload], list[Finding]]:
    """Workloads that are to be migrated in the account; one with mistakes is a finding."""
    checked, findings = [], []
    for folder in folders:
        try:
            checked.append(check_workload(folder, "bedrock"))
        except InvalidWorkloadError as error:
            findings.append(
                Finding(
                    weight="blocks",
                    about=f"workload {folder}",
                    wrong=f"{len(error.problems)} mistakes, such as: {error.problems[0]}",
                    remedy=f"See all of them with `brainswap check {folder}`.",
                )
            )
    return checked, findings


def check_models(
    client: "BedrockClient", workloads: Sequence[CheckedWorkload], model_regions: Sequence[str]
) -> Iterator[Finding]:
    """Each model that a workload asks: whether Bedrock has it here, gives it to the account, and where it works.

    Args:
        client: of Bedrock's control plane, in the stack's region.
        workloads: that are to be migrated.
        model_regions: of the settings: where functions may ask.
    """
    catalogue = BedrockCatalogue(client)
    asked = dict.fromkeys(model for workload in workloads for model in workload.asked_models)
    for model in asked:
        if model.startswith("arn:") or ":" not in model.partition(".")[0]:
            yield from _check(catalogue, model, model_regions)


def _check(catalogue: BedrockCatalogue, model: str, model_regions: Sequence[str]) -> Iterator[Finding]:
    try:
        facts = catalogue.facts(model)
    except BrainswapError as error:
        yield Finding(
            weight="unknown",
            about=model,
            wrong=f"Bedrock was not asked: {printable(str(error), _LONG)}",
            remedy="Allow bedrock:ListFoundationModels, ListInferenceProfiles and GetFoundationModelAvailability.",
        )
        return
    if facts is None:
        yield Finding(
            weight="warns",
            about=model,
            wrong="Bedrock does not have it in this region",
            remedy="Name an inference profile that begins in this region, or deploy where the model is.",
        )
        return
    if facts.unavailable_because:
        yield Finding(
            weight="warns",
            about=model,
            wrong=f"the account may not ask it: {facts.unavailable_because}",
            remedy="Ask for access under `Model access` in the console of Bedrock; a run is refused until then.",
        )
    closed = [region for region in facts.regions if not any(fnmatchcase(region, each) for each in model_regions)]
    if closed:
        yield Finding(
            weight="blocks",
            about=model,
            wrong=f"it may work in {', '.join(closed)}, where functions would have no right to ask",
            remedy="Widen --set model-regions=, or let the workload name a model that stays within them.",
        )
