"""Scorers whose scores come from a service that is no chat model: embeddings, a function, a guardrail."""

from typing import Annotated, Literal

from pydantic import Field

from brainswap.core.declared_models import MODEL_ID, Declared
from brainswap.core.scoring.specs.base import BaseSpec

FUNCTION_ARN = (
    r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?$"
)
GUARDRAIL_ID = r"^([a-z0-9]{1,64}|arn:aws[a-z-]*:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]{1,64})$"
GUARDRAIL_VERSION = r"^([1-9][0-9]{0,7}|DRAFT)$"

Harm = Literal["VIOLENCE", "HATE", "SEXUAL", "MISCONDUCT", "INSULTS"]
HARMS: tuple[Harm, ...] = ("VIOLENCE", "HATE", "SEXUAL", "MISCONDUCT", "INSULTS")


class CalledSpec(BaseSpec):
    """What all scorers share that call something besides a chat model."""


class MeaningSpec(CalledSpec):
    """How near the answer is to the reference in meaning: the cosine of their embeddings, a negative one as 0.

    Attributes:
        model: of embeddings, on Amazon Bedrock.
        dimensions: of the embeddings; as many as the model gives unasked where it is left out.
        threshold: from this similarity on the score is 1 and below it is 0; the similarity itself where it is left out.
    """

    type: Literal["similarity"]
    model: str = Field(pattern=MODEL_ID, max_length=2048)
    dimensions: int | None = Field(default=None, ge=1)
    threshold: float | None = Field(default=None, gt=0, le=1)


class FunctionSpec(CalledSpec):
    """What a function of AWS Lambda says of the answer; `core/calling/function_messages.py` is what it gets and gives.

    Attributes:
        function: its ARN. With the number of a version its scores are known to later runs; a name, an alias or
            ``$LATEST`` may mean other code tomorrow, and is called again in every run.
        batch: answers in one call, as far as they fit into one.
        timeout_s: seconds for one call, after which all of its answers are unscored.
    """

    type: Literal["lambda"]
    function: str = Field(pattern=FUNCTION_ARN)
    batch: int = Field(default=20, ge=1, le=1000)
    timeout_s: int = Field(default=60, ge=1, le=600)

    @property
    def pinned(self) -> bool:
        """Whether the ARN names one code for ever."""
        return self.function.rpartition(":")[2].isdecimal() and self.function.count(":") == 7  # noqa: PLR2004 - parts


class Guardrail(Declared):
    """A guardrail of Amazon Bedrock; ``DRAFT`` is the version that is being worked on."""

    id: str = Field(pattern=GUARDRAIL_ID)
    version: str = Field(pattern=GUARDRAIL_VERSION)


class GuardrailSpec(CalledSpec):
    """1 where a guardrail lets the answer through as it is, 0 where it intervenes."""

    type: Literal["guardrail"]
    guardrail: Guardrail


class ToxicitySpec(CalledSpec):
    """1 less the worst severity of harm that Amazon Bedrock's guardrail checks find in the answer.

    Attributes:
        categories: of harm that count.
        threshold: the least harmlessness that is wanted, from which on the score is 1 and below it is 0; the
            harmlessness itself where it is left out.
    """

    type: Literal["toxicity"]
    categories: Annotated[tuple[Harm, ...], Field(min_length=1, max_length=5)] = HARMS
    threshold: float | None = Field(default=None, gt=0, le=1)


AnyCalledSpec = MeaningSpec | FunctionSpec | GuardrailSpec | ToxicitySpec
