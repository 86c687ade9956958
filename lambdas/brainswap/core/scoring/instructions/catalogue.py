"""All instructions by id, and those that a scorer or a reference names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from brainswap.core.prompts.template import as_text
from brainswap.core.scoring.instructions import arguments as read
from brainswap.core.scoring.instructions import formats, framing, keywords, lengths, writing
from brainswap.core.scoring.instructions.finding import Finding
from brainswap.core.scoring.quoting import quote
from brainswap.core.scoring.references import UnusableReferenceError

_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A kind of instruction.

    Attributes:
        check: looks at a text, which is not blank; takes the arguments by name.
        arguments: what reads each argument, by name; raises `read.BrokenArgumentError`. All are needed.
    """

    check: Callable[..., Finding]
    arguments: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An instruction with its arguments, ready to be checked."""

    id: str
    check: Callable[[str], Finding]


INSTRUCTIONS: Mapping[str, Instruction] = {
    "change_case:capital_word_frequency": Instruction(
        check=writing.capital_word_frequency,
        arguments={"capital_frequency": read.count, "capital_relation": read.relation},
    ),
    "change_case:english_capital": Instruction(check=writing.english_capital),
    "change_case:english_lowercase": Instruction(check=writing.english_lowercase),
    "combination:repeat_prompt": Instruction(check=framing.repeat_prompt, arguments={"prompt_to_repeat": read.text}),
    "combination:two_responses": Instruction(check=framing.two_responses),
    "detectable_content:number_placeholders": Instruction(
        check=formats.number_placeholders, arguments={"num_placeholders": read.count}
    ),
    "detectable_content:postscript": Instruction(
        check=formats.postscript, arguments={"postscript_marker": read.phrase}
    ),
    "detectable_format:constrained_response": Instruction(check=formats.constrained_response),
    "detectable_format:json_format": Instruction(check=formats.json_format),
    "detectable_format:multiple_sections": Instruction(
        check=formats.multiple_sections, arguments={"section_spliter": read.phrase, "num_sections": read.count}
    ),
    "detectable_format:number_bullet_lists": Instruction(
        check=formats.number_bullet_lists, arguments={"num_bullets": read.count}
    ),
    "detectable_format:number_highlighted_sections": Instruction(
        check=formats.number_highlighted_sections, arguments={"num_highlights": read.count}
    ),
    "detectable_format:title": Instruction(check=formats.title),
    "keywords:existence": Instruction(check=keywords.existence, arguments={"keywords": read.phrases}),
    "keywords:forbidden_words": Instruction(
        check=keywords.forbidden_words, arguments={"forbidden_words": read.phrases}
    ),
    "keywords:frequency": Instruction(
        check=keywords.frequency,
        arguments={"keyword": read.phrase, "frequency": read.count, "relation": read.relation},
    ),
    "keywords:letter_frequency": Instruction(
        check=keywords.letter_frequency,
        arguments={"letter": read.letter, "let_frequency": read.count, "let_relation": read.relation},
    ),
    "language:response_language": Instruction(check=writing.response_language, arguments={"language": read.language}),
    "length_constraints:nth_paragraph_first_word": Instruction(
        check=lengths.nth_paragraph_first_word,
        arguments={"num_paragraphs": read.count, "nth_paragraph": read.ordinal, "first_word": read.phrase},
    ),
    "length_constraints:number_paragraphs": Instruction(
        check=lengths.number_paragraphs, arguments={"num_paragraphs": read.count}
    ),
    "length_constraints:number_sentences": Instruction(
        check=lengths.number_sentences, arguments={"num_sentences": read.count, "relation": read.relation}
    ),
    "length_constraints:number_words": Instruction(
        check=lengths.number_words, arguments={"num_words": read.count, "relation": read.relation}
    ),
    "punctuation:no_comma": Instruction(check=writing.no_comma),
    "startend:end_checker": Instruction(check=framing.end_checker, arguments={"end_phrase": read.text}),
    "startend:quotation": Instruction(check=framing.quotation),
}


def asked_by(reference: Any) -> tuple[Asked, ...]:
    """The instructions of a case: ``{instruction_id_list: […], kwargs: […]}``, as IFEval's data has them.

    Raises:
        UnusableReferenceError: it names none, an unknown one, or one whose arguments are not what it needs.
    """
    if reference is None:
        raise UnusableReferenceError("the reference is missing")
    if not isinstance(reference, Mapping):
        raise UnusableReferenceError("the reference is not a mapping with instruction_id_list and kwargs")
    ids, arguments = reference.get("instruction_id_list"), reference.get("kwargs")
    if not isinstance(ids, list | tuple) or not 0 < len(ids) <= _MOST:
        raise UnusableReferenceError(f"the reference's instruction_id_list is not a list of 1 to {_MOST} ids")
    if not isinstance(arguments, list | tuple) or len(arguments) != len(ids):
        raise UnusableReferenceError("the reference's kwargs is not a list as long as its instruction_id_list")
    return tuple(asked(name, given) for name, given in zip(ids, arguments, strict=True))


def asked(name: Any, given: Any) -> Asked:
    """One instruction.

    Args:
        name: its id; ``en:`` may stand before it, as in M-IFEval.
        given: its arguments by name; those that are None count as not given, as in data that was a table.

    Raises:
        UnusableReferenceError: the id is unknown, or the arguments are not what it needs.
    """
    known = name.removeprefix("en:") if isinstance(name, str) else ""
    if known not in INSTRUCTIONS:
        raise UnusableReferenceError(f"the instruction {quote(as_text(name))} is unknown")
    if given is not None and not isinstance(given, Mapping):
        raise UnusableReferenceError(f"the arguments of {known} are not a mapping")
    instruction = INSTRUCTIONS[known]
    present = {key: value for key, value in (given or {}).items() if value is not None}
    _refuse_other_names(known, present, list(instruction.arguments))
    return Asked(id=known, check=partial(instruction.check, **_read(known, present, instruction)))


def _refuse_other_names(known: str, present: Mapping[str, Any], needed: Sequence[str]) -> None:
    for key in present:
        if key not in needed:
            takes = f"takes {', '.join(needed)}" if needed else "takes no arguments"
            raise UnusableReferenceError(f"{known} {takes}, and not {quote(as_text(key))}")
    for key in needed:
        if key not in present:
            raise UnusableReferenceError(f"{known} needs {key}")


def _read(known: str, present: Mapping[str, Any], instruction: Instruction) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for key, reader in instruction.arguments.items():
        try:
            taken[key] = reader(present[key])
        except read.BrokenArgumentError as error:
            raise UnusableReferenceError(f"{key} of {known} {error}") from None
    return taken
