"""Few-shot examples as turns of a conversation."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brainswap.core.prompts.moves.aim import Aim
from brainswap.core.prompts.moves.pairs import Pair, pairs_in
from brainswap.core.prompts.structure.parsing import parts_of
from brainswap.core.prompts.template import PLACEHOLDER, Message, Prompt


def examples_in_turns(prompt: Prompt, _aim: Aim, _options: Mapping[str, Any]) -> Prompt:
    """Turn pairs at the end of the system text into turns that have the very form of the user's question.

    Only where the question is a line with the examples' own label and one slot, and perhaps the label of the answer:
    then nothing has to be guessed.
    """
    if prompt.system is None or [turn.role for turn in prompt.messages] != ["user"]:
        return prompt
    parts = parts_of(prompt.system)
    last = parts[-1] if parts else None
    if last is None or last.kind != "examples" or len(parts) == 1:
        return prompt
    pairs = pairs_in(last.body)
    question = prompt.messages[0].content
    if not pairs or not _asks_like(question, pairs[0]):
        return prompt
    turns = [turn for pair in pairs for turn in _turns(pair, question)]
    system = "".join(part.text for part in parts[:-1]).rstrip()
    return replace(prompt, system=system, messages=(*turns, *prompt.messages))


def _asks_like(question: str, pair: Pair) -> bool:
    slots = PLACEHOLDER.findall(question)
    asks, answers = re.escape(pair.asks), re.escape(pair.answers)
    form = rf"\s*{asks}\s*[:\uff1a]\s*\{{\{{[^{{}}]*\}}\}}\s*(?:{answers}\s*[:\uff1a]?\s*)?"
    return len(slots) == 1 and re.fullmatch(form, question) is not None


def _turns(pair: Pair, question: str) -> tuple[Message, Message]:
    return (
        Message(role="user", content=PLACEHOLDER.sub(lambda _: pair.given, question)),
        Message(role="assistant", content=pair.said),
    )
