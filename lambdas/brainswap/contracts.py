"""What crosses a state boundary, and the documents that states leave for each other; versioned and closed."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from brainswap.core.answers import Origin
from brainswap.core.approving.record import Status as ApprovalStatus
from brainswap.core.calling.forecasts import CallingForecast
from brainswap.core.calls import Adjustment, Inference, Settings
from brainswap.core.declared_models import Parameters
from brainswap.core.errors import InvalidRequestError
from brainswap.core.lifecycle import Leaving
from brainswap.core.models.needs import Needs
from brainswap.core.models.profiles import Profile
from brainswap.core.money.forecasts import Forecast
from brainswap.core.money.prices import Price
from brainswap.core.near_duplicates.counts import NearDuplicates
from brainswap.core.personal_data.counting import KindCount
from brainswap.core.personal_data.kinds import Kind
from brainswap.core.preflight import Check
from brainswap.core.prompts.changes import Change
from brainswap.core.prompts.template import TAKES, Output, Take, Tool
from brainswap.core.workload import Workload

Verdict = Literal["migrate", "hold", "inconclusive", "refused"]


class Contract(BaseModel):
    """Anything that one state writes and another reads."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


T = TypeVar("T", bound=Contract)


# Payloads: pointers only, so that no state grows with the number of cases.


class RunRequest(Contract):
    """The run that a state works on; everything else is in the run's files."""

    run_id: str


class PrepareRequest(Contract):
    """What starts an execution: a version of a workload.

    Attributes:
        targets: ids of models that are measured, live, in the place of the declared targets; none for the declared.
        because: what asked for the run, in words; empty where a person did.
        attended: there is an application that the verdict may be acted on; without it, the run ends at the verdict.
    """

    run_id: str
    workload: str
    version: str
    targets: tuple[str, ...] = ()
    because: str = ""
    seed: int = 0
    fresh: bool = False
    attended: bool = True
    started_at: datetime


class TranslateRequest(Contract):
    """One target, by its place in the workload."""

    run_id: str
    target: int


class OptimiseRequest(Contract):
    """One target, with what it has so far.

    Attributes:
        contenders: of the target.
        candidates: that others propose, by name.
        waited_s: pauses so far between invocations that got no answer.
    """

    run_id: str
    target: int
    contenders: list[str]
    candidates: list[str] = []
    waited_s: int = 0


class OptimiseResult(Contract):
    """The request again, whether the search has ended, and if not, how long to wait before going on.

    Attributes:
        contenders: of the target, with the optimised one if there is any.
    """

    request: OptimiseRequest
    finished: bool
    contenders: list[str]
    pause_s: int = 0


class Waiting(Contract):
    """Whether people have to approve, and how long they are waited for."""

    required: bool
    seconds: int


class PrepareResult(Contract):
    """What the machine needs to know of the frozen run."""

    run_id: str
    refused: bool
    attended: bool
    approval: Waiting
    targets: list[TranslateRequest]


class ImprovedTarget(Contract):
    """The contenders that a target got in the end."""

    contenders: list[str]


class TranslateResult(ImprovedTarget):
    """The contenders that the target got, and whether its prompt is to be rewritten, and a better one looked for."""

    rewrite: bool = False
    optimise: bool = False


class RewriteRequest(TranslateRequest):
    """A target with the contenders that it has; ``waited_s`` in pauses for somebody who did not answer."""

    contenders: list[str]
    waited_s: int = 0


class RewriteResult(ImprovedTarget):
    """The contenders and candidates of the target, and if somebody is still at work, when to look again.

    Attributes:
        optimise: whether a better prompt is to be looked for when everybody has ended.
    """

    candidates: list[str]
    finished: bool
    optimise: bool = False
    pause_s: int = 0
    waited_s: int = 0


class ShardRequest(Contract):
    """The contenders of all targets."""

    run_id: str
    improved: list[ImprovedTarget]


class BatchRef(Contract):
    """A contender that is asked by batch jobs."""

    run_id: str
    contender: str


class SubmitRequest(BatchRef):
    """``token`` is that of the task which waits for the contender's jobs."""

    token: str


class CollectResult(Contract):
    """Whether all jobs of the contender have ended and their answers are there."""

    finished: bool


class ShardResult(Contract):
    """Where the list of shards is, how many may run side by side, who is asked by batch jobs, and whether to judge.

    Attributes:
        shards: in the list; none where nobody is asked any more.
        look: that these shards are for; 1 where there is but one.
        more: a state looks at the scores afterwards, because there may be another look.
    """

    key: str
    shards: int
    side_by_side: int
    batches: list[BatchRef] = []
    judged: bool = False
    look: int = 1
    more: bool = False


