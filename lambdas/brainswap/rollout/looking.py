"""A look at the model that traffic goes to, or back to."""

from datetime import datetime

from brainswap.core.errors import ModelAccessError, TransientError
from brainswap.core.preflight import access_check, lifecycle_check
from brainswap.ports import Catalogue

OPENAI = "openai:"


def model_remark(role: str, model: str, catalogue: Catalogue, now: datetime) -> str | None:
    """What is to be known of a model; None where nothing is, or where the catalogue is not the one to ask."""
    if model.startswith(OPENAI):
        return None
    try:
        facts = catalogue.facts(model)
    except (TransientError, ModelAccessError) as error:
        return f"{role}: {model} could not be looked at ({type(error).__name__})"
    access = access_check(model, facts)
    if access.status == "refused" or facts is None:
        return f"{role}: {model} cannot be called: {access.detail}"
    lifecycle = lifecycle_check(model, facts, now)
    return None if lifecycle.status == "passed" else f"{role}: {model}: {lifecycle.detail}"
