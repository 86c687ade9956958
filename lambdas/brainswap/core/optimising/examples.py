"""Worked examples out of the training split, in the form that the target's family likes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from brainswap.core.optimising.evidence import Example
from brainswap.core.prompts.template import PLACEHOLDER, Message, Prompt

Form = Literal["turns", "tags"]

MOST_EXAMPLES = 4
_LONGEST = 1_200  # characters of an example
_SHORT_QUESTION = 400  # characters around the placeholders, which turns repeat for every example
_TURNS = frozenset({"nova", "mistral", "qwen", "gpt-oss", "gpt", "deepseek"})
_NONE = frozenset({"deepseek-r1", "deepseek-reasoner"})


def form_for(prompt: Prompt, *, pack: str | None, family: str) -> Form | None:
    """How examples are shown to a model; None where its vendor advises against them, or where they find no place.

    Claude takes them in elements, Nova as turns (their packs' rules have the sources); DeepSeek advises against any for
    R1. Turns repeat the words around the placeholders, so that a long question gets elements for every family. A prompt
    of several turns, which shows a conversation already, is left alone, and so is a chain, of whose steps but the last
    nobody knows which answer is right.

    Args:
        prompt: that would show them.
        pack: of the target's dialect.
        family: of the target in the model registry.
    """
    if prompt.earlier:
        return None
    if any(family.startswith(name) for name in _NONE) or [turn.role for turn in prompt.messages] != ["user"]:
        return None
    question = PLACEHOLDER.sub("", prompt.messages[0].content)
    return "turns" if pack in _TURNS and len(question) <= _SHORT_QUESTION else "tags"


def with_examples(prompt: Prompt, examples: Sequence[Example], form: Form) -> Prompt:
    """The prompt showing the examples."""
    if not examples:
        return prompt
    if form == "turns":
        turns = [
            turn
            for example in examples
            for turn in (
                Message(role="user", content=example.turn),
                Message(role="assistant", content=example.answer),
            )
        ]
        return replace(prompt, messages=(*turns, *prompt.messages))
    told = "\n".join(
        f"<example>\n<given>\n{example.given}\n</given>\n<answer>\n{example.answer}\n</answer>\n</example>"
        for example in examples
    )
    block = f"<examples>\n{told}\n</examples>"
    if prompt.system:
        return replace(prompt, system=f"{prompt.system.rstrip()}\n\n{block}")
    first, *rest = prompt.messages
    return replace(prompt, messages=(replace(first, content=f"{block}\n\n{first.content}"), *rest))


def chosen(candidates: Iterable[Example], form: Form, most: int = MOST_EXAMPLES) -> tuple[Example, ...]:
    """Few, short and different: no two with the same answer while others are left, the shortest first."""
    length = {one: len(one.turn if form == "turns" else one.given) + len(one.answer) for one in candidates}
    fitting = [one for one, characters in length.items() if characters <= _LONGEST and _is_plain(one, form)]
    fitting.sort(key=lambda one: (length[one], one.case_id))
    taken: list[Example] = []
    answers: set[str] = set()
    for again in (False, True):
        for one in fitting:
            if len(taken) < most and one not in taken and (again or one.answer not in answers):
                taken.append(one)
                answers.add(one.answer)
    return tuple(taken)


def _is_plain(example: Example, form: Form) -> bool:
    """Nothing in it would be taken for a slot of the prompt or for the end of the example."""
    text = f"{example.turn if form == 'turns' else example.given}{example.answer}"
    return not any(mark in text for mark in ("{{", "{%", "<example", "</example", "</given", "</answer"))
