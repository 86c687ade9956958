"""Scorers whose scores come from models that judge answers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from brainswap.core.declared_models import Declared, NamedModel, Parameters
from brainswap.core.scoring.specs.base import BaseSpec

LOWEST = 1
HIGHEST = 5

Level = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Weight = Annotated[float, Field(ge=0, le=1)]
Described = Annotated[str, Field(min_length=1, max_length=4_000)]


class JudgeModel(NamedModel):
    """A model that judges; without ``parameters`` it is asked at temperature 0, for 1024 tokens at the most."""

    @property
    def asked_with(self) -> Parameters:
        return self.parameters or Parameters(max_tokens=1024, temperature=0.0)


class JudgedSpec(BaseSpec):
    """What all judged scorers share.

    Attributes:
        judge: the model, or a panel of several, whose mean counts.
        judge_may_be_related: let a model judge its own kin, which it is known to favour (Panickssery et al., LLM
            Evaluators Recognize and Favor Their Own Generations, 2024).
        repeats: how often each judge is asked about the same answer.
    """

    judge: JudgeModel | Annotated[tuple[JudgeModel, ...], Field(min_length=1, max_length=5)]
    judge_may_be_related: bool = False
    repeats: int = Field(default=1, ge=1, le=9)

    @property
    def panel(self) -> tuple[JudgeModel, ...]:
        return self.judge if isinstance(self.judge, tuple) else (self.judge,)


class Criterion(Declared):
    """One thing that a rubric looks at; a score of 1 to 5 becomes 0 to 1.

    Attributes:
        question: that the judge answers, or …
        description: … what it looks for.
        anchors: what some of the scores mean.
        weight: relative to the other criteria.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")
    question: Described | None = None
    description: Described | None = None
    anchors: dict[Level, Described] = Field(default_factory=dict)
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_wording(self) -> Self:
        if (self.question is None) == (self.description is None):
            raise ValueError("give either question or description")
        return self

    @property
    def wording(self) -> str:
        return self.question or self.description or ""


class RubricSpec(JudgedSpec):
    """The answer by each of some criteria, from 1 to 5; the weighted mean counts.

    Attributes:
        show_reference: whether the judge sees what is expected of the answer.
    """

    type: Literal["rubric"]
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=12)
    show_reference: bool = False


class FactualityWeights(Declared):
    """What each way counts in which an answer's facts can stand to those of the reference.

    The five classes are those of ``fact`` in OpenAI's evals (2023), the weights those that Braintrust's autoevals gives
    them (``factuality.yaml``, 2024).
    """

    subset: Weight = 0.4
    superset: Weight = 0.6
    same: Weight = 1.0
    contradicts: Weight = 0.0
    differs_without_matter: Weight = 1.0


class FactualitySpec(JudgedSpec):
    """The facts of the answer against those of the reference; style does not matter."""

    type: Literal["factuality"]
    weights: FactualityWeights = FactualityWeights.model_construct()


class ClosedQaSpec(JudgedSpec):
    """Whether the answer meets one criterion, yes or no.

    Attributes:
        show_reference: whether the judge sees what is expected of the answer.
    """

    type: Literal["closed_qa"]
    criterion: Described
    show_reference: bool = False


class PairwiseSpec(JudgedSpec):
    """The answer against the source's to the same case, shown in both orders.

    1 is better and 0 is worse; 0.5 is as good, or two orders that disagree. The source's own answers are as good as
    themselves, so that a target which wins as often as it loses has the source's mean.

    Attributes:
        criterion: what makes an answer the better one.
        show_reference: whether the judge sees what is expected of the answers.
    """

    type: Literal["pairwise"]
    criterion: Described = "It answers the request correctly and completely, and holds nothing that was not asked for."
    show_reference: bool = False
