"""Changes that may be made to a prompt, each by itself or with others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from brainswap.core.optimising.evidence import Example
from brainswap.core.optimising.merging import merged, pieces_of
from brainswap.core.prompts.structure.spans import TAG

MOST_PARTS = 4  # of a rewriting that is taken apart; more are a text of its own, whose sentences need each other


@dataclass(slots=True, kw_only=True, eq=False)
class Idea:
    """A change that somebody proposed.

    Attributes:
        name: unique in a search.
        by: who proposed it.
        what: it changes, in a sentence.
        before: the components that it was proposed for.
        after: the same with it.
        examples: that it shows.
        looked: training cases that it was tried on alone, each time with the prompt that was the best one then.
        won: in quality, summed over these times.
        refused: by the guards.
    """

    name: str
    by: str
    what: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    examples: tuple[Example, ...] = ()
    looked: set[str] = field(default_factory=set)
    won: float = 0.0
    refused: bool = False

    @property
    def key(self) -> frozenset[tuple[str, str, str]]:
        """Equal for ideas that put the same in and take the same away, wherever they do."""
        shown = {("", "+", example.case_id) for example in self.examples}
        return frozenset(
            shown.union(*(_difference(name, self.before[name], text) for name, text in self.after.items()))
        )


def together(base: Mapping[str, str], ideas: Sequence[Idea]) -> dict[str, str]:
    """Components with the changes of ideas that were proposed for them, or for what they were made from.

    Args:
        base: the components.
        ideas: the most trusted first.
    """
    texts = dict(base)
    for idea in reversed(ideas):
        texts |= merged(idea.before, [idea.after, texts])
    return texts


def taken_apart(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """The changes of a rewriting, each alone; the rewriting itself where they belong together.

    Changes at different places, and paragraphs that are put in at one place, can be tried by themselves. What opens an
    element and what closes it belong together, and a rewriting that changes more than a few places is a whole.
    """
    texts = dict(before) | {name: text for name, text in after.items() if name in before}
    alone: list[dict[str, str]] = []
    bound: dict[str, list[tuple[int, int, list[str]]]] = {}
    for name, text in texts.items():
        pieces = pieces_of(before[name])
        for begin, end, new in _places(pieces, pieces_of(text)):
            if _balanced("".join(pieces[begin:end]), "".join(new)):
                alone.append({**before, name: _written(pieces, [(begin, end, new)])})
            else:
                bound.setdefault(name, []).append((begin, end, new))
    together = {name: _written(pieces_of(before[name]), places) for name, places in bound.items()}
    parts = [*alone, *([{**before, **together}] if together else [])]
    return parts if 1 < len(parts) <= MOST_PARTS else [texts]


def _written(pieces: Sequence[str], places: Sequence[tuple[int, int, list[str]]]) -> str:
    """The text with some places changed, which are apart and in order."""
    written, at = list[str](), 0
    for begin, end, new in places:
        written += [*pieces[at:begin], *new]
        at = end
    return "".join([*written, *pieces[at:]])


def _places(pieces: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """What is replaced by what, paragraph by paragraph where nothing but blank lines is."""
    for tag, begin, end, other_begin, other_end in SequenceMatcher(None, pieces, theirs, autojunk=False).get_opcodes():
        new = list(theirs[other_begin:other_end])
        if tag == "equal":
            continue
        if "".join(pieces[begin:end]).strip():
            yield begin, end, new
        else:
            paragraphs = _paragraphs(new, leads=begin == 0)
            whole = all(_balanced("".join(paragraph)) for paragraph in paragraphs)
            yield from ((begin, end, paragraph) for paragraph in (paragraphs if whole else [new]))


def _paragraphs(pieces: Sequence[str], *, leads: bool) -> list[list[str]]:
    """Pieces by paragraph, each with the blank line behind it where it leads the text, and else before it."""
    found: list[list[str]] = [[]]
    for piece in pieces:
        ends = not piece.strip() and piece.count("\n") > 1
        if ends and not leads and "".join(found[-1]).strip():
            found.append([])
        found[-1].append(piece)
        if ends and leads:
            found.append([])
    if not "".join(found[-1]).strip():
        last = found.pop()
        found = [*found[:-1], [*found[-1], *last]] if found else [last]
    return found


def _balanced(*texts: str) -> bool:
    """Whether every element that begins in a text ends in it."""
    return all(_open(text) == 0 for text in texts)


def _open(text: str) -> int:
    depths: dict[str, int] = {}
    for tag in TAG.finditer(text):
        depths[tag.group(2)] = depths.get(tag.group(2), 0) + (-1 if tag.group(1) else 1)
    return sum(map(abs, depths.values()))


def _difference(name: str, before: str, after: str) -> Iterator[tuple[str, str, str]]:
    pieces, theirs = pieces_of(before), pieces_of(after)
    for tag, begin, end, other_begin, other_end in SequenceMatcher(None, pieces, theirs, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from ((name, "-", piece.strip()) for piece in pieces[begin:end] if piece.strip())
            yield from ((name, "+", piece.strip()) for piece in theirs[other_begin:other_end] if piece.strip())
