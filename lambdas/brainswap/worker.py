"""A worker: the questions of one shard to one model, within the pace, the money and the time that there is for them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from brainswap.asking import Asked, Asker
from brainswap.contracts import AnswerResult, FrozenRun, ShardRef
from brainswap.core.answers import Usage, asked_by
from brainswap.core.errors import ModelThrottledError, ModelUnavailableError
from brainswap.gate import Gate
from brainswap.ports import AnswerCache, Dependencies, Question
from brainswap.questions import key_of
from brainswap.spending import Wallet

RESERVE_S = 30.0  # kept back of an invocation's time, to end what is under way and to write down what is there
THROTTLED_FOR_S = 24 * 3600  # of pauses between invocations, after which a shard is given up
UNAVAILABLE_FOR_S = 2 * 3600
SECONDS_A_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who is asked, and what for.

    Attributes:
        who: unique within the run, but for the worker.
        purpose: under which the money is counted.
        costing: what an answer costs; None without a price.
        tokens_per_minute: the account's quota, where it is known; 0 sets no pace, for the service itself lets nothing
            pass.
        burndown: quota tokens that one output token takes.
        context_tokens: that a prompt of the model can have, where that is known.
        stopped_because: why nothing may be asked any more; only what is known already is used.
    """

    who: str
    model: str
    purpose: str
    costing: Callable[[Usage], Decimal | None] | None
    tokens_per_minute: int | None
    burndown: int
    context_tokens: int | None = None
    stopped_because: str | None


async def ask(
    asking: Asking,
    questions: Sequence[Question],
    *,
    frozen: FrozenRun,
    request: ShardRef,
    using: Dependencies,
    cache: AnswerCache,
    time_left_s: Callable[[], float],
) -> Asked:
    """Answer the questions as far as money, the model and the time that is left of the invocation allow."""
    limits, name = frozen.workload.limits, f"{asking.who}/{request.block}/{uuid4().hex[:12]}"
    quota = asking.tokens_per_minute
    wallet = Wallet(
        using.purse,
        run_id=request.run_id,
        purpose=asking.purpose,
        costing=asking.costing,
        cap=limits.budget_usd,
        context_tokens=asking.context_tokens,
    )
    gate = Gate(
        using.paces,
        asking.model,
        name,
        in_flight=request.in_flight,
        ceiling=quota * limits.quota_share / SECONDS_A_MINUTE if quota else None,
    )
    try:
        async with gate:
            asker = Asker(
                using.models,
                cache,
                gate,
                wallet,
                run_id=request.run_id,
                worker=name,
                asked_by=asked_by(asking.who, request.block),
                in_flight=request.in_flight,
                fresh=frozen.fresh,
                burndown=asking.burndown,
                time_left_s=lambda: time_left_s() - RESERVE_S,
                reserve_s=RESERVE_S,
                stopped_because=asking.stopped_because,
            )
            return await asker.ask_all(questions, [key_of(using.realm, question) for question in questions])
    finally:
        await wallet.close()


def unfinished(request: ShardRef, asked: Collection[Asked], who: str) -> AnswerResult:
    """The rest is for the next invocation, after a pause where nobody answered in this one.

    Raises:
        ModelThrottledError: all requests have been refused for their pace for a day.
        ModelUnavailableError: nothing has been answered for hours.
    """
    pause_s = max(each.pause_s for each in asked)
    waited_s = 0 if any(each.fresh for each in asked) else request.waited_s + pause_s
    because = next((each.unavailable_because for each in asked if each.unavailable_because), None)
    if because is not None and waited_s >= UNAVAILABLE_FOR_S:
        raise ModelUnavailableError(because)
    if waited_s >= THROTTLED_FOR_S:
        raise ModelThrottledError(f"{who}: no answer in {waited_s // 3600} hours")
    return AnswerResult(shard=request.model_copy(update={"waited_s": waited_s}), finished=False, pause_s=pause_s)
