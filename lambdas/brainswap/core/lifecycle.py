"""How long a model has to stay for a migration to it to be worth while."""

from dataclasses import dataclass

LASTING_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A model that nobody should move to: it has no future, or less of one than `LASTING_DAYS`."""

    days: int
    because: str
