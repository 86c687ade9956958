"""Asking while a prompt is looked for: the target answers, scorers score, and a model reflects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from brainswap import worker
from brainswap.asking import Asked
from brainswap.chaining import asked_of_all, replayed
from brainswap.contenders import costing
from brainswap.contracts import Contender, FrozenRun, OptimiseRequest, ShardRef
from brainswap.core.answers import Answer, AnswerStatus, Usage, asked_by
from brainswap.core.calls import Settings
from brainswap.core.cases import Case
from brainswap.core.declared_models import KeyInEnvironment, KeyInSecret, NamedModel, Parameters
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.money.asked import IMPROVING
from brainswap.core.money.costs import cost_of_calls
from brainswap.core.money.prices import Price
from brainswap.core.money.searching import REFLECTION_TOKENS
from brainswap.core.optimising.aims import aims_of, quality_of
from brainswap.core.optimising.feedback import feedback, said_in_steps
from brainswap.core.optimising.results import Outcome, Paid, Reply, Result
from brainswap.core.optimising.steps import Evaluate, Reflect
from brainswap.core.prompts.template import Prompt
from brainswap.core.scoring.composition import members_first, with_sets
from brainswap.core.scoring.scorers import compiled
from brainswap.core.scoring.specs import SetSpec
from brainswap.core.scoring.subject import subject_of
from brainswap.lineup import optimised_contender, source_contender
from brainswap.ports import Dependencies, Endpoint, Question
from brainswap.run_files import RunFiles

REFLECTING = Parameters(max_tokens=REFLECTION_TOKENS, temperature=1.0)
_NO_ANSWER = frozenset({AnswerStatus.FAILED, AnswerStatus.UNASKED})
_NOBODY = Case.model_construct(id="reflection", input={})


class StoppedError(Exception):
    """Nobody may be asked any more, which leaves the search without a result; the message says why.

    Attributes:
        paid: for what was answered before.
    """

    def __init__(self, because: str, paid: Paid | None = None) -> None:
        super().__init__(because)
        self.paid = paid or Paid()


class UnfinishedError(Exception):
    """Time ran out: the next invocation goes on from the cache.

    Attributes:
        asked: what became of the questions.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__("time ran out")
        self.asked = asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Improver:
    """Performs the steps of a search for one target.

    Attributes:
        cases: of the search, by id, with the references that it aims at.
        in_flight: calls at once.
        number: of the step that is performed, by which its answers are told from those of others.
    """

    files: RunFiles
    frozen: FrozenRun
    request: OptimiseRequest
    using: Dependencies
    time_left_s: Callable[[], float]
    cases: Mapping[str, Case]
    in_flight: int
    number: int = 0

    def evaluate(self, step: Evaluate) -> Result:
        """Answer and score the cases that the step names, all at once.

        Raises:
            StoppedError: the money or the access ended.
            UnfinishedError: time did.
        """
        contenders = [optimised_contender(self.frozen, self.request.target, one.prompt) for one in step.asked]
        said = self._answers(contenders, [one.cases for one in step.asked])
        answers, score = iter(said), self._scoring(costing(contenders[0]))
        return Result(
            outcomes=tuple(tuple(score(next(answers)) for _ in one.cases) for one in step.asked),
            paid=self._paid(said, contenders[0]),
        )

    def reflect(self, step: Reflect) -> Result:
        """Have the reflecting model answer, several questions at once.

        Raises:
            StoppedError: the money or the access ended.
            UnfinishedError: time did.
        """
        model = _reflecting(self.frozen, self.request.target)
        try:
            asked = [model.fitted(prompt) for prompt in step.questions]
        except ModelRefusesRequestError as error:
            raise StoppedError(f"{model.declared.model} cannot be asked to reflect: {error}") from None
        questions = [model.question(self.request, each) for each in asked]
        cost = model.costing(asked[0].settings)
        asking = self._asking(model.declared.model, f"reflecting/{self._slot}", cost)
        found = self._came(self.using.complete(self._ask(asking, questions, None)), asking)
        replies = []
        for answer in found:
            usd = cost(answer.usage) if cost is not None and answer.usage is not None else None
            said = answer.text if answer.status is AnswerStatus.ANSWERED else None
            replies.append(Reply(text=said, usd=None if usd is None else float(usd)))
        return Result(replies=tuple(replies), paid=_paid(found, cost))

    def answers_of_source(self) -> tuple[Mapping[str, Answer], Paid]:
        """What the source says to the cases of the search, by case, and what that took.

        Raises:
            StoppedError: the money or the access ended.
            UnfinishedError: time did.
        """
        source = source_contender(self.frozen)
        if source.answers == "recorded":
            asked = replayed(self.using.recordings, self._once, source, self.cases.values())
            said = list(self.using.complete(asked).answers)
            return {answer.case_id: answer for answer in said if answer is not None}, Paid()
        answers = self._answers([source], [tuple(self.cases)])
        return {answer.case_id: answer for answer in answers}, self._paid(answers, source)

    @property
    def _slot(self) -> str:
        return f"target-{self.request.target + 1}"

    @property
    def _once(self) -> FrozenRun:
        """The run with one answer to each case: a search has better uses for calls than repeats."""
        return self.frozen.model_copy(update={"workload": self.frozen.workload.model_copy(update={"repeats": 1})})

    def _answers(self, contenders: Sequence[Contender], cases: Sequence[Sequence[str]]) -> list[Answer]:
        """One answer to each case of each prompt of a model, all asked at once."""
        first = contenders[0]
        stopped = first.refused_because or self.using.ledger.stopped(self.request.run_id).get(first.id)
        asking = self._asking(first.model, f"improving/{first.id}", costing(first))
        of_each = [[self.cases[name] for name in group] for group in cases]
        asked = asked_of_all(
            self._once,
            list(zip(contenders, of_each, strict=True)),
            self.files.attachment,
            ask=partial(self._ask, asking),
            stopped_because=stopped,
        )
        return self._came(self.using.complete(asked), asking)

    def _paid(self, answers: Iterable[Answer], contender: Contender) -> Paid:
        """What answers took of this step of the search; of chains, steps may have been asked for an earlier one."""
        return _paid(answers, costing(contender), asked_by(f"improving/{contender.id}", self.number))

    def _asking(
        self,
        model: str,
        who: str,
        cost: Callable[[Usage], Decimal | None] | None,
    ) -> worker.Asking:
        profile = self.frozen.profiles.get(model) or UNPROFILED
        return worker.Asking(
            who=who,
            model=model,
            purpose=IMPROVING,
            costing=cost,
            tokens_per_minute=self.frozen.quotas.get(model),
            burndown=profile.burndown,
            context_tokens=profile.context_tokens,
            stopped_because=None,
        )

    async def _ask(self, asking: worker.Asking, questions: Sequence[Question], stopped_because: str | None) -> Asked:
        shard = ShardRef(run_id=self.request.run_id, contender=self._slot, block=self.number, in_flight=self.in_flight)
        return await worker.ask(
            replace(asking, stopped_because=stopped_because),
            questions,
            frozen=self.frozen,
            request=shard,
            using=self.using,
            cache=self.using.cache,
            time_left_s=self.time_left_s,
        )

    def _came(self, asked: Asked, asking: worker.Asking) -> list[Answer]:
        """All answers.

        Raises:
            StoppedError: the money or the access ended.
            UnfinishedError: time did.
        """
        answers = [answer for answer in asked.answers if answer is not None]
        unasked = next((answer for answer in answers if answer.status is AnswerStatus.UNASKED), None)
        if asked.stopped_because is not None or unasked is not None:
            because = asked.stopped_because or str(unasked and unasked.reason)
            raise StoppedError(because, _paid(answers, asking.costing, asked_by(asking.who, self.number)))
        if not asked.finished:
            raise UnfinishedError(asked)
        return answers

    def _scoring(self, cost: Callable[[Usage], Decimal | None] | None) -> Callable[[Answer], Outcome]:
        specs, aims = self.frozen.workload.scorers, aims_of(self.frozen.workload)
        scorers = {spec.name: (spec.step, compiled(spec)) for spec in specs if not isinstance(spec, SetSpec)}
        sets = members_first(spec for spec in specs if isinstance(spec, SetSpec))

        def scored(answer: Answer) -> Outcome:
            case = self.cases[answer.case_id]
            usd = cost(answer.usage) if cost is not None and answer.usage is not None else None
            looked = {name: look(subject_of(case, answer.at(step), usd)) for name, (step, look) in scorers.items()}
            scores = with_sets(looked, sets)
            return Outcome(
                case_id=case.id,
                quality=quality_of(scores, aims),
                feedback=feedback(case, answer, scores, aims),
                answer=said_in_steps(answer),
                input_tokens=answer.usage.input_tokens + answer.usage.cache_read_tokens if answer.usage else 0,
                output_tokens=answer.usage.output_tokens if answer.usage else 0,
                latency_ms=answer.latency_ms,
                usd=None if usd is None else float(usd),
            )

        return scored


