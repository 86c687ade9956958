"""State ``Translate``: write the contenders of one target."""

from typing import TYPE_CHECKING, Any

from brainswap.contracts import Contender, FrozenRun, TranslateRequest, TranslateResult, parse
from brainswap.core.wording import printable
from brainswap.guarding import guarded
from brainswap.lineup import target_contender, target_model, translated_contender, translation_of
from brainswap.ports import Dependencies
from brainswap.run_files import RunFiles
from brainswap.runtime import dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


MOST_SAID = 600  # characters of reasons in a note


def run(request: TranslateRequest, using: Dependencies) -> TranslateResult:
    """The prompt as it is, and in the target's dialect where that is another."""
    files = RunFiles(using.artifacts, request.run_id)
    frozen = files.run()
    contenders = _contenders(files, frozen, request.target)
    for contender in contenders:
        files.write_contender(contender)
    live = target_model(frozen, request.target).answers == "live"
    return TranslateResult(
        contenders=[contender.id for contender in contenders],
        rewrite=bool(frozen.workload.rewriters),
        optimise="optimise" in frozen.workload.improve.methods and live,
    )


def _contenders(files: RunFiles, frozen: FrozenRun, target: int) -> list[Contender]:
    original = target_contender(frozen, target)
    notes: list[str] = []
    translated: Contender | None = None
    if "translate" in frozen.workload.improve.methods:
        translated, notes = _translated(files, frozen, target)
    if "optimise" in frozen.workload.improve.methods and target_model(frozen, target).answers == "recorded":
        notes.append("no optimised prompt: its answers are recorded, and nobody can ask for others")
    if notes:
        original = original.model_copy(update={"notes": [*original.notes, *notes]})
    return [original] if translated is None else [original, translated]


def _translated(files: RunFiles, frozen: FrozenRun, target: int) -> tuple[Contender | None, list[str]]:
    """The contender with the translated prompt, or none, and what there is to say of that."""
    declared = target_model(frozen, target)
    if declared.answers == "recorded":
        return None, ["no translated prompt: its answers are recorded, and were given to the original"]
    found = translation_of(frozen, target)
    held = [f"a rule of the translation was held back: {reason}" for reason in found.held_back]
    if not found.changes:
        return None, ["no translated prompt: the original is fit for the model as it is", *held]
    rules = ", ".join(change.rule for change in found.changes)
    held_against = guarded(files, frozen, found.prompt)
    if held_against.refused_because:
        reasons = printable("; ".join(held_against.refused_because), MOST_SAID)
        return None, [f"no translated prompt: the guards refuse what the rules {rules} make of it: {reasons}", *held]
    contender = translated_contender(frozen, target, found.prompt, found.changes)
    note = f"translated by the rules {rules}; prompts/{contender.id}.diff has the reasons"
    notes = [*contender.notes, note, *held_against.remarks, *held]
    return contender.model_copy(update={"notes": notes}), []


def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    return run(parse(TranslateRequest, event), dependencies()).model_dump(mode="json")
