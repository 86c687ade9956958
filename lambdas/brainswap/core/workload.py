"""A workload: what a user declares, as the keys of ``workload.yaml``."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from brainswap.core.scoring.specs import ScorerSpec

MODEL_ID = (
    r"^([a-z0-9-]+:[^\s]+|arn:aws[a-z-]*:(bedrock|sagemaker):[^\s]+|[a-z0-9-]+(\.[A-Za-z0-9-]+)+(:[A-Za-z0-9.-]+)*)$"
)


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class InFile(_Declared):
    """Text that lives in a file of the workload's folder."""

    file: str = Field(min_length=1)


Text = str | InFile


class DeclaredMessage(_Declared):
    """One turn of a prompt."""

    role: Literal["user", "assistant", "system"]
    content: Text


class DeclaredPrompt(_Declared):
    """A prompt as written: ``system`` and ``user``, or ``messages``."""

    system: Text | None = None
    user: Text | None = None
    messages: tuple[DeclaredMessage, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.user is None) == (self.messages is None):
            raise ValueError("give either user or messages")
        return self


class Splits(_Declared):
    """Shares of the cases by split; they add up to 1."""

    train: float = Field(default=0.0, ge=0, le=1)
    validation: float = Field(default=0.0, ge=0, le=1)
    test: float = Field(gt=0, le=1)
    seed: int = 0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:  # noqa: PLR2004 - the rounding of three decimal fractions
            raise ValueError(f"train, validation and test add up to {total:g}; they must add up to 1")
        return self


class Parameters(_Declared):
    """Sampling parameters, as the Converse API has them.

    Attributes:
        max_tokens: always sent: a model's own default reserves its maximum of the quota.
    """

    max_tokens: int = Field(default=1024, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stop_sequences: tuple[str, ...] = ()


class DeclaredModel(_Declared):
    """A model that answers the cases, live or from recordings.

    Attributes:
        recorded: the name of its answers in the cases' ``recorded``; the model's id where left out.
        parameters: for a target, the source's where left out.
    """

    model: str = Field(pattern=MODEL_ID, max_length=2048)
    answers: Literal["live", "recorded"] = "live"
    recorded: str | None = None
    parameters: Parameters | None = None

    @property
    def recording(self) -> str:
        return self.recorded or self.model


class NotWorse(_Declared):
    """The target's score is not lower than the source's by ``margin`` or more."""

    scorer: str
    rule: Literal["not_worse"]
    margin: float = Field(gt=0, lt=1)


class AtMost(_Declared):
    """The target costs, or takes, at most ``ratio`` times what the source does."""

    measure: Literal["cost", "latency_p50", "latency_p95"]
    rule: Literal["at_most"]
    ratio: float = Field(gt=0, allow_inf_nan=False)


class NoneLost(_Declared):
    """No critical case that the source gets right is lost; by one scorer, or by each where it is left out."""

    cases: Literal["critical"]
    rule: Literal["none_lost"]
    scorer: str | None = None


Gate = Annotated[NotWorse | AtMost | NoneLost, Field(discriminator="rule")]


class Improve(_Declared):
    """How prompts are rewritten for a target."""

    methods: tuple[Literal["translate", "optimise"], ...] = ()
    budget_usd: float | None = Field(default=None, ge=0)


class Traffic(_Declared):
    """What the application does in production."""

    requests_per_month: int = Field(ge=0)


class Limits(_Declared):
    """What a run may use."""

    budget_usd: float | None = Field(default=None, ge=0)
    concurrency: int = Field(default=32, ge=1, le=1000)
    regions: tuple[str, ...] | None = Field(default=None, min_length=1)
    personal_data: Literal["refuse", "redact", "allow"] = "allow"


class ReleaseTrigger(_Declared):
    """A released model that starts a migration."""

    provider: str
    family: str | None = None


class Triggers(_Declared):
    """What starts a migration without a person."""

    releases: tuple[ReleaseTrigger, ...] = ()
    end_of_life_days: int | None = Field(default=None, ge=1)


class Approval(_Declared):
    """Whether a person decides before traffic moves."""

    required: bool = True


class Rollout(_Declared):
    """How traffic moves: percentages, and the minutes of watching after each."""

    steps: tuple[Annotated[int, Field(ge=1, le=100)], ...] = (1, 10, 50, 100)
    bake_minutes: int = Field(default=30, ge=0)

    @field_validator("steps")
    @classmethod
    def _rising_to_all(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if not steps or list(steps) != sorted(set(steps)) or steps[-1] != 100:  # noqa: PLR2004 - per cent
            raise ValueError("steps rise and end in 100")
        return steps


class Workload(_Declared):
    """Everything that ``workload.yaml`` may say; the contract names every key."""

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    description: str | None = None
    owner: str | None = None
    prompt: DeclaredPrompt
    cases: str = Field(pattern=r"\.(jsonl|csv|parquet)$")
    splits: Splits | None = None
    source: DeclaredModel
    targets: tuple[DeclaredModel, ...] = Field(min_length=1, max_length=20)
    scorers: tuple[ScorerSpec, ...] = Field(min_length=1)
    repeats: int = Field(default=1, ge=1, le=50)
    gates: tuple[Gate, ...] = ()
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    improve: Improve = Improve()
    traffic: Traffic | None = None
    limits: Limits = Limits()
    triggers: Triggers = Triggers()
    approval: Approval = Approval(required=False)
    rollout: Rollout | None = None

    @property
    def split_shares(self) -> Splits:
        """The declared shares; without any, all cases are for the verdict unless prompts are improved."""
        if self.splits is not None:
            return self.splits
        return Splits(train=0.2, validation=0.2, test=0.6) if self.improve.methods else Splits(test=1.0)

    def parameters_of(self, declared: DeclaredModel) -> Parameters:
        """What a model is asked with: its own parameters, or the source's."""
        return declared.parameters or self.source.parameters or Parameters()


def schema() -> dict[str, Any]:
    """The JSON Schema of ``workload.yaml``."""
    return Workload.model_json_schema(by_alias=True)
