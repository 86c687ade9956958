"""A workload: what a user declares, as the keys of ``workload.yaml``."""

from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from brainswap.core.declared_approval import Approval
from brainswap.core.declared_gates import Gate
from brainswap.core.declared_models import Declared, NamedModel, Parameters
from brainswap.core.declared_prompt import DeclaredPrompt
from brainswap.core.declared_rewriting import OptimizationJob, Rewriter
from brainswap.core.declared_rollout import Rollout
from brainswap.core.declared_triggers import Triggers
from brainswap.core.scoring.specs import AnyCalledSpec, JudgedSpec, MeaningSpec, ScorerSpec
from brainswap.core.scoring.specs.called import Guardrail
from brainswap.core.scoring.specs.judges import JudgeModel


class Splits(Declared):
    """Shares of the cases by split; they add up to 1."""

    train: float = Field(default=0.0, ge=0, le=1)
    validation: float = Field(default=0.0, ge=0, le=1)
    test: float = Field(gt=0, le=1)
    seed: int = 0

    @property
    def several(self) -> bool:
        """Whether cases are shared out at all."""
        return bool(self.train or self.validation)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:  # noqa: PLR2004 - the rounding of three decimal fractions
            raise ValueError(f"train, validation and test add up to {total:g}; they must add up to 1")
        return self


class DeclaredModel(NamedModel):
    """A model that answers the cases, live or from recordings.

    Attributes:
        recorded: the name of its answers in the cases' ``recorded``; the model's id where left out.
        parameters: for a target, the source's where left out.
    """

    answers: Literal["live", "recorded"] = "live"
    recorded: str | None = None

    @property
    def recording(self) -> str:
        return self.recorded or self.model


class Improve(Declared):
    """How prompts are rewritten for a target.

    Attributes:
        reject: rules of the translation that are not applied; ``brainswap translate --rules`` lists them.
        model: that rewrites prompts and reflects on answers; each target its own where left out.
        rewriters: who rewrites, in this order: a model with our own prompt, or one of the two optimisers of Amazon
            Bedrock (``OptimizePrompt``, and jobs of Advanced Prompt Optimization).
        job: how such a job scores answers.
        budget_usd: of rewriting and optimising for one target, beside `Limits.budget_usd`, which holds for the run.
        budget_calls: the same in calls, to the target and to ``model`` together; 20 for each validation case where left
            out.
        components: that optimising may change: the system text, the turns, the descriptions of the tools.
        reference: what optimising aims at: what the cases expect, or what the source answers to them.
    """

    methods: tuple[Literal["translate", "rewrite", "optimise"], ...] = ()
    reject: tuple[str, ...] = ()
    model: NamedModel | None = None
    rewriters: tuple[Rewriter, ...] = Field(default=("own",), min_length=1)
    job: OptimizationJob = OptimizationJob.model_construct()
    budget_usd: float | None = Field(default=None, ge=0)
    budget_calls: int | None = Field(default=None, ge=1)
    components: tuple[Literal["system", "user", "tools"], ...] = Field(
        default=("system", "user", "tools"), min_length=1
    )
    reference: Literal["cases", "source_answers"] = "cases"


class Traffic(Declared):
    """What the application does in production."""

    requests_per_month: int = Field(ge=0)


