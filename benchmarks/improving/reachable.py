"""The best prompt that the rewriter's edits and worked examples can reach, by looking where nobody else may."""

from collections.abc import Iterator

from benchmarks.improving.worlds import World
from brainswap.core.models.profiles import UNPROFILED
from brainswap.core.models.registry import profile_of
from brainswap.core.optimising.components import components, with_components
from brainswap.core.optimising.evidence import Example
from brainswap.core.optimising.examples import MOST_EXAMPLES, chosen, form_for, with_examples
from brainswap.core.prompts.dialects.packs import pack_for
from brainswap.core.prompts.rendering import rendered
from brainswap.core.prompts.template import Prompt, as_text
from local.bedrock.reflecting import EDITS

# What an odds ratio of the form is worth beside ability: the best of a few is taken, by the test cases.
_WORTHS_OF_FORM = (0.0, 0.05, 0.15, 0.4)


def best_reachable(world: World) -> tuple[Prompt, float]:
    """Add whatever the simulated model likes most until there is nothing left; its taste is looked up, not tried."""
    found = [_climbed(world, worth) for worth in _WORTHS_OF_FORM]
    best = max(found, key=lambda prompt: world.quality(prompt, world.test))
    return best, world.quality(best, world.test)


def _climbed(world: World, worth: float) -> Prompt:
    def liking(prompt: Prompt) -> float:
        skill, form = world.taste(prompt)
        return skill + worth * form

    best = max((world.original, world.translated), key=liking)
    while True:
        made = max(_further(world, best), key=liking, default=best)
        if liking(made) <= liking(best):
            return best
        best = made


def _further(world: World, prompt: Prompt) -> Iterator[Prompt]:
    for name, text in components(prompt).items():
        for edit in EDITS.values():
            edited = edit(text, "", (world.seed,))
            if edited is not None:
                yield with_components(prompt, {name: edited})
    form = form_for(prompt, pack=_pack(world), family=(profile_of(world.place.target) or UNPROFILED).family)
    if form is not None and len(prompt.messages) == 1 and "<given>" not in "".join(prompt.texts):
        yield with_examples(prompt, chosen(_examples(world, prompt), form, MOST_EXAMPLES), form)


def _examples(world: World, prompt: Prompt) -> Iterator[Example]:
    for name in world.train:
        case = world.cases[name]
        turn = rendered(prompt, case).messages[-1].content
        given = "\n".join(f"{key}: {as_text(value)}" for key, value in case.input.items())
        yield Example(case_id=name, turn=turn, given=given, answer=as_text(case.reference))


def _pack(world: World) -> str | None:
    pack = pack_for(world.place.target, profile_of(world.place.target))
    return pack.name if pack else None
