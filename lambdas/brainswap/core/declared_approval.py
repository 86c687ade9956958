"""How a workload says who decides before traffic moves."""

from typing import Annotated

from pydantic import Field

from brainswap.core.declared_models import Declared

LONGEST_WAIT_HOURS = 720
"""Thirty days; the state machine allows a run that long beside the time of its work."""


class BlindGrades(Declared):
    """People compare answers blind before anybody may approve, and the target has to be not worse to them.

    Attributes:
        margin: of the share of graded cases in which the target's answer is preferred less that of the source's.
        people: who have to have graded.
    """

    margin: float = Field(gt=0, lt=1)
    people: int = Field(default=1, ge=1, le=20)


class Approval(Declared):
    """Whether people decide before traffic moves, who may, and how long they are waited for.

    Attributes:
        people: who have to approve, each another; one who rejects is enough to end it.
        approvers: who may approve, as ARNs or e-mail addresses, with ``*`` for any characters; anybody who has the
            rights in the account where left out.
        grades: what people have to see in a blind comparison (``brainswap blind``); nothing where left out.
    """

    required: bool = True
    people: int = Field(default=1, ge=1, le=2)
    approvers: tuple[Annotated[str, Field(min_length=3, max_length=300)], ...] | None = Field(
        default=None, min_length=1, max_length=100
    )
    expires_hours: int = Field(default=168, ge=1, le=LONGEST_WAIT_HOURS)
    grades: BlindGrades | None = None
