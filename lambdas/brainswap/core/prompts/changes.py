"""What a translation did to a prompt, for those who have to agree to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from brainswap.core.prompts.template import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a rule did.

    Attributes:
        rule: its id, by which it can be rejected.
        difference: lines taken away and put in, as in a unified diff without context.
    """

    rule: str
    what: str
    why: str
    source: str
    date: str
    difference: str


def reasons(changes: Iterable[Change]) -> Iterator[str]:
    """Each change in one line, with who says so."""
    return (f"{one.rule}: {one.what} {one.why} ({one.source}; {one.date})" for one in changes)


def as_written(prompt: Prompt) -> str:
    """All turns as one text, each under its role; of a chain, the steps one below the other, each under its name."""
    if prompt.earlier:
        return "\n".join(f"[step {step.name}]\n\n{as_written(step)}" for step in prompt.steps)
    turns = [] if prompt.system is None else [("system", prompt.system)]
    turns += [(turn.role, turn.content or "(the turns of the case)") for turn in prompt.messages]
    return "\n\n".join(f"[{role}]\n{content}" for role, content in turns) + "\n"
