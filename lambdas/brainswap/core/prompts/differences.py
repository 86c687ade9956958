"""What of a prompt was taken away and put in, sentence by sentence, with the rule that did it."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brainswap.core.prompts.changes import Change, as_written, reasons
from brainswap.core.prompts.template import Prompt
from brainswap.core.wording import printable

# Up to the blanks behind a full stop, or the end of the line; Chinese and Japanese put no blanks there.
_SENTENCE = re.compile(r"[^\n]*?(?:[.!?][\"'”’)\]]*[ \t]+|[。！？]+|\n|\Z)", re.DOTALL)  # noqa: RUF001 - their own marks
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_COMPARED = 2_000  # sentences; of more, those that come very often are not looked at
_MOST_WORDS = 1_000  # of a sentence that is shown word by word
_ALIKE = 0.4  # of the words of two sentences, from which on one is told as the other's new form
_LONGEST = 20_000  # characters of a line
_SHORTEST = 3  # characters of a sentence by which a rule is recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Sentences that stand in the place of others; either may be none.

    Attributes:
        place: the number of the first sentence in the original, counted from 1.
    """

    place: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def sentences(text: str) -> list[str]:
    """The text in pieces that are the text again when they are put together; a line ends one too."""
    return [match.group() for match in _SENTENCE.finditer(text) if match.group()]


def hunks(before: str, after: str) -> Iterator[Hunk]:
    """Where two texts differ, in their order."""
    old, new = sentences(before), sentences(after)
    often = len(old) + len(new) > _MOST_COMPARED
    for kind, start, end, begin, stop in difflib.SequenceMatcher(None, old, new, autojunk=often).get_opcodes():
        if kind != "equal":
            yield Hunk(place=start + 1, removed=tuple(old[start:end]), added=tuple(new[begin:stop]))


def told(before: Prompt, after: Prompt, variant: str, changes: Sequence[Change]) -> Iterator[str]:
    """The lines of ``prompts/ID.diff``: every change with its reason, then every hunk, and the rules that it is by.

    Lines of a prompt begin with ``-`` or ``+``, and with ``?`` where two sentences are told as one, word by word; what
    begins otherwise is nobody's text but ours.

    Args:
        before: the original prompt.
        after: the one that was sent.
        variant: how it came about.
        changes: with their reasons, where any are known.
    """
    yield from (f"# {printable(reason, _LONGEST)}" for reason in reasons(changes))
    found = list(hunks(as_written(before), as_written(after)))
    if not found:
        return
    yield "--- original"
    yield f"+++ {variant}"
    for hunk in found:
        yield f"@@ sentence {hunk.place:,}: {len(hunk.removed):,} removed, {len(hunk.added):,} added @@"
        yield from (f"-{_line(sentence)}" for sentence in hunk.removed)
        yield from (f"+{_line(sentence)}" for sentence in hunk.added)
        yield from (f"?{_line(both)}" for both in _word_by_word(hunk))
        yield from _because(hunk, changes)


def _because(hunk: Hunk, changes: Sequence[Change]) -> Iterator[str]:
    by = [change for change in changes if _is_by(hunk, change)]
    yield from (f"# {change.rule}: {printable(change.why, _LONGEST)}" for change in by)
    if not by:
        yield "# No reason is on record." if not changes else "# By none of the rules above alone."


def _is_by(hunk: Hunk, change: Change) -> bool:
    """Whether a rule took away or put in anything of the hunk."""
    for sign, pieces in (("-", hunk.removed), ("+", hunk.added)):
        lines = {line[1:].strip() for line in change.difference.splitlines() if line.startswith(sign)}
        own = [piece.strip() for piece in pieces]
        if any(len(piece) >= _SHORTEST and any(piece in line for line in lines) for piece in own):
            return True
    return False


def _word_by_word(hunk: Hunk) -> Iterator[str]:
    """Each removed sentence and the next added one that is much like it, as one."""
    rest = list(hunk.added)
    for sentence in hunk.removed:
        for place, other in enumerate(rest):
            both = _merged(sentence, other)
            if both is not None:
                del rest[: place + 1]
                yield both
                break


def _merged(old: str, new: str) -> str | None:
    """Both in one line, ``[-what goes-]`` and ``{+what comes+}``; None where they have little in common."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if not before or not after or len(before) + len(after) > _MOST_WORDS:
        return None
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if not matcher.real_quick_ratio() > _ALIKE or not matcher.ratio() > _ALIKE:
        return None
    parts = []
    for kind, start, end, begin, stop in matcher.get_opcodes():
        gone, come = "".join(before[start:end]), "".join(after[begin:stop])
        if kind == "equal":
            parts.append(gone)
        else:
            parts.append(_marked("[-", gone, "-]") + _marked("{+", come, "+}"))
    return "".join(parts)


def _marked(opening: str, text: str, closing: str) -> str:
    return f"{opening}{text}{closing}" if text else ""


def _line(text: str) -> str:
    """One line, without what steers a terminal; a line feed at the end goes unsaid, and one inside is shown."""
    return printable(text.removesuffix("\n").rstrip(" ").replace("\n", "↵").replace("\t", "    "), _LONGEST)
