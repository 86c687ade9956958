"""Who takes part in a run: the source, and each target with each of its prompts, as their models can be asked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from brainswap.contenders import SOURCE, frozen_prompt, prompt_of
from brainswap.contracts import Contender, FrozenRun
from brainswap.core.calls import Adjustment, Settings
from brainswap.core.declared_models import KeyInEnvironment, KeyInSecret
from brainswap.core.errors import ModelRefusesRequestError
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.inference import inference_of
from brainswap.core.models.fitting import Fitted, fit
from brainswap.core.models.profiles import UNPROFILED, Profile
from brainswap.core.models.registry import vendor_of
from brainswap.core.money.resolution import base_model
from brainswap.core.prompts.changes import Change
from brainswap.core.prompts.template import Prompt, chained
from brainswap.core.workload import DeclaredModel

if TYPE_CHECKING:
    from brainswap.core.prompts.translation import Translation


def source_contender(run: FrozenRun) -> Contender:
    """The model in use with the prompt in use."""
    return _contender(run, SOURCE, SOURCE, prompt_of(run.prompt))


def target_contender(run: FrozenRun, target: int) -> Contender:
    """A target with the prompt as it is."""
    slot = _target_slot(target)
    return _contender(run, slot, f"{slot}-original", prompt_of(run.prompt))


def translated_contender(run: FrozenRun, target: int, prompt: Prompt, changes: Sequence[Change]) -> Contender:
    """A target with the prompt in its dialect."""
    slot = _target_slot(target)
    contender = _contender(run, slot, f"{slot}-translated", prompt)
    return contender.model_copy(update={"variant": "translated", "changes": list(changes)})


def rewritten_contender(
    run: FrozenRun, target: int, candidate: str, prompt: Prompt, changes: Sequence[Change]
) -> Contender:
    """A target with a prompt that a model wrote; ``candidate`` is the name of it."""
    slot = _target_slot(target)
    contender = _contender(run, slot, f"{slot}-rewritten-{candidate}", prompt)
    return contender.model_copy(update={"variant": "optimised", "changes": list(changes)})


def translation_of(run: FrozenRun, target: int) -> "Translation":
    """The prompt in a target's dialect, before its call is made to fit."""
    from brainswap.core.prompts.translation import translate_steps  # noqa: PLC0415 - few functions translate

    declared = target_model(run, target)
    return translate_steps(
        prompt_of(run.prompt),
        declared.model,
        profile=profile_in(run, declared),
        source_vendor=vendor_of(run.workload.source.model) or None,
        reject=run.workload.improve.reject,
        thinking_off=run.workload.parameters_of(declared).thinking == "off",
    )


def optimised_contender(run: FrozenRun, target: int, prompt: Prompt, changes: Sequence[Change] = ()) -> Contender:
    """A target with a prompt that was looked for."""
    slot = _target_slot(target)
    contender = _contender(run, slot, f"{slot}-optimised", prompt)
    return contender.model_copy(update={"variant": "optimised", "changes": list(changes)})


def target_model(run: FrozenRun, target: int) -> DeclaredModel:
    return run.workload.slots[_target_slot(target)]


def profile_in(run: FrozenRun, declared: DeclaredModel) -> Profile:
    """What the run knows of a model."""
    return run.profiles.get(declared.model) or UNPROFILED


def _target_slot(target: int) -> str:
    return f"target-{target + 1}"


def _contender(run: FrozenRun, slot: str, contender_id: str, prompt: Prompt) -> Contender:
    """The declared model with a prompt, asked in the form that it accepts."""
    declared = run.workload.slots[slot]
    profile = profile_in(run, declared)
    steps = [_fitted(run, declared, profile, step) for step in prompt.steps]
    fitted, refused = steps[-1][0], next((because for _, because in steps if because is not None), None)
    sent = chained([step.prompt for step, _ in steps])
    key = declared.key
    return Contender(
        id=contender_id,
        role="source" if contender_id == SOURCE else "target",
        model=declared.model,
        answers=declared.answers,
        recording=declared.recording,
        variant="original",
        streams=declared.model not in run.not_streaming and profile.streaming != "no",
        parameters=run.workload.parameters_of(declared, prompt.name),
        settings=fitted.settings,
        earlier_settings={step.prompt.name: step.settings for step, _ in steps[:-1]},
        adjustments=list(dict.fromkeys(adjustment for step, _ in steps for adjustment in _named(step))),
        prompt=frozen_prompt(sent),
        prompt_sha256=prompt_fingerprint(sent),
        inference=inference_of(declared, run.inference),
        price=run.prices[slot].price,
        price_unknown_because=run.prices[slot].reason,
        base_url=declared.base_url,
        key_secret=key.secret if isinstance(key, KeyInSecret) else None,
        key_env=key.env if isinstance(key, KeyInEnvironment) else None,
        context_tokens=profile.context_tokens,
        tokens_per_minute=run.quotas.get(declared.model),
        burndown=profile.burndown,
        refused_because=refused,
        notes=[_of_steps(prompt)] if prompt.earlier else [],
    )


def _of_steps(prompt: Prompt) -> str:
    names = ", ".join(f"`{step.name}`" for step in prompt.steps)
    return (
        f"a case takes a call for each of the steps {names}: tokens, cost and latency are of all of them, and the "
        "first token is that of the last one, after the whole of those before it"
    )


def _fitted(run: FrozenRun, declared: DeclaredModel, profile: Profile, prompt: Prompt) -> tuple[Fitted, str | None]:
    """The call, or a step of a chain, as the model accepts it, and why there can be none.

    Recorded answers are what they are.
    """
    parameters = run.workload.parameters_of(declared, prompt.name)
    if run.needs.turns and "messages" in prompt.takes:
        prompt = prompt.with_place_for_turns()
    as_declared = Fitted(prompt=prompt, settings=Settings(max_tokens=parameters.max_tokens), adjustments=())
    if declared.answers == "recorded":
        return as_declared, None
    try:
        tools_in_cases = run.needs.tools > 0 and "tools" in prompt.takes
        fitted = fit(parameters, prompt, profile, model=declared.model, tools_in_cases=tools_in_cases)
    except ModelRefusesRequestError as error:
        return as_declared, str(error)
    return _guarded(run, declared, fitted), None


def _named(step: Fitted) -> Iterator[Adjustment]:
    """What differs, with the name of the step where there are several."""
    for adjustment in step.adjustments:
        at = f"steps.{step.prompt.name}." if step.prompt.name and adjustment.parameter != "guardrail" else ""
        yield replace(adjustment, parameter=f"{at}{adjustment.parameter}")


def _guarded(run: FrozenRun, declared: DeclaredModel, fitted: Fitted) -> Fitted:
    """The call through the application's guardrail, which is there for models on Bedrock alone."""
    guardrail = run.workload.guardrail
    if guardrail is None:
        return fitted
    name = f"{guardrail.id}/{guardrail.version}"
    if base_model(declared.model) is not None:
        return replace(fitted, settings=replace(fitted.settings, guardrail=name))
    without = Adjustment(
        parameter="guardrail",
        declared=name,
        sent="",
        reason="guardrails of Amazon Bedrock are applied to models on Bedrock alone",
        source="Amazon Bedrock User Guide, 2026-11",
        loses="what the guardrail would block is neither blocked nor counted",
    )
    return replace(fitted, adjustments=(*fitted.adjustments, without))
