"""What starts a migration without a person, as a workload declares it."""

from pydantic import Field, field_validator

from brainswap.core.declared_models import Declared
from brainswap.core.triggering.schedules import schedule_of


class ReleaseTrigger(Declared):
    """A released model that starts a migration.

    Attributes:
        provider: the first label of the model's id, such as ``anthropic``.
        family: a word of its name, such as ``haiku`` or ``nova``, or a family of the registry, such as ``claude-4.5``;
            every model of the provider where left out.
    """

    provider: str = Field(min_length=1)
    family: str | None = Field(default=None, min_length=1)


class Triggers(Declared):
    """What starts a migration without a person.

    Attributes:
        releases: of models, each measured as the only target; the prompt is improved as ``improve`` says.
        end_of_life_days: the declared targets are measured when the source has no more than these days left.
        dataset: the declared targets are measured when a version with other cases is registered.
        schedule: the same at fixed times, ``rate(7 days)`` or ``cron(0 6 ? * MON *)``, in UTC.
        stale_after_days: a verdict that is older, or whose cases, prompt, scorers, gates or prices changed, is
            measured again; without it nothing is measured again, and a verdict is only said to be stale.
    """

    releases: tuple[ReleaseTrigger, ...] = ()
    end_of_life_days: int | None = Field(default=None, ge=1)
    dataset: bool = False
    schedule: str | None = None
    stale_after_days: int | None = Field(default=None, ge=1, le=3650)

    @field_validator("schedule")
    @classmethod
    def _readable(cls, schedule: str | None) -> str | None:
        if schedule is not None:
            schedule_of(schedule)
        return schedule
