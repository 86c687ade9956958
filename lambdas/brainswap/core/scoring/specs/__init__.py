"""How a workload declares its scorers."""

from typing import Annotated

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec, Extract
from brainswap.core.scoring.specs.choice import ChoiceSpec, LabelSpec, ListSpec
from brainswap.core.scoring.specs.similarity import BleuSpec, LevenshteinSpec, RougeSpec, SimilaritySpec
from brainswap.core.scoring.specs.structured import FieldRule, JsonSpec, NumberSpec
from brainswap.core.scoring.specs.wording import (
    ContainsAllSpec,
    ContainsAnySpec,
    ContainsSpec,
    ExactSpec,
    RegexSpec,
    StartsWithSpec,
)

__all__ = [
    "BaseSpec",
    "BleuSpec",
    "ChoiceSpec",
    "ContainsAllSpec",
    "ContainsAnySpec",
    "ContainsSpec",
    "ExactSpec",
    "Extract",
    "FieldRule",
    "JsonSpec",
    "LabelSpec",
    "LevenshteinSpec",
    "ListSpec",
    "NumberSpec",
    "RegexSpec",
    "RougeSpec",
    "ScorerSpec",
    "SimilaritySpec",
    "StartsWithSpec",
]

ScorerSpec = Annotated[
    ExactSpec
    | ContainsSpec
    | ContainsAnySpec
    | ContainsAllSpec
    | StartsWithSpec
    | RegexSpec
    | LabelSpec
    | ChoiceSpec
    | ListSpec
    | NumberSpec
    | JsonSpec
    | LevenshteinSpec
    | RougeSpec
    | BleuSpec,
    Field(discriminator="type"),
]
