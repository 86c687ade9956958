"""How a workload declares its scorers."""

from typing import Annotated

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec, Extract
from brainswap.core.scoring.specs.choice import LabelSpec
from brainswap.core.scoring.specs.safety import PiiSpec
from brainswap.core.scoring.specs.structured import FieldRule, JsonSpec, NumberSpec
from brainswap.core.scoring.specs.wording import ContainsSpec, ExactSpec, RegexSpec

__all__ = [
    "BaseSpec",
    "ContainsSpec",
    "ExactSpec",
    "Extract",
    "FieldRule",
    "JsonSpec",
    "LabelSpec",
    "NumberSpec",
    "PiiSpec",
    "RegexSpec",
    "ScorerSpec",
]

ScorerSpec = Annotated[
    ExactSpec | ContainsSpec | RegexSpec | LabelSpec | NumberSpec | JsonSpec | PiiSpec,
    Field(discriminator="type"),
]
