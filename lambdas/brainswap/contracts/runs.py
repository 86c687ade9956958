"""What a run rests on, as it was frozen."""

from datetime import datetime
from typing import Literal

from brainswap.contracts.base import Contract
from brainswap.core.calling.forecasts import CallingForecast
from brainswap.core.calls import Inference
from brainswap.core.lifecycle import Leaving
from brainswap.core.models.needs import Needs
from brainswap.core.models.profiles import Profile
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.prices import Price
from brainswap.core.near_duplicates.counts import NearDuplicates
from brainswap.core.personal_data.counting import KindCount
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.preflight import Check
from brainswap.core.prompts.template import TAKES, Output, Take, Tool
from brainswap.core.workload import Workload


class FrozenMessage(Contract):
    """One turn of a frozen prompt; ``case`` stands where the turns of a case come."""

    role: Literal["user", "assistant", "system", "case"]
    content: str


class FrozenPrompt(Contract):
    """A prompt with every file read; see `Prompt` for the steps of a chain."""

    name: str = ""
    system: str | None
    messages: list[FrozenMessage]
    tools: list[Tool] = []
    output: Output | None = None
    takes: list[Take] = list(TAKES)
    earlier: list["FrozenPrompt"] = []


class FoundPrice(Contract):
    """The price that a model is counted at; None with a reason where it is unknown."""

    price: Price | None
    reason: str | None = None


class FrozenRun(Contract):
    """``run.json``: the workload as it stood when the run began; nothing in it changes afterwards.

    Attributes:
        cases_sha256: of the file that the user gave, before anything was redacted.
        labels_sha256: of what people said of answers; None where nobody has said anything.
        attachments_sha256: of the names and bytes of the files that cases name; None where there are none.
        near_duplicates: among the cases; None where all are in the test split, and nobody looked.
        personal_data: in the cases that the user gave; kinds of which there is nothing are left out.
        fresh: answers that earlier runs got are not used.
        prices: by slot: ``source``, ``target-1``, ``target-2`` …
        judge_prices: by the slots of `Workload.judges`.
        called_prices: of models of embeddings, by scorer.
        improver_price: of the model that rewrites prompts, where it is another than the targets.
        needs: what cases hold that not every model takes.
        leaving: live models, by their id, that go too soon to be moved to.
        profiles: what is known of each live model, by its id; from the registry or from probing.
        calling: what scorers take that call something besides a chat model; their money is in ``forecast``.
        quotas: tokens per minute that the account has of a model, where that could be found out.
    """

    schema_: Literal["brainswap.run/1"] = "brainswap.run/1"
    run_id: str
    created_at: datetime
    seed: int
    workload: Workload
    prompt: FrozenPrompt
    workload_sha256: str
    cases_sha256: str
    attachments_sha256: str | None = None
    gates_sha256: str
    labels_sha256: str | None = None
    splits: dict[str, int]
    near_duplicates: NearDuplicates | None = None
    personal_data: dict[Kind, KindCount] = {}
    checks: list[Check]
    fresh: bool = False
    prices: dict[str, FoundPrice]
    judge_prices: dict[str, FoundPrice] = {}
    called_prices: dict[str, FoundPrice] = {}
    improver_price: FoundPrice | None = None
    needs: Needs = Needs()
    profiles: dict[str, Profile] = {}
    quotas: dict[str, int] = {}
    inference: Inference = "on_demand"
    not_streaming: list[str]
    leaving: dict[str, Leaving] = {}
    forecast: Forecast
    calling: list[CallingForecast] = []
    warnings: list[str]

    @property
    def refused(self) -> bool:
        return any(check.status == "refused" for check in self.checks)
