"""State ``Answer``: ask the model about every case of a shard, and stop cleanly when time runs short."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from brainswap import worker
from brainswap.asking import Asked
from brainswap.batches import one_by_one, with_failures
from brainswap.chaining import asked_of, replayed
from brainswap.contenders import costing
from brainswap.contracts import AnswerResult, Contender, FrozenRun, ShardRef, parse
from brainswap.ports import Dependencies, Question
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(request: ShardRef, using: Dependencies, time_left_s: Callable[[], float]) -> AnswerResult:
    """Answer the shard's cases; unfinished when time ran out, and then the next invocation goes on from the cache.

    Raises:
        ModelThrottledError: the model has been refusing all requests for their pace for a day.
        ModelUnavailableError: the model has not answered anything for hours.
    """
    files = RunFiles(using.artifacts, request.run_id)
    frozen, contender = files.run(), files.contender(request.contender)
    stopped = None
    if contender.answers == "recorded":
        asked = using.complete(replayed(using.recordings, frozen, contender, files.block(request.block)))
    else:
        stopped = contender.refused_because or using.ledger.stopped(request.run_id).get(contender.id)
        ask = partial(_ask, request, frozen, contender, using, time_left_s)
        asked = using.complete(
            asked_of(frozen, contender, files.block(request.block), files.attachment, ask=ask, stopped_because=stopped)
        )
    if asked.stopped_because is not None and stopped is None:
        using.ledger.stop(request.run_id, contender.id, asked.stopped_because)
    if asked.finished:
        answers = [answer for answer in asked.answers if answer is not None]
        files.write_answers(request.contender, request.block, answers)
        return AnswerResult(shard=request, finished=True)
    return worker.unfinished(request, [asked], contender.model)


async def _ask(  # noqa: PLR0917 - the handler's own, cut in two for the loop
    request: ShardRef,
    frozen: FrozenRun,
    contender: Contender,
    using: Dependencies,
    time_left_s: Callable[[], float],
    questions: Sequence[Question],
    stopped_because: str | None,
) -> Asked:
    # Of a stopped contender only answers count; what its batch jobs failed at was as good as not asked.
    cache = using.cache if stopped_because else with_failures(using.cache, using.artifacts, request, contender)
    asking = worker.Asking(
        who=contender.id,
        model=contender.model,
        purpose="source" if contender.role == "source" else "targets",
        costing=costing(one_by_one(contender)),
        tokens_per_minute=contender.tokens_per_minute,
        burndown=contender.burndown,
        context_tokens=contender.context_tokens,
        stopped_because=stopped_because,
    )
    return await worker.ask(
        asking, questions, frozen=frozen, request=request, using=using, cache=cache, time_left_s=time_left_s
    )


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    request = parse(ShardRef, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
