"""State ``Answer``: ask the model about every case of a shard, and stop cleanly when time runs short."""

from collections.abc import Callable, Sequence
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from brainswap.asking import Asker
from brainswap.contenders import prompt_of
from brainswap.contracts import AnswerResult, Contender, ShardRef, parse
from brainswap.core.cases import Case
from brainswap.core.errors import ModelThrottledError
from brainswap.core.fingerprints import answer_key
from brainswap.ports import Dependencies, Question
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

RESERVE_S = 30.0  # kept back of an invocation's time to write down what is there


def run(request: ShardRef, using: Dependencies, time_left_s: Callable[[], float]) -> AnswerResult:
    """Answer the shard's cases; unfinished when time ran out, and then the next invocation goes on from the cache.

    Raises:
        ModelThrottledError: not a single answer came in all that time, so that going on at once would not help.
    """
    files = RunFiles(using.artifacts, request.run_id)
    contender = files.contender(request.contender)
    questions = _questions(request.run_id, contender, list(files.block(request.block)), files.run().workload.repeats)
    live = contender.answers == "live"
    asker = Asker(
        using.models if live else using.recordings,
        using.cache if live else None,
        in_flight=request.in_flight if live else 1,
        time_left_s=lambda: time_left_s() - RESERVE_S,
    )
    keys = [
        answer_key(
            realm=using.realm,
            model=question.model,
            prompt=question.prompt,
            parameters=question.parameters,
            repeat=question.repeat,
        )
        for question in questions
    ]
    asked = asker.ask_all(questions, keys)
    if not asked.finished and not asked.fresh:
        raise ModelThrottledError(f"{contender.model}: no answer in a whole invocation")
    if asked.finished:
        answers = [answer for answer in asked.answers if answer is not None]
        files.write_answers(request.contender, request.block, answers)
    return AnswerResult(shard=request, finished=asked.finished)


def _questions(run_id: str, contender: Contender, cases: Sequence[Case], repeats: int) -> list[Question]:
    prompt = prompt_of(contender.prompt)
    return [
        Question(
            model=contender.model,
            streams=contender.streams,
            prompt=prompt.render(case.input),
            parameters=contender.parameters,
            case=case,
            recording=contender.recording,
            repeat=repeat,
            labels={"run": run_id, "contender": contender.id, "case": case.id, "repeat": str(repeat)},
        )
        for case in cases
        for repeat in range(repeats)
    ]


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    request = parse(ShardRef, event)
    result = run(request, dependencies(), lambda: context.get_remaining_time_in_millis() / 1000)
    return result.model_dump(mode="json")
