"""How a workload names a model and says how it is asked, whether it answers cases or judges answers; and tools."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from brainswap.core.calls import ServiceTier, Thinking

MODEL_ID = (
    r"^([a-z0-9-]+:[^\s]+|arn:aws[a-z-]*:(bedrock|sagemaker):[^\s]+|[a-z0-9-]+(\.[A-Za-z0-9-]+)+(:[A-Za-z0-9.-]+)*)$"
)

# Keys travel over it, so that only this machine may be asked without encryption.
BASE_URL = r"^(https://[^\s@]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[^\s@]*)?)$"


class Declared(BaseModel):
    """Anything that a workload declares: closed, and never changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class ChosenTool(Declared):
    """The one tool that the model has to call."""

    tool: str


class DeclaredTool(Declared):
    """A function that the model may ask to be called.

    Attributes:
        input_schema: JSON Schema of its arguments.
    """

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = Field(default=None, min_length=1)
    input_schema: dict[str, Any]


class Parameters(Declared):
    """How a model is asked; each model gets them in the form that it accepts.

    Attributes:
        max_tokens: always sent: a model's own default reserves its maximum of the quota.
        thinking: how much the model may reason before it answers; ``off`` is sent too, because some think unasked.
        service_tier: of Amazon Bedrock.
        latency: ``optimised`` asks for Bedrock's latency-optimised inference.
    """

    max_tokens: int = Field(default=1024, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    stop_sequences: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    thinking: Thinking = "off"
    tool_choice: Literal["auto", "any"] | ChosenTool | None = None
    service_tier: ServiceTier | None = None
    latency: Literal["standard", "optimised"] = "standard"


class KeyInSecret(Declared):
    """A key in AWS Secrets Manager; the stack may read what is below ``brainswap/`` there and nothing else."""

    secret: str = Field(pattern=r"^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?brainswap/[\w/+=.@-]+$")


class KeyInEnvironment(Declared):
    """A key in an environment variable; only names that say so are read, never AWS's own."""

    env: str = Field(pattern=r"^[A-Z][A-Z0-9_]*_API_KEY$")


class NamedModel(Declared):
    """A model, and where it is.

    Attributes:
        base_url: of the OpenAI-compatible endpoint of an ``openai:`` model; ``OPENAI_BASE_URL`` where left out.
        key: where its key is; ``OPENAI_API_KEY`` where left out.
    """

    model: str = Field(pattern=MODEL_ID, max_length=2048)
    parameters: Parameters | None = None
    base_url: str | None = Field(default=None, pattern=BASE_URL, max_length=2048)
    key: KeyInSecret | KeyInEnvironment | None = None

    @model_validator(mode="after")
    def _endpoint_of_its_own(self) -> Self:
        if (self.base_url or self.key) and not self.model.startswith("openai:"):
            raise ValueError("base_url and key are for models of an OpenAI-compatible endpoint: openai:MODEL")
        return self
