"""Whether models may be asked, and moved to: whose they are, where they work, and who keeps what they are sent."""

from collections.abc import Iterable, Iterator

from brainswap.core.compliance.providers import provider_check
from brainswap.core.compliance.sharing import needs_sharing, sharing_check
from brainswap.core.errors import BrainswapError, PermanentError
from brainswap.core.preflight import Check, ModelFacts, residency_check
from brainswap.core.workload import Limits, Workload
from brainswap.ports import Catalogue, Dependencies

_NO_CATALOGUE = "its provider has none"


def facts_of(models: Iterable[str], catalogue: Catalogue) -> dict[str, ModelFacts | str | None]:
    """What the catalogue says of every model, or why it says nothing."""
    found: dict[str, ModelFacts | str | None] = {}
    for model in models:
        try:
            found[model] = catalogue.facts(model) if _is_on_bedrock(model) else _NO_CATALOGUE
        except BrainswapError as error:
            found[model] = str(error)
    return found


def compliance_checks(asked: Iterable[str], workload: Workload, using: Dependencies) -> list[Check]:
    """Of the models that are asked, and of the targets that are not because their answers are recorded.

    Nothing is sent to those in the run, but traffic is once it moves, so that the same limits hold for them. Where the
    asked ones work is checked with their access.
    """
    limits, models = workload.limits, list(dict.fromkeys(asked))
    moved_to = [model for model in _recorded_targets(workload) if model not in models]
    checks = [check for model in (*models, *moved_to) if (check := provider_check(model, limits)) is not None]
    if limits.regions is not None:
        checks += [_residency(model, facts, limits) for model, facts in facts_of(moved_to, using.catalogue).items()]
    kept = [model for model in moved_to if limits.data_sharing is not None or needs_sharing(model)]
    on_bedrock = [model for model in (*models, *kept) if _is_on_bedrock(model)]
    if not on_bedrock:
        return checks
    mode, reason = None, ""
    try:
        mode = using.terms.data_retention()
    except BrainswapError as error:
        reason = str(error)
    return checks + [sharing_check(model, mode, reason, limits) for model in on_bedrock]


def forbidden_to_move_to(model: str, limits: Limits, catalogue: Catalogue) -> Iterator[str]:
    """Why the limits let no traffic go to a model, as things are now; what nobody can tell speaks against it as well.

    Raises:
        TransientError: the catalogue does not answer.
    """
    checks = [provider_check(model, limits)]
    if limits.regions is not None:
        checks.append(_residency(model, _lasting_facts(model, catalogue), limits))
    for check in checks:
        if check is not None and check.status != "passed":
            yield f"{check.check}: {check.detail}"


def _residency(model: str, facts: ModelFacts | str | None, limits: Limits) -> Check:
    """Of a model that is not asked in the run."""
    if isinstance(facts, ModelFacts) and (check := residency_check(model, facts, limits)) is not None:
        return check
    why = "the catalogue of this account and region does not have it" if facts is None else str(facts)
    detail = f"where it processes could not be found out ({why}), and no traffic moves to it while that is so"
    return Check(check=f"residency of {model}", status="not_made", detail=detail)


def _lasting_facts(model: str, catalogue: Catalogue) -> ModelFacts | str | None:
    """What the catalogue says, or why it will say nothing."""
    if not _is_on_bedrock(model):
        return _NO_CATALOGUE
    try:
        return catalogue.facts(model)
    except PermanentError as error:
        return str(error)


def _recorded_targets(workload: Workload) -> tuple[str, ...]:
    return tuple(dict.fromkeys(target.model for target in workload.targets if target.answers == "recorded"))


def _is_on_bedrock(model: str) -> bool:
    return ":" not in model.partition(".")[0]
