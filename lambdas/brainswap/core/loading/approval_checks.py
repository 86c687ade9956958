"""Whether what a workload says of approval can come to pass, whatever else is wrong with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from brainswap.core.loading.findings import Finding
from brainswap.core.wording import printable


def approvals_that_nobody_gives(data: Mapping[str, Any]) -> Iterator[Finding]:
    """A critical application without approval, and fewer approvers than have to approve.

    Args:
        data: the whole declaration, as JSON's types; what does not fit the model is passed over.
    """
    approval, critical = data.get("approval"), data.get("critical") is True
    if not isinstance(approval, Mapping):
        return
    if critical and approval.get("required") is False:
        wrong = "the application is critical, and two people approve before its traffic moves"
        remedy = "Leave `required` out, or `critical`."
        yield Finding(kind="approval", path=("approval", "required"), wrong=wrong, remedy=remedy)
    approvers = approval.get("approvers")
    named = approvers if isinstance(approvers, list) else []
    strange = [(at, each) for at, each in enumerate(named) if isinstance(each, str) and not _names_people(each)]
    for at, each in strange:
        wrong = f"`{printable(each)}` is neither an ARN nor an e-mail address, so that nobody is it"
        remedy = "Write an ARN such as arn:aws:sts::123456789012:assumed-role/Approvers/*, or an address."
        yield Finding(kind="approval", path=("approval", "approvers", at), wrong=wrong, remedy=remedy)
    people = 2 if critical else approval.get("people", 1)
    one = len(named) == 1 and isinstance(named[0], str) and "*" not in named[0]
    if one and people == 2:  # noqa: PLR2004 - two people
        wrong = "two people have to approve, and there is one who may"
        yield Finding(kind="approval", path=("approval", "approvers"), wrong=wrong, remedy="Name another approver.")


def _names_people(approver: str) -> bool:
    return approver.startswith(("arn:", "*")) or "@" in approver
