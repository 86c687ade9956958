"""How a workload declares its scorers."""

from typing import Annotated

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec, Extract
from brainswap.core.scoring.specs.choice import LabelSpec
from brainswap.core.scoring.specs.judges import ClosedQaSpec, FactualitySpec, JudgedSpec, PairwiseSpec, RubricSpec
from brainswap.core.scoring.specs.structured import FieldRule, JsonSpec, NumberSpec
from brainswap.core.scoring.specs.wording import ContainsSpec, ExactSpec, RegexSpec

__all__ = [
    "BaseSpec",
    "ClosedQaSpec",
    "ContainsSpec",
    "ExactSpec",
    "Extract",
    "FactualitySpec",
    "FieldRule",
    "JsonSpec",
    "JudgedSpec",
    "LabelSpec",
    "NumberSpec",
    "PairwiseSpec",
    "RegexSpec",
    "RubricSpec",
    "ScorerSpec",
]

ScorerSpec = Annotated[
    ExactSpec
    | ContainsSpec
    | RegexSpec
    | LabelSpec
    | NumberSpec
    | JsonSpec
    | RubricSpec
    | FactualitySpec
    | ClosedQaSpec
    | PairwiseSpec,
    Field(discriminator="type"),
]
