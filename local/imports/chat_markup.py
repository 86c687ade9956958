"""Prompts of one text in which a model family's markup parts the turns."""

from brainswap.core.prompts.structure.markup import stretches
from brainswap.core.prompts.template import Message
from local.imports.chat_messages import question, turns_of


def turns_of_text(text: str) -> tuple[Message, ...]:
    """The turns that markup parts; the whole text as one of the user where there is none that is known.

    Raises:
        CannotUseError: there is no text at all.
    """
    turns = [{"role": stretch.role, "content": stretch.content.strip()} for stretch in stretches(text)]
    if turns and turns[-1]["role"] == "assistant" and not turns[-1]["content"]:
        turns.pop()  # the answer that the template opens for the model is none of the conversation
    said = [turn for turn in turns if turn["content"] or turn["role"] != "system"]
    return turns_of(said) if any(turn["role"] == "user" for turn in said) else question(text)
