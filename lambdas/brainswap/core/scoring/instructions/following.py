"""The scorer of verifiable instructions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brainswap.core.scoring.family import Family, TextFamily
from brainswap.core.scoring.instructions.catalogue import Asked, asked, asked_by
from brainswap.core.scoring.instructions.finding import Finding
from brainswap.core.scoring.references import UnusableReferenceError
from brainswap.core.scoring.score import Score
from brainswap.core.scoring.specs import InstructionsSpec

_NAMED = 10  # broken instructions that a reason lists


def instructions_problem(spec: InstructionsSpec) -> str | None:
    try:
        _declared(spec)
    except UnusableReferenceError as error:
        return f"instructions: {error}"
    return None


def instructions_expected(spec: InstructionsSpec, reference: Any) -> tuple[Asked, ...]:
    """The spec's instructions, or else those of the reference."""
    return asked_by(reference) if spec.instructions is None else _declared(spec)


def compile_instructions(spec: InstructionsSpec) -> Callable[[str, tuple[Asked, ...]], Score]:
    def compare(text: str, expected: tuple[Asked, ...]) -> Score:
        if not text.strip():
            return Score(value=0.0, reason="nothing but white space follows no instruction", empty=True)
        return _score(expected, findings(text, expected, loose=spec.loose), partial=spec.partial)

    return compare


def findings(text: str, expected: Sequence[Asked], *, loose: bool) -> list[Finding]:
    """What checking a text that is not blank against each instruction gives; see `InstructionsSpec` for ``loose``."""
    variants = _variants(text) if loose else [text]
    return [_best(instruction, variants) for instruction in expected]


def _best(instruction: Asked, variants: Sequence[str]) -> Finding:
    first = instruction.check(variants[0])
    if first.followed:
        return first
    later = (instruction.check(variant) for variant in variants[1:])
    return next((finding for finding in later if finding.followed), first)


def _variants(text: str) -> list[str]:
    """The text and those in which something is left off that models like to put around an answer."""
    lines = text.split("\n")
    shortened = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    variants = [text, *shortened]
    return [each for each in (*variants, *(variant.replace("*", "") for variant in variants)) if each.strip()]


def _score(expected: Sequence[Asked], found: Sequence[Finding], *, partial: bool) -> Score:
    broken = [
        f"{instruction.id} ({finding.found})"
        for instruction, finding in zip(expected, found, strict=True)
        if not finding.followed
    ]
    if not broken:
        return Score(value=1.0, reason=f"all {len(expected)} instructions are followed")
    named = "; ".join(broken[:_NAMED])
    more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    followed = len(expected) - len(broken)
    return Score(
        value=followed / len(expected) if partial else 0.0,
        reason=f"{len(broken)} of {len(expected)} instructions broken: {named}{more}",
    )


def _declared(spec: InstructionsSpec) -> tuple[Asked, ...]:
    return tuple(asked(each.id, each.model_extra) for each in spec.instructions or ())


FAMILIES: Mapping[str, Family] = {
    "instructions": TextFamily(
        problem=instructions_problem,
        expected=instructions_expected,
        compile=compile_instructions,
    ),
}
