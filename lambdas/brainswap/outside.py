"""Scorers that call something besides a chat model: what they ask about a shard, and what comes of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from brainswap import worker
from brainswap.asking import Asked
from brainswap.callees import question_of
from brainswap.claims import is_kept
from brainswap.contracts import CalledShard, FrozenRun, ShardRef
from brainswap.core.answers import Answer, Usage
from brainswap.core.calling.plans import Call, Plan
from brainswap.core.calling.scorers import plan_calls
from brainswap.core.cases import Case
from brainswap.core.money.costs import cost_usd
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import AnyCalledSpec, FunctionSpec, GuardrailSpec, MeaningSpec
from brainswap.ports import Dependencies, Question
from brainswap.run_files import RunFiles

PURPOSE = "scorers"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calling:
    """One of the scorers with all that it asks about the shard."""

    spec: AnyCalledSpec
    plan: Plan

    @property
    def slot(self) -> str:
        """Its name among all that is asked about a shard, and in the ledger."""
        return f"scorer:{self.spec.name}"


class Outside:
    """What the scorers of a run that call ask about one shard."""

    def __init__(self, files: RunFiles, frozen: FrozenRun, request: ShardRef) -> None:
        self._frozen = frozen
        self._request = request
        specs = frozen.workload.called
        answers = list(_answers(files, request)) if specs else []
        self._calling = [
            _Calling(spec=spec, plan=plan_calls(spec, [(case, answer.at(spec.step)) for case, answer in answers]))
            for spec in specs
        ]

    async def ask_all(self, using: Dependencies, time_left_s: Callable[[], float]) -> dict[str, Asked]:
        """Call for one scorer after the other, each with as many calls in flight as the shard may have."""
        stopped = using.ledger.stopped(self._request.run_id) if self._calling else {}
        asked: dict[str, Asked] = {}
        for each in self._calling:
            because = stopped.get(each.slot)
            asked[each.slot] = came = await self._ask(each, using, time_left_s, because)
            if came.stopped_because is not None and because is None:
                using.ledger.stop(self._request.run_id, each.slot, came.stopped_because)
        return asked

    def scores(self, asked: Mapping[str, Asked]) -> dict[int, dict[str, Score]]:
        """By the place of the answer in the shard, and by scorer; for what is finished."""
        found: dict[int, dict[str, Score]] = {}
        for each in self._calling:
            said = [answer for answer in asked[each.slot].answers if answer is not None]
            for place, score in enumerate(each.plan.scores(said)):
                found.setdefault(place, {})[each.spec.name] = score
        return found

    def taken(self, before: Mapping[str, CalledShard], asked: Mapping[str, Asked]) -> dict[str, CalledShard]:
        """What the calls took with this invocation, on top of what they took in those before, by scorer."""
        return {
            each.spec.name: _taken(before.get(each.spec.name), asked[each.slot], self._costing(each.spec))
            for each in self._calling
        }

    async def _ask(
        self, calling: _Calling, using: Dependencies, time_left_s: Callable[[], float], because: str | None
    ) -> Asked:
        questions = [self._question(calling.spec, call) for call in calling.plan.calls]
        if not questions:
            return Asked(answers=[], fresh=0)
        spec = calling.spec
        asking = worker.Asking(
            who=f"{calling.slot}/{self._request.contender}",
            model=questions[0].model,
            purpose=PURPOSE,
            costing=self._costing(spec),
            tokens_per_minute=self._frozen.quotas.get(spec.model) if isinstance(spec, MeaningSpec) else None,
            burndown=1,
            stopped_because=because,
        )
        frozen = self._frozen if _lasts(spec) else self._frozen.model_copy(update={"fresh": True})
        return await worker.ask(
            asking,
            questions,
            frozen=frozen,
            request=self._request,
            using=using,
            cache=using.cache,
            time_left_s=time_left_s,
        )

    def _question(self, spec: AnyCalledSpec, call: Call) -> Question:
        names = {"run": self._request.run_id, "contender": self._request.contender, "scorer": spec.name}
        return question_of(call, labels={**names, "case": call.case.id})

    def _costing(self, spec: AnyCalledSpec) -> Callable[[Usage], Decimal | None] | None:
        found = self._frozen.called_prices.get(spec.name)
        price = found.price if found else None
        if price is None:
            return None
        return lambda usage: cost_usd(usage, price, inference="on_demand", tier=None).usd


def _lasts(spec: AnyCalledSpec) -> bool:
    """Whether the same call means the same tomorrow, so that a later run may use what it came to."""
    if isinstance(spec, FunctionSpec):
        return spec.pinned
    return not (isinstance(spec, GuardrailSpec) and spec.guardrail.version == "DRAFT")


def _answers(files: RunFiles, request: ShardRef) -> Iterator[tuple[Case, Answer]]:
    """In the order of the shard's samples."""
    answers = files.answers(request.contender, request.block)
    by_case = {case_id: list(group) for case_id, group in groupby(answers, key=attrgetter("case_id"))}
    return ((case, answer) for case in files.block(request.block) for answer in by_case[case.id])


def _taken(before: CalledShard | None, asked: Asked, costing: Callable[[Usage], Decimal | None] | None) -> CalledShard:
    """An answer that was in the cache counts for whoever asked for it, which may be another shard of this run."""
    known = [answer for answer in asked.answers if answer is not None]
    told = [answer for answer in known if is_kept(answer)]
    failed = [answer for answer in known if not is_kept(answer)]
    costs = [_cost(answer, costing) for answer in told if not answer.reused] + ([before.usd] if before else [])
    calls = sum(not answer.reused for answer in told) + (before.calls if before else 0)
    return CalledShard(
        calls=calls,
        cached=max(len(told) - calls, 0),
        usd=None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0)),
        origins=sorted({answer.origin for answer in told}),
        failed=len(failed),
        because=failed[0].reason if failed else None,
    )


def _cost(answer: Answer, costing: Callable[[Usage], Decimal | None] | None) -> Decimal | None:
    """In tokens: what takes none costs none of them; None where a price is unknown."""
    if answer.usage is None:
        return Decimal(0)
    return None if costing is None else costing(answer.usage)
