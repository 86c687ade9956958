"""How a workload says who decides before traffic moves."""

from typing import Annotated

from pydantic import Field

from brainswap.core.declared_models import Declared

LONGEST_WAIT_HOURS = 720
"""Thirty days; the state machine allows a run that long beside the time of its work."""


class Approval(Declared):
    """Whether people decide before traffic moves, who may, and how long they are waited for.

    Attributes:
        people: who have to approve, each another; one who rejects is enough to end it.
        approvers: who may approve, as ARNs or e-mail addresses, with ``*`` for any characters; anybody who has the
            rights in the account where left out.
    """

    required: bool = True
    people: int = Field(default=1, ge=1, le=2)
    approvers: tuple[Annotated[str, Field(min_length=3, max_length=300)], ...] | None = Field(
        default=None, min_length=1, max_length=100
    )
    expires_hours: int = Field(default=168, ge=1, le=LONGEST_WAIT_HOURS)
