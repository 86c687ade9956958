"""What the parts of a report have in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)
