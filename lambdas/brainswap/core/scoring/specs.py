"""How a workload declares its scorers."""

from typing import Annotated, Any, Literal, Self

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


class _Scorer(BaseModel):
    """What all scorers share.

    Attributes:
        name: how gates and reports call it.
        extract: what to take out of the answer first.
        reference: dotted path into a structured reference; the whole reference where it is left out.
        inverted: written ``not: true``; 1 becomes 0 and 0 becomes 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")
    extract: Extract | None = None
    reference: str | None = None
    inverted: bool = Field(default=False, alias="not")


class ExactSpec(_Scorer):
    """The answer is the reference, after trimming; ``ignore_case`` also folds case."""

    type: Literal["exact"]
    ignore_case: bool = False


class ContainsSpec(_Scorer):
    """The answer holds the reference (or ``value``) somewhere."""

    type: Literal["contains"]
    value: str | None = None
    ignore_case: bool = True


class RegexSpec(_Scorer):
    """The answer matches ``pattern`` somewhere."""

    type: Literal["regex"]
    pattern: str = Field(min_length=1)


class LabelSpec(_Scorer):
    """The answer names exactly one of ``labels``, and it is the reference."""

    type: Literal["label"]
    labels: tuple[str, ...] = Field(min_length=2)


class NumberSpec(_Scorer):
    """The answer's number equals the reference's within ``tolerance`` (absolute, or relative to the reference)."""

    type: Literal["number"]
    tolerance: float = Field(default=0.0, ge=0)
    relative: bool = False


class FieldRule(BaseModel):
    """How one field of a JSON answer is compared, and what it counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: Literal["exact", "number", "contains"] = "exact"
    weight: float = Field(default=1.0, gt=0)
    tolerance: float = Field(default=0.0, ge=0)
    ignore_case: bool = False


class JsonSpec(_Scorer):
    """The answer is JSON: strictly valid, of the given schema, and field by field as the reference.

    Attributes:
        strict: raw control characters inside strings make the JSON invalid, as every strict parser has it.
        json_schema: written ``schema``; JSON Schema 2020-12.
        fields: rules by dotted path; where left out, every top-level field of an object reference is compared
            exactly, and a reference that is no object is not compared at all.
    """

    type: Literal["json"]
    strict: bool = True
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    fields: dict[str, FieldRule] | None = Field(default=None, min_length=1)


ScorerSpec = Annotated[
    ExactSpec | ContainsSpec | RegexSpec | LabelSpec | NumberSpec | JsonSpec,
    Field(discriminator="type"),
]
