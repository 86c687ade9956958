"""Whether a model is of a provider that the workload allows."""

from brainswap.core.models.registry import vendor_of
from brainswap.core.preflight import Check
from brainswap.core.workload import Limits


def provider_of(model_id: str) -> str | None:
    """Whose a model is, by its id: the first label on Bedrock, and what stands before a colon elsewhere.

    None for an ARN that says nothing of the model behind it, such as that of an application's own profile.
    """
    kind, colon, _ = model_id.partition(":")
    if colon and "." not in kind and kind != "arn":
        return kind
    return vendor_of(model_id) or None


def provider_check(model_id: str, limits: Limits) -> Check | None:
    """Whether the provider is on the list; None when the workload has none."""
    if limits.providers is None:
        return None
    name, allowed = f"provider of {model_id}", ", ".join(limits.providers)
    provider = provider_of(model_id)
    if provider is None or provider.startswith("arn:"):
        detail = f"whose model it is could not be told from its id; allowed are models of {allowed}"
        return Check(check=name, status="refused", detail=detail)
    if provider.casefold() not in {each.casefold() for each in limits.providers}:
        return Check(check=name, status="refused", detail=f"it is {provider}'s; allowed are models of {allowed}")
    return Check(check=name, status="passed", detail=f"it is {provider}'s")
