"""How a workload says who rewrites its prompt, and how a job of Advanced Prompt Optimization scores answers."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from brainswap.core.declared_models import Declared

Rewriter = Literal["own", "optimize_prompt", "prompt_optimization_job"]


class JobJudge(Declared):
    """A model that judges the answers of a job of Advanced Prompt Optimization.

    Attributes:
        model: one of those that the service allows.
        instructions: with ``{{prompt}}``, ``{{response}}`` and ``{{referenceResponse}}`` where these belong.
    """

    model: Literal[
        "anthropic.claude-opus-4-6-v1", "anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-6"
    ]
    instructions: str = Field(min_length=1, max_length=20_000)

    @field_validator("instructions")
    @classmethod
    def _sees_the_answer(cls, instructions: str) -> str:
        if "{{response}}" not in instructions:
            raise ValueError("the instructions of a judge hold {{response}} where the answer belongs")
        return instructions


class OptimizationJob(Declared):
    """By what a job of Advanced Prompt Optimization scores answers: one of these, or what follows from the scorers.

    Attributes:
        steering: criteria in words.
        function: the ARN of a Lambda function that takes ``preds`` and ``golds`` and returns ``score`` and ``scores``;
            a stack lets jobs invoke those functions alone that its settings name for scoring.
    """

    steering: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = Field(default=(), max_length=5)
    judge: JobJudge | None = None
    function: str | None = Field(
        default=None, pattern=r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.steering, self.judge, self.function))) > 1:
            raise ValueError("give one of steering, judge and function")
        return self
