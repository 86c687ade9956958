"""Our search in a simulated world."""

from dataclasses import dataclass

from benchmarks.improving.worlds import World
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.models.registry import profile_of
from brainswap.core.optimising.advice import advice_for
from brainswap.core.optimising.bounds import bounds_of
from brainswap.core.optimising.examples import form_for
from brainswap.core.optimising.results import Reply, Result
from brainswap.core.optimising.search import NothingToLearnError, Search
from brainswap.core.optimising.steps import Evaluate, Found, Reflect, Screen, Screened, Setup
from brainswap.core.prompts.dialects.packs import pack_for
from brainswap.core.prompts.guards import refusals
from brainswap.core.prompts.template import Prompt

_OF_EXAMPLES = frozenset({"length", "cost", "injection", "leak", "rendering"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What a search would put into production.

    Attributes:
        best: by the validation cases, whether believed or not.
        shipped: what is believed in the end: the best, or what there was before.
        claimed: the quality that is told of it.
        spent: calls.
    """

    best: Prompt
    shipped: Prompt
    claimed: float
    spent: int
    changed: bool = False


def ours(world: World, budget: int, *, advice: bool = True, examples: bool = True) -> Shipped:
    """Search with so many calls; the guards are the real ones, on the cases of the search."""
    setup = _setup(world, budget, advice=advice, examples=examples)
    world.calls = 0
    found = _found(world, setup)
    contenders = setup.contenders
    if found is None:
        best = max(contenders.values(), key=lambda prompt: world.quality(prompt, world.validation[:1]))
        return Shipped(best=best, shipped=best, claimed=0.0, spent=world.calls)
    against = contenders[found.against]
    best = found.finalists[0].trial.prompt if found.finalists else against
    if found.finalists and found.finalists[0].quality - found.finalists[0].owes <= found.finalists[0].before:
        best = against
    shipped = found.better.trial.prompt if found.better else against
    claimed = (
        found.better.quality
        if found.better
        else found.finalists[0].before
        if found.finalists
        else world.quality(against, world.validation)
    )
    return Shipped(best=best, shipped=shipped, claimed=claimed, spent=world.calls, changed=found.better is not None)


def _setup(world: World, budget: int, *, advice: bool, examples: bool) -> Setup:
    target = world.place.target
    profile = profile_of(target) or UNPROFILED
    pack = pack_for(target, profile)
    contenders = {"original": world.original}
    if world.translated != world.original:
        contenders["translated"] = world.translated
    return Setup(
        contenders=contenders,
        train=world.train,
        validation=world.validation,
        cases=world.cases,
        budget_calls=budget,
        form=form_for(world.original, pack=pack.name if pack else None, family=profile.family) if examples else None,
        advice=advice_for(target, profile) if advice else (),
        salt=str(world.seed),
        seed=world.seed,
    )


def _found(world: World, setup: Setup) -> Found | None:
    search = Search(setup).run()
    try:
        step = next(search)
        while True:
            match step:
                case Evaluate():
                    told = Result(outcomes=tuple(tuple(world.outcomes(one.prompt, one.cases)) for one in step.asked))
                case Reflect():
                    told = Result(replies=tuple(Reply(text=world.rewrite(one)) for one in step.questions))
                case Screen():
                    told = Result(refused=tuple(_refused(world, one) for one in step.candidates))
            step = search.send(told)
    except NothingToLearnError:
        return None
    except StopIteration as end:
        found: Found = end.value
        return found


def _refused(world: World, candidate: Screened) -> tuple[str, ...]:
    """What the guards say, once for each candidate of a world."""
    name = prompt_fingerprint(candidate.prompt), prompt_fingerprint(candidate.bare)
    if name not in world.refused:
        world.refused[name] = _said(world, candidate)
    return world.refused[name]


def _said(world: World, candidate: Screened) -> tuple[str, ...]:
    cases = [world.cases[name] for name in (*world.train, *world.validation) if name not in candidate.shown]
    known = () if candidate.shown else cases
    bounds = bounds_of(world.original, cases, usd=None)
    found = list(refusals(candidate.bare, world.original, cases=known, labels=world.labels, bounds=bounds))
    if candidate.shown:
        of_all = refusals(candidate.prompt, world.original, cases=cases, labels=world.labels, bounds=bounds)
        found += [one for one in of_all if one.guard in _OF_EXAMPLES]
    return tuple(one.reason for one in found)
