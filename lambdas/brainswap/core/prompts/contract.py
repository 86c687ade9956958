"""What an application relies on in the answer: labels, keys, tags, blocks and numbers that a prompt demands."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from brainswap.core.prompts.anchors import KEY, NUMBER, closed_blocks, quoted_in, texts
from brainswap.core.prompts.structure.spans import FENCE, SLOT, elements
from brainswap.core.prompts.template import Prompt

_ANSWERING = re.compile(
    r"\b(?:answers?|respond|responses?|reply|replies|return|output|classif\w+|labels?|categor\w+|choose|select|pick"
    r"|one of|either|format|json|xml|yaml|tags?|write|say|antwort\w*|gib|ausgabe|réponds?\w*|répond\w*"
    r"|responde?\w*|salida"
    r"|words?|sentences?|characters?|lines?|bullets?|paragraphs?)\b"
    r"|回答|答案|输出|出力|回复",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n。]+(?:[.!?](?!\s)[^.!?\n。]*)*[.!?。]?")
_TAG = re.compile(r"</?([A-Za-z_][\w-]{0,40})>")
_BULLET = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+(.+?)[ \t]*")
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_SEPARATORS = re.compile(r"\s*(?:,|;|\||/|\bor\b|\band\b|\boder\b|\bou\b|\bo\b)\s*")
_FEWEST_LABELS = 2
_MOST_WORDS = 4  # of a label; more are a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Literals that must be in every wording of a prompt.

    Attributes:
        keys: of JSON that is shown.
        tags: that the answer is to hold.
        literals: in quotes, backticks or capitals, in sentences about the answer.
        blocks: in fences, such as a form to fill in.
        numbers: in sentences about the answer, with how often.
    """

    keys: frozenset[str]
    tags: frozenset[str]
    literals: frozenset[str]
    blocks: frozenset[str]
    numbers: Counter[str]


def contract_of(prompt: Prompt) -> Contract:
    keys: set[str] = set()
    tags: set[str] = set()
    literals: set[str] = set()
    blocks: set[str] = set()
    numbers: Counter[str] = Counter()
    for text in texts(prompt):
        keys.update(KEY.findall(text))
        blocks.update(closed_blocks(text))
        tags.update(_spoken_tags(text))
        for sentence in _about_the_answer(FENCE.sub("\n", text)):
            literals.update(quoted_in(sentence), _CAPITALS.findall(sentence))
            numbers.update(NUMBER.findall(sentence))
    return Contract(
        keys=frozenset(keys),
        tags=frozenset(tags),
        literals=frozenset(literal for literal in literals if not SLOT.search(literal)),
        blocks=frozenset(blocks),
        numbers=numbers,
    )


def broken(original: Prompt, candidate: Prompt, labels: Collection[str] = ()) -> Iterator[str]:
    """What the candidate lacks of the original's contract, and what it adds to the labels."""
    contract = contract_of(original)
    text, before = "\n".join(texts(candidate)), "\n".join(texts(original))
    if candidate.tools != original.tools:
        yield "the tools differ"
    if candidate.output != original.output:
        yield "the schema of the output differs"
    now = contract_of(candidate)
    yield from (f"the JSON key `{key}` is gone" for key in sorted(contract.keys - now.keys))
    yield from (f"the tag <{tag}> is gone" for tag in sorted(contract.tags - set(_TAG.findall(text))))
    yield from (f"the block {_short(block)} is not as it was" for block in sorted(contract.blocks) if block not in text)
    yield from (f"{_short(literal)} is gone" for literal in sorted(contract.literals) if not stands_in(literal, text))
    lost = contract.numbers - Counter(NUMBER.findall(text))
    yield from (f"the number {number} is gone" for number in sorted(lost))
    known = [label for label in labels if stands_in(label, before)]
    yield from (f"the label {_short(label)} is gone" for label in known if not stands_in(label, text))
    old_items = set(_beside(known, before))
    yield from (f"{_short(item)} stands among the labels" for item in sorted(set(_beside(known, text)) - old_items))


def stands_in(literal: str, text: str) -> bool:
    """Whether it is there as a whole: ``card`` is not in ``cardboard``."""
    if literal not in text:
        return False
    start = r"(?<!\w)" if literal[:1].isalnum() else ""
    end = r"(?!\w)" if literal[-1:].isalnum() else ""
    return re.search(start + re.escape(literal) + end, text) is not None


def _about_the_answer(text: str) -> Iterator[str]:
    return (match.group() for match in _SENTENCE.finditer(text) if _ANSWERING.search(match.group()))


def _spoken_tags(text: str) -> Iterator[str]:
    """Tags that are spoken of: in a sentence, or inside an element, as in ``<response><label>…</label></response>``."""
    outer = {(element.start, element.inner_start) for element in elements(text)}
    closing = {(element.inner_end, element.end) for element in elements(text)}
    for match in _TAG.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 :].split("\n", 1)[0]
        alone = (match.span() in outer or match.span() in closing) and _TAG.fullmatch(line.strip())
        if not alone:
            yield match.group(1)


def _beside(labels: Collection[str], text: str) -> Iterator[str]:
    """Everything that stands in a list in which there are labels: bullets beneath each other, or words in a row."""
    known = set(labels)
    if len(known) < _FEWEST_LABELS:
        return
    run: list[str] = []
    for line in [*text.split("\n"), ""]:
        bullet = _BULLET.fullmatch(line)
        if bullet:
            run.append(_bare(bullet.group(1)))
            continue
        if len(known & set(run)) >= _FEWEST_LABELS:
            yield from run
        run = []
        words = [_bare(word) for word in _SEPARATORS.split(line.partition(":")[2] or line)]
        if len(known & set(words)) >= _FEWEST_LABELS:
            yield from (word for word in words if word and len(word.split()) <= _MOST_WORDS)
            yield from quoted_in(line)


def _bare(word: str) -> str:
    return word.strip().strip("`\"'“”*.").strip()


def _short(literal: str) -> str:
    return f"`{literal[:40]}…`" if len(literal) > 40 else f"`{literal}`"  # noqa: PLR2004 - as long as a message bears
