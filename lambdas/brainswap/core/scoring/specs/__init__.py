"""How a workload declares its scorers."""

from typing import Annotated

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec, Extract
from brainswap.core.scoring.specs.choice import LabelSpec
from brainswap.core.scoring.specs.instructions import InstructionsSpec
from brainswap.core.scoring.specs.structured import FieldRule, JsonSpec, NumberSpec
from brainswap.core.scoring.specs.wording import ContainsSpec, ExactSpec, RegexSpec

__all__ = [
    "BaseSpec",
    "ContainsSpec",
    "ExactSpec",
    "Extract",
    "FieldRule",
    "InstructionsSpec",
    "JsonSpec",
    "LabelSpec",
    "NumberSpec",
    "RegexSpec",
    "ScorerSpec",
]

ScorerSpec = Annotated[
    ExactSpec | ContainsSpec | RegexSpec | LabelSpec | NumberSpec | JsonSpec | InstructionsSpec,
    Field(discriminator="type"),
]
