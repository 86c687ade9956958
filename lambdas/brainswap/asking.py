"""Asking about many cases: many calls in flight, from the cache where it can be, patient with trouble."""

import contextvars
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.errors import (
    ModelAccessError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.ports import AnswerCache, Models, Question

ATTEMPTS = 4  # for one case while the model is unavailable; throttling is waited out up to the deadline
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of the questions.

    Attributes:
        answers: in the order of the questions; None for those that time did not allow.
        fresh: how many of them were got in this call.
    """

    answers: Sequence[Answer | None]
    fresh: int

    @property
    def finished(self) -> bool:
        return None not in self.answers


class Asker:
    """Asks the questions of one shard.

    Args:
        time_left_s: seconds until the invocation must have ended.
    """

    def __init__(
        self,
        models: Models,
        cache: AnswerCache | None,
        *,
        in_flight: int,
        time_left_s: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._models = models
        self._cache = cache
        self._in_flight = in_flight
        self._time_left_s = time_left_s
        self._pause = pause
        self._jitter = jitter
        self._closed_because: str | None = None
        self._reached = False

    def ask_all(self, questions: Sequence[Question], keys: Sequence[str]) -> Asked:
        """Answer the questions; those that the cache knows are not asked.

        Raises:
            ModelUnavailableError: the model answered none of the questions that were asked.
        """
        known = self._cache.get_many(keys) if self._cache else {}
        answers: list[Answer | None] = [
            replace(known[key], case_id=question.case.id, cached=True) if key in known else None
            for question, key in zip(questions, keys, strict=True)
        ]
        missing = [index for index, answer in enumerate(answers) if answer is None]
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="ask") as pool:
            pending: dict[Future[Answer | None], int] = {}
            remaining = iter(missing)
            while True:
                for index in remaining:
                    # Each call gets a copy of the context, so that what is known of the invocation is known in it.
                    context = contextvars.copy_context()
                    pending[pool.submit(context.run, self._ask, questions[index], keys[index])] = index
                    if len(pending) >= 2 * self._in_flight:
                        break
                if not pending:
                    break
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    answers[pending.pop(future)] = future.result()
        self._raise_if_nobody_answered([answers[index] for index in missing])
        return Asked(answers=answers, fresh=sum(answers[index] is not None for index in missing))

    def _ask(self, question: Question, key: str) -> Answer | None:
        """One answer; None when time ran out first."""
        pauses = 0
        unavailable = 0
        while self._time_left_s() > 0:
            if self._closed_because is not None:
                return _failed(question, self._closed_because)
            try:
                return self._ask_once(question, key)
            except ModelThrottledError:
                pauses += 1
            except ModelUnavailableError as error:
                pauses += 1
                unavailable += 1
                if unavailable >= ATTEMPTS:
                    return _failed(question, str(error))
            self._wait(pauses)
        return None

    def _ask_once(self, question: Question, key: str) -> Answer:
        try:
            answer = self._models.ask(question)
        except ModelAccessError as error:
            self._closed_because = str(error)
            return _failed(question, str(error))
        except ModelRefusesRequestError as error:
            self._reached = True
            return _failed(question, str(error))
        self._reached = True
        if self._cache and answer.status is not AnswerStatus.FAILED:
            self._cache.put(key, answer)
        return answer

    def _wait(self, pauses: int) -> None:
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(pauses, 10))
        self._pause(min(longest * self._jitter(), max(self._time_left_s(), 0)))

    def _raise_if_nobody_answered(self, asked: Sequence[Answer | None]) -> None:
        failed = [answer for answer in asked if answer is not None and answer.status is AnswerStatus.FAILED]
        unreachable = not self._reached and self._closed_because is None
        if failed and unreachable and failed[0].origin is not Origin.RECORDED:
            raise ModelUnavailableError(failed[0].reason or "the model did not answer")


def _failed(question: Question, reason: str) -> Answer:
    return Answer(
        case_id=question.case.id,
        text="",
        status=AnswerStatus.FAILED,
        reason=reason,
        origin=Origin.LIVE,
        repeat=question.repeat,
    )
