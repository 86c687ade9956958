"""Whether what a workload says of rewriters fits its targets and limits, whatever else is wrong with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from brainswap.core.loading.findings import Finding
from brainswap.core.money.resolution import base_model
from brainswap.core.wording import printable

_OF_BEDROCK = {
    "optimize_prompt": "OptimizePrompt",
    "prompt_optimization_job": "Advanced Prompt Optimization",
}


def rewriters_that_cannot_work(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Rewriters that nobody asks for, that know no model of a target, or that may work where nothing may.

    Args:
        data: the whole declaration, as JSON's types; what does not fit the model is passed over.
    """
    improve = data.get("improve")
    if not isinstance(improve, Mapping):
        return
    methods, named = improve.get("methods"), improve.get("rewriters")
    rewrites = isinstance(methods, list) and "rewrite" in methods
    if named is not None and not rewrites:
        wrong, remedy = "nobody is asked to rewrite", "Put `rewrite` among the `methods`, or leave the key out."
        yield Finding(kind="rewriter", path=("improve", "rewriters"), wrong=wrong, remedy=remedy)
        return
    rewriters = named if isinstance(named, list) else ["own"]
    if improve.get("job") is not None and not (rewrites and "prompt_optimization_job" in rewriters):
        wrong = "there is no job of Advanced Prompt Optimization that it could be for"
        remedy = "Put `prompt_optimization_job` among the `rewriters`, or leave the key out."
        yield Finding(kind="rewriter", path=("improve", "job"), wrong=wrong, remedy=remedy)
    for index, rewriter in enumerate(rewriters if rewrites else ()):
        service = _OF_BEDROCK.get(rewriter) if isinstance(rewriter, str) else None
        if service is not None:
            yield from _of_bedrock(data, ("improve", "rewriters", index), service)


def _of_bedrock(data: Mapping[str, Any], path: tuple[str | int, ...], service: str) -> Iterator[Finding]:
    for target in _live_elsewhere(data):
        wrong = f"{service} rewrites for models on Amazon Bedrock, and a target is `{printable(target)}`"
        remedy = "Leave it out, or run the targets that are not on Bedrock as a workload of their own."
        yield Finding(kind="rewriter", path=path, wrong=wrong, remedy=remedy)
        break
    limits = data.get("limits")
    if isinstance(limits, Mapping) and limits.get("regions") is not None:
        wrong = f"{service} does not say in which regions it rewrites, and `limits.regions` allows only some"
        remedy = "Leave it out, or take `limits.regions` away."
        yield Finding(kind="rewriter", path=path, wrong=wrong, remedy=remedy)


def _live_elsewhere(data: Mapping[str, Any]) -> Iterator[str]:
    targets = data.get("targets")
    for target in targets if isinstance(targets, list) else ():
        model = target.get("model") if isinstance(target, Mapping) else None
        if isinstance(model, str) and target.get("answers", "live") == "live" and base_model(model) is None:
            yield model
