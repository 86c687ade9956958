"""Who takes part in a run: the source, and each target with each of its prompts."""

from brainswap.contracts import Contender, FrozenPrompt, FrozenRun
from brainswap.core.fingerprints import prompt_fingerprint
from brainswap.core.prompts.template import Message, Prompt
from brainswap.core.workload import DeclaredModel

SOURCE = "source"


def prompt_of(frozen: FrozenPrompt) -> Prompt:
    return Prompt(
        system=frozen.system,
        messages=tuple(Message(role=turn.role, content=turn.content) for turn in frozen.messages),
    )


def source_contender(run: FrozenRun) -> Contender:
    """The model in use with the prompt in use."""
    return _with_original_prompt(run, run.workload.source, SOURCE)


def target_contender(run: FrozenRun, target: int) -> Contender:
    """A target with the prompt as it is."""
    contender = _with_original_prompt(run, run.workload.targets[target], f"target-{target + 1}-original")
    if not run.workload.improve.methods:
        return contender
    wanted = " and ".join(run.workload.improve.methods)
    return contender.model_copy(
        update={"notes": [f"the workload asks to {wanted}, which this version does not do: the prompt is the original"]}
    )


def _with_original_prompt(run: FrozenRun, declared: DeclaredModel, contender_id: str) -> Contender:
    return Contender(
        id=contender_id,
        role="source" if contender_id == SOURCE else "target",
        model=declared.model,
        answers=declared.answers,
        recording=declared.recording,
        variant="original",
        streams=declared.model not in run.not_streaming,
        parameters=run.workload.parameters_of(declared),
        prompt=run.prompt,
        prompt_sha256=prompt_fingerprint(prompt_of(run.prompt)),
    )
