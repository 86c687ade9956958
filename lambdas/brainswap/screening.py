"""Guards at work in a search: whether candidates may be evaluated, before anything is paid for them."""

from collections.abc import Iterable, Mapping

from brainswap.contenders import costing, prompt_of
from brainswap.contracts import FrozenRun
from brainswap.core.answers import Usage
from brainswap.core.cases import Case
from brainswap.core.optimising.bounds import bounds_of
from brainswap.core.optimising.components import descriptions, with_tools_of
from brainswap.core.optimising.results import Result
from brainswap.core.optimising.steps import Screen, Screened
from brainswap.core.prompts.guards import Bounds, Refusal, refusals
from brainswap.core.prompts.template import Prompt
from brainswap.guarding import Looked, labels_of
from brainswap.lineup import optimised_contender, target_contender
from brainswap.run_files import RunFiles

# What guards may say against worked examples; those are cases, whose words need not be the prompt's language or form.
_OF_EXAMPLES = frozenset({"length", "cost", "injection", "leak", "rendering"})
_MANY = 1_000  # tokens that a price is asked for, so as to be told without a rest
_OF_DESCRIPTIONS = frozenset({"length", "injection", "language", "placeholders"})


def screened(files: RunFiles, frozen: FrozenRun, target: int, step: Screen, cases: Mapping[str, Case]) -> Result:
    """What speaks against each candidate.

    Args:
        files: of the run; where the step says so its cases are read line by line, as far as `Looked` goes.
        frozen: the run.
        target: that would be asked.
        step: with the candidates.
        cases: that the search knows, which are all that a rewriter can have seen.
    """
    bounds = bounds_of(prompt_of(frozen.prompt), cases.values(), usd=_usd(frozen, target))
    found: list[tuple[str, ...]] = []
    remarks: dict[str, None] = {}
    for candidate in step.candidates:
        looked = Looked(files) if step.every else None
        found.append(tuple(_refused(frozen, target, candidate, cases.values() if looked is None else looked, bounds)))
        remarks |= dict.fromkeys(looked.remarks(frozen) if looked is not None else ())
    return Result(refused=tuple(found), remarks=tuple(remarks))


def _refused(
    frozen: FrozenRun, target: int, candidate: Screened, cases: Iterable[Case], bounds: Bounds
) -> dict[str, None]:
    """Each reason once; the examples of a candidate may repeat their own cases, and nothing else may."""
    original = prompt_of(frozen.prompt)
    labels = labels_of(frozen.workload)
    bare = with_tools_of(candidate.bare, original)
    found: list[Refusal] = []
    if candidate.shown:
        found += refusals(bare, original, labels=labels, bounds=bounds)
        others = (case for case in cases if case.id not in candidate.shown)
        whole = with_tools_of(candidate.prompt, original)
        of_all = refusals(whole, original, cases=others, labels=labels, bounds=bounds)
        found += [one for one in of_all if one.guard in _OF_EXAMPLES]
    else:
        found += refusals(bare, original, cases=cases, labels=labels, bounds=bounds)
    found += _of_tools(candidate.bare, original)
    reasons = dict.fromkeys(f"{one.guard}: {one.reason}" for one in found)
    unfit = optimised_contender(frozen, target, candidate.prompt).refused_because
    return reasons if unfit is None else reasons | {f"model: {unfit}": None}


def _usd(frozen: FrozenRun, target: int) -> tuple[float, float] | None:
    """What a token costs that goes into a target, and one that comes out; None where nobody knows."""
    cost = costing(target_contender(frozen, target))
    if cost is None:
        return None
    inward, outward = (cost(Usage(input_tokens=given, output_tokens=said)) for given, said in ((_MANY, 0), (0, _MANY)))
    return None if inward is None or outward is None else (float(inward) / _MANY, float(outward) / _MANY)


def _of_tools(candidate: Prompt, original: Prompt) -> Iterable[Refusal]:
    pairs = zip(candidate.steps, original.steps, strict=True)
    return [refusal for step, before in pairs for refusal in _of_tools_of_call(step, before)]


def _of_tools_of_call(candidate: Prompt, original: Prompt) -> Iterable[Refusal]:
    if candidate.tools == original.tools:
        return ()
    forms = [[(tool.name, tool.input_schema) for tool in prompt.tools] for prompt in (candidate, original)]
    if forms[0] != forms[1]:
        return (Refusal(guard="contract", reason="the tools differ in more than their descriptions"),)
    found = refusals(descriptions(candidate), descriptions(original))
    return [one for one in found if one.guard in _OF_DESCRIPTIONS]
