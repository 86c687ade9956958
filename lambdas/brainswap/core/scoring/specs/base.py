"""What all scorers share: a name, what to take out of the answer, and where in the reference to look."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Extract(BaseModel):
    """What to take out of an answer before it is compared; exactly one way.

    Attributes:
        json_path: dotted path into a JSON answer, such as ``answer`` or ``items.0.price``; tolerant of a fence
            around the JSON and of raw newlines inside its strings.
        regex: a pattern; its first group, or the whole match where it has none. The last match counts.
        last_number: the last number of the text.
        fenced: the content of the last fenced block; the value names its language, or is empty for any.
        tag: the content of the last ``<tag>…</tag>``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    json_path: str | None = Field(default=None, alias="json")
    regex: str | None = None
    last_number: Literal[True] | None = None
    fenced: str | None = None
    tag: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("give exactly one of json, regex, last_number, fenced, tag")
        return self


class BaseSpec(BaseModel):
    """What all scorers share.

    Attributes:
        name: how gates and reports call it.
        extract: what to take out of the answer first.
        reference: dotted path into a structured reference; the whole reference where it is left out.
        optional: a case that has nothing there, or null, is none that the scorer applies to: it is left unscored by it,
            and counted apart; where it is false, such a workload is refused.
        step: of a chain, whose answer is looked at; the application's answer where it is left out.
        inverted: written ``not: true``; 1 becomes 0 and 0 becomes 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")
    extract: Extract | None = None
    reference: str | None = None
    optional: bool = False
    step: str | None = Field(default=None, min_length=1)
    inverted: bool = Field(default=False, alias="not")
