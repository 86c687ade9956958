"""What crosses a state boundary, and the documents that states leave for each other; versioned and closed."""

from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from brainswap.core.errors import InvalidRequestError
from brainswap.core.money.forecast import Forecast
from brainswap.core.money.prices import Price
from brainswap.core.preflight import Check
from brainswap.core.workload import Parameters, Workload

Verdict = Literal["migrate", "hold", "inconclusive", "refused"]


class Contract(BaseModel):
    """Anything that one state writes and another reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T", bound=Contract)


# Payloads: pointers only, so that no state grows with the number of cases.


class RunRequest(Contract):
    """The run that a state works on; everything else is in the run's files."""

    run_id: str


class PrepareRequest(Contract):
    """What starts an execution: a version of a workload."""

    run_id: str
    workload: str
    version: str
    seed: int = 0
    started_at: datetime


class TranslateRequest(Contract):
    """One target, by its place in the workload."""

    run_id: str
    target: int


class PrepareResult(Contract):
    """What the machine needs to know of the frozen run."""

    run_id: str
    refused: bool
    approval_required: bool
    targets: list[TranslateRequest]


class TranslateResult(Contract):
    """The contenders that the target got."""

    contenders: list[str]


class ShardRequest(Contract):
    """The contenders of all targets."""

    run_id: str
    improved: list[TranslateResult]


class ShardResult(Contract):
    """Where the list of shards is, and how many may run side by side."""

    key: str
    shards: int
    side_by_side: int


class ShardRef(Contract):
    """Some cases of one contender: the cases of block ``block``; ``in_flight`` calls at once."""

    run_id: str
    contender: str
    block: int
    in_flight: int


class AnswerResult(Contract):
    """The shard again, and whether every case of it has an answer."""

    shard: ShardRef
    finished: bool


class DecideResult(Contract):
    """The verdict on the whole migration."""

    verdict: Verdict


class NothingToTell(Contract):
    """A state that only left files."""


# Documents in the run's folder.


class FrozenMessage(Contract):
    """One turn of a frozen prompt."""

    role: Literal["user", "assistant", "system"]
    content: str


class FrozenPrompt(Contract):
    """A prompt with every file read."""

    system: str | None
    messages: list[FrozenMessage]


class FrozenRun(Contract):
    """``run.json``: the workload as it stood when the run began; nothing in it changes afterwards."""

    schema_: Literal["brainswap.run/1"] = "brainswap.run/1"
    run_id: str
    created_at: datetime
    seed: int
    workload: Workload
    prompt: FrozenPrompt
    workload_sha256: str
    cases_sha256: str
    gates_sha256: str
    splits: dict[str, int]
    checks: list[Check]
    prices: dict[str, Price | None]
    not_streaming: list[str]
    forecast: Forecast
    warnings: list[str]

    @property
    def refused(self) -> bool:
        return any(check.status == "refused" for check in self.checks)


class Contender(Contract):
    """``contenders/ID.json``: a model with a prompt, and how it is asked."""

    id: str
    role: Literal["source", "target"]
    model: str
    answers: Literal["live", "recorded"]
    recording: str
    variant: Literal["original", "translated", "optimised"]
    streams: bool
    parameters: Parameters
    prompt: FrozenPrompt
    prompt_sha256: str
    notes: list[str] = []


class ShardList(Contract):
    """``evaluation.json``: what there is to evaluate; the shards themselves are in ``shards.json``."""

    contenders: list[str]
    blocks: int
    cases: int


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
