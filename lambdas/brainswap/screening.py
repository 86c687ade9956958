"""Guards at work in a search: whether candidates may be evaluated, before anything is paid for them."""

from collections.abc import Iterable, Mapping

from brainswap.contenders import prompt_of
from brainswap.contracts import FrozenRun
from brainswap.core.cases import Case
from brainswap.core.optimising.components import descriptions, with_tools_of
from brainswap.core.optimising.results import Result
from brainswap.core.optimising.steps import Screen, Screened
from brainswap.core.prompts.guards import Refusal, refusals
from brainswap.core.prompts.template import Prompt
from brainswap.guarding import labels_of
from brainswap.lineup import optimised_contender
from brainswap.run_files import RunFiles

# What guards may say against worked examples; those are cases, whose words need not be the prompt's language or form.
_OF_EXAMPLES = frozenset({"length", "cost", "injection", "leak", "rendering"})
_OF_DESCRIPTIONS = frozenset({"length", "injection", "language", "placeholders"})


def screened(files: RunFiles, frozen: FrozenRun, target: int, step: Screen, cases: Mapping[str, Case]) -> Result:
    """What speaks against each candidate.

    Args:
        files: of the run; all its cases are read, line by line, where the step says so.
        frozen: the run.
        target: that would be asked.
        step: with the candidates.
        cases: that the search knows, which are all that a rewriter can have seen.
    """
    return Result(
        refused=tuple(
            tuple(_refused(frozen, target, one, files.cases() if step.every else cases.values()))
            for one in step.candidates
        )
    )


def _refused(frozen: FrozenRun, target: int, candidate: Screened, cases: Iterable[Case]) -> dict[str, None]:
    """Each reason once; the examples of a candidate may repeat their own cases, and nothing else may."""
    original = prompt_of(frozen.prompt)
    labels = labels_of(frozen.workload)
    bare = with_tools_of(candidate.bare, original)
    found: list[Refusal] = []
    if candidate.shown:
        found += refusals(bare, original, labels=labels)
        others = (case for case in cases if case.id not in candidate.shown)
        of_all = refusals(with_tools_of(candidate.prompt, original), original, cases=others, labels=labels)
        found += [one for one in of_all if one.guard in _OF_EXAMPLES]
    else:
        found += refusals(bare, original, cases=cases, labels=labels)
    found += _of_tools(candidate.bare, original)
    reasons = dict.fromkeys(f"{one.guard}: {one.reason}" for one in found)
    unfit = optimised_contender(frozen, target, candidate.prompt).refused_because
    return reasons if unfit is None else reasons | {f"model: {unfit}": None}


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
