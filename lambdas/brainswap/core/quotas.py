"""What an account may send a model, and what to do where that is nothing."""

from dataclasses import dataclass

from brainswap.core.calls import Inference
from brainswap.core.preflight import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What is known of the account's quota of a model.

    Attributes:
        tokens_per_minute: 0 where the account was given none; None where nobody knows.
        named: the quota that says so, as Service Quotas calls it; empty where nobody knows.
        unknown_because: why nobody knows; None where it is known.
    """

    tokens_per_minute: int | None = None
    named: str = ""
    unknown_because: str | None = None

    @property
    def closed(self) -> bool:
        """Whether every request would be refused."""
        return self.tokens_per_minute == 0


def asking_for_more(quota: Quota) -> str:
    """What to do about a quota of nothing, or of little."""
    return (
        f"ask for more of `{quota.named}` of Amazon Bedrock in Service Quotas, or AWS Support where a new account may "
        "not ask there; or name another inference profile of the model, which has a quota of its own"
    )


def quota_check(model_id: str, quota: Quota, inference: Inference) -> Check:
    """Whether the account may send the model anything.

    Args:
        model_id: as it is asked.
        quota: of requests one by one.
        inference: how it is asked; batches have quotas of their own, and what fails in them is asked one by one.
    """
    name = f"quota of {model_id}"
    if quota.tokens_per_minute is None:
        return Check(check=name, status="not_made", detail=quota.unknown_because or "nobody said anything of it")
    if not quota.closed:
        words = f"{quota.tokens_per_minute:,} tokens a minute ({quota.named})"
        return Check(check=name, status="passed", detail=words)
    nothing = f"the account was given no tokens of it: `{quota.named}` is 0"
    if inference == "batch":
        detail = f"{nothing}; batches have quotas of their own, but nothing can be asked outside of them"
        return Check(check=name, status="warning", detail=f"{detail}; {asking_for_more(quota)}")
    detail = f"{nothing}, and every request would be refused; {asking_for_more(quota)}"
    return Check(check=name, status="refused", detail=detail)
