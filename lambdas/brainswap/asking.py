"""Asking about many cases: many calls in flight, each answer paid once, patient with trouble, within time and money."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from brainswap.claims import ClaimedKeys, Claims
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.errors import (
    ModelAccessError,
    ModelBrokeOffError,
    ModelRefusesRequestError,
    ModelThrottledError,
    ModelUnavailableError,
)
from brainswap.core.prompts.weight import estimated_prompt_tokens
from brainswap.core.rounds import Rounds
from brainswap.gate import Gate
from brainswap.keeping import Keeper
from brainswap.ports import AnswerCache, Models, Question
from brainswap.spending import Wallet

LONGEST_CALL = 1.5  # times the longest so far is kept back of the time for the last ones
UNSAFE = 4  # answers may be on their way into the cache, or a fourth of the calls in flight, whichever is more
LAST_WORDS_S = 5.0  # of the reserve, kept when calls are broken off


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How trouble is borne.

    Attributes:
        failures: of one case while the model answers others; while it answers nobody, failures do not count.
        up_s: after an answer, during which a failure is the case's own.
        refusals: without a single answer, after which the form of the requests is what is refused.
        first_pause_s: after a failure; it doubles with each further one …
        longest_pause_s: … up to this.
        look_again_s: for an answer that another worker is getting.
        unreachable_s: without any answer, after which going on is left to the next invocation …
        pause_s: … so much later.
    """

    failures: int = 8
    up_s: float = 30.0
    refusals: int = 5
    first_pause_s: float = 0.25
    longest_pause_s: float = 20.0
    look_again_s: float = 0.5
    unreachable_s: float = 60.0
    pause_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of the questions.

    Attributes:
        answers: in the order of the questions; None for those that time did not allow.
        fresh: how many of them were asked for in this call.
        pause_s: how long to wait before the rest is asked for.
        unavailable_because: what the model said instead of any answer at all.
        stopped_because: why this contender is to be asked no more.
    """

    answers: Sequence[Answer | None]
    fresh: int
    pause_s: int = 0
    unavailable_because: str | None = None
    stopped_because: str | None = None

    @property
    def finished(self) -> bool:
        return None not in self.answers


async def replay(models: Models, questions: Sequence[Question]) -> Asked:
    """Take the answers that somebody recorded."""
    return Asked(answers=[await models.ask(question) for question in questions], fresh=0)


@dataclass(slots=True)
class _Progress:
    """What has happened so far: ``fresh`` answers, which took ``calls``."""

    fresh: int = 0
    calls: int = 0
    failures: int = 0
    refusals: int = 0
    answered_at: float | None = None
    longest_s: float = 0.0
    output_tokens: int = 0
    last_failure: str | None = None
    stopped_because: str | None = None
    out_of_money: bool = False
    unreachable: bool = False


class Asker:
    """Asks the questions of one shard to one model.

    Args:
        worker: a name that no other worker has.
        asked_by: see `Answer`.
        gate: entered by the caller.
        wallet: closed by the caller.
        fresh: do not use answers that other runs got.
        burndown: quota tokens that one output token takes.
        time_left_s: seconds in which answers are still of use.
        reserve_s: seconds after that in which calls under way may still end.
        stopped_because: why nothing may be asked any more; only what is known already is used.
    """

    def __init__(
        self,
        models: Models,
        cache: AnswerCache,
        gate: Gate,
        wallet: Wallet,
        *,
        run_id: str,
        worker: str,
        asked_by: str | None = None,
        in_flight: int,
        fresh: bool = False,
        burndown: int = 1,
        time_left_s: Callable[[], float],
        reserve_s: float,
        stopped_because: str | None = None,
        patience: Patience = Patience(),
    ) -> None:
        self._patience = patience
        self._models = models
        self._gate = gate
        self._wallet = wallet
        self._run_id = run_id
        self._asked_by = asked_by
        self._in_flight = in_flight
        self._fresh = fresh
        self._burndown = burndown
        self._time_left_s = time_left_s
        self._reserve_s = reserve_s
        self._began = time.monotonic()
        self._progress = _Progress(stopped_because=stopped_because)
        self._cache = cache
        self._claims = Claims(cache, run_id=run_id, worker=worker)

    async def ask_all(self, questions: Sequence[Question], keys: Sequence[str]) -> Asked:
        """Answer the questions; those that the cache knows are not asked, and equal ones are asked once."""
        places: dict[str, list[int]] = {}
        for index, key in enumerate(keys):
            places.setdefault(self._claims.key(key, fresh=self._fresh), []).append(index)
        found = await self._claims.known(list(places))
        missing = [key for key in places if key not in found]
        by_key = {key: questions[places[key][0]] for key in missing}
        if missing and self._goes_on() and await self._is_ready(by_key[missing[0]]):
            async with self._claims.holding():
                await self._ask_missing(missing, by_key, found)
        return self._outcome(questions, places, found)

    async def _is_ready(self, question: Question) -> bool:
        """Whether the model can be asked; requests that wait for credentials would then leave all at once."""
        try:
            await self._models.warm_up(question)
        except ModelAccessError as error:
            self._progress.stopped_because = str(error)
            return False
        except ModelUnavailableError as error:
            self._progress.last_failure, self._progress.unreachable = str(error), True
            return False
        return True

    async def _ask_missing(
        self, missing: Sequence[str], questions: Mapping[str, Question], found: dict[str, Answer]
    ) -> None:
        keys = ClaimedKeys(
            self._claims,
            missing,
            found,
            self._goes_on,
            in_flight=self._in_flight,
            look_again_s=self._patience.look_again_s,
        )

        keeper = Keeper(self._cache, room=max(UNSAFE, self._in_flight // UNSAFE))

        async def work() -> None:
            while (key := await keys.next()) is not None:
                answer = await self._answer(questions[key], keys.to_come + 1)
                if answer is not None:
                    await self._claims.keep(key, answer, keeper, partial(found.__setitem__, key, answer))

        try:
            async with keeper, keys, asyncio.TaskGroup() as group:
                for _ in range(min(self._in_flight, len(missing))):
                    group.create_task(work())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors  # a state machine knows errors by their own names

    def _goes_on(self) -> bool:
        progress = self._progress
        ended = progress.stopped_because is not None or progress.out_of_money or progress.unreachable
        return not ended and self._time_left_s() > LONGEST_CALL * progress.longest_s

    async def _answer(self, question: Question, calls_to_come: int) -> Answer | None:
        """One answer, each round of it paid once; None when time, money or the model's patience ended first."""
        rounds = Rounds(question.prompt, question.settings, question.results, question.rounds)
        took_s = 0.0
        while True:
            asked = replace(question, prompt=rounds.prompt, settings=rounds.settings)
            came = await self._round(asked, calls_to_come, begun=rounds.under_way, before_s=took_s)
            if came is None:
                return None
            answer, call_s = came
            took_s += call_s
            if not rounds.take(answer):
                self._progress.fresh += answer.asked_in is not None
                return rounds.whole()

    async def _round(
        self, question: Question, calls_to_come: int, *, begun: bool, before_s: float
    ) -> tuple[Answer, float] | None:
        """The answer to one request, and the seconds that the last try took; None when something ended first.

        Args:
            question: as it is asked now.
            calls_to_come: at least.
            begun: there were rounds before, which are paid; what is kept in reserve may be used to end them well.
            before_s: seconds that they took.
        """
        progress = self._progress
        tries = failures = 0
        most = self._wallet.most(question.prompt, question.settings)
        time_left_s = self._time_to_end_s if begun else self._time_left_s
        while self._goes_on() or (begun and self._may_end()):
            if not await self._wallet.take(most, calls_to_come=calls_to_come):
                progress.out_of_money = True
                return None
            weight = self._weight(question)
            sent_at = await self._gate.passed(weight, time_left_s)
            if sent_at is None:
                progress.unreachable |= time_left_s() > 0
                await self._wallet.came_to_nothing(most)
                return None
            began = time.monotonic()
            try:
                answer = await self._ask(question, before_s)
            except ModelThrottledError as error:
                await self._wallet.came_to_nothing(most)
                self._gate.throttled(weight, sent_at, error.retry_after_s)
                continue
            except (ModelAccessError, ModelRefusesRequestError) as error:
                self._gate.accepted(sent_at)
                await self._wallet.came_to_nothing(most)
                return self._refused(question, error), 0.0
            except (ModelUnavailableError, ModelBrokeOffError) as error:
                self._gate.accepted(sent_at)
                if isinstance(error, ModelBrokeOffError):
                    await self._wallet.broke_off(most)
                else:
                    await self._wallet.came_to_nothing(most)
                progress.last_failure = str(error)
            else:
                self._gate.accepted(sent_at)
                await self._wallet.answered(most, answer.usage)
                self._note_answer(answer)
                return replace(answer, asked_in=self._run_id, asked_by=self._asked_by), time.monotonic() - began
            tries += 1
            failures += self._model_is_up()
            if failures >= self._patience.failures:
                return _failed(question, str(progress.last_failure)), 0.0
            self._note_outage()
            await self._pause(tries)
        return None

    async def _ask(self, question: Question, before_s: float) -> Answer:
        """Ask once, for as long as there is time.

        Raises:
            ModelBrokeOffError: the answer did not come in time.
        """
        began = time.monotonic()
        left = self._time_to_end_s()
        try:
            async with asyncio.timeout(max(left, 0)):
                return await self._models.ask(question)
        except TimeoutError:
            raise ModelBrokeOffError(f"{question.model}: no answer in the {left:.0f} seconds that were left") from None
        finally:
            self._progress.longest_s = max(self._progress.longest_s, before_s + time.monotonic() - began)

    def _time_to_end_s(self) -> float:
        """In which a call under way may still end."""
        return self._time_left_s() + self._reserve_s - LAST_WORDS_S

    def _may_end(self) -> bool:
        """Whether a conversation that has begun may go on, where no other would begin."""
        progress = self._progress
        ended = progress.stopped_because is not None or progress.unreachable
        return not ended and self._time_to_end_s() > 0

    def _note_answer(self, answer: Answer) -> None:
        progress = self._progress
        progress.calls += 1
        progress.answered_at = time.monotonic()
        progress.output_tokens += answer.usage.output_tokens if answer.usage else 0

    def _refused(self, question: Question, error: ModelAccessError | ModelRefusesRequestError) -> Answer:
        progress = self._progress
        progress.refusals += 1
        never_answered = progress.answered_at is None and progress.refusals >= self._patience.refusals
        if isinstance(error, ModelAccessError) or never_answered:
            progress.stopped_because = progress.stopped_because or str(error)
        return _failed(question, str(error))

    def _model_is_up(self) -> bool:
        answered_at = self._progress.answered_at
        return answered_at is not None and time.monotonic() - answered_at < self._patience.up_s

    def _note_outage(self) -> None:
        quiet_since = self._progress.answered_at or self._began
        if time.monotonic() - quiet_since > self._patience.unreachable_s:
            self._progress.unreachable = True

    async def _pause(self, tries: int) -> None:
        longest = min(self._patience.longest_pause_s, self._patience.first_pause_s * 2 ** min(tries - 1, 10))
        await asyncio.sleep(min(longest * (0.5 + random.random() / 2), max(self._time_left_s(), 0)))  # noqa: S311 - spreads retries, and no secret

    def _weight(self, question: Question) -> float:
        """Quota tokens: Bedrock sets input and the most output aside, and then counts what came, at its own rate."""
        progress, settings = self._progress, question.settings
        expected = self._burndown * progress.output_tokens / progress.calls if progress.calls else 0.0
        return max(1.0, estimated_prompt_tokens(question.prompt) + max(float(settings.max_tokens or 0), expected))

    def _outcome(
        self, questions: Sequence[Question], places: Mapping[str, Sequence[int]], found: Mapping[str, Answer]
    ) -> Asked:
        progress = self._progress
        answers: list[Answer | None] = [None] * len(questions)
        for key, indices in places.items():
            answer = found.get(key) or self._unasked(questions[indices[0]])
            for copy, index in enumerate(indices):
                question = questions[index]
                answers[index] = answer and replace(
                    answer,
                    case_id=question.case.id,
                    repeat=question.repeat,
                    cached=answer.cached or copy > 0,
                    reused=answer.reused or copy > 0,
                )
        return Asked(
            answers=answers,
            fresh=progress.fresh,
            pause_s=self._patience.pause_s if progress.unreachable and None in answers else 0,
            unavailable_because=progress.last_failure if progress.unreachable and not progress.fresh else None,
            stopped_because=progress.stopped_because,
        )

    def _unasked(self, question: Question) -> Answer | None:
        if self._progress.stopped_because is not None:
            return unasked(question, self._progress.stopped_because)
        if self._progress.out_of_money:
            return unasked(question, "the money of the run was used up")
        return None


def unasked(question: Question, reason: str) -> Answer:
    """A case that was not asked about, for a reason that says nothing about the model."""
    return _without_text(question, AnswerStatus.UNASKED, reason)


def _failed(question: Question, reason: str) -> Answer:
    return _without_text(question, AnswerStatus.FAILED, reason)


def _without_text(question: Question, status: AnswerStatus, reason: str) -> Answer:
    return Answer(
        case_id=question.case.id, text="", status=status, reason=reason, origin=Origin.LIVE, repeat=question.repeat
    )
