"""What can be seen of how a prompt is written: its parts, its examples, its tone, what it asks the answer to be."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from local.bedrock.question import Question

Feature = Literal[
    "instructions",
    "contract",
    "contract_last",
    "options",
    "xml",
    "headings",
    "system",
    "firm",
    "shouting",
    "steps",
    "concise",
    "length",
    "example_tags",
    "example_turns",
    "prefill",
    "reasoning",
]

_CONTRACT = re.compile(
    r"\b(answer|respond|reply|return|output|write|give|print)\b[^.\n]{0,60}\b(only|json|label|number|word|letter|tag|format"
    r"|one of|exactly|nothing)\b|\bformat\s*:|<(answer|final_answer|label|category|result|output|response)>"
    r"|\"[A-Za-z_]\w*\"\s*:",
    re.IGNORECASE,
)
_OPENING = re.compile(r"<([A-Za-z][\w-]*)>")
_CLOSING = re.compile(r"</([A-Za-z][\w-]*)>")
_HEADING = re.compile(r"^\s{0,3}(#{1,4} \S|\*\*[^*\n]+\*\*:?\s*$)", re.MULTILINE)
_OPTION = re.compile(r"^\s*[-*•] \S", re.MULTILINE)
_INLINE_OPTIONS = re.compile(r"\bone of\b[^.\n]{0,80},[^.\n]{0,80},", re.IGNORECASE)
_FIRM = re.compile(r"\b(MUST|DO NOT|NEVER|ALWAYS)\b")
_SHOUTING = re.compile(r"!!|\b(CRITICAL|IMPORTANT|URGENT|WARNING|ATTENTION)\b")
_STEPS = re.compile(r"\bstep[ -]by[ -]step\b|\bthink (it )?through\b|\blet's think\b", re.IGNORECASE)
_CONCISE = re.compile(r"\b(concise|concisely|brief|briefly|short)\b", re.IGNORECASE)
_EXAMPLE_TAG = re.compile(r"<example\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ENOUGH_WORDS = 40
_LONG_WORDS = 400
_MANY_OPTIONS = 3
_MOST_EXAMPLES = 4
_LAST = 0.6  # a contract that begins after this share of the prompt stands at its end
_LONGEST_KEPT = 50_000


def features(question: Question, instructions: str) -> Mapping[Feature, float]:
    """How strongly each feature is there, from 0 to 1; those that are missing are left out.

    Args:
        question: as it was asked.
        instructions: its text without the values of the case that it is about, so that what users write into a
            prompt is never taken for the prompt's own words.
    """
    kept = _of_kept_text if len(instructions) <= _LONGEST_KEPT else _of_text
    return kept(instructions) | _of_request(question)


def _of_request(question: Question) -> dict[Feature, float]:
    found: dict[Feature, float] = {}
    if question.has_system:
        found["system"] = 1.0
    if question.shown_answers:
        found["example_turns"] = min(question.shown_answers, _MOST_EXAMPLES) / _MOST_EXAMPLES
    if question.prefilled:
        found["prefill"] = 1.0
    if question.reasoning_tokens:
        found["reasoning"] = 1.0
    if question.schema is not None:
        found["contract"] = 1.0
    return found


def _of_text(text: str) -> dict[Feature, float]:
    words = sum(1 for _ in _WORD.finditer(text))
    contracts = [match.start() for match in _CONTRACT.finditer(text)]
    options = sum(1 for _ in _OPTION.finditer(text)) >= _MANY_OPTIONS or _INLINE_OPTIONS.search(text) is not None
    found: dict[Feature, float] = {
        "instructions": min(1.0, words / _ENOUGH_WORDS),
        "length": min(1.0, max(0.0, words / _LONG_WORDS - 1)),
        "contract": float(bool(contracts)),
        "contract_last": float(bool(contracts) and contracts[-1] >= _LAST * len(text)),
        "options": float(options),
        "xml": float(not set(_OPENING.findall(text)).isdisjoint(_CLOSING.findall(text))),
        "headings": float(_HEADING.search(text) is not None),
        "firm": float(_FIRM.search(text) is not None),
        "shouting": min(1.0, sum(1 for _ in _SHOUTING.finditer(text)) / 2),
        "steps": float(_STEPS.search(text) is not None),
        "concise": float(_CONCISE.search(text) is not None),
        "example_tags": float(_EXAMPLE_TAG.search(text) is not None),
    }
    return {name: value for name, value in found.items() if value}


@lru_cache(maxsize=64)
def _of_kept_text(text: str) -> dict[Feature, float]:
    """The instructions of a contender are the same for each of its cases."""
    return _of_text(text)
