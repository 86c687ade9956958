"""What a rewriting model's answer says; whatever is not exactly one new wording is none."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from brainswap.core.answers import Answer, AnswerStatus
from brainswap.core.prompts.template import Prompt
from brainswap.core.rewriting.asking import REASONS, SYSTEM, TURN, elements_of
from brainswap.core.wording import printable

LONGEST = 400_000  # characters of an answer that are read
MOST_REASONS = 1_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A new wording, of which nothing has been checked yet; ``reasons`` are the model's own."""

    prompt: Prompt
    reasons: str = ""


class UnreadableRewritingError(ValueError):
    """An answer is no rewritten prompt; the message says why, in a clause."""


def read(answer: Answer, original: Prompt, code: str) -> Rewritten:
    """Read an answer to `rewriting_prompt`.

    Args:
        answer: of the model.
        original: that was to be rewritten.
        code: that the elements of the answer end in.

    Raises:
        UnreadableRewritingError: it is cut off or refused, lacks an element, or has one twice.
    """
    if answer.status is not AnswerStatus.ANSWERED:
        because = f": {printable(answer.reason, 200)}" if answer.reason else ""
        raise UnreadableRewritingError(f"the model's answer is {answer.status}{because}")
    if len(answer.text) > LONGEST:
        raise UnreadableRewritingError(f"the answer has {len(answer.text):,} characters")
    found = _elements(answer.text, code)
    wanted = elements_of(original)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise UnreadableRewritingError(f"the answer has no element `{missing[0]}` with the code of the request")
    strange = [name for name in found if name not in wanted and name != REASONS]
    if strange:
        raise UnreadableRewritingError(f"the answer has an element `{printable(strange[0])}` that nobody asked for")
    system = found[SYSTEM]
    return Rewritten(
        prompt=replace(
            original,
            system=system if system.strip() or original.system == system else None,
            messages=tuple(
                turn if turn.role == "case" else replace(turn, content=found[f"{TURN}-{number}"])
                for number, turn in enumerate(original.messages, start=1)
            ),
        ),
        reasons=printable(" ".join(found.get(REASONS, "").split()), MOST_REASONS),
    )


def _elements(text: str, code: str) -> dict[str, str]:
    """The elements of an answer, without the line break that sets their tags off."""
    tag = re.compile(rf"<(/?)([a-z]+(?:-\d+)?)-{re.escape(code)}>")
    found: dict[str, str] = {}
    opened: re.Match[str] | None = None
    seen: Counter[str] = Counter()
    for match in tag.finditer(text):
        closing, name = match.groups()
        if not closing:
            if opened is not None:
                raise UnreadableRewritingError(f"the element `{opened.group(2)}` of the answer is not closed")
            opened = match
            seen[name] += 1
            if seen[name] > 1:
                raise UnreadableRewritingError(f"the answer has the element `{name}` twice")
            continue
        if opened is None or opened.group(2) != name:
            raise UnreadableRewritingError(f"the answer closes the element `{name}`, which is not open")
        found[name] = _inner(text[opened.end() : match.start()])
        opened = None
    if opened is not None:
        raise UnreadableRewritingError(f"the element `{opened.group(2)}` of the answer is not closed")
    return found


def _inner(text: str) -> str:
    """Whoever sets one tag off by a carriage return and a line feed does so with the other."""
    line_end = "\r\n" if text.startswith("\r\n") and text.endswith("\r\n") else "\n"
    return text.removeprefix(line_end).removesuffix(line_end)
