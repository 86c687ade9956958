"""Whether the account may ask the models of workloads, how fast, and the functions too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from brainswap.adapters.bedrock_catalogue import BedrockCatalogue
from brainswap.adapters.dynamodb_records import DynamoRecords
from brainswap.adapters.service_quotas import AwsQuotas
from brainswap.core.availability import NOT_IN_CATALOGUE
from brainswap.core.errors import BrainswapError, InvalidWorkloadError
from brainswap.core.preflight import ModelFacts
from brainswap.core.quotas import Quota, asking_for_more
from brainswap.core.wording import printable
from brainswap.registry import Registry
from local.account.findings import Finding
from local.account.identity import Caller
from local.workloads import CheckedWorkload, check_workload

FAR_BELOW = 0.1
"""Of the default quota: what an account has that was given less than others, as new ones are."""

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


def asked_by(workloads: Iterable[CheckedWorkload]) -> list[str]:
    """The models that these workloads ask, each once."""
    return list(dict.fromkeys(model for workload in workloads for model in workload.asked_models))


def registered_models(caller: Caller, ledger_table: str | None) -> tuple[list[str], list[Finding]]:
    """The models that workloads in the account ask, each once; a ledger that cannot be read is a finding.

    Args:
        caller: may read the ledger.
        ledger_table: its name; None where the stack has none yet.
    """
    if ledger_table is None:
        return [], []
    try:
        registered = Registry(DynamoRecords(caller.client("dynamodb"), ledger_table)).in_force()
    except BrainswapError as error:
        wrong = f"which models they ask was not found out: {printable(str(error), _LONG)}"
        remedy = "Allow dynamodb:Query on the ledger, or name a folder with --workload."
        return [], [Finding(weight="unknown", about="workloads", wrong=wrong, remedy=remedy)]
    facts = [workload.facts for workload in registered]
    asked = [each.asked if each.asked is not None else (*each.targets, *each.judges) for each in facts]
    return list(dict.fromkeys(model for models in asked for model in models)), []


def check_models(caller: Caller, models: Sequence[str], model_regions: Sequence[str]) -> Iterator[Finding]:
    """Each model on Bedrock: whether it is here, given to the account, how fast it may be asked, and where it works.

    Args:
        caller: may ask Bedrock and Service Quotas.
        models: by whatever id they are asked.
        model_regions: of the settings: where functions may ask.
    """
    on_bedrock = [model for model in models if model.startswith("arn:") or ":" not in model.partition(".")[0]]
    if not on_bedrock:
        return
    catalogue, known = BedrockCatalogue(caller.client("bedrock")), {}
    for model in on_bedrock:
        try:
            facts = catalogue.facts(model)
        except BrainswapError as error:
            yield Finding(
                weight="unknown",
                about=model,
                wrong=f"Bedrock was not asked: {printable(str(error), _LONG)}",
                remedy="Allow bedrock:ListFoundationModels, ListInferenceProfiles and GetFoundationModelAvailability.",
            )
            continue
        if facts is None:
            yield Finding(
                weight="warns",
                about=model,
                wrong="Bedrock does not have it in this region, so that a run is refused",
                remedy=_sentence(NOT_IN_CATALOGUE),
            )
            continue
        known[model] = facts
        yield from _check_access(model, facts)
        yield from _check_regions(model, facts, model_regions)
    quotas = AwsQuotas(caller.client("service-quotas"), catalogue)
    yield from _check_quotas(quotas.of(known), quotas.defaults(known))


def _check_access(model: str, facts: ModelFacts) -> Iterator[Finding]:
    if facts.unavailable_because:
        yield Finding(
            weight="warns",
            about=model,
            wrong=f"the account may not ask it, so that a run is refused: {facts.unavailable_because}",
            remedy=_sentence(facts.to_do),
        )


def _check_regions(model: str, facts: ModelFacts, model_regions: Sequence[str]) -> Iterator[Finding]:
    closed = [region for region in facts.regions if not any(fnmatchcase(region, each) for each in model_regions)]
    if closed:
        yield Finding(
            weight="blocks",
            about=model,
            wrong=f"it may work in {', '.join(closed)}, where functions would have no right to ask",
            remedy="Widen --set model-regions=, or let the workload name a model that stays within them.",
        )


def _check_quotas(applied: Mapping[str, Quota], defaults: Mapping[str, Quota]) -> Iterator[Finding]:
    """What is nothing, what is far from what others have, and what nobody tells."""
    unknown: dict[str, list[str]] = {}
    for model, quota in applied.items():
        tokens, default = quota.tokens_per_minute, defaults[model].tokens_per_minute
        if tokens is None:
            unknown.setdefault(str(quota.unknown_because), []).append(model)
        elif quota.closed:
            wrong = f"the account was given no tokens of it, so that a run is refused: `{quota.named}` is 0"
            yield Finding(weight="warns", about=model, wrong=wrong, remedy=_sentence(asking_for_more(quota)))
        elif default is not None and tokens < FAR_BELOW * default:
            wrong = (
                f"the account was given {tokens:,} tokens of it a minute, and others have {default:,}: runs take long"
            )
            yield Finding(weight="warns", about=model, wrong=wrong, remedy=_sentence(asking_for_more(quota)))
    for reason, models in unknown.items():
        yield Finding(
            weight="unknown",
            about="quotas",
            wrong=f"how fast {', '.join(models)} may be asked is not known: {reason}",
            remedy="Allow servicequotas:ListServiceQuotas and ListAWSDefaultServiceQuotas, or go on: a run then finds "
            "the pace by itself.",
        )


def _sentence(half: str) -> str:
    return f"{half[:1].upper()}{half[1:]}."
