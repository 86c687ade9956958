"""How a workload declares its scorers."""

from typing import Annotated

from pydantic import Field

from brainswap.core.scoring.specs.base import BaseSpec, Extract
from brainswap.core.scoring.specs.called import (
    AnyCalledSpec,
    CalledSpec,
    FunctionSpec,
    GuardrailSpec,
    MeaningSpec,
    ToxicitySpec,
)
from brainswap.core.scoring.specs.choice import ChoiceSpec, LabelSpec, ListSpec
from brainswap.core.scoring.specs.composition import SetSpec
from brainswap.core.scoring.specs.conduct import CostSpec, FinishSpec, LatencySpec, LengthSpec, RefusalSpec
from brainswap.core.scoring.specs.instructions import InstructionsSpec
from brainswap.core.scoring.specs.judges import ClosedQaSpec, FactualitySpec, JudgedSpec, PairwiseSpec, RubricSpec
from brainswap.core.scoring.specs.rules import CheckedRule, ChecksSpec, Condition
from brainswap.core.scoring.specs.safety import PiiSpec
from brainswap.core.scoring.specs.similarity import BleuSpec, LevenshteinSpec, RougeSpec, SimilaritySpec
from brainswap.core.scoring.specs.structured import FieldRule, JsonSpec, NumberSpec
from brainswap.core.scoring.specs.tools import ToolCallSpec
from brainswap.core.scoring.specs.wording import (
    ContainsAllSpec,
    ContainsAnySpec,
    ContainsSpec,
    ExactSpec,
    RegexSpec,
    StartsWithSpec,
)

__all__ = [
    "AnyCalledSpec",
    "BaseSpec",
    "BleuSpec",
    "CalledSpec",
    "CheckedRule",
    "ChecksSpec",
    "ChoiceSpec",
    "ClosedQaSpec",
    "Condition",
    "ContainsAllSpec",
    "ContainsAnySpec",
    "ContainsSpec",
    "CostSpec",
    "ExactSpec",
    "Extract",
    "FactualitySpec",
    "FieldRule",
    "FinishSpec",
    "FunctionSpec",
    "GuardrailSpec",
    "InstructionsSpec",
    "JsonSpec",
    "JudgedSpec",
    "LabelSpec",
    "LatencySpec",
    "LengthSpec",
    "LevenshteinSpec",
    "ListSpec",
    "MeaningSpec",
    "NumberSpec",
    "PairwiseSpec",
    "PiiSpec",
    "RefusalSpec",
    "RegexSpec",
    "RougeSpec",
    "RubricSpec",
    "ScorerSpec",
    "SetSpec",
    "SimilaritySpec",
    "StartsWithSpec",
    "ToolCallSpec",
    "ToxicitySpec",
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
    | BleuSpec
    | InstructionsSpec
    | ToolCallSpec
    | RefusalSpec
    | FinishSpec
    | LengthSpec
    | LatencySpec
    | CostSpec
    | ChecksSpec
    | PiiSpec
    | RubricSpec
    | FactualitySpec
    | ClosedQaSpec
    | PairwiseSpec
    | MeaningSpec
    | FunctionSpec
    | GuardrailSpec
    | ToxicitySpec
    | SetSpec,
    Field(discriminator="type"),
]