def _paid(answers: Iterable[Answer], cost: Callable[[Usage], Decimal | None] | None, ours: str | None = None) -> Paid:
    """What this run paid for answers; an answer that an earlier run paid for costs nothing.

    Args:
        answers: of chains, with those of their steps.
        cost: of an answer.
        ours: what steps of chains were asked by if they were paid now.
    """
    known = [step for answer in answers for step in answer.steps or (answer,) if step.status not in _NO_ANSWER]
    fresh = [answer for answer in known if not answer.cached and (not answer.step or answer.asked_by == ours)]
    amounts = [cost(answer.usage) if cost is not None and answer.usage is not None else None for answer in fresh]
    told = [amount for amount in amounts if amount is not None]
    return Paid(
        calls=len(fresh),
        cached=len(known) - len(fresh),
        usd=sum(told, Decimal(0)) if len(told) == len(amounts) else None,
        origins=tuple(sorted({answer.origin for answer in known})),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reflecting:
    """The model that reflects, as it can be asked in a run."""

    declared: NamedModel
    frozen: FrozenRun
    price: Price | None

    def fitted(self, prompt: Prompt) -> Fitted:
        profile = self.frozen.profiles.get(self.declared.model) or UNPROFILED
        asked_with = self.declared.parameters if self.frozen.workload.improver is self.declared else None
        return fit(asked_with or REFLECTING, prompt, profile, model=self.declared.model)

    def question(self, request: OptimiseRequest, fitted: Fitted) -> Question:
        key = self.declared.key
        return Question(
            model=self.declared.model,
            streams=False,  # nobody waits for its first word
            prompt=fitted.prompt,
            settings=fitted.settings,
            case=_NOBODY,
            recording="",
            repeat=0,
            labels={"run": request.run_id, "purpose": IMPROVING},
            endpoint=Endpoint(
                base_url=self.declared.base_url,
                key_secret=key.secret if isinstance(key, KeyInSecret) else None,
                key_env=key.env if isinstance(key, KeyInEnvironment) else None,
            ),
        )

    def costing(self, settings: Settings) -> Callable[[Usage], Decimal | None] | None:
        return cost_of_calls(self.price, settings)


def _reflecting(frozen: FrozenRun, target: int) -> _Reflecting:
    improver, slot = frozen.workload.improver, f"target-{target + 1}"
    if improver is None:
        return _Reflecting(declared=frozen.workload.slots[slot], frozen=frozen, price=frozen.prices[slot].price)
    found = frozen.improver_price
    return _Reflecting(declared=improver, frozen=frozen, price=None if found is None else found.price)
