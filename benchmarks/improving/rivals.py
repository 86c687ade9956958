"""Others who look for a prompt with the same rewriter, the same cases and the same number of calls."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from gepa.api import optimize
from gepa.core.adapter import EvaluationBatch

from benchmarks.improving.ours import Shipped
from benchmarks.improving.worlds import World
from brainswap.core.optimising.components import components, with_components
from brainswap.core.optimising.reflecting import UnreadableReplyError, reflection, rewriting_in
from brainswap.core.optimising.results import Outcome
from brainswap.core.prompts.template import Message, Prompt, as_text

REWRITES = 4  # of the meta-prompt, of which the best one on the validation cases is taken


def _better_one(world: World) -> Prompt:
    """What a rival begins with: it gets the translated prompt for nothing, where there is one."""
    return world.translated


class _Adapter:
    """gepa's view of a world; a prompt whose placeholders are broken scores 0, as an application would fail."""

    propose_new_texts = None

    def __init__(self, world: World, base: Prompt) -> None:
        self._world, self._base = world, base

    def prompt(self, candidate: Mapping[str, str]) -> Prompt:
        return with_components(self._base, candidate)

    def evaluate(self, batch: list[str], candidate: dict[str, str], capture_traces: bool = False) -> Any:  # noqa: FBT001, FBT002 - gepa's
        found = _outcomes(self._world, self.prompt(candidate), batch)
        return EvaluationBatch(
            outputs=[one.answer for one in found],
            scores=[one.quality or 0.0 for one in found],
            trajectories=found if capture_traces else None,
        )

    def make_reflective_dataset(
        self, _candidate: dict[str, str], batch: Any, components_to_update: list[str]
    ) -> dict[str, list[dict[str, Any]]]:
        rows = [
            {
                "Inputs": {name: as_text(value) for name, value in self._world.cases[one.case_id].input.items()},
                "Generated Outputs": one.answer,
                "Feedback": one.feedback or "It is right.",
            }
            for one in batch.trajectories
        ]
        return dict.fromkeys(components_to_update, rows)


def by_gepa(world: World, budget: int) -> Shipped:
    """Have gepa 0.1.4 search alone, as its guide sets it up: reflection on three cases and a front of Pareto."""
    world.calls = 0
    base = _better_one(world)
    adapter = _Adapter(world, base)

    def reflect(request: Any) -> str:
        text = request if isinstance(request, str) else str(request)
        return world.rewrite(Prompt(system=None, messages=(Message(role="user", content=text),)), again=world.calls)

    with contextlib.redirect_stdout(io.StringIO()):
        search: Any = optimize  # whose types speak of its own adapters
        result = search(
            seed_candidate={name: text for name, text in components(base).items() if text},
            trainset=list(world.train),
            valset=list(world.validation),
            adapter=adapter,
            reflection_lm=reflect,
            stop_callbacks=lambda _state: world.calls >= budget,
            seed=world.seed,
            raise_on_exception=True,
        )
    best = adapter.prompt(result.best_candidate)
    return Shipped(best=best, shipped=best, claimed=max(result.val_aggregate_scores), spent=world.calls)


def by_random_search(world: World, budget: int) -> Shipped:
    """Rewritings of whatever there is, with no evidence, each tried on all validation cases; the best one is taken."""
    world.calls = 0
    base = _better_one(world)
    drawn = Random(world.seed)  # noqa: S311 - draws of a benchmark
    pool = {base: _mean(_outcomes(world, base, world.validation))}
    while world.calls + 1 + len(world.validation) <= budget:
        made = _rewritten(world, drawn.choice(list(pool)), again=world.calls)
        if made is not None and made not in pool:
            pool[made] = _mean(_outcomes(world, made, world.validation))
    best = max(pool, key=lambda prompt: pool[prompt])
    return Shipped(best=best, shipped=best, claimed=pool[best], spent=world.calls)


def by_one_rewrite(world: World, budget: int) -> Shipped:
    """A model is asked once, a few times over, to write a better prompt; the best one on validation is taken."""
    world.calls = 0
    base = _better_one(world)
    made = [base, *filter(None, (_rewritten(world, base, again=number) for number in range(REWRITES)))]
    cases = world.validation[: max(1, (budget - REWRITES) // len(made))]
    scores = [_mean(_outcomes(world, prompt, cases)) for prompt in made]
    best = max(range(len(made)), key=lambda place: scores[place])
    return Shipped(best=made[best], shipped=made[best], claimed=scores[best], spent=world.calls)


def _rewritten(world: World, prompt: Prompt, *, again: int) -> Prompt | None:
    asked = reflection(components(prompt), (), salt=str(world.seed))
    try:
        read = rewriting_in(world.rewrite(asked.prompt, again), asked)
    except UnreadableReplyError:
        return None
    return with_components(prompt, read.texts)


def _outcomes(world: World, prompt: Prompt, names: Sequence[str]) -> list[Outcome]:
    if prompt.placeholders != world.original.placeholders:
        world.calls += len(names)
        return [Outcome(case_id=name, quality=0.0, feedback="A placeholder is broken.") for name in names]
    return world.outcomes(prompt, names)


def _mean(outcomes: Sequence[Outcome]) -> float:
    return sum(one.quality or 0.0 for one in outcomes) / len(outcomes)