class LookRequest(Contract):
    """The look whose cases are all answered, scored and judged."""

    run_id: str
    look: int


class ShardRef(Contract):
    """Some cases of one contender: the cases of block ``block``; ``in_flight`` calls at once.

    Attributes:
        waited_s: pauses so far between invocations that got no answer.
    """

    run_id: str
    contender: str
    block: int
    in_flight: int
    waited_s: int = 0


class AnswerResult(Contract):
    """The shard again, whether every case of it has an answer, and if not, how long to wait before going on."""

    shard: ShardRef
    finished: bool
    pause_s: int = 0


class DecideResult(Contract):
    """The verdict on the whole migration."""

    verdict: Verdict


class ApproveRequest(Contract):
    """A verdict to act on, once people have approved it.

    Attributes:
        token: of the task that waits for them.
        seconds: that it waits.
    """

    run_id: str
    token: str
    seconds: int


class SettleRequest(Contract):
    """A run that people were waited for; ``time_is_up``: longer than they are."""

    run_id: str
    time_is_up: bool


class SettleResult(Contract):
    """What became of the approval; ``seconds`` to wait on where it is still wanted."""

    status: ApprovalStatus
    seconds: int


class NothingToTell(Contract):
    """A state that only left files."""


# Documents in the run's folder.


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


class BlockRange(Contract):
    """Blocks that follow each other, of cases that are asked together and count from the same look on.

    Attributes:
        asked: the look before which they are asked, and ``counts`` that from which on they count; see `Part`.
        first: the number of the first block.
    """

    asked: int
    counts: int
    first: int
    blocks: int
    cases: int


class ShardList(Contract):
    """``evaluation.json``: what there is to evaluate; the shards themselves are in ``shards.json``.

    Attributes:
        ranges: of the blocks, by look; written before the first answer.
        looks: that were begun.
        settled: the look at which a target was settled, by target; it was asked nothing afterwards.
    """

    contenders: list[str]
    blocks: int
    cases: int
    ranges: list[BlockRange]
    looks: int = 1
    settled: dict[str, int] = {}


class CalledShard(Contract):
    """What one scorer that calls something besides a chat model took in one shard.

    Attributes:
        calls: that this run made and that were answered.
        cached: answers that were known already, from an earlier run or by another shard of this one.
        usd: what the calls cost in tokens, which functions and guardrails do not take; None where that is unknown.
        origins: who answered.
        failed: calls that came to nothing.
        because: why the first of them did.
    """

    calls: int
    cached: int
    usd: Decimal | None
    origins: list[Origin]
    failed: int
    because: str | None


class JudgedTally(Contract):
    """How sure the judges of one scorer were.

    Attributes:
        judgements: answers that were shown to judges.
        pairs: judged in both orders, and readable in both.
        flips: pairs that were judged otherwise in the other order.
        unread: judges' answers that could not be read.
        opinions: answers of which there were several opinions.
        agreement: the sum of how far these agreed, each in [0, 1].
    """

    judgements: int = 0
    pairs: int = 0
    flips: int = 0
    unread: int = 0
    opinions: int = 0
    agreement: float = 0.0

    def __add__(self, other: "JudgedTally") -> "JudgedTally":
        return JudgedTally(
            judgements=self.judgements + other.judgements,
            pairs=self.pairs + other.pairs,
            flips=self.flips + other.flips,
            unread=self.unread + other.unread,
            opinions=self.opinions + other.opinions,
            agreement=self.agreement + other.agreement,
        )


class JudgedShard(Contract):
    """``judged/CONTENDER/BLOCK.json``: what the judges of one shard took, and how sure they were by scorer.

    Attributes:
        calls: that this run made.
        cached: judgements that were known already, from an earlier run or by another shard of this one.
        usd: what the calls cost; None where that is unknown.
        origins: who judged: a model, or somebody who stood in for it.
        called: what others took who were asked about the answers, by scorer.
    """

    calls: int
    cached: int
    usd: Decimal | None
    origins: list[Origin]
    scorers: dict[str, JudgedTally] = {}
    called: dict[str, CalledShard] = {}


def parse(contract: type[T], payload: Any) -> T:
    """Read a payload.

    Raises:
        InvalidRequestError: it does not fit; the message names the keys and not the values.
    """
    try:
        return contract.model_validate(payload)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in item["loc"]) or "(root)" for item in error.errors())
        raise InvalidRequestError(f"{contract.__name__}: does not fit at {places}") from None
