"""State ``Answer``: ask the model about every case of a shard, and stop cleanly when time runs short."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from brainswap.asking import Asked, Asker, replay
from brainswap.batches import one_by_one, with_failures
from brainswap.contenders import costing
from brainswap.contracts import AnswerResult, Contender, FrozenRun, ShardRef, parse
from brainswap.core.errors import ModelThrottledError, ModelUnavailableError
from brainswap.gate import Gate
from brainswap.ports import Dependencies, Question
from brainswap.questions import key_of, questions_of
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies
from brainswap.spending import Wallet

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_S = 30.0  # kept back of an invocation's time, to end what is under way and to write down what is there
THROTTLED_FOR_S = 24 * 3600  # of pauses between invocations, after which a shard is given up
UNAVAILABLE_FOR_S = 2 * 3600
SECONDS_A_MINUTE = 60


def run(request: ShardRef, using: Dependencies, time_left_s: Callable[[], float]) -> AnswerResult:
    """Answer the shard's cases; unfinished when time ran out, and then the next invocation goes on from the cache.

    Raises:
        ModelThrottledError: the model has been refusing all requests for their pace for a day.
        ModelUnavailableError: the model has not answered anything for hours.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen, contender = files.run(), files.contender(request.contender)
    questions = questions_of(frozen, contender, files.block(request.block), files.attachment)
    stopped = None
    if contender.answers == "recorded":
        asked = using.complete(replay(using.recordings, questions))
    else:
        stopped = contender.refused_because or using.ledger.stopped(request.run_id).get(contender.id)
        asked = using.complete(_ask(request, frozen, contender, questions, using, time_left_s, stopped))
    if asked.stopped_because is not None and stopped is None:
        using.ledger.stop(request.run_id, contender.id, asked.stopped_because)
    if asked.finished:
        answers = [answer for answer in asked.answers if answer is not None]
        files.write_answers(request.contender, request.block, answers)
        return AnswerResult(shard=request, finished=True)
    waited_s = 0 if asked.fresh else request.waited_s + asked.pause_s
    _raise_if_hopeless(contender, asked, waited_s)
    return AnswerResult(shard=request.model_copy(update={"waited_s": waited_s}), finished=False, pause_s=asked.pause_s)


async def _ask(  # noqa: PLR0917 - the handler's own, cut in two for the loop
    request: ShardRef,
    frozen: FrozenRun,
    contender: Contender,
    questions: Sequence[Question],
    using: Dependencies,
    time_left_s: Callable[[], float],
    stopped_because: str | None,
) -> Asked:
    worker = f"{contender.id}/{request.block}/{uuid4().hex[:12]}"
    limits = frozen.workload.limits
    wallet = Wallet(
        using.purse,
        run_id=request.run_id,
        purpose="source" if contender.role == "source" else "targets",
        costing=costing(one_by_one(contender)),
        cap=limits.budget_usd,
        context_tokens=contender.context_tokens,
    )
    quota = contender.tokens_per_minute
    gate = Gate(
        using.paces,
        contender.model,
        worker,
        in_flight=request.in_flight,
        ceiling=None if quota is None else quota * limits.quota_share / SECONDS_A_MINUTE,
    )
    # Of a stopped contender only answers count; what its batch jobs failed at was as good as not asked.
    cache = using.cache if stopped_because else with_failures(using.cache, using.artifacts, request, contender)
    try:
        async with gate:
            asker = Asker(
                using.models,
                cache,
                gate,
                wallet,
                run_id=request.run_id,
                worker=worker,
                in_flight=request.in_flight,
                fresh=frozen.fresh,
                burndown=contender.burndown,
                time_left_s=lambda: time_left_s() - RESERVE_S,
                reserve_s=RESERVE_S,
                stopped_because=stopped_because,
            )
            return await asker.ask_all(questions, [key_of(using.realm, each) for each in questions])
    finally:
        await wallet.close()


def _raise_if_hopeless(contender: Contender, asked: Asked, waited_s: int) -> None:
    if asked.unavailable_because is not None and waited_s >= UNAVAILABLE_FOR_S:
        raise ModelUnavailableError(asked.unavailable_because)
    if waited_s >= THROTTLED_FOR_S:
        raise ModelThrottledError(f"{contender.model}: no answer in {waited_s // 3600} hours")


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(ShardRef, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
