"""A model with a prompt, and what became of writing a new one."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from brainswap.contracts.base import Contract
from brainswap.contracts.runs import FrozenPrompt
from brainswap.core.answers import Origin
from brainswap.core.calls import Adjustment, Inference, Settings
from brainswap.core.declared_models import Parameters
from brainswap.core.money.prices import Price
from brainswap.core.prompts.changes import Change


class Contender(Contract):
    """``contenders/ID.json``: a model with a prompt, and how it is asked.

    Attributes:
        parameters: as declared.
        settings: as sent; ``adjustments`` say why they differ.
        earlier_settings: the same of the steps before the last, by name, where the prompt is a chain.
        prompt: as sent.
        context_tokens: that a prompt of the model can have, where it is known.
        changes: what the translation did to the prompt, before the call was made to fit.
        tokens_per_minute: the account's quota of the model, where it is known.
        burndown: quota tokens that one output token takes.
        refused_because: why the model cannot be asked in this way at all.
    """

    id: str
    role: Literal["source", "target"]
    model: str
    answers: Literal["live", "recorded"]
    recording: str
    variant: Literal["original", "translated", "optimised"]
    streams: bool
    parameters: Parameters
    settings: Settings
    earlier_settings: dict[str, Settings] = {}
    adjustments: list[Adjustment] = []
    prompt: FrozenPrompt
    prompt_sha256: str
    changes: list[Change] = []
    inference: Inference = "on_demand"
    price: Price | None
    price_unknown_because: str | None = None
    base_url: str | None = None
    key_secret: str | None = None
    key_env: str | None = None
    context_tokens: int | None = None
    tokens_per_minute: int | None = None
    burndown: int = 1
    refused_because: str | None = None
    notes: list[str] = []


class SentPrompt(Contract):
    """``prompts/ID.json``: a contender's prompt and how it is sent, for whoever takes it into use."""

    schema_: Literal["brainswap.prompt/1"] = "brainswap.prompt/1"
    run_id: str
    workload: str
    contender: str
    role: Literal["source", "target"]
    model: str
    variant: Literal["original", "translated", "optimised"]
    prompt: FrozenPrompt
    prompt_sha256: str
    parameters: Parameters
    settings: Settings
    earlier_settings: dict[str, Settings] = {}


class Candidate(Contract):
    """``candidates/TARGET/NAME.json``: a prompt that somebody proposes for a target; nothing is trusted of it.

    Attributes:
        name: unique among the target's candidates; letters, digits and hyphens.
        by: who made it.
        prompt: before the call is made to fit the model.
        changes: with their reasons, where whoever made it gives any.
        refused_because: what the guards say against it; a candidate with reasons is never evaluated.
        usd: what it cost to make; None where that is unknown.
    """

    name: str
    by: Literal["translation", "rewriting", "optimize_prompt", "prompt_optimization_job", "optimiser"]
    prompt: FrozenPrompt
    changes: list[Change] = []
    refused_because: list[str] = []
    usd: Decimal | None = Decimal(0)


class Rewriting(Contract):
    """``rewriting/TARGET/REWRITER.json``: how far a rewriter has come with the prompt of a target.

    Attributes:
        candidate: the one that it ended with; None where it ended with none.
        because: why it ended without a candidate that may be evaluated.
        remarks: of the guards on the candidate.
        job: the job that it waits for; ``since`` says since when.
        calls: that this run made and that were answered.
        cached: answers that were known already.
        usd: what it cost; None where that is unknown.
        origins: who rewrote: a model, or somebody who stood in for it.
    """

    ended: bool = False
    candidate: str | None = None
    because: str | None = None
    remarks: list[str] = []
    job: str | None = None
    since: datetime | None = None
    calls: int = 0
    cached: int = 0
    usd: Decimal | None = Decimal(0)
    origins: list[Origin] = []


class Optimising(Contract):
    """``improving/target-N.json``: what looking for a better prompt took.

    Attributes:
        calls: that this run made.
        cached: answers that an earlier run asked for.
        usd: None where that is unknown.
        origins: who answered: a model, or somebody who stood in for it.
    """

    calls: int = 0
    cached: int = 0
    usd: Decimal | None = Decimal(0)
    origins: list[Origin] = []
