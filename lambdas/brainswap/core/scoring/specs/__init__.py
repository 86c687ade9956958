"""How a workload declares its scorers."""

from typing import Annotated

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec, Extract
from brainswap.core.scoring.specs.choice import LabelSpec
from brainswap.core.scoring.specs.composition import SetSpec
from brainswap.core.scoring.specs.conduct import CostSpec, FinishSpec, LatencySpec, LengthSpec, RefusalSpec
from brainswap.core.scoring.specs.instructions import InstructionsSpec
from brainswap.core.scoring.specs.rules import CheckedRule, ChecksSpec, Condition
from brainswap.core.scoring.specs.safety import PiiSpec
from brainswap.core.scoring.specs.structured import FieldRule, JsonSpec, NumberSpec
from brainswap.core.scoring.specs.tools import ToolCallSpec
from brainswap.core.scoring.specs.wording import ContainsSpec, ExactSpec, RegexSpec

__all__ = [
    "BaseSpec",
    "CheckedRule",
    "ChecksSpec",
    "Condition",
    "ContainsSpec",
    "CostSpec",
    "ExactSpec",
    "Extract",
    "FieldRule",
    "FinishSpec",
    "InstructionsSpec",
    "JsonSpec",
    "LabelSpec",
    "LatencySpec",
    "LengthSpec",
    "NumberSpec",
    "PiiSpec",
    "RefusalSpec",
    "RegexSpec",
    "ScorerSpec",
    "SetSpec",
    "ToolCallSpec",
]

ScorerSpec = Annotated[
    ExactSpec
    | ContainsSpec
    | RegexSpec
    | LabelSpec
    | NumberSpec
    | JsonSpec
    | InstructionsSpec
    | ToolCallSpec
    | RefusalSpec
    | FinishSpec
    | LengthSpec
    | LatencySpec
    | CostSpec
    | ChecksSpec
    | PiiSpec
    | SetSpec,
    Field(discriminator="type"),
]
