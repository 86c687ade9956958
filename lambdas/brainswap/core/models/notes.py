"""A notebook for what is changed in a call, so that nothing is changed in silence."""

from dataclasses import dataclass, field

from brainswap.core.calls import Adjustment
from brainswap.core.models.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The adjustments of one call, in the order in which they were made."""

    profile: Profile
    adjustments: list[Adjustment] = field(default_factory=list)

    def add(self, parameter: str, *, declared: object, sent: object, reason: str, loses: str | None = None) -> None:
        """Note a change; None stands for what was not declared, or is not sent."""
        self.adjustments.append(
            Adjustment(
                parameter=parameter,
                declared="" if declared is None else str(declared),
                sent="" if sent is None else str(sent),
                reason=reason,
                source=f"{self.profile.source}, {self.profile.checked_on}",
                loses=loses,
            )
        )