class DeclaredPrice(Declared):
    """US dollars per million tokens, such as were agreed with a discount.

    Attributes:
        date: since when (ISO 8601).
    """

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_read: Decimal | None = Field(default=None, ge=0)
    cache_write: Decimal | None = Field(default=None, ge=0)
    batch_input: Decimal | None = Field(default=None, ge=0)
    batch_output: Decimal | None = Field(default=None, ge=0)
    date: str | None = Field(default=None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


class AcceptedBy(Declared):
    """A person who accepted that a provider of models gets what is sent to them, and keeps it."""

    accepted_by: str = Field(min_length=1, max_length=200)


class Limits(Declared):
    """What a run may use.

    Attributes:
        budget_usd: never spent over, whatever races; a run that reaches it ends with what it has.
        concurrency: calls in flight at once, over all workers.
        quota_share: of the account's tokens per minute of a model; the rest stays for the application.
        tool_rounds: how often a model is asked about a case at the most, where the case holds results of tools that are
            given back to it.
        regions: that models may process in, as patterns such as ``us-*``.
        providers: whose models may be asked, by the first label of their ids, such as ``anthropic``.
        data_sharing: ``refuse``: no model is asked while the account shares what is sent with providers.
            ``accepted_by``: a person accepted that, who is named in the report. Where it is left out, only models are
            refused that are open to nobody else.
    """

    budget_usd: Decimal | None = Field(default=None, ge=0)
    concurrency: int = Field(default=32, ge=1, le=1000)
    quota_share: float = Field(default=0.5, gt=0, le=1)
    tool_rounds: int = Field(default=4, ge=1, le=20)
    regions: tuple[str, ...] | None = Field(default=None, min_length=1)
    providers: tuple[str, ...] | None = Field(default=None, min_length=1)
    data_sharing: Literal["refuse"] | AcceptedBy | None = None
    personal_data: Literal["refuse", "redact", "allow"] = "allow"


class Stopping(Declared):
    """Looks at the scores on the way, so that what is clear early ends before every case was asked.

    Attributes:
        looks: how often, the one after all cases included; their error is shared, see `critical_values`.
    """

    looks: int = Field(ge=2, le=10)


class Workload(Declared):
    """Everything that ``workload.yaml`` may say; the contract names every key.

    Attributes:
        guardrail: that the application uses: every call of the source and of the targets goes through it.
        critical: mistakes of the application cost much, so that two people have to approve.
    """

    # Defaults are constructed as they are: checking one here would build schemas wherever this module is imported.

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    description: str | None = None
    owner: str | None = None
    critical: bool = False
    prompt: DeclaredPrompt
    cases: str = Field(pattern=r"\.(jsonl|csv|parquet)$")
    splits: Splits | None = None
    guardrail: Guardrail | None = None
    source: DeclaredModel
    targets: tuple[DeclaredModel, ...] = Field(min_length=1, max_length=20)
    scorers: tuple[ScorerSpec, ...] = Field(min_length=1)
    repeats: int = Field(default=1, ge=1, le=50)
    gates: tuple[Gate, ...] = ()
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    stopping: Stopping | None = None
    inference: Literal["on_demand", "batch", "auto"] = "on_demand"
    prices: dict[str, DeclaredPrice] = Field(default_factory=dict)
    improve: Improve = Improve.model_construct()
    traffic: Traffic | None = None
    limits: Limits = Limits.model_construct()
    triggers: Triggers = Triggers.model_construct()
    approval: Approval = Approval.model_construct(required=False)
    rollout: Rollout | None = None

    @property
    def approvals(self) -> int:
        """How many people have to approve before traffic moves; 0 where nobody has to."""
        if self.critical:
            return 2
        return self.approval.people if self.approval.required else 0

    @property
    def split_shares(self) -> Splits:
        """The declared shares; without any, all cases are for the verdict unless prompts are optimised on some."""
        if self.splits is not None:
            return self.splits
        if "optimise" in self.improve.methods:
            return Splits(train=0.2, validation=0.2, test=0.6)
        return Splits(train=0.2, test=0.8) if "prompt_optimization_job" in self.rewriters else Splits(test=1.0)

    @property
    def rewriters(self) -> tuple[Rewriter, ...]:
        """Who rewrites, each once; nobody unless the workload asks for it."""
        return tuple(dict.fromkeys(self.improve.rewriters)) if "rewrite" in self.improve.methods else ()

    @property
    def improver(self) -> NamedModel | None:
        """The model that rewrites and reflects; None where each target does it itself, or nobody does."""
        asked = {"rewrite", "optimise"} & set(self.improve.methods)
        return self.improve.model if asked else None

    @property
    def slots(self) -> dict[str, DeclaredModel]:
        """The models by the place that they have in a run: ``source``, then ``target-1``, ``target-2`` and so on."""
        targets = {f"target-{number}": target for number, target in enumerate(self.targets, start=1)}
        return {"source": self.source, **targets}

    @property
    def judges(self) -> dict[str, JudgeModel]:
        """The models that judge, by their scorer and their place in its panel: ``good/1``, ``good/2`` and so on."""
        return {
            f"{spec.name}/{number}": judge
            for spec in self.scorers
            if isinstance(spec, JudgedSpec)
            for number, judge in enumerate(spec.panel, start=1)
        }

    @property
    def called(self) -> tuple[AnyCalledSpec, ...]:
        """The scorers that call something besides a chat model."""
        return tuple(spec for spec in self.scorers if isinstance(spec, AnyCalledSpec))

    @property
    def embedding_models(self) -> tuple[str, ...]:
        """The models whose embeddings are compared, each id once."""
        return tuple(dict.fromkeys(spec.model for spec in self.called if isinstance(spec, MeaningSpec)))

    @property
    def live_models(self) -> tuple[str, ...]:
        """Everyone who is asked, each id once: who answers live, who judges, who rewrites."""
        answering = [model.model for model in self.slots.values() if model.answers == "live"]
        improving = [] if self.improver is None else [self.improver.model]
        return tuple(dict.fromkeys([*answering, *(judge.model for judge in self.judges.values()), *improving]))

    def most_prompts_of(self, declared: DeclaredModel) -> int:
        """With how many prompts a model is asked at most: live targets also with the translated and a new one."""
        if declared is self.source or declared.answers != "live":
            return 1
        methods = self.improve.methods
        return 1 + ("translate" in methods) + bool({"rewrite", "optimise"} & set(methods))

    def parameters_of(self, declared: DeclaredModel, step: str = "") -> Parameters:
        """What a model is asked with: its own parameters, or the source's; at a step of a chain, with those of it."""
        of_model = declared.parameters or self.source.parameters or Parameters()
        at_step = self.prompt.step(step)
        return of_model if at_step is None or at_step.parameters is None else at_step.parameters.over(of_model)

    @property
    def step_names(self) -> tuple[str, ...]:
        """The names of the steps of a chain, in order; none where a case takes one call."""
        return tuple(step.name for step in self.prompt.steps or ())


def schema() -> dict[str, Any]:
    """The JSON Schema of ``workload.yaml``."""
    return Workload.model_json_schema(by_alias=True)
