"""Whether what models are sent may be kept by those who made them."""

from brainswap.core.models.registry import profile_of
from brainswap.core.preflight import Check, CheckStatus
from brainswap.core.workload import AcceptedBy, Limits

SHARED = "provider_data_share"
INHERITED = "inherit"
_KEPT = {
    "default": "each model's own terms hold",
    "none": "nothing is kept",
    "aws_review": "AWS keeps what it reviews, and shares nothing with providers",
    SHARED: "providers may keep what their models are sent",
    INHERITED: "the terms of the organisation hold, which are not told here",
}
_MAY_SHARE = frozenset({SHARED, INHERITED})


def needs_sharing(model_id: str) -> bool:
    """Whether a model is open only to accounts that share what it is sent with its provider."""
    profile = profile_of(model_id)
    return profile is not None and profile.data_sharing == "required"


def sharing_check(model_id: str, mode: str | None, reason: str, limits: Limits) -> Check:
    """Whether the account's terms and the workload's limits go together for a model on Bedrock.

    Args:
        model_id: that is asked live.
        mode: of the account's data retention; None where nobody said.
        reason: why nobody said.
        limits: of the workload.
    """
    needed, accepted = needs_sharing(model_id), limits.data_sharing
    kept = f"the account's data retention is {mode}: {_KEPT.get(mode or '', 'which is not known here')}"
    if needed and not isinstance(accepted, AcceptedBy):
        status, detail = _unaccepted()
    elif mode is None:
        status, detail = _unknown(reason, refuses=accepted == "refuse")
    elif isinstance(accepted, AcceptedBy):
        status, detail = _accepted(kept, accepted, lacking=needed and mode != SHARED)
    elif mode in _KEPT and mode not in _MAY_SHARE:
        status, detail = "passed", kept
    elif accepted == "refuse":
        status, detail = "refused", f"{kept}; the workload refuses that, unless somebody accepts it"
    else:
        status, detail = "warning", f"{kept}; nobody accepted that in limits.data_sharing"
    return Check(check=f"data sharing of {model_id}", status=status, detail=detail)


def _unaccepted() -> tuple[CheckStatus, str]:
    return "refused", (
        "it is open only to accounts that share what it is sent with its provider, and nobody accepted that; who does "
        "is named as limits.data_sharing: {accepted_by: NAME}"
    )


def _unknown(reason: str, *, refuses: bool) -> tuple[CheckStatus, str]:
    unknown = f"the account's data retention is not known: {reason}"
    return ("refused", f"the workload refuses data sharing, and {unknown}") if refuses else ("not_made", unknown)


def _accepted(kept: str, accepted: AcceptedBy, *, lacking: bool) -> tuple[CheckStatus, str]:
    if lacking:
        return "refused", f"{kept}; the model is open only to accounts whose data retention is {SHARED}"
    return "passed", f"{kept}; accepted by {accepted.accepted_by}"
